//! The questions by plan indicator, so that each department finds its own.

use maud::{Markup, html};

use super::frame::Table;
use super::number;
use super::table::{flag, table, unless_suppressed};
use super::view::View;
use crate::release::figures::{IndicatorFigures, ItemFigures};
use crate::survey::plan::IndicatorKind;

/// The section; nothing if no question names a plan indicator.
pub fn section(view: &View<'_>) -> Markup {
    let tables = &view.figures.by_plan_indicator;
    html! {
        @if !tables.is_empty() {
            section.plain #departments {
                h2 { (view.text("by_department")) }
                p.soft {
                    @if view.is_public() {
                        (view.word("departments_note"))
                    } @else {
                        (view.text("by_department_note"))
                    }
                }
                @for indicator in tables {
                    @let number = indicator.number.to_string();
                    @let name = view.translated(&indicator.name);
                    details.fold {
                        summary {
                            span.name {
                                (view.text_with("plan_number", &[("number", &number)])) " " (name)
                            }
                            span.soft { (view.translated(&indicator.lead)) }
                        }
                        @if view.is_public() {
                            (answers(view, &indicator.items))
                        } @else {
                            (table(&items(view, name, &indicator.items)))
                        }
                    }
                }
            }
        }
    }
}

/// The questions of one plan indicator with their figures, for everyone. The table of a section has
/// the number of answers.
fn answers(view: &View<'_>, items: &[ItemFigures]) -> Markup {
    html! {
        dl.answers {
            @for item in items {
                @let (kind, unit) = unit_of(view, &item.code);
                @let estimate = &item.estimate;
                div {
                    dt { (view.translated(&item.text)) }
                    dd {
                        strong { (view.shown(kind, estimate, None, 1)) }
                        @if !estimate.is_suppressed() {
                            @if !unit.is_empty() { " " (unit) }
                            " " span.soft { (number::interval(kind, estimate, 1)) }
                        }
                    }
                }
            }
        }
    }
}

/// The table of the questions of one plan indicator.
fn items(view: &View<'_>, name: &str, items: &[ItemFigures]) -> Table {
    let rows = items.iter().map(|item| {
        let (kind, unit) = unit_of(view, &item.code);
        let estimate = &item.estimate;
        let mut printed = view.shown(kind, estimate, None, view.decimals());
        if !unit.is_empty() && !estimate.is_suppressed() {
            printed = format!("{printed} {unit}");
        }
        let cells = vec![
            printed,
            view.interval(kind, estimate, view.decimals()),
            unless_suppressed(view, estimate, |estimate| number::count(estimate.n)),
            flag(view, estimate),
        ];
        (view.translated(&item.text).to_owned(), cells)
    });
    Table {
        caption: name.to_owned(),
        head: vec![
            view.text("item"),
            view.text("estimate"),
            view.text("interval"),
            view.n_heading(),
            view.text("flag"),
        ],
        rows: rows.collect(),
    }
}

/// Kind and unit of the indicator that a question belongs to.
fn unit_of<'v>(view: &'v View<'_>, code: &str) -> (IndicatorKind, &'v str) {
    let has_item = |indicator: &&IndicatorFigures| {
        let sections = indicator.sections.iter();
        sections
            .flat_map(|section| &section.items)
            .any(|item| item.code == code)
    };
    match view.figures.indicators.iter().find(has_item) {
        Some(indicator) if indicator.kind == IndicatorKind::Mean => {
            (indicator.kind, view.translated(&indicator.unit))
        }
        Some(indicator) => (indicator.kind, ""),
        None => (IndicatorKind::Share, ""),
    }
}
