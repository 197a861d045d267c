//! Printing of figures. No other file of the pages rounds a figure.

use crate::disclosure::Disclosed;
use crate::estimation::{Presentation, Verdict};
use crate::locale::{Language, text, text_with};
use crate::release::rounding::{self, half_up};
use crate::survey::plan::{IndicatorKind, Target};

/// `value` with `decimals` decimals, halves rounded away from zero, as statistical yearbooks do.
/// A dash if it is not finite.
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "—".to_owned();
    }
    let rounded = half_up(value, decimals);
    let sign = if rounded < 0.0 { "−" } else { "" };
    let rounded = rounded.abs();
    format!("{sign}{rounded:.decimals$}")
}

/// A value of an indicator: a percentage for shares and ratios, a number without unit for means.
pub fn value(kind: IndicatorKind, value: f64, decimals: usize) -> String {
    match kind {
        IndicatorKind::Share | IndicatorKind::Ratio => {
            format!("{}%", fixed(value * 100.0, decimals))
        }
        IndicatorKind::Mean => with_commas(&fixed(value, decimals)),
    }
}

/// An estimate as it may be printed: `*` if suppressed, in brackets if few answers support it.
/// `line` and `least` as in [`decimals`].
pub fn shown(kind: IndicatorKind, figure: &Disclosed, line: Option<f64>, least: usize) -> String {
    let Some(estimate) = figure.shown() else {
        return "*".to_owned();
    };
    let decimals = decimals(kind, estimate.estimate, line, least);
    let printed = value(kind, estimate.estimate, decimals);
    match estimate.presentation {
        Presentation::Review => format!("({printed})"),
        Presentation::Publish | Presentation::Suppress => printed,
    }
}

/// An interval as it may be printed: `*` if suppressed.
pub fn interval(kind: IndicatorKind, figure: &Disclosed, decimals: usize) -> String {
    let Some(estimate) = figure.shown() else {
        return "*".to_owned();
    };
    let bound = |bound: f64| match kind {
        IndicatorKind::Share | IndicatorKind::Ratio => fixed(bound * 100.0, decimals),
        IndicatorKind::Mean => with_commas(&fixed(bound, decimals)),
    };
    let sign = if kind == IndicatorKind::Mean { "" } else { "%" };
    format!("{}–{}{sign}", bound(estimate.lower), bound(estimate.upper))
}

/// How many decimals to print: at least `least`, and enough that the printed value is on the same
/// side of the target `line` as the value. So 89.996 % is not printed as 90.0 % beside a target of
/// 90 %.
pub fn decimals(kind: IndicatorKind, value: f64, line: Option<f64>, least: usize) -> usize {
    let size = if kind == IndicatorKind::Mean {
        1.0
    } else {
        100.0
    };
    rounding::decimals(value * size, line.map(|line| line * size), least)
}

/// The value of a target, if it has one.
pub fn target_line(target: Option<Target>) -> Option<f64> {
    match target {
        Some(Target::AtLeast(line)) => Some(line),
        Some(Target::BelowPreviousWave) | None => None,
    }
}

/// A target with as few decimals as it has: 90%, 99.5%.
pub fn threshold(kind: IndicatorKind, line: f64) -> String {
    let size = if kind == IndicatorKind::Mean {
        1.0
    } else {
        100.0
    };
    let short = |decimals: &usize| {
        let printed = fixed(line * size, *decimals)
            .parse::<f64>()
            .unwrap_or(f64::NAN);
        (printed - line * size).abs() < 1e-9
    };
    value(kind, line, (0..6).find(short).unwrap_or(6))
}

/// A day such as `2026-06-01` in words. Another text stays as it is.
pub fn day(language: Language, day: &str) -> String {
    let mut parts = day.split('-');
    let (Some(year), Some(month), Some(date), None) =
        (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return day.to_owned();
    };
    let month = text(
        language,
        &format!("results.month_{}", month.trim_start_matches('0')),
    );
    text_with(
        language,
        "results.day",
        &[
            ("year", year),
            ("month", &month),
            ("day", date.trim_start_matches('0')),
        ],
    )
}

/// A difference with its sign and without unit, with that many decimals.
pub fn signed(kind: IndicatorKind, value: f64, decimals: usize) -> String {
    let size = if kind == IndicatorKind::Mean {
        value
    } else {
        value * 100.0
    };
    let sign = if value > 0.0 { "+" } else { "" };
    format!("{sign}{}", with_commas(&fixed(size, decimals)))
}

/// The size of a difference with its unit, percentage points or `unit`: at least `least` decimals,
/// or more if it would be printed as zero.
pub fn amount(
    language: Language,
    kind: IndicatorKind,
    unit: &str,
    value: f64,
    least: usize,
) -> String {
    let (size, unit) = match kind {
        IndicatorKind::Share | IndicatorKind::Ratio => {
            (value * 100.0, text(language, "results.points"))
        }
        IndicatorKind::Mean => (value, unit.to_owned()),
    };
    let is_visible = |decimals: &usize| {
        fixed(size, *decimals)
            .chars()
            .any(|digit| ('1'..='9').contains(&digit))
    };
    let decimals = (least..5).find(is_visible).unwrap_or(least);
    let gap = if unit.is_empty() { "" } else { " " };
    format!("{}{gap}{unit}", with_commas(&fixed(size, decimals)))
}

/// The day of a moment (microseconds UTC) in China, `YYYY-MM-DD`; empty if there is no such moment.
pub fn day_of(moment: i64) -> String {
    civil(moment).map_or_else(String::new, |civil| civil.date().to_string())
}

/// A moment (microseconds UTC) in words, to the minute, in the time of China.
pub fn moment(language: Language, moment: i64) -> String {
    let Some(civil) = civil(moment) else {
        return String::new();
    };
    let minute = format!("{}:{:02}", civil.hour(), civil.minute());
    let day = day(language, &day_of(moment));
    let values = [("day", day.as_str()), ("minute", &minute)];
    text_with(language, "release_page.moment", &values)
}

/// Date and time in China, eight hours ahead of UTC.
fn civil(moment: i64) -> Option<jiff::civil::DateTime> {
    let moment = jiff::Timestamp::from_microsecond(moment).ok()?;
    Some(jiff::tz::offset(8).to_datetime(moment))
}

/// A p-value with three decimals.
pub fn p_value(p: f64) -> String {
    if p < 0.001 {
        "p\u{a0}<\u{a0}0.001".to_owned()
    } else {
        format!("p\u{a0}=\u{a0}{}", fixed(p, 3))
    }
}

/// A count with a comma before each group of three digits.
pub fn count(n: u64) -> String {
    with_commas(&n.to_string())
}

/// A printed number with a comma before each group of three digits.
fn with_commas(number: &str) -> String {
    let (sign, size) = number
        .strip_prefix('−')
        .map_or(("", number), |size| ("−", size));
    let (whole, part) = size
        .split_once('.')
        .map_or((size, None), |(whole, part)| (whole, Some(part)));
    let mut shown = sign.to_owned();
    for (place, digit) in whole.chars().enumerate() {
        if place > 0 && (whole.len() - place) % 3 == 0 && digit.is_ascii_digit() {
            shown.push(',');
        }
        shown.push(digit);
    }
    if let Some(part) = part {
        shown.push('.');
        shown.push_str(part);
    }
    shown
}

/// A number without unit, such as an effective sample size.
pub fn plain(value: f64, decimals: usize) -> String {
    with_commas(&fixed(value, decimals))
}

/// The locale key of a verdict.
pub fn verdict_key(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Met => "met",
        Verdict::NotMet => "not_met",
        Verdict::Inconclusive => "inconclusive",
        Verdict::Suppressed => "suppressed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_are_rounded_up_as_printed_statistics_do() {
        assert_eq!(fixed(28.5, 0), "29");
        assert_eq!(fixed(0.285 * 100.0, 0), "29");
        assert_eq!(fixed(-1.25, 1), "−1.3");
        assert_eq!(fixed(89.996, 2), "90.00");
        assert_eq!(fixed(f64::NAN, 1), "—");
        assert_eq!(fixed(-0.001, 1), "0.0");
    }

    #[test]
    fn a_value_below_its_target_is_never_printed_as_the_target() {
        let share = IndicatorKind::Share;
        let printed = |number: f64| value(share, number, decimals(share, number, Some(0.9), 1));
        assert_eq!(printed(0.89996), "89.996%");
        assert_eq!(printed(0.9), "90.0%");
        assert_eq!(printed(0.90001), "90.0%");
        assert_eq!(printed(0.8), "80.0%");
        let printed = |number: f64| value(share, number, decimals(share, number, Some(1.0), 1));
        assert_eq!(printed(0.99997), "99.997%");
        assert_eq!(printed(1.0), "100.0%");
    }

    #[test]
    fn a_target_is_printed_with_as_few_decimals_as_it_has() {
        assert_eq!(threshold(IndicatorKind::Share, 0.9), "90%");
        assert_eq!(threshold(IndicatorKind::Share, 0.995), "99.5%");
        assert_eq!(threshold(IndicatorKind::Ratio, 1.0), "100%");
    }

    #[test]
    fn a_difference_carries_its_unit_and_is_not_rounded_to_none() {
        let points = |value| amount(Language::ZH, IndicatorKind::Share, "", value, 2);
        assert_eq!(points(0.01234), "1.23 个百分点");
        assert_eq!(points(-0.01234), "−1.23 个百分点");
        assert_eq!(points(-0.000_012), "−0.001 个百分点");
        assert_eq!(
            amount(Language::EN, IndicatorKind::Mean, "kg", 12.0, 1),
            "12.0 kg"
        );
        assert_eq!(signed(IndicatorKind::Share, 0.0184, 1), "+1.8");
    }

    #[test]
    fn moments_are_told_in_the_time_of_china() {
        let half_past_nine = 1_795_829_400_000_000;
        assert_eq!(moment(Language::ZH, half_past_nine), "2026年11月28日 9:30");
        assert_eq!(day_of(half_past_nine), "2026-11-28");
        assert_eq!(day_of(i64::MAX), "");
    }

    #[test]
    fn days_are_written_out() {
        assert_eq!(day(Language::ZH, "2026-06-01"), "2026年6月1日");
        assert_eq!(day(Language::EN, "2026-06-01"), "1 June 2026");
        assert_eq!(day(Language::EN, "soon"), "soon");
    }

    #[test]
    fn numbers_have_a_comma_before_each_group_of_three_digits() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(999), "999");
        assert_eq!(value(IndicatorKind::Mean, 1234.56, 1), "1,234.6");
        assert_eq!(value(IndicatorKind::Mean, -123_456.0, 0), "−123,456");
    }
}
