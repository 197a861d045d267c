//! The probability of each verdict.

use crate::estimation::count::count;
use crate::estimation::distribution::{normal_quantile, normal_upper};
use crate::estimation::judgement::{Side, Verdict};
use crate::fieldwork::forecast::model::{Draw, Model};
use crate::fieldwork::forecast::points::{Lattice, points};

/// How far from the middle the estimate is followed, in standard deviations: the rest has a
/// probability of 6·10⁻⁵.
const REACH: f64 = 4.0;

/// Steps of the search for a root; a bound is nearly linear on the scale of the link, so that it ends
/// after three to five.
const STEPS: u32 = 30;

/// The probability of *met* and of *not met*.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Chances {
    pub(super) met: f64,
    pub(super) not_met: f64,
}

impl Chances {
    /// Both times `factor`.
    pub(super) fn times(self, factor: f64) -> Self {
        Self {
            met: self.met * factor,
            not_met: self.not_met * factor,
        }
    }
}

/// The probability of each verdict if no minimum is missed, from the points of a lattice; 0 if all miss one.
pub(super) fn chances(model: &Model<'_>, lattice: Lattice) -> Chances {
    let draws: Vec<Draw> = points(lattice)
        .map(|point| model.draw(point))
        .filter(|draw| !draw.is_missed())
        .collect();
    let mut sum = Chances::default();
    for draw in &draws {
        let own = of_draw(model, *draw);
        sum.met += own.met;
        sum.not_met += own.not_met;
    }
    sum.times(1.0 / count(draws.len()).max(1.0))
}

/// The probabilities of one draw, over the estimate at close.
fn of_draw(model: &Model<'_>, draw: Draw) -> Chances {
    let centre = model.link(model.centre) + draw.shift;
    let reach = REACH * draw.spread;
    let rule = model.situation.rule;
    let ends = [centre - reach, centre + reach];
    let is_suppressed = |x: &f64| rule.is_suppressed(model.outcome(draw, *x));
    if draw.spread <= 0.0 || ends.iter().any(is_suppressed) {
        return by_points(model, draw);
    }
    let bounds = |x: f64| {
        let (lower, upper) = rule.bounds(model.outcome(draw, x).share);
        (lower - rule.target.value, upper - rule.target.value)
    };
    let (low, high) = (centre - reach, centre + reach);
    let (at_low, at_high) = (bounds(low), bounds(high));
    let lower_reaches = root((low, at_low.0), (high, at_high.0), |x| bounds(x).0);
    let upper_reaches = root((low, at_low.1), (high, at_high.1), |x| bounds(x).1);
    let above = |x: f64| normal_upper((x - centre) / draw.spread);
    let (all_above, all_below) = (above(lower_reaches), 1.0 - above(upper_reaches));
    match rule.target.side {
        Side::AtLeast | Side::Above => Chances {
            met: all_above,
            not_met: all_below,
        },
        Side::AtMost | Side::Below => Chances {
            met: all_below,
            not_met: all_above,
        },
    }
}

/// The probabilities of one draw where the estimate may be suppressed, or does not move: the verdict
/// at 33 quantiles of the estimate.
fn by_points(model: &Model<'_>, draw: Draw) -> Chances {
    const QUANTILES: u32 = 33;
    let centre = model.link(model.centre) + draw.shift;
    let mut chances = Chances::default();
    for at in 0..QUANTILES {
        let p = (f64::from(at) + 0.5) / f64::from(QUANTILES);
        let x = centre + draw.spread * normal_quantile(p);
        match model.situation.rule.verdict(model.outcome(draw, x)) {
            Verdict::Met => chances.met += 1.0 / f64::from(QUANTILES),
            Verdict::NotMet => chances.not_met += 1.0 / f64::from(QUANTILES),
            Verdict::Inconclusive | Verdict::Suppressed => {}
        }
    }
    chances
}

/// Where an increasing function is 0, between two points (x, value): the method of false position
/// with Illinois's halving (Dowell & Jarratt 1971, BIT 11). −∞ if it is positive at both ends, ∞ if it is
/// negative.
fn root(low: (f64, f64), high: (f64, f64), function: impl Fn(f64) -> f64) -> f64 {
    if low.1 >= 0.0 {
        return f64::NEG_INFINITY;
    }
    if high.1 < 0.0 {
        return f64::INFINITY;
    }
    let ((mut a, mut at_a), (mut b, mut at_b)) = (low, high);
    let near = 1e-4 * (b - a);
    let mut x = a;
    let mut is_above = None;
    for _ in 0..STEPS {
        let next = b - at_b * (b - a) / (at_b - at_a);
        if (next - x).abs() < near {
            return next;
        }
        x = next;
        let value = function(x);
        if value < 0.0 {
            (a, at_a) = (x, value);
            at_b *= if is_above == Some(false) { 0.5 } else { 1.0 };
            is_above = Some(false);
        } else {
            (b, at_b) = (x, value);
            at_a *= if is_above == Some(true) { 0.5 } else { 1.0 };
            is_above = Some(true);
        }
    }
    x
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_root_is_found_or_lies_outside() {
        let found = root((0.0, -8.0), (4.0, 56.0), |x| x * x * x - 8.0);
        assert!((found - 2.0).abs() < 1e-2, "{found}");
        assert_eq!(root((3.0, 19.0), (4.0, 56.0), |x| x), f64::NEG_INFINITY);
        assert_eq!(root((0.0, -8.0), (1.0, -7.0), |x| x), f64::INFINITY);
    }
}
