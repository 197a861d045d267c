//! The change of an estimate between two independent waves, each weighted to its own margins.
//!
//! Waves are independent if they share no sampling units. Waves that share some have a covariance:
//! they are compared in one pooled design, as a [`contrast`](crate::estimation::contrast) of the
//! waves.
//!
//! # Symbols
//!
//! θ₁, θ₂ the estimates before and after, v₁, v₂ their variances, D = θ₂ − θ₁ the change, r =
//! θ₂/θ₁.

use serde::Serialize;

use crate::estimation::analysis::estimate::Estimate;
use crate::estimation::distribution::t_upper;
use crate::estimation::interval::critical;

/// One side of a comparison: an estimate with its precision.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Side {
    /// The estimate.
    pub estimate: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Its degrees of freedom.
    pub df: f64,
}

impl From<&Estimate> for Side {
    fn from(estimate: &Estimate) -> Self {
        Self {
            estimate: estimate.estimate,
            std_error: estimate.std_error,
            df: estimate.df,
        }
    }
}

/// The change of an estimate θ from one wave (1) to the next (2), with variances v₁ and v₂.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Change {
    /// D = θ₂ − θ₁.
    pub difference: f64,
    /// √(v₁ + v₂).
    pub std_error: f64,
    /// df₁ + df₂: PSUs − strata of both.
    pub df: f64,
    /// Two-sided P of no change: 2·P(T_df > |D|/se). For shares below 5 % or above 95 % from the
    /// difference of the log-odds, whose standard errors are se/(θ(1−θ)).
    pub p_value: f64,
    /// Lower end of the interval D ± t · se.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// θ₂/θ₁ − 1.
    pub relative: f64,
    /// Its standard error by the delta method: √(v₂ + r²v₁)/|θ₁| with r = θ₂/θ₁ (Särndal, Swensson
    /// & Wretman 1992, §5.6).
    pub relative_std_error: f64,
    /// The direction: significant if `p_value` is below 1 − level.
    pub direction: Direction,
}

/// The direction of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Significantly up.
    Risen,
    /// Significantly down.
    Fallen,
    /// No significant change.
    Unchanged,
}

/// The change from `before` to `after`, two independent samples.
///
/// # Formula
///
/// ```text
/// D  = θ₂ − θ₁            se = √(v₁ + v₂)        df = df₁ + df₂
/// P  = 2·P(T_df > |D|/se)                        interval: D ± t·se, t = t_df(1 − α/2)
/// r − 1 = θ₂/θ₁ − 1       se = √(v₂ + r²v₁)/|θ₁|
/// ```
///
/// Near 0 and 1 a share is far from normal. If `share` is true and one of the shares is below 0.05
/// or above 0.95 (but none is 0 or 1), P is that of the difference of the log-odds ln(θ/(1−θ)),
/// whose standard errors are se/(θ(1−θ)).
///
/// * `share`: whether both estimates are proportions between 0 and 1
/// * `level`: confidence 1 − α of the interval, such as 0.95. The direction is significant if P <
///   α.
///
/// # Example
///
/// ```
/// use minyi::estimation::comparison::{Direction, Side, change};
///
/// let side = |estimate| Side { estimate, std_error: 0.01, df: 50.0 };
/// let risen = change(side(0.80), side(0.84), true, 0.95);
/// assert_eq!(risen.direction, Direction::Risen);
/// assert_eq!(change(side(0.80), side(0.82), true, 0.95).direction, Direction::Unchanged);
/// ```
///
/// # Source
///
/// The delta method for a ratio: Särndal, Swensson & Wretman 1992, §5.6.
#[must_use]
pub fn change(before: Side, after: Side, share: bool, level: f64) -> Change {
    let difference = after.estimate - before.estimate;
    let std_error =
        (before.std_error * before.std_error + after.std_error * after.std_error).sqrt();
    let df = before.df + after.df;
    let t = critical(level, df);
    let extreme = |side: Side| side.estimate > 0.95 || side.estimate < 0.05;
    let inside = |side: Side| side.estimate > 0.0 && side.estimate < 1.0;
    let score = if share && (extreme(before) || extreme(after)) && inside(before) && inside(after) {
        let spread = |side: Side| side.std_error / (side.estimate * (1.0 - side.estimate));
        let log_odds = |side: Side| (side.estimate / (1.0 - side.estimate)).ln();
        let (a, b) = (spread(before), spread(after));
        (log_odds(after) - log_odds(before)) / (a * a + b * b).sqrt()
    } else {
        difference / std_error
    };
    let p_value = 2.0 * t_upper(score.abs(), df);
    let ratio = after.estimate / before.estimate;
    let spread =
        after.std_error * after.std_error + ratio * ratio * before.std_error * before.std_error;
    let direction = match (p_value < 1.0 - level, difference > 0.0) {
        (true, true) => Direction::Risen,
        (true, false) => Direction::Fallen,
        (false, _) => Direction::Unchanged,
    };
    Change {
        difference,
        std_error,
        df,
        p_value,
        lower: difference - t * std_error,
        upper: difference + t * std_error,
        relative: ratio - 1.0,
        relative_std_error: spread.sqrt() / before.estimate.abs(),
        direction,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_of_two_standard_errors_is_one_and_less_is_none() {
        let before = Side {
            estimate: 0.80,
            std_error: 0.01,
            df: 50.0,
        };
        let risen = change(
            before,
            Side {
                estimate: 0.84,
                std_error: 0.01,
                df: 50.0,
            },
            true,
            0.95,
        );
        assert_eq!(risen.direction, Direction::Risen);
        assert!((risen.std_error - 0.02_f64.powi(2).mul_add(0.5, 0.0).sqrt()).abs() < 1e-15);
        assert!((risen.relative - 0.05).abs() < 1e-12 && risen.df == 100.0);
        let same = change(
            before,
            Side {
                estimate: 0.82,
                std_error: 0.01,
                df: 50.0,
            },
            true,
            0.95,
        );
        assert_eq!(same.direction, Direction::Unchanged);
        assert!(same.lower < 0.0 && same.upper > 0.0);
    }
}
