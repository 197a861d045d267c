//! Goods by item in several units beside each other: in pieces, and by weight.

use maud::{Markup, html};

use super::frame::Table;
use super::table::table;
use super::view::View;
use crate::release::figures::{IndicatorFigures, SectionFigures};
use crate::survey::plan::IndicatorKind;

/// The table; nothing unless two means have the same sections.
pub fn section(view: &View<'_>) -> Markup {
    let indicators = same_sections(&view.figures.indicators);
    let Some(first) = indicators.first().filter(|_| indicators.len() > 1) else {
        return html! {};
    };
    let mut head = vec![view.text("by_item")];
    for indicator in &indicators {
        head.push(view.translated(&indicator.unit).to_owned());
        head.push(view.text("interval"));
    }
    let rows = first.sections.iter().enumerate().map(|(index, section)| {
        let own = indicators.iter();
        let cells = own.flat_map(|own| cells(view, own, own.sections.get(index)));
        (view.translated(&section.title).to_owned(), cells.collect())
    });
    let total = (view.word("total"), totals(view, &indicators));
    let notes: Vec<&str> = indicators
        .iter()
        .map(|indicator| view.translated(&indicator.note))
        .filter(|note| !note.is_empty())
        .collect();
    let items = Table {
        caption: view.word("items_caption"),
        rows: rows.chain([total]).collect(),
        head,
    };
    html! {
        section.plain #items {
            h2 { (view.word("items")) }
            p.trial role="note" { (view.word("weights_proposed")) }
            (table(&items))
            @for note in notes { p.soft { (note) } }
        }
    }
}

/// The means whose sections have the same codes as those of the first mean with sections.
fn same_sections(indicators: &[IndicatorFigures]) -> Vec<&IndicatorFigures> {
    let codes = |indicator: &IndicatorFigures| -> Vec<String> {
        let sections = indicator.sections.iter();
        sections.map(|section| section.code.clone()).collect()
    };
    let means: Vec<&IndicatorFigures> = indicators
        .iter()
        .filter(|indicator| indicator.kind == IndicatorKind::Mean && indicator.sections.len() > 1)
        .collect();
    let first = means.first().map(|indicator| codes(indicator));
    let means = means.into_iter();
    means
        .filter(|indicator| Some(codes(indicator)) == first)
        .collect()
}

/// Estimate and interval of one item.
fn cells(
    view: &View<'_>,
    indicator: &IndicatorFigures,
    section: Option<&SectionFigures>,
) -> Vec<String> {
    section.map_or_else(
        || vec![String::new(), String::new()],
        |section| {
            vec![
                view.shown(indicator.kind, &section.estimate, None, 1),
                view.interval(indicator.kind, &section.estimate, 1),
            ]
        },
    )
}

fn totals(view: &View<'_>, indicators: &[&IndicatorFigures]) -> Vec<String> {
    indicators
        .iter()
        .flat_map(|indicator| {
            [
                view.shown(indicator.kind, &indicator.whole, None, 1),
                view.interval(indicator.kind, &indicator.whole, 1),
            ]
        })
        .collect()
}
