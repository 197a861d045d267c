//! Other ways to compute an indicator from the same answers. They are shown and never judged.

use maud::{Markup, html};

use super::finding::change_clause;
use super::number;
use super::table::{Table, table, unless_suppressed};
use super::view::View;
use crate::release::figures::IndicatorFigures;
use crate::survey::plan::IndicatorKind;

/// The table of the indicators without a number in the plan; nothing if there are none, or if no
/// indicator has a number.
pub fn section(view: &View<'_>) -> Markup {
    let indicators = &view.figures.indicators;
    let others: Vec<&IndicatorFigures> = indicators
        .iter()
        .filter(|indicator| indicator.number.is_none())
        .collect();
    if others.is_empty() || others.len() == indicators.len() {
        return html! {};
    }
    let rows = others.iter().map(|other| {
        let title = view.translated(&other.title).to_owned();
        (title, cells(view, other))
    });
    let references = Table {
        caption: view.text("references_note"),
        head: vec![
            view.text("reading"),
            view.text("estimate"),
            view.text("interval"),
            "n".to_owned(),
            view.text("change"),
        ],
        rows: rows.collect(),
    };
    html! {
        section.plain #references { h2 { (view.text("references")) } (table(&references)) }
    }
}

/// Estimate with unit, interval, n, change.
fn cells(view: &View<'_>, other: &IndicatorFigures) -> Vec<String> {
    let whole = &other.whole;
    let mut printed = number::shown(other.kind, whole, None, 2);
    let unit = view.translated(&other.unit);
    if other.kind == IndicatorKind::Mean && !unit.is_empty() {
        printed = format!("{printed} {unit}");
    }
    vec![
        printed,
        number::interval(other.kind, whole, 2),
        unless_suppressed(whole, number::count(whole.n)),
        change_clause(view, other).unwrap_or_default(),
    ]
}
