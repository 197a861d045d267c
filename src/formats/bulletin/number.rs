//! Numbers as a bulletin prints them.

use crate::disclosure::Disclosed;
use crate::estimation::{Estimate, Presentation};
use crate::locale::{Language, text, text_with};
use crate::release::figures::IndicatorFigures;
use crate::release::rounding::{self, half_up};
use crate::survey::plan::{IndicatorKind, Target};

/// Stands for a number that is not published.
pub const HIDDEN: &str = "*";

/// `value` with `decimals` decimals, halves rounded away from zero. A dash if it is not finite.
#[must_use]
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "—".to_owned();
    }
    let rounded = half_up(value, decimals);
    let sign = if rounded < 0.0 { "−" } else { "" };
    with_commas(&format!("{sign}{:.decimals$}", rounded.abs()))
}

/// A share from 0 to 1 as a percentage with one decimal.
#[must_use]
pub fn percent(share: f64) -> String {
    format!("{}%", fixed(share * 100.0, 1))
}

/// A count.
#[must_use]
pub fn count(n: u64) -> String {
    with_commas(&n.to_string())
}

/// A value of an indicator without unit; shares and ratios as percentages.
#[must_use]
pub fn value(kind: IndicatorKind, value: f64, decimals: usize) -> String {
    match kind {
        IndicatorKind::Share | IndicatorKind::Ratio => {
            format!("{}%", fixed(value * 100.0, decimals))
        }
        IndicatorKind::Mean => fixed(value, decimals),
    }
}

/// The line that a target draws.
#[must_use]
pub fn line(indicator: &IndicatorFigures) -> Option<f64> {
    match indicator.target {
        Some(Target::AtLeast(line)) => Some(line),
        Some(Target::BelowPreviousWave) | None => None,
    }
}

/// A target with as few decimals as it has: 90%, 99.5%.
#[must_use]
pub fn threshold(kind: IndicatorKind, line: f64) -> String {
    let scaled = line * size(kind);
    let short = |decimals: &usize| (half_up(scaled, *decimals) - scaled).abs() < 1e-9;
    value(kind, line, (0..6).find(short).unwrap_or(6))
}

/// An estimate with at least one decimal, and enough that it is printed on its side of the target.
#[must_use]
pub fn estimate(indicator: &IndicatorFigures, own: f64) -> String {
    let factor = size(indicator.kind);
    let line = line(indicator).map(|line| line * factor);
    let decimals = rounding::decimals(own * factor, line, 1);
    value(indicator.kind, own, decimals)
}

/// An estimate as a cell: `*` if it is not published, in brackets if few answers support it.
#[must_use]
pub fn cell(indicator: &IndicatorFigures, figure: &Disclosed) -> String {
    let Some(own) = figure.shown() else {
        return HIDDEN.to_owned();
    };
    let printed = estimate(indicator, own.estimate);
    match own.presentation {
        Presentation::Review => format!("({printed})"),
        Presentation::Publish | Presentation::Suppress => printed,
    }
}

/// An interval as a cell: `*` if it is not published.
#[must_use]
pub fn interval(indicator: &IndicatorFigures, figure: &Disclosed) -> String {
    figure
        .shown()
        .map_or_else(|| HIDDEN.to_owned(), |own| bounds(indicator, own))
}

/// An interval: 91.0–92.5%.
#[must_use]
pub fn bounds(indicator: &IndicatorFigures, own: &Estimate) -> String {
    let factor = size(indicator.kind);
    let sign = if indicator.kind == IndicatorKind::Mean {
        ""
    } else {
        "%"
    };
    let (lower, upper) = (fixed(own.lower * factor, 1), fixed(own.upper * factor, 1));
    format!("{lower}–{upper}{sign}")
}

/// A value with its unit.
#[must_use]
pub fn with_unit(printed: String, unit: &str) -> String {
    match unit.is_empty() {
        true => printed,
        false => format!("{printed} {unit}"),
    }
}

/// The size of a difference with its unit: percentage points, or `unit` for means. More decimals if
/// it would be printed as zero.
#[must_use]
pub fn amount(language: Language, indicator: &IndicatorFigures, difference: f64) -> String {
    let scaled = difference * size(indicator.kind);
    let unit = match indicator.kind {
        IndicatorKind::Share | IndicatorKind::Ratio => text(language, "results.points"),
        IndicatorKind::Mean => indicator.unit.get(language.code()).to_owned(),
    };
    let is_visible = |decimals: &usize| half_up(scaled, *decimals) != 0.0;
    let decimals = (1..5).find(is_visible).unwrap_or(1);
    with_unit(fixed(scaled, decimals), &unit)
}

/// A day such as `2026-06-01` in words. Another text stays as it is.
#[must_use]
pub fn day(language: Language, day: &str) -> String {
    let parts: Vec<&str> = day.split('-').collect();
    let [year, month, date] = parts.as_slice() else {
        return day.to_owned();
    };
    let month = text(
        language,
        &format!("results.month_{}", month.trim_start_matches('0')),
    );
    let date = date.trim_start_matches('0');
    let values = [("year", *year), ("month", &month), ("day", date)];
    text_with(language, "results.day", &values)
}

fn size(kind: IndicatorKind) -> f64 {
    match kind {
        IndicatorKind::Mean => 1.0,
        IndicatorKind::Share | IndicatorKind::Ratio => 100.0,
    }
}

/// A printed number with a comma before each group of three digits.
fn with_commas(number: &str) -> String {
    let stripped = number.strip_prefix('−');
    let (sign, size) = stripped.map_or(("", number), |size| ("−", size));
    let (whole, part) = match size.split_once('.') {
        Some((whole, part)) => (whole, format!(".{part}")),
        None => (size, String::new()),
    };
    let mut shown = String::new();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 {
            shown.push(',');
        }
        shown.push(digit);
    }
    format!("{sign}{shown}{part}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_rounded_half_up_and_have_commas() {
        assert_eq!(fixed(28.5, 0), "29");
        assert_eq!(fixed(-1.25, 1), "−1.3");
        assert_eq!(fixed(1_234.56, 1), "1,234.6");
        assert_eq!(fixed(-0.001, 1), "0.0");
        assert_eq!(fixed(f64::NAN, 1), "—");
        assert_eq!(count(1_234_567), "1,234,567");
    }

    #[test]
    fn a_target_is_printed_with_as_few_decimals_as_it_has() {
        assert_eq!(threshold(IndicatorKind::Share, 0.9), "90%");
        assert_eq!(threshold(IndicatorKind::Share, 0.995), "99.5%");
    }

    #[test]
    fn days_are_written_out() {
        assert_eq!(day(Language::ZH, "2026-06-01"), "2026年6月1日");
        assert_eq!(day(Language::EN, "2026-06-01"), "1 June 2026");
        assert_eq!(day(Language::EN, "soon"), "soon");
    }
}
