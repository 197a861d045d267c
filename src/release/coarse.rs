//! Rounding of figures to what the public gets. More digits than an estimate's interval earns would say
//! nothing of the city, and something of the persons who were asked.

use crate::disclosure::Disclosed;
use crate::estimation::comparison;
use crate::estimation::sensitivity::{Fabrication, MarginTipping, Tipping};
use crate::estimation::{Estimate, Target};
use crate::release::figures::Change;
use crate::release::rounding::half_up;
use crate::survey::plan::IndicatorKind;

/// Counts are published as multiples of this.
pub const STEP: u64 = 10;

/// Decimals of a published share: 0.1 percentage point.
const SHARE: usize = 3;

/// A count as it is published: rounded to 10. `None` under 10.
#[must_use]
pub fn count(n: u64) -> Option<u64> {
    (n >= STEP).then(|| (n + STEP / 2) / STEP * STEP)
}

/// A share as it is published.
#[must_use]
pub fn share(value: f64) -> f64 {
    half_up(value, SHARE)
}

/// `value` with two digits that count, for what describes precision.
#[must_use]
pub fn two_digits(value: f64) -> f64 {
    if !value.is_finite() || value == 0.0 {
        return value;
    }
    format!("{value:.1e}").parse().unwrap_or(f64::NAN)
}

/// Decimals of a published value.
fn decimals(kind: IndicatorKind, value: f64) -> usize {
    match (kind, value.abs()) {
        (IndicatorKind::Share | IndicatorKind::Ratio, _) => SHARE,
        (IndicatorKind::Mean, size) if size >= 10.0 => 1,
        (IndicatorKind::Mean, _) => 2,
    }
}

/// `value` with `decimals` decimals, but never on the other side of `line`: below it, 0.8996 becomes
/// 0.899 and not 0.900.
fn on_its_side(value: f64, line: Option<f64>, decimals: usize) -> f64 {
    let rounded = half_up(value, decimals);
    let Some(line) = line else { return rounded };
    if (rounded >= line) == (value >= line) {
        return rounded;
    }
    let step = 10_f64.powi(-i32::try_from(decimals).unwrap_or(0));
    half_up(
        if value < line {
            rounded - step
        } else {
            rounded + step
        },
        decimals,
    )
}

/// An estimate as it is published; see [`estimate`].
#[must_use]
pub fn disclosed(figure: &Disclosed, kind: IndicatorKind) -> Disclosed {
    match figure {
        Disclosed::Shown(own) => Disclosed::Shown(Box::new(estimate(own, kind))),
        Disclosed::Suppressed { .. } => figure.clone(),
    }
}

/// An estimate as it is published.
///
/// Share and interval are rounded to 0.1 point, and stay on their side of the target; means get the
/// decimals that are shown; n is rounded to 10, and so is the effective sample size; the standard
/// error and the design effect keep two digits. The P of the target is left out, because it would
/// give the digits back. The verdict stays: it was made from unrounded numbers.
#[must_use]
pub fn estimate(own: &Estimate, kind: IndicatorKind) -> Estimate {
    let decimals = decimals(kind, own.estimate);
    let line = own.target.map(|target: Target| target.value);
    let rounded = |value: f64| on_its_side(value, line, decimals);
    Estimate {
        n: count(own.n).unwrap_or(0),
        estimate: rounded(own.estimate),
        std_error: two_digits(own.std_error),
        df: own.df.round(),
        variance_factor: two_digits(own.variance_factor),
        lower: rounded(own.lower),
        upper: rounded(own.upper),
        design_effect: two_digits(own.design_effect),
        n_effective: (own.n_effective / 10.0).round() * 10.0,
        decision_lower: own.decision_lower.map(rounded),
        decision_upper: own.decision_upper.map(rounded),
        p_value: None,
        ..own.clone()
    }
}

/// A difference of two published estimates as it is published.
#[must_use]
pub fn difference(own: &comparison::Change, kind: IndicatorKind) -> comparison::Change {
    let decimals = decimals(kind, own.difference);
    let rounded = |value: f64| half_up(value, decimals);
    let places = if own.p_value < 0.01 { 3 } else { 2 };
    comparison::Change {
        difference: rounded(own.difference),
        std_error: two_digits(own.std_error),
        df: own.df.round(),
        p_value: half_up(own.p_value, places),
        lower: rounded(own.lower),
        upper: rounded(own.upper),
        relative: share(own.relative),
        relative_std_error: two_digits(own.relative_std_error),
        direction: own.direction,
    }
}

/// The change from an earlier wave as it is published.
#[must_use]
pub fn change(own: &Change, kind: IndicatorKind) -> Change {
    Change {
        previous: own.previous.clone(),
        difference: difference(&own.difference, kind),
    }
}

/// How far an input must move, as it is published.
#[must_use]
pub fn tipping(own: &Tipping) -> Tipping {
    let forms = |n: u64| count(n).unwrap_or(STEP);
    Tipping {
        margin: own.margin.as_ref().map(|margin| MarginTipping {
            share: share(margin.share),
            tipping_share: share(margin.tipping_share),
            ..margin.clone()
        }),
        fabrication: own.fabrication.as_ref().map(|own| Fabrication {
            volunteers: count(own.volunteers).unwrap_or(0),
            published: own.published.map(forms),
            pooled: own.pooled.map(forms),
        }),
        ..own.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_are_rounded_to_ten_and_none_is_shown_under_ten() {
        let counts = [0, 9, 10, 14, 15, 1_234].map(count);
        let shown = [None, None, Some(10), Some(10), Some(20), Some(1_230)];
        assert_eq!(counts, shown);
    }

    #[test]
    fn a_share_below_its_target_is_not_rounded_up_to_it() {
        assert_eq!(on_its_side(0.8996, Some(0.9), 3), 0.899);
        assert_eq!(on_its_side(0.9, Some(0.9), 3), 0.9);
        assert_eq!(on_its_side(0.8996, None, 3), 0.9);
        assert_eq!(on_its_side(0.99996, Some(1.0), 3), 0.999);
    }

    #[test]
    fn two_digits_are_kept() {
        assert_eq!(two_digits(0.012_345), 0.012);
        assert_eq!(two_digits(1.96), 2.0);
        assert!(two_digits(f64::NAN).is_nan());
    }
}
