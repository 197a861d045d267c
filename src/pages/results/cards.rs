//! The pictures of a release for shared links, in WeChat and elsewhere.

use super::finding::value_with_unit;
use super::headline::{headlines, shape};
use super::release::page_title;
use super::view::View;
use super::{figure, number};
use crate::disclosure::Disclosed;
use crate::locale::Language;
use crate::pages::chart::{Card, CardFigure, card};
use crate::release::figures::{Figures, IndicatorFigures};
use crate::release::imprint::Imprint;
use crate::survey::plan::IndicatorKind;

/// Two pictures as SVG that need no page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cards {
    /// 1200 × 630 px.
    pub wide: String,
    /// 1080 × 1080 px.
    pub square: String,
}

/// The pictures of a release: the finding, at most two figures with target and verdict, source and
/// date.
pub fn cards(language: Language, imprint: &Imprint, figures: &Figures) -> Cards {
    let view = View::of_release(language.into(), imprint, figures);
    let headlines: Vec<&IndicatorFigures> = headlines(figures).collect();
    let drawn: Vec<CardFigure> = headlines.iter().map(|own| figure_of(&view, own)).collect();
    let finding = page_title(&view, &headlines);
    let date = number::day(language, &number::day_of(imprint.published_at));
    let warning = match figures.demonstration {
        true => view.word("card_demonstration"),
        false => String::new(),
    };
    let address = imprint.address(&figures.survey);
    let address = address
        .split_once("://")
        .map_or(&*address, |(_, rest)| rest);
    let draw = |is_square: bool| {
        card(&Card {
            eyebrow: view.translated(&figures.title),
            finding: &finding,
            figures: &drawn,
            warning: &warning,
            source: view.translated(&figures.agency),
            date: &date,
            address,
            is_square,
        })
    };
    Cards {
        wide: draw(false),
        square: draw(true),
    }
}

fn figure_of(view: &View<'_>, indicator: &IndicatorFigures) -> CardFigure {
    let value = indicator.whole.shown().map_or_else(
        || view.reason(&indicator.whole).unwrap_or_default(),
        |whole| value_with_unit(view, indicator, whole),
    );
    let unit = match indicator.kind {
        IndicatorKind::Mean => view.translated(&indicator.unit),
        IndicatorKind::Share | IndicatorKind::Ratio => "",
    };
    let value = value
        .strip_suffix(unit)
        .unwrap_or(&value)
        .trim_end()
        .to_owned();
    let verdict = indicator.whole.verdict().map(|verdict| {
        let key = number::verdict_key(verdict);
        (shape(verdict), view.text(&format!("verdict_{key}")))
    });
    CardFigure {
        label: view.translated(&indicator.title).to_owned(),
        value,
        unit: unit.to_owned(),
        verdict,
        detail: detail(view, indicator),
    }
}

/// Target and interval in words.
fn detail(view: &View<'_>, indicator: &IndicatorFigures) -> String {
    let lines = figure::lines(view, indicator, false);
    let mut words: Vec<String> = lines.into_iter().map(|line| line.label).collect();
    if let Disclosed::Shown(_) = indicator.whole {
        let interval = number::interval(indicator.kind, &indicator.whole, 1);
        words.push(view.text_with("interval_words", &[("interval", &interval)]));
    }
    words.join(" · ")
}
