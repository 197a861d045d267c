//! The change of an estimate between two waves, each weighted to its own margins.
//!
//! Waves that share PSUs have a covariance ([`covariance`]). Waves without shared PSUs are
//! independent.
//!
//! # Symbols
//!
//! θ₁, θ₂ the estimates before and after, v₁, v₂ their variances, D = θ₂ − θ₁ the change, r =
//! θ₂/θ₁.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::estimation::analysis::estimate::Estimate;
use crate::estimation::count::count;
use crate::estimation::distribution::t_upper;
use crate::estimation::interval::critical;
use crate::estimation::summation::in_order;

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
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// Significantly up.
    Risen,
    /// Significantly down.
    Fallen,
    /// No significant change.
    Unchanged,
}

/// What a PSU contributes to an estimate: the total of its influences, calibration residuals taken.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct UnitTotal {
    /// Stratum of the PSU.
    pub stratum: String,
    /// Code of the PSU.
    pub psu: String,
    /// Its total u.
    pub total: f64,
}

/// The covariance of an estimate in two waves that share PSUs.
///
/// # Formula
///
/// ```text
/// C = Σ_h n_h/(n_h − 1) Σ_k (a_hk − ā_h)(b_hk − b̄_h)
/// ```
///
/// over the strata h and the n_h PSUs k that are in one of the waves; the total of a PSU in a wave
/// without it is 0. Strata with one PSU add nothing. It is the covariance of both estimates in one
/// pooled design, as of a [`contrast`](crate::estimation::contrast) of the waves.
///
/// # Source
///
/// Särndal, Swensson & Wretman 1992, §9.9 (change from overlapping samples); R's `svyby` with
/// `covmat = TRUE`.
///
/// # Example
///
/// ```
/// use minyi::estimation::comparison::{UnitTotal, covariance};
///
/// let unit = |psu: &str, total| UnitTotal { stratum: "A".into(), psu: psu.into(), total };
/// let before = [unit("1", 1.0), unit("2", -1.0)];
/// // 2/(2 − 1) · (1·3 + 1·3) = 12.
/// assert_eq!(covariance(&before, &[unit("1", 3.0), unit("2", -3.0)]), 12.0);
/// assert_eq!(covariance(&before, &[]), 0.0);
/// ```
#[must_use]
pub fn covariance(before: &[UnitTotal], after: &[UnitTotal]) -> f64 {
    let mut strata: BTreeMap<&str, BTreeMap<&str, (f64, f64)>> = BTreeMap::new();
    for unit in before {
        strata
            .entry(&unit.stratum)
            .or_default()
            .entry(&unit.psu)
            .or_default()
            .0 += unit.total;
    }
    for unit in after {
        strata
            .entry(&unit.stratum)
            .or_default()
            .entry(&unit.psu)
            .or_default()
            .1 += unit.total;
    }
    let of_stratum = |units: &BTreeMap<&str, (f64, f64)>| {
        let n = count(units.len());
        if units.len() < 2 {
            return 0.0;
        }
        let mean = |of: fn(&(f64, f64)) -> f64| in_order(units.values().map(of)) / n;
        let (a, b) = (mean(|pair| pair.0), mean(|pair| pair.1));
        n / (n - 1.0) * in_order(units.values().map(|pair| (pair.0 - a) * (pair.1 - b)))
    };
    in_order(strata.values().map(of_stratum))
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
    dependent_change(before, after, 0.0, share, level)
}

/// The change from `before` to `after`, whose estimates have a `covariance` C.
///
/// # Formula
///
/// As [`change`], with the variances
///
/// ```text
/// D: v₁ + v₂ − 2C          r − 1: (v₂ + r²v₁ − 2rC)/θ₁²          log-odds: C/(θ₁(1−θ₁)θ₂(1−θ₂))
/// ```
///
/// A covariance above √(v₁v₂), which rounding may give, is cut to it.
#[must_use]
pub fn dependent_change(
    before: Side,
    after: Side,
    covariance: f64,
    share: bool,
    level: f64,
) -> Change {
    let difference = after.estimate - before.estimate;
    let most = before.std_error * after.std_error;
    let covariance = match most.is_finite() {
        true => covariance.clamp(-most, most),
        false => 0.0,
    };
    let std_error = (before.std_error * before.std_error + after.std_error * after.std_error
        - 2.0 * covariance)
        .max(0.0)
        .sqrt();
    let df = before.df + after.df;
    let t = critical(level, df);
    let extreme = |side: Side| side.estimate > 0.95 || side.estimate < 0.05;
    let inside = |side: Side| side.estimate > 0.0 && side.estimate < 1.0;
    let score = if share && (extreme(before) || extreme(after)) && inside(before) && inside(after) {
        let spread = |side: Side| side.std_error / (side.estimate * (1.0 - side.estimate));
        let log_odds = |side: Side| (side.estimate / (1.0 - side.estimate)).ln();
        let (a, b) = (spread(before), spread(after));
        let spread_of = |side: Side| side.estimate * (1.0 - side.estimate);
        let shared = covariance / (spread_of(before) * spread_of(after));
        (log_odds(after) - log_odds(before)) / (a * a + b * b - 2.0 * shared).sqrt()
    } else {
        difference / std_error
    };
    let p_value = 2.0 * t_upper(score.abs(), df);
    let ratio = after.estimate / before.estimate;
    let spread = after.std_error * after.std_error
        + ratio * ratio * before.std_error * before.std_error
        - 2.0 * ratio * covariance;
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
        relative_std_error: spread.max(0.0).sqrt() / before.estimate.abs(),
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
