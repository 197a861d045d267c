//! Texts of the reader's language, and estimates as cells.

use crate::disclosure::Disclosed;
use crate::disclosure::few_answers::{Support, support};
use crate::estimation::{Presentation, Verdict};
use crate::locale::{Language, text, text_with};
use crate::questionnaire::Text;
use crate::release::figures::IndicatorFigures;
use crate::release::report::table::Cell;
use crate::release::rounding::{decimals, half_up};
use crate::survey::plan::{IndicatorKind, Target};

/// Decimals of percentages and scores.
const DECIMALS: usize = 2;

/// The words of one language.
#[derive(Debug, Clone, Copy)]
pub struct Words {
    pub language: Language,
}

impl Words {
    /// The text of `report.{key}`.
    pub fn say(self, key: &str) -> String {
        text(self.language, &format!("report.{key}"))
    }

    /// The text of `report.{key}` with its placeholders filled.
    pub fn say_with(self, key: &str, values: &[(&str, &str)]) -> String {
        text_with(self.language, &format!("report.{key}"), values)
    }

    /// A text of the results page.
    pub fn of_results(self, key: &str) -> String {
        text(self.language, &format!("results.{key}"))
    }

    /// The texts of `report.{key}`, as headings.
    pub fn header(self, keys: &[&str]) -> Vec<String> {
        keys.iter().map(|key| self.say(key)).collect()
    }

    /// A text in the reader's language.
    pub fn of(self, text: &Text) -> String {
        text.get(self.language.code()).to_owned()
    }

    /// The same as a cell.
    pub fn cell(self, text: &Text) -> Cell {
        Cell::Text(self.of(text))
    }

    /// The unit of an indicator's numbers.
    pub fn unit(self, indicator: &IndicatorFigures) -> String {
        match indicator.kind {
            IndicatorKind::Share | IndicatorKind::Ratio => "%".to_owned(),
            IndicatorKind::Mean => self.of(&indicator.unit),
        }
    }

    /// A verdict in words; empty without one.
    pub fn verdict(self, verdict: Option<Verdict>) -> Cell {
        let key = match verdict {
            None => return Cell::Empty,
            Some(Verdict::Met) => "verdict_met",
            Some(Verdict::NotMet) => "verdict_not_met",
            Some(Verdict::Inconclusive) => "verdict_inconclusive",
            Some(Verdict::Suppressed) => "verdict_suppressed",
        };
        Cell::Text(self.of_results(key))
    }
}

/// A value in its printed size: percent for shares and ratios.
pub fn in_size(kind: IndicatorKind, value: f64) -> f64 {
    match kind {
        IndicatorKind::Share | IndicatorKind::Ratio => value * 100.0,
        IndicatorKind::Mean => value,
    }
}

/// The value of a target, if it has one.
pub fn line(target: Option<Target>) -> Option<f64> {
    match target {
        Some(Target::AtLeast(line)) => Some(line),
        Some(Target::BelowPreviousWave) | None => None,
    }
}

/// A number with two decimals.
pub fn number(value: f64) -> Cell {
    with_decimals(value, DECIMALS)
}

/// A number with that many decimals; empty if it is not finite.
pub fn with_decimals(value: f64, decimals: usize) -> Cell {
    match value.is_finite() {
        true => Cell::Number {
            value: half_up(value, decimals),
            decimals,
            is_weak: false,
        },
        false => Cell::Empty,
    }
}

/// A share, 0 to 1, as a percentage.
pub fn percent(share: f64) -> Cell {
    number(share * 100.0)
}

/// `cell` as `support` allows it.
pub fn supported(support: Support, cell: Cell) -> Cell {
    match (support, cell) {
        (_, Cell::Empty) => Cell::Empty,
        (Support::Hidden, _) => Cell::Hidden,
        (
            Support::Few,
            Cell::Number {
                value, decimals, ..
            },
        ) => Cell::Number {
            value,
            decimals,
            is_weak: true,
        },
        (_, cell) => cell,
    }
}

/// How far an estimate is supported.
pub fn support_of(figure: &Disclosed) -> Support {
    let Some(estimate) = figure.shown() else {
        return Support::Hidden;
    };
    let by_rule = match estimate.presentation {
        Presentation::Suppress => Support::Hidden,
        Presentation::Review => Support::Few,
        Presentation::Publish => Support::Enough,
    };
    by_rule.min(support(estimate.n))
}

/// An estimate as cells: n, value, lower and upper end of its interval. `target`: the line on whose
/// side the printed value must be.
pub fn estimate(kind: IndicatorKind, figure: &Disclosed, target: Option<f64>) -> [Cell; 4] {
    let support = support_of(figure);
    let Some(found) = figure.shown() else {
        return [Cell::Hidden, Cell::Hidden, Cell::Hidden, Cell::Hidden];
    };
    let size = |value| in_size(kind, value);
    let value = size(found.estimate);
    let value = with_decimals(value, decimals(value, target.map(size), DECIMALS));
    [
        Cell::Count(found.n),
        value,
        number(size(found.lower)),
        number(size(found.upper)),
    ]
    .map(|cell| supported(support, cell))
}
