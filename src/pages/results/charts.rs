//! The charts of a release as files of their own.

use super::frame::Frame;
use super::number;
use super::release;
use super::view::View;
use crate::locale::Language;
use crate::pages::chart::{AltText, Plate, plate};
use crate::release::figures::Figures;
use crate::release::imprint::Imprint;

/// A chart of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chart {
    /// Number of the figure on the pages, from 1. It is part of the chart's address.
    pub k: usize,
    /// What it compares, such as 分县（区）.
    pub topic: String,
    /// The finding.
    pub title: String,
    /// The finding for people who cannot see the chart.
    pub alt: String,
    /// An SVG that needs no page: fonts, colours, title, legend, source and address are in it.
    pub svg: String,
    /// The data; the first row has the headings.
    pub table: Vec<Vec<String>>,
}

/// All charts of both pages of a release, in the order of their numbers.
pub fn charts(language: Language, imprint: &Imprint, figures: &Figures) -> Vec<Chart> {
    let about = View::of_release(language.into(), imprint, figures);
    let frames = release::drawn(language, imprint, figures).into_frames();
    let numbered = frames.into_iter().zip(1..);
    numbered
        .map(|(frame, k)| chart(&about, imprint, frame, k))
        .collect()
}

fn chart(view: &View<'_>, imprint: &Imprint, frame: Frame, k: usize) -> Chart {
    let figures = view.figures;
    let [opens, closes] =
        [&figures.period.0, &figures.period.1].map(|day| number::day(view.language, day));
    let period = view.text_with("from_to", &[("lower", &opens), ("upper", &closes)]);
    let source = view.word_with(
        "chart_source",
        &[
            ("agency", view.translated(&figures.agency)),
            ("title", view.translated(&figures.title)),
            ("period", &period),
        ],
    );
    let address = view.file(&format!(
        "{}/figure-{k}.svg",
        imprint.address(&figures.survey)
    ));
    let warning = match figures.demonstration {
        true => view.text("demonstration"),
        false => String::new(),
    };
    let svg = plate(&Plate {
        title: &frame.headline,
        subtitle: &frame.table.caption,
        legend: &frame.legend,
        drawing: &frame.drawing,
        warning: &warning,
        source: &[source, address],
        alt: AltText {
            title: &frame.topic,
            finding: &frame.spoken,
        },
    });
    let rows = frame.table.rows.into_iter().map(|(heading, cells)| {
        let mut row = vec![heading];
        row.extend(cells);
        row
    });
    Chart {
        k,
        svg,
        table: std::iter::once(frame.table.head).chain(rows).collect(),
        topic: frame.topic,
        title: frame.headline,
        alt: frame.spoken,
    }
}
