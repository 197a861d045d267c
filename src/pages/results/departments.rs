//! The questions by the plan indicator they speak of: each department finds its own.

use maud::{Markup, html};

use super::figure::{Table, flag, table};
use super::finding::suppressed;
use super::number;
use super::sheet::Sheet;
use crate::release::figures::{IndicatorFigures, ItemFigures};
use crate::survey::plan::IndicatorKind;

/// The items by the plan indicator they speak of, so that each department finds its own.
pub fn tables(sheet: &Sheet<'_>) -> Markup {
    let tables = &sheet.figures.by_plan_indicator;
    html! {
        @if !tables.is_empty() {
            section.plain #departments {
                h2 { (sheet.say("by_department")) }
                p.soft { (sheet.say("by_department_note")) }
                @for own in tables {
                    details.fold {
                        summary {
                            span.name { (sheet.fill("plan_number", &[("number", &own.number.to_string())])) " " (sheet.own(&own.name)) }
                            span.soft { (sheet.own(&own.lead)) }
                        }
                        (table(&plan_table(sheet, sheet.own(&own.name), &own.items)))
                    }
                }
            }
        }
    }
}

fn plan_table(sheet: &Sheet<'_>, name: &str, items: &[ItemFigures]) -> Table {
    let rows = items
        .iter()
        .map(|item| {
            let (kind, unit) = unit_of(sheet, &item.code);
            let hidden = suppressed(&item.estimate);
            let mut shown = number::shown(kind, &item.estimate, None, 2);
            if !unit.is_empty() && !hidden {
                shown = format!("{shown} {unit}");
            }
            let n = if hidden {
                "*".to_owned()
            } else {
                number::count(item.estimate.n)
            };
            let cells = vec![
                shown,
                number::interval(kind, &item.estimate, 2),
                n,
                flag(sheet, &item.estimate),
            ];
            (sheet.own(&item.text).to_owned(), cells)
        })
        .collect();
    Table {
        caption: name.to_owned(),
        head: vec![
            sheet.say("item"),
            sheet.say("estimate"),
            sheet.say("interval"),
            "n".to_owned(),
            sheet.say("flag"),
        ],
        rows,
    }
}

/// Kind and unit of the indicator that an item belongs to.
fn unit_of<'s>(sheet: &'s Sheet<'_>, code: &str) -> (IndicatorKind, &'s str) {
    let owns = |indicator: &&IndicatorFigures| {
        indicator
            .sections
            .iter()
            .flat_map(|section| &section.items)
            .any(|item| item.code == code)
    };
    let indicator = sheet.figures.indicators.iter().find(owns);
    match indicator {
        Some(indicator) if indicator.kind == IndicatorKind::Mean => {
            (indicator.kind, sheet.own(&indicator.unit))
        }
        Some(indicator) => (indicator.kind, ""),
        None => (IndicatorKind::Share, ""),
    }
}
