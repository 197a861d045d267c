//! Quantiles of a sample with their intervals.

use crate::estimation::count::count;
use crate::estimation::interval::{Proportion, beta, critical, logit, wald};
use crate::estimation::quantile::distribution::Distribution;
use crate::estimation::spec::estimate::QuantileRule;
use crate::estimation::statistic::Sample;

/// How the interval of a quantile is made. F̂ is the share of the population at or below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interval {
    /// The quantiles at the limits of the t interval of F̂ (Woodruff 1952, JASA 47).
    Woodruff,
    /// The quantiles at the limits of R's `beta` interval of F̂.
    Beta,
    /// The quantiles at the limits of the logit interval of F̂.
    Logit,
    /// Estimate ± t · se, with se from the quantiles of the replicates. Not for jackknives, whose
    /// variance of a quantile is inconsistent.
    Replicate,
}

/// A quantile with its interval.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quantile {
    /// The quantile.
    pub estimate: f64,
    /// Its standard error: (upper − lower)/(2t) as in R, or that of the replicates.
    pub std_error: f64,
    /// Lower limit.
    pub lower: f64,
    /// Upper limit.
    pub upper: f64,
    /// F̂: the share at or below the estimate, 0 to 1.
    pub share: f64,
    /// The design variance of F̂.
    pub share_variance: f64,
}

/// The p-quantile of `values` (one per row, NaN where missing) in a sample, 0 < p < 1.
///
/// # Formula
///
/// ```text
/// F̂ = Σw·1(y ≤ estimate)/Σw          [F_L, F_U]: the interval of F̂ by `method` at `level`
/// lower, upper: the quantiles at F_L and F_U          se = (upper − lower)/(2t)
/// ```
///
/// with t = t_df(1 − α/2). With [`Interval::Replicate`] the standard error is that of the
/// replicated quantiles.
///
/// # Example
///
/// ```
/// use minyi::estimation::design::Design;
/// use minyi::estimation::quantile::{Interval, quantile};
/// use minyi::estimation::spec::{DesignSpec, QuantileRule};
/// use minyi::estimation::statistic::Sample;
/// use minyi::estimation::{Column, Columns};
///
/// let values: Vec<f64> = (1..=101).map(f64::from).collect();
/// let mut columns = Columns::new();
/// columns.push("y", Column::numbers(values.clone()))?;
/// let design = Design::new(&columns, &DesignSpec::default())?;
/// let sample = Sample::whole(&design, None);
/// let rule = QuantileRule::Math;
/// let median = quantile(&sample, &values, 0.5, rule, Interval::Woodruff, 0.95);
/// assert_eq!((median.estimate, median.lower, median.upper), (51.0, 41.0, 62.0));
/// # Ok::<(), minyi::estimation::Error>(())
/// ```
///
/// # Source
///
/// Woodruff 1952, JASA 47; R's `svyquantile` (`survey` 4.1).
#[must_use]
pub fn quantile(
    sample: &Sample<'_>,
    values: &[f64],
    p: f64,
    rule: QuantileRule,
    method: Interval,
    level: f64,
) -> Quantile {
    let weights = &sample.design.weights;
    let distribution = Distribution::new(values, weights, &sample.member);
    let estimate = distribution.quantile(p, rule);
    let share = share_at_or_below(sample, values, estimate);
    if let (Interval::Replicate, Some(replicates)) = (method, sample.replicates) {
        let variance = replicates.variance(estimate, |weights| {
            Distribution::new(values, weights, &sample.member).quantile(p, rule)
        });
        let (lower, upper) = wald(estimate, variance, share.df, level);
        return Quantile {
            estimate,
            std_error: variance.sqrt(),
            lower,
            upper,
            share: share.estimate,
            share_variance: share.variance,
        };
    }
    let (low, high) = match method {
        Interval::Beta => beta(share, rows_in_r(sample), level),
        Interval::Logit => logit(share, level),
        Interval::Woodruff | Interval::Replicate => {
            wald(share.estimate, share.variance, share.df, level)
        }
    };
    let (lower, upper) = (
        distribution.quantile(low, rule),
        distribution.quantile(high, rule),
    );
    Quantile {
        estimate,
        std_error: (upper - lower) / (2.0 * critical(level, share.df)),
        lower,
        upper,
        share: share.estimate,
        share_variance: share.variance,
    }
}

/// F̂ with its design variance.
fn share_at_or_below(sample: &Sample<'_>, values: &[f64], limit: f64) -> Proportion {
    let below = |value: &f64| {
        if value.is_nan() {
            f64::NAN
        } else {
            f64::from(u8::from(*value <= limit))
        }
    };
    let estimated = sample.means(&[values.iter().map(below).collect()]);
    let first = |values: &[f64]| values.first().copied().unwrap_or(f64::NAN);
    Proportion {
        estimate: first(&estimated.values),
        variance: first(&estimated.covariance),
        n: estimated.n,
        df: estimated.df,
    }
}

/// The rows that R's beta interval counts: those of the domain or, once weights are calibrated,
/// all.
fn rows_in_r(sample: &Sample<'_>) -> f64 {
    if sample.design.is_calibrated() {
        count(sample.design.rows)
    } else {
        count(sample.member.iter().filter(|member| **member).count())
    }
}
