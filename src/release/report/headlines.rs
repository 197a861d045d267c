//! The indicators against their targets and the wave before.

use crate::disclosure::Disclosed;
use crate::estimation::comparison::Direction;
use crate::release::figures::IndicatorFigures;
use crate::release::report::basis::Basis;
use crate::release::report::table::{Cell, Table};
use crate::release::report::words::{self, Words, in_size, line, number, with_decimals};
use crate::survey::plan::{IndicatorKind, Target};

/// One row for each indicator.
pub(super) fn table(basis: Basis<'_>) -> Table {
    let words = basis.words;
    let indicators = &basis.snapshot.figures.indicators;
    Table {
        name: words.say("results"),
        title: words.say("results_title"),
        notes: vec![words.say("interval_note"), words.say("change_note")],
        header: words.header(&[
            "indicator",
            "unit",
            "n",
            "value",
            "lower",
            "upper",
            "target",
            "verdict",
            "national_line",
            "before_wave",
            "before_value",
            "change",
            "change_unit",
            "change_lower",
            "change_upper",
            "p_value",
            "significance",
        ]),
        rows: indicators.iter().map(|own| row(words, own)).collect(),
    }
}

fn row(words: Words, indicator: &IndicatorFigures) -> Vec<Cell> {
    let kind = indicator.kind;
    let target = line(indicator.target);
    let mut cells = vec![
        words.cell(&indicator.title),
        Cell::Text(words.unit(indicator)),
    ];
    cells.extend(words::estimate(kind, &indicator.whole, target));
    cells.push(match indicator.target {
        Some(Target::AtLeast(line)) => number(in_size(kind, line)),
        Some(Target::BelowPreviousWave) => Cell::Text(words.say("target_below")),
        None => Cell::Empty,
    });
    cells.push(words.verdict(indicator.whole.verdict()));
    let national = indicator.national_line;
    cells.push(national.map_or(Cell::Empty, |line| number(in_size(kind, line))));
    cells.extend(before(kind, &indicator.trend));
    cells.extend(change(words, indicator));
    cells
}

/// The wave before and its value.
fn before(kind: IndicatorKind, trend: &[(String, Disclosed)]) -> [Cell; 2] {
    let mut waves = trend.iter().rev().skip(1);
    let Some((wave, estimate)) = waves.next() else {
        return [Cell::Empty, Cell::Empty];
    };
    let [_, value, _, _] = words::estimate(kind, estimate, None);
    [Cell::text(wave), value]
}

/// The change, its unit, interval, P and meaning.
fn change(words: Words, indicator: &IndicatorFigures) -> [Cell; 6] {
    let Some(change) = &indicator.change else {
        return std::array::from_fn(|_| Cell::Empty);
    };
    let found = &change.difference;
    let unit = match indicator.kind {
        IndicatorKind::Share | IndicatorKind::Ratio => words.of_results("points"),
        IndicatorKind::Mean => words.of(&indicator.unit),
    };
    let meaning = match found.direction {
        Direction::Risen => "risen",
        Direction::Fallen => "fallen",
        Direction::Unchanged => "unchanged",
    };
    let size = |value| number(in_size(indicator.kind, value));
    [
        size(found.difference),
        Cell::Text(unit),
        size(found.lower),
        size(found.upper),
        with_decimals(found.p_value, 4),
        Cell::Text(words.say(meaning)),
    ]
}
