//! The sample before and after weighting, beside the census.

use maud::{Markup, html};

use super::figure::{figure, ticks};
use super::frame::{Basis, Frame, Table};
use super::number;
use super::table::full_label;
use super::view::View;
use crate::pages::chart::{Axis, Drawing, Group, Mark, Row, Rows, Sign};
use crate::release::figures::{CompositionRow, IndicatorFigures, WeightingSummary};
use crate::survey::plan::IndicatorKind;

/// The figure in a section of its own; nothing for a survey without weights.
pub fn section(view: &View<'_>, headlines: &[&IndicatorFigures]) -> Markup {
    let weighting = view.figures.weighting.as_ref();
    let Some(weighting) = weighting.filter(|weighting| !weighting.composition.is_empty()) else {
        return html! {};
    };
    let is_public = view.is_public();
    let headline = match is_public {
        true => public_finding(view, weighting),
        false => finding(view, weighting),
    };
    let marks = marks(view);
    let note = match is_public {
        true => view.word("composition_note"),
        false => view.text("composition_note"),
    };
    let mut notes = vec![note];
    let effects = headlines.iter();
    notes.extend(effects.filter_map(|indicator| effect(view, indicator)));
    let frame = Frame {
        spoken: headline.clone(),
        headline,
        notes,
        drawing: drawn(view, weighting),
        table: table(view, weighting, &marks),
        legend: marks,
        basis: Basis {
            n: Some(view.figures.n),
            ..Basis::default()
        },
        topic: view.text("composition"),
    };
    html! {
        section.plain #composition { h2 { (view.text("composition")) } (figure(view, frame)) }
    }
}

/// The marks with their words. In public the shares before weighting are left out: with the shares
/// after weighting they would tell the weights.
fn marks(view: &View<'_>) -> Vec<(Sign, String)> {
    let raw = (!view.is_public()).then_some((Mark::Ring, "share_raw"));
    let others = [
        (Mark::Disc, "share_weighted"),
        (Mark::Stroke, "share_census"),
    ];
    let marks = raw.into_iter().chain(others);
    marks
        .map(|(mark, key)| (Sign::Mark(mark), view.text(key)))
        .collect()
}

/// The group whose share after weighting is farthest from its share in the census.
fn public_finding(view: &View<'_>, weighting: &WeightingSummary) -> String {
    let gap = |row: &CompositionRow| (row.weighted - row.population).abs();
    let groups = weighting.composition.iter();
    let farthest = groups.max_by(|a, b| gap(a).total_cmp(&gap(b)));
    let percent = |share: f64| number::value(IndicatorKind::Share, share, 1);
    match farthest {
        Some(row) if percent(row.weighted) != percent(row.population) => view.word_with(
            "composition_farthest",
            &[
                ("dimension", view.translated(&row.dimension)),
                ("group", view.translated(&row.category)),
                ("census", &percent(row.population)),
                ("weighted", &percent(row.weighted)),
            ],
        ),
        _ => view.word("composition_alike"),
    }
}

/// The group whose share in the sample is farthest from its share in the census.
/// The unweighted share; not a number in public figures, which have none.
fn raw_share(row: &CompositionRow) -> f64 {
    row.unweighted.unwrap_or(f64::NAN)
}

fn finding(view: &View<'_>, weighting: &WeightingSummary) -> String {
    let gap = |row: &CompositionRow| (raw_share(row) - row.population).abs();
    let groups = weighting.composition.iter();
    let farthest = groups.max_by(|a, b| gap(a).total_cmp(&gap(b)));
    let percent = |share: f64| number::value(IndicatorKind::Share, share, 1);
    farthest.map_or_else(String::new, |row| {
        view.text_with(
            "composition_headline",
            &[
                ("dimension", view.translated(&row.dimension)),
                ("group", view.translated(&row.category)),
                ("raw", &percent(raw_share(row))),
                ("census", &percent(row.population)),
                ("weighted", &percent(row.weighted)),
            ],
        )
    })
}

/// An indicator before and after weighting; `None` if it is suppressed or was not weighted.
fn effect(view: &View<'_>, indicator: &IndicatorFigures) -> Option<String> {
    let whole = indicator.whole.shown()?;
    let raw = indicator.unweighted.filter(|_| !view.is_public())?;
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

fn drawn(view: &View<'_>, weighting: &WeightingSummary) -> Drawing {
    let rows = weighting.composition.iter();
    let raw = |row: &CompositionRow| (!view.is_public()).then_some(raw_share(row));
    let shares = rows.flat_map(|row| {
        let shown = [Some(row.weighted), Some(row.population), raw(row)];
        shown.into_iter().flatten()
    });
    let axis = Axis::around(shares.chain([0.0]), (0.0, 1.0));
    let column = match view.is_public() {
        true => "share_weighted",
        false => "share_change",
    };
    Drawing::Rows(Rows {
        columns: vec![view.text(column)],
        groups: groups(view, &weighting.composition),
        lines: Vec::new(),
        ticks: ticks(IndicatorKind::Share, &axis),
        axis,
        is_narrow: false,
    })
}

fn table(view: &View<'_>, weighting: &WeightingSummary, marks: &[(Sign, String)]) -> Table {
    let percent = |share: f64| number::value(IndicatorKind::Share, share, view.decimals());
    let rows = weighting.composition.iter().map(|row| {
        let dimension = view.translated(&row.dimension);
        let label = full_label(view, dimension, view.translated(&row.category));
        let mut cells = vec![number::count(row.n)];
        cells.extend((!view.is_public()).then(|| percent(raw_share(row))));
        cells.extend([percent(row.weighted), percent(row.population)]);
        (label, cells)
    });
    let mut head = vec![view.text("group"), view.n_heading()];
    head.extend(marks.iter().map(|(_, words)| words.clone()));
    Table {
        caption: view.text("composition"),
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
        let weighted = percent(row.weighted);
        let (raw, value) = match view.is_public() {
            true => (None, weighted),
            false => (
                Some((Mark::Ring, raw_share(row))),
                format!("{} → {weighted}", percent(raw_share(row))),
            ),
        };
        let population = Some((Mark::Stroke, row.population));
        let weighted = Some((Mark::Disc, row.weighted));
        let drawn = Row {
            label: view.translated(&row.category).to_owned(),
            marks: [population, raw, weighted].into_iter().flatten().collect(),
            interval: None,
            values: vec![value],
            is_strong: false,
        };
        if let Some(group) = groups.last_mut() {
            group.rows.push(drawn);
        }
    }
    groups
}
