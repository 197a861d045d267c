//! Tables of estimates.

use maud::{Markup, html};

use super::frame::Table;
use super::number;
use super::view::View;
use crate::disclosure::Disclosed;
use crate::estimation::{Estimate, Presentation};
use crate::release::figures::IndicatorFigures;
use crate::survey::plan::IndicatorKind;

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
    rows: impl Iterator<Item = (String, &'e Disclosed)>,
) -> Table {
    let rows: Vec<(String, &Disclosed)> = rows.collect();
    let has_verdicts = rows.iter().any(|(_, figure)| figure.verdict().is_some());
    let has_flags = rows.iter().any(|(_, figure)| warning(figure).is_some());
    let mut head = vec![column, view.n_heading()];
    head.push(view.text("estimate"));
    match view.is_public() {
        true => head.push(view.text("interval")),
        false => head.extend(["lower", "upper", "deff"].map(|key| view.text(key))),
    }
    head.extend(has_verdicts.then(|| view.text("verdict")));
    head.extend(has_flags.then(|| view.text("flag")));
    let rows = rows
        .into_iter()
        .map(|(label, figure)| {
            let mut cells = cells(view, indicator, figure);
            if has_verdicts {
                let key = figure.verdict().map(number::verdict_key);
                let words = key.map(|key| view.text(&format!("verdict_{key}")));
                cells.push(words.unwrap_or_default());
            }
            if has_flags {
                cells.push(flag(view, figure));
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

/// n, estimate, bounds; for staff the design effect.
fn cells(view: &View<'_>, indicator: &IndicatorFigures, figure: &Disclosed) -> Vec<String> {
    let (kind, decimals) = (indicator.kind, view.decimals());
    let cell = |print: &dyn Fn(&Estimate) -> String| unless_suppressed(view, figure, print);
    let mut cells = vec![
        cell(&|estimate| number::count(estimate.n)),
        view.shown(
            kind,
            figure,
            number::target_line(indicator.target),
            decimals,
        ),
    ];
    match view.is_public() {
        true => cells.push(view.interval(kind, figure, decimals)),
        false => cells.extend([
            cell(&|estimate| number::value(kind, estimate.lower, decimals)),
            cell(&|estimate| number::value(kind, estimate.upper, decimals)),
            cell(&|estimate| number::fixed(estimate.design_effect, 2)),
        ]),
    }
    cells
}

/// What `print` says of the estimate; if it is suppressed, the reason in public, a star in the
/// office.
pub fn unless_suppressed(
    view: &View<'_>,
    figure: &Disclosed,
    print: impl FnOnce(&Estimate) -> String,
) -> String {
    let hidden = || view.reason(figure).unwrap_or_else(|| "*".to_owned());
    figure.shown().map_or_else(hidden, print)
}

/// A warning about an estimate; empty if it needs none.
pub fn flag(view: &View<'_>, figure: &Disclosed) -> String {
    warning(figure).map_or_else(String::new, |key| view.text(key))
}

/// The key of the text of a warning.
fn warning(figure: &Disclosed) -> Option<&'static str> {
    match figure {
        Disclosed::Suppressed { .. } => Some("flag_suppress"),
        Disclosed::Shown(estimate) if estimate.presentation == Presentation::Review => {
            Some("flag_review")
        }
        Disclosed::Shown(_) => None,
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
