//! The questions of one section on a common scale: the share of each answer.

use maud::Markup;

use super::figure::figure;
use super::frame::{Basis, Frame, Table};
use super::number;
use super::table::{caption, flag, unless_suppressed};
use super::view::View;
use crate::estimation::Estimate;
use crate::pages::chart::{Bar, Drawing, Sign, Stacked, stacked::shade};
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
    let drawing = Drawing::Stacked(Stacked {
        bars: bars.map(|item| bar(view, indicator, item)).collect(),
        columns: [view.text("counted"), view.text("two_worst")],
    });
    let legend = labels.iter().enumerate().map(|(index, label)| {
        let sign = Sign::Answer(shade(index, labels.len()));
        (sign, (*label).to_owned())
    });
    let reading = match view.is_public() {
        true => view.word("reading_likert"),
        false => String::new(),
    };
    let frame = Frame {
        topic: topic.to_owned(),
        spoken: headline.clone(),
        headline,
        notes: vec![view.text("likert_note")],
        drawing,
        legend: legend.collect(),
        table: table(view, indicator, section, &labels),
        // The questions stand in the chart.
        basis: Basis {
            questions: Vec::new(),
            reading,
            n: section.estimate.shown().map(|estimate| estimate.n),
        },
    };
    figure(view, frame)
}

/// The question with the highest and the one with the lowest share.
fn extremes(view: &View<'_>, indicator: &IndicatorFigures, section: &SectionFigures) -> String {
    let mut shown: Vec<(&ItemFigures, f64)> = section
        .items
        .iter()
        .filter_map(|item| Some((item, item.estimate.shown()?.estimate)))
        .collect();
    shown.sort_by(|(_, a), (_, b)| b.total_cmp(a));
    match (shown.first(), shown.last()) {
        (Some((first, _)), Some((last, _))) if shown.len() > 1 => view.text_with(
            "likert_extremes",
            &[
                ("first", without_end_mark(view.translated(&first.text))),
                ("first_value", &printed(view, indicator, first, 1)),
                ("last", without_end_mark(view.translated(&last.text))),
                ("last_value", &printed(view, indicator, last, 1)),
            ],
        ),
        _ => view.text("groups_few"),
    }
}

/// The share of a question that counts, with at least `least` decimals.
fn printed(
    view: &View<'_>,
    indicator: &IndicatorFigures,
    item: &ItemFigures,
    least: usize,
) -> String {
    let line = number::target_line(indicator.target);
    view.shown(indicator.kind, &item.estimate, line, least)
}

/// A question without the mark at its end, so that it can be quoted.
fn without_end_mark(question: &str) -> &str {
    question.trim_end_matches(['？', '?', '。', '.'])
}

fn bar(view: &View<'_>, indicator: &IndicatorFigures, item: &ItemFigures) -> Bar {
    let shares = item.distribution.iter();
    let worst = item
        .far_end()
        .map(|share| number::value(IndicatorKind::Share, share, 1));
    Bar {
        label: view.translated(&item.text).to_owned(),
        shares: shares
            .map(|(_, _, share)| (*share, number::fixed(share * 100.0, 0)))
            .collect(),
        values: [printed(view, indicator, item, 1), worst.unwrap_or_default()],
    }
}

fn table(
    view: &View<'_>,
    indicator: &IndicatorFigures,
    section: &SectionFigures,
    labels: &[&str],
) -> Table {
    let mut head = vec![view.text("item"), view.n_heading()];
    head.extend(labels.iter().map(|label| (*label).to_owned()));
    head.extend(["counted", "lower", "upper"].map(|key| view.text(key)));
    // In public the number of "don't know" would be an exact count of a small group.
    head.extend((!view.is_public()).then(|| view.text("unknown")));
    head.push(view.text("flag"));
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
    let kind = indicator.kind;
    let shares = item
        .distribution
        .iter()
        .map(|(_, _, share)| number::value(IndicatorKind::Share, *share, view.decimals()));
    let cell = |print: &dyn Fn(&Estimate) -> String| unless_suppressed(view, &item.estimate, print);
    let mut cells = vec![cell(&|estimate| number::count(estimate.n))];
    cells.extend(shares);
    // A question on a shorter scale, or without figures, has empty cells at the end.
    cells.resize(steps + 1, String::new());
    let decimals = view.decimals();
    cells.extend([
        printed(view, indicator, item, decimals),
        cell(&|estimate| number::value(kind, estimate.lower, decimals)),
        cell(&|estimate| number::value(kind, estimate.upper, decimals)),
    ]);
    cells.extend((!view.is_public()).then(|| cell(&|_| number::count(item.n_missing))));
    cells.push(flag(view, &item.estimate));
    cells
}
