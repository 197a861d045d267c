//! Tables of estimates.

use maud::{Markup, html};

use super::finding::suppressed;
use super::number;
use super::view::View;
use crate::release::figures::{Estimate, IndicatorFigures, Presentation};
use crate::survey::plan::IndicatorKind;

/// A table whose rows have a heading each.
pub struct Table {
    /// What, where, in what unit.
    pub caption: String,
    /// Headings of the columns; the first is above the headings of the rows.
    pub head: Vec<String>,
    /// Heading and cells of each row.
    pub rows: Vec<(String, Vec<String>)>,
}

/// A table that scrolls by itself if it is too wide.
pub fn table(table: &Table) -> Markup {
    html! {
        div.scroll tabindex="0" role="region" aria-label=(table.caption) {
            table {
                caption { (table.caption) }
                thead { tr { @for heading in &table.head { th scope="col" { (heading) } } } }
                tbody {
                    @for (heading, cells) in &table.rows {
                        tr { th scope="row" { (heading) } @for cell in cells { td { (cell) } } }
                    }
                }
            }
        }
    }
}

/// The table of the estimates of some groups. `column` is the heading of their labels.
pub fn estimates_table<'e>(
    view: &View<'_>,
    indicator: &IndicatorFigures,
    caption: String,
    column: String,
    rows: impl Iterator<Item = (String, &'e Estimate)>,
) -> Table {
    let rows: Vec<(String, &Estimate)> = rows.collect();
    let has_verdicts = rows.iter().any(|(_, estimate)| estimate.verdict.is_some());
    let has_flags = rows
        .iter()
        .any(|(_, estimate)| estimate.presentation != Presentation::Publish);
    let mut head = vec![column, "n".to_owned()];
    head.extend(["estimate", "lower", "upper", "deff"].map(|key| view.text(key)));
    head.extend(has_verdicts.then(|| view.text("verdict")));
    head.extend(has_flags.then(|| view.text("flag")));
    let rows = rows
        .into_iter()
        .map(|(label, estimate)| {
            let mut cells = cells(indicator, estimate);
            if has_verdicts {
                let key = estimate.verdict.map(number::verdict_key);
                let words = key.map(|key| view.text(&format!("verdict_{key}")));
                cells.push(words.unwrap_or_default());
            }
            if has_flags {
                cells.push(flag(view, estimate));
            }
            (label, cells)
        })
        .collect();
    Table {
        caption,
        head,
        rows,
    }
}

/// n, estimate, bounds and design effect.
fn cells(indicator: &IndicatorFigures, estimate: &Estimate) -> Vec<String> {
    let kind = indicator.kind;
    let deff = estimate
        .design_effect
        .map_or_else(|| "—".to_owned(), |deff| number::fixed(deff, 2));
    vec![
        unless_suppressed(estimate, number::count(estimate.n)),
        number::shown(kind, estimate, number::target_line(indicator.target), 2),
        unless_suppressed(estimate, number::value(kind, estimate.lower, 2)),
        unless_suppressed(estimate, number::value(kind, estimate.upper, 2)),
        unless_suppressed(estimate, deff),
    ]
}

/// A number that goes with `estimate`; a star if the estimate is suppressed.
pub fn unless_suppressed(estimate: &Estimate, printed: String) -> String {
    match suppressed(estimate) {
        true => "*".to_owned(),
        false => printed,
    }
}

/// A warning about an estimate; empty if it needs none.
pub fn flag(view: &View<'_>, estimate: &Estimate) -> String {
    match estimate.presentation {
        Presentation::Publish => String::new(),
        Presentation::Review => view.text("flag_review"),
        Presentation::Suppress => view.text("flag_suppress"),
    }
}

/// The caption of a table: indicator, topic and unit.
pub fn caption(view: &View<'_>, indicator: &IndicatorFigures, topic: &str) -> String {
    let unit = match (indicator.kind, view.translated(&indicator.unit)) {
        (IndicatorKind::Mean, unit) if !unit.is_empty() => {
            view.text_with("in_brackets", &[("words", unit)])
        }
        _ => String::new(),
    };
    view.text_with(
        "caption",
        &[
            ("title", view.translated(&indicator.title)),
            ("topic", topic),
            ("unit", &unit),
        ],
    )
}

/// A label with the heading of its group, such as 性别：男.
pub fn full_label(view: &View<'_>, heading: &str, label: &str) -> String {
    match heading.is_empty() {
        true => label.to_owned(),
        false => view.text_with("group_of", &[("dimension", heading), ("group", label)]),
    }
}
