//! Other ways to compute an indicator from the same answers. They are shown and never judged.

use maud::{Markup, html};

use super::finding::change_clause;
use super::frame::Table;
use super::number;
use super::table::{table, unless_suppressed};
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
            view.n_heading(),
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
    let mut printed = view.shown(other.kind, whole, None, view.decimals());
    let unit = view.translated(&other.unit);
    if other.kind == IndicatorKind::Mean && !unit.is_empty() && !whole.is_suppressed() {
        printed = format!("{printed} {unit}");
    }
    vec![
        printed,
        view.interval(other.kind, whole, view.decimals()),
        unless_suppressed(view, whole, |whole| number::count(whole.n)),
        change_clause(view, other).unwrap_or_default(),
    ]
}
