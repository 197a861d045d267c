//! The questions of one section on a common scale: the share of each answer.

use maud::{Markup, html};

use super::figure::{Frame, figure};
use super::finding::suppressed;
use super::number;
use super::table::{Table, caption, flag, unless_suppressed};
use super::view::View;
use crate::pages::chart::{self, AltText, Bar, Stacked, stacked::shade};
use crate::release::figures::{IndicatorFigures, ItemFigures, SectionFigures};
use crate::survey::plan::IndicatorKind;

/// Whether the answers of a section are a scale with more than two steps.
pub fn is_graded(section: &SectionFigures) -> bool {
    section.items.iter().any(|item| item.distribution.len() > 2)
}

/// The figure of a section.
pub fn likert(view: &View<'_>, indicator: &IndicatorFigures, section: &SectionFigures) -> Markup {
    let longest = section
        .items
        .iter()
        .max_by_key(|item| item.distribution.len());
    let steps = longest.into_iter().flat_map(|item| &item.distribution);
    let labels: Vec<&str> = steps.map(|(_, label, _)| view.translated(label)).collect();
    let headline = extremes(view, indicator, section);
    let topic = view.translated(&section.title);
    let bars = section.items.iter();
    let chart = chart::stacked(&Stacked {
        alt: AltText {
            title: topic,
            finding: &headline,
        },
        bars: bars.map(|item| bar(view, indicator, item)).collect(),
        columns: [view.text("counted"), view.text("two_worst")],
    });
    let legend = html! {
        ul.key {
            @for (index, label) in labels.iter().enumerate() {
                li { span class={ "swatch s" (shade(index, labels.len())) } {} (label) }
            }
        }
    };
    figure(
        view,
        &Frame {
            topic: topic.to_owned(),
            headline,
            notes: vec![view.text("likert_note")],
            chart,
            legend,
            aside: html! {},
            table: table(view, indicator, section, &labels),
        },
    )
}

/// The question with the highest and the one with the lowest share.
fn extremes(view: &View<'_>, indicator: &IndicatorFigures, section: &SectionFigures) -> String {
    let mut shown: Vec<&ItemFigures> = section
        .items
        .iter()
        .filter(|item| !suppressed(&item.estimate))
        .collect();
    shown.sort_by(|a, b| b.estimate.estimate.total_cmp(&a.estimate.estimate));
    match (shown.first(), shown.last()) {
        (Some(first), Some(last)) if shown.len() > 1 => view.text_with(
            "likert_extremes",
            &[
                ("first", without_end_mark(view.translated(&first.text))),
                ("first_value", &printed(indicator, first, 1)),
                ("last", without_end_mark(view.translated(&last.text))),
                ("last_value", &printed(indicator, last, 1)),
            ],
        ),
        _ => view.text("groups_few"),
    }
}

/// The share of a question that counts, with at least `least` decimals.
fn printed(indicator: &IndicatorFigures, item: &ItemFigures, least: usize) -> String {
    let line = number::target_line(indicator.target);
    number::shown(indicator.kind, &item.estimate, line, least)
}

/// A question without the mark at its end, so that it can be quoted.
fn without_end_mark(question: &str) -> &str {
    question.trim_end_matches(['？', '?', '。', '.'])
}

fn bar(view: &View<'_>, indicator: &IndicatorFigures, item: &ItemFigures) -> Bar {
    let is_hidden = suppressed(&item.estimate);
    let shares = item.distribution.iter().filter(|_| !is_hidden);
    let worst = item.far_end().filter(|_| !is_hidden);
    let worst = worst.map(|share| number::value(IndicatorKind::Share, share, 1));
    Bar {
        label: view.translated(&item.text).to_owned(),
        shares: shares
            .map(|(_, _, share)| (*share, number::fixed(share * 100.0, 0)))
            .collect(),
        values: [printed(indicator, item, 1), worst.unwrap_or_default()],
    }
}

fn table(
    view: &View<'_>,
    indicator: &IndicatorFigures,
    section: &SectionFigures,
    labels: &[&str],
) -> Table {
    let mut head = vec![view.text("item"), "n".to_owned()];
    head.extend(labels.iter().map(|label| (*label).to_owned()));
    head.extend(["counted", "lower", "upper", "unknown", "flag"].map(|key| view.text(key)));
    let rows = section.items.iter().map(|item| {
        let cells = cells(view, indicator, item, labels.len());
        (view.translated(&item.text).to_owned(), cells)
    });
    Table {
        caption: caption(view, indicator, view.translated(&section.title)),
        head,
        rows: rows.collect(),
    }
}

/// n, the share of each of `steps` answers, the share that counts with its bounds, the number of
/// "don't know", and a warning.
fn cells(
    view: &View<'_>,
    indicator: &IndicatorFigures,
    item: &ItemFigures,
    steps: usize,
) -> Vec<String> {
    let estimate = &item.estimate;
    let open = |printed: String| unless_suppressed(estimate, printed);
    let shares = item
        .distribution
        .iter()
        .map(|(_, _, share)| open(number::value(IndicatorKind::Share, *share, 2)));
    let mut cells = vec![open(number::count(estimate.n))];
    cells.extend(shares);
    // A question on a shorter scale has empty cells at the end.
    cells.resize(steps + 1, String::new());
    cells.extend([
        printed(indicator, item, 2),
        open(number::value(indicator.kind, estimate.lower, 2)),
        open(number::value(indicator.kind, estimate.upper, 2)),
        open(number::count(item.n_missing)),
        flag(view, estimate),
    ]);
    cells
}
