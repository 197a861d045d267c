//! Tables of estimates, with one or two indicators side by side.

use super::number;
use super::words::Words;
use crate::disclosure::Disclosed;
use crate::estimation::{Presentation, Verdict};
use crate::formats::pdf::document::{Align, Row, Table};
use crate::release::figures::IndicatorFigures;

/// A row: what it is about, and the estimate of each indicator. `None` where it has none.
pub struct Estimates<'a> {
    /// What it is about.
    pub label: String,
    /// One for each indicator.
    pub figures: Vec<Option<&'a Disclosed>>,
    /// Whether it is a total.
    pub is_strong: bool,
}

/// What a table has from top to bottom.
pub enum Part<'a> {
    /// What the rows below have in common.
    Group(String),
    /// A row.
    Row(Estimates<'a>),
}

/// The table of `parts` for `indicators`: estimate and interval of each, and the verdict where any
/// is judged.
#[must_use]
pub fn table(
    words: &Words<'_>,
    indicators: &[&IndicatorFigures],
    (caption, column): (&str, String),
    parts: &[Part<'_>],
) -> Table {
    let figures = parts.iter().flat_map(|part| match part {
        Part::Row(row) => row.figures.as_slice(),
        Part::Group(_) => &[],
    });
    let figures: Vec<&Disclosed> = figures.flatten().copied().collect();
    let is_judged = |figure: &&Disclosed| {
        figure
            .verdict()
            .is_some_and(|verdict| verdict != Verdict::Suppressed)
    };
    let has_verdicts = figures.iter().any(is_judged);
    let mut head = vec![column];
    let mut columns = vec![Align::Start];
    let across = if has_verdicts { 3 } else { 2 };
    let mut spanning = vec![(String::new(), 1)];
    for indicator in indicators {
        spanning.push((heading(words, indicator), across));
        head.extend([words.of_results("estimate"), words.say("interval_head")]);
        columns.extend([Align::End, Align::End]);
        if has_verdicts {
            head.push(words.of_results("verdict"));
            columns.push(Align::Middle);
        }
    }
    // The title of a single indicator stands in the caption.
    if indicators.len() == 1 {
        spanning.clear();
    }
    let rows = parts
        .iter()
        .map(|part| row(words, indicators, part, has_verdicts));
    Table {
        caption: words.table_caption(caption),
        columns,
        spanning,
        head,
        rows: rows.collect(),
        note: note(words, &figures),
    }
}

/// The title of an indicator with its unit.
#[must_use]
pub fn heading(words: &Words<'_>, indicator: &IndicatorFigures) -> String {
    let title = words.plain(&indicator.title).into_owned();
    match words.of(&indicator.unit) {
        "" => title,
        unit => words.say_with("with_unit", &[("title", &title), ("unit", unit)]),
    }
}

fn row(
    words: &Words<'_>,
    indicators: &[&IndicatorFigures],
    part: &Part<'_>,
    has_verdicts: bool,
) -> Row {
    let own = match part {
        Part::Group(text) => return Row::Group(text.clone()),
        Part::Row(own) => own,
    };
    let mut cells = vec![own.label.clone()];
    for (indicator, figure) in indicators.iter().zip(&own.figures) {
        let none = || "—".to_owned();
        cells.push(figure.map_or_else(none, |figure| number::cell(indicator, figure)));
        cells.push(figure.map_or_else(none, |figure| number::interval(indicator, figure)));
        if has_verdicts {
            let verdict = figure.and_then(Disclosed::verdict);
            cells.push(verdict.map_or_else(none, |own| verdict_words(words, own)));
        }
    }
    match own.is_strong {
        true => Row::Strong(cells),
        false => Row::Cells(cells),
    }
}

/// A verdict in words.
#[must_use]
pub fn verdict_words(words: &Words<'_>, verdict: Verdict) -> String {
    words.of_results(match verdict {
        Verdict::Met => "verdict_met",
        Verdict::NotMet => "verdict_not_met",
        Verdict::Inconclusive => "verdict_inconclusive",
        Verdict::Suppressed => "verdict_suppressed",
    })
}

/// What the signs in the cells mean, as far as there are any.
#[must_use]
pub fn note(words: &Words<'_>, figures: &[&Disclosed]) -> String {
    let is_hidden = figures.iter().any(|figure| figure.is_suppressed());
    let is_weak = figures
        .iter()
        .filter_map(|figure| figure.shown())
        .any(|own| own.presentation == Presentation::Review);
    let mut notes = Vec::new();
    notes.extend(is_hidden.then(|| words.say("note_hidden")));
    notes.extend(is_weak.then(|| words.say("note_weak")));
    match notes.is_empty() {
        true => String::new(),
        false => words.say_with("note", &[("words", &notes.join(&words.say("and")))]),
    }
}
