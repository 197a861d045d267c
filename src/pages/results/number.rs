//! The one place where figures are rounded.

use crate::locale::{Language, text};
use crate::release::figures::{Estimate, IndicatorKind, Presentation, Target, Verdict};

/// `value` rounded half up (away from zero) to `decimals`, as every statistical yearbook prints it.
pub fn fixed(value: f64, decimals: usize) -> String {
    if !value.is_finite() {
        return "—".to_owned();
    }
    let power = 10_f64.powi(i32::try_from(decimals).unwrap_or(0));
    // 0.285 × 100 is 28.499999999999996: half a unit in the last place of the product is forgiven.
    let scaled = value.abs() * power;
    let rounded = (scaled + 0.5 + scaled * f64::EPSILON).floor() / power;
    let sign = if value < 0.0 && rounded > 0.0 { "−" } else { "" };
    format!("{sign}{rounded:.decimals$}")
}

/// A value of an indicator with its unit's sign: percent for shares and ratios, the plain number for means.
pub fn value(kind: IndicatorKind, value: f64, decimals: usize) -> String {
    match kind {
        IndicatorKind::Share | IndicatorKind::Ratio => format!("{}%", fixed(value * 100.0, decimals)),
        IndicatorKind::Mean => fixed(value, decimals),
    }
}

/// An estimate as it may be printed: `*` if suppressed, in brackets if it needs care.
pub fn shown(kind: IndicatorKind, estimate: &Estimate, decimals: usize) -> String {
    match estimate.presentation {
        Presentation::Suppress => "*".to_owned(),
        Presentation::Review => format!("({})", value(kind, estimate.estimate, decimals)),
        Presentation::Publish => value(kind, estimate.estimate, decimals),
    }
}

/// The interval as it may be printed.
pub fn interval(kind: IndicatorKind, estimate: &Estimate, decimals: usize) -> String {
    if estimate.presentation == Presentation::Suppress {
        return "*".to_owned();
    }
    format!(
        "{}–{}",
        value(kind, estimate.lower, decimals),
        value(kind, estimate.upper, decimals)
    )
}

/// Enough decimals that the printed headline does not contradict its verdict: 89.996 % is not printed as 90.0 %.
pub fn headline_decimals(estimate: &Estimate, target: Option<Target>) -> usize {
    let Some(Target::AtLeast(line)) = target else {
        return 1;
    };
    (1..6)
        .find(|decimals| {
            let printed = fixed(estimate.estimate * 100.0, *decimals).parse().unwrap_or(0.0);
            (printed >= line * 100.0) == (estimate.estimate >= line)
        })
        .unwrap_or(6)
}

/// A difference with its sign, in percentage points or units.
pub fn difference(language: Language, kind: IndicatorKind, value: f64) -> String {
    let size = match kind {
        IndicatorKind::Share | IndicatorKind::Ratio => value * 100.0,
        IndicatorKind::Mean => value,
    };
    let sign = if size > 0.0 { "+" } else { "" };
    match kind {
        IndicatorKind::Share | IndicatorKind::Ratio => {
            format!("{sign}{} {}", fixed(size, 2), text(language, "results.points"))
        }
        IndicatorKind::Mean => format!("{sign}{}", fixed(size, 2)),
    }
}

/// A p-value as it is printed.
pub fn p_value(p: f64) -> String {
    if p < 0.001 {
        "p < 0.001".to_owned()
    } else {
        format!("p = {}", fixed(p, 3))
    }
}

/// A count with thousands parted.
pub fn count(n: u64) -> String {
    let digits = n.to_string();
    let mut shown = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push(',');
        }
        shown.push(digit);
    }
    shown
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
    fn a_headline_below_its_target_is_never_printed_as_the_target() {
        let estimate = Estimate {
            n: 7000,
            estimate: 0.89996,
            std_error: 0.003,
            df: 100.0,
            lower: 0.894,
            upper: 0.905,
            level: 0.95,
            design_effect: None,
            n_effective: None,
            verdict: Some(Verdict::Inconclusive),
            presentation: Presentation::Publish,
        };
        let decimals = headline_decimals(&estimate, Some(Target::AtLeast(0.9)));
        assert_eq!(
            value(IndicatorKind::Share, estimate.estimate, decimals),
            "89.996%"
        );
    }

    #[test]
    fn counts_are_parted_by_thousands() {
        assert_eq!(count(1_234_567), "1,234,567");
        assert_eq!(count(999), "999");
    }
}
