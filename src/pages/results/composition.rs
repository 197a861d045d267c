//! The sample before and after weighting, beside the census.

use maud::{Markup, html};

use super::figure::{Frame, figure, legend, ticks};
use super::number;
use super::table::{Table, full_label};
use super::view::View;
use crate::pages::chart::{self, AltText, Axis, Group, Mark, Row, Rows};
use crate::release::figures::{CompositionRow, IndicatorFigures, WeightingSummary};
use crate::survey::plan::IndicatorKind;

/// The figure in a section of its own; nothing for a survey without weights.
pub fn section(view: &View<'_>, headlines: &[&IndicatorFigures]) -> Markup {
    let weighting = view.figures.weighting.as_ref();
    let Some(weighting) = weighting.filter(|weighting| !weighting.composition.is_empty()) else {
        return html! {};
    };
    let topic = view.text("composition");
    let headline = finding(view, weighting);
    let columns = ["share_raw", "share_weighted", "share_census"].map(|key| view.text(key));
    let alt = AltText {
        title: &topic,
        finding: &headline,
    };
    let chart = drawn(view, weighting, alt);
    let marks = [Mark::Ring, Mark::Disc, Mark::Stroke];
    let marks: Vec<(Mark, String)> = marks.into_iter().zip(columns.clone()).collect();
    let mut notes = vec![view.text("composition_note")];
    notes.extend(
        headlines
            .iter()
            .filter_map(|indicator| effect(view, indicator)),
    );
    let frame = Frame {
        headline,
        notes,
        chart,
        legend: legend(&marks),
        aside: html! {},
        table: table(view, weighting, columns),
        topic,
    };
    html! {
        section.plain #composition { h2 { (view.text("composition")) } (figure(view, &frame)) }
    }
}

/// The share in the sample. Public figures have none; there the share after weighting stands for it.
fn raw(row: &CompositionRow) -> f64 {
    row.unweighted.unwrap_or(row.weighted)
}

/// The group whose share in the sample is farthest from its share in the census.
fn finding(view: &View<'_>, weighting: &WeightingSummary) -> String {
    let gap = |row: &CompositionRow| (raw(row) - row.population).abs();
    let groups = weighting.composition.iter();
    let farthest = groups.max_by(|a, b| gap(a).total_cmp(&gap(b)));
    let percent = |share: f64| number::value(IndicatorKind::Share, share, 1);
    farthest.map_or_else(String::new, |row| {
        view.text_with(
            "composition_headline",
            &[
                ("dimension", view.translated(&row.dimension)),
                ("group", view.translated(&row.category)),
                ("raw", &percent(raw(row))),
                ("census", &percent(row.population)),
                ("weighted", &percent(row.weighted)),
            ],
        )
    })
}

/// An indicator before and after weighting; `None` if it is suppressed or was not weighted.
fn effect(view: &View<'_>, indicator: &IndicatorFigures) -> Option<String> {
    let whole = indicator.whole.shown()?;
    let raw = indicator.unweighted?;
    let line = number::target_line(indicator.target);
    let decimals = number::decimals(indicator.kind, whole.estimate, line, 2);
    let weighted = view.with_unit(indicator, whole.estimate, decimals);
    Some(view.text_with(
        "unweighted_note",
        &[
            ("title", view.translated(&indicator.title)),
            ("raw", &view.with_unit(indicator, raw, 2)),
            ("weighted", &weighted),
        ],
    ))
}

fn drawn(view: &View<'_>, weighting: &WeightingSummary, alt: AltText<'_>) -> Markup {
    let rows = weighting.composition.iter();
    let shares = rows.flat_map(|row| [raw(row), row.weighted, row.population]);
    let axis = Axis::around(shares.chain([0.0]), (0.0, 1.0));
    chart::rows(&Rows {
        alt,
        columns: vec![view.text("share_change")],
        groups: groups(view, &weighting.composition),
        lines: Vec::new(),
        ticks: ticks(IndicatorKind::Share, &axis),
        axis,
    })
}

fn table(view: &View<'_>, weighting: &WeightingSummary, columns: [String; 3]) -> Table {
    let percent = |share: f64| number::value(IndicatorKind::Share, share, 2);
    let rows = weighting.composition.iter().map(|row| {
        let dimension = view.translated(&row.dimension);
        let label = full_label(view, dimension, view.translated(&row.category));
        let cells = vec![
            number::count(row.n),
            percent(raw(row)),
            percent(row.weighted),
            percent(row.population),
        ];
        (label, cells)
    });
    let mut head = vec![view.text("group"), "n".to_owned()];
    head.extend(columns);
    Table {
        caption: view.text("composition_note"),
        head,
        rows: rows.collect(),
    }
}

/// The rows of each dimension, with the shares in the census, in the sample and after weighting.
fn groups(view: &View<'_>, rows: &[CompositionRow]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let percent = |share: f64| number::value(IndicatorKind::Share, share, 1);
    for row in rows {
        let heading = view.translated(&row.dimension);
        if groups.last().is_none_or(|group| group.heading != heading) {
            groups.push(Group {
                heading: heading.to_owned(),
                rows: Vec::new(),
            });
        }
        let drawn = Row {
            label: view.translated(&row.category).to_owned(),
            marks: vec![
                (Mark::Stroke, row.population),
                (Mark::Ring, raw(row)),
                (Mark::Disc, row.weighted),
            ],
            interval: None,
            values: vec![format!("{} → {}", percent(raw(row)), percent(row.weighted))],
            is_strong: false,
        };
        if let Some(group) = groups.last_mut() {
            group.rows.push(drawn);
        }
    }
    groups
}
