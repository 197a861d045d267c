//! Contrasts: linear combinations of the estimates of several groups, with their covariance.
//!
//! Groups share sampling units, strata and population margins, so their estimates are correlated
//! and the variance of a difference is not the sum of two variances. The covariance comes from one
//! design that holds all groups ([`Sample::group_ratios`]). Waves that share sampling units are
//! compared as groups of one pooled design.
//!
//! # Symbols
//!
//! θ the estimates of the groups, V their covariance matrix, c the coefficients.
//!
//! [`Sample::group_ratios`]: crate::estimation::statistic::Sample::group_ratios

use serde::Serialize;

use crate::estimation::distribution::t_upper;
use crate::estimation::estimated::Estimated;
use crate::estimation::interval::wald;

/// A contrast c′θ of the estimates θ of several groups.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contrast {
    /// The column whose levels are the groups.
    pub by: String,
    /// The groups with a coefficient, in the order of their labels.
    pub groups: Vec<Group>,
    /// c′θ.
    pub estimate: f64,
    /// √(c′Vc) with V the covariance of θ.
    pub std_error: f64,
    /// Degrees of freedom of the design: PSUs − strata with rows of the domain.
    pub df: f64,
    /// Lower end of the interval c′θ ± t·se.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Confidence of the interval.
    pub level: f64,
    /// Two-sided P of a contrast of zero, 2·P(T_df > |c′θ|/se).
    pub p_value: f64,
    /// θ₂/θ₁ − 1, for two groups with the coefficients −1 and 1 in the order of their labels.
    pub relative_change: Option<f64>,
    /// Its standard error, by the delta method.
    pub relative_change_std_error: Option<f64>,
}

/// One group of a contrast.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Group {
    /// Label of the group.
    pub label: String,
    /// Its coefficient.
    pub coefficient: f64,
    /// Rows with a weight and an answer.
    pub n: u64,
    /// Its estimate.
    pub estimate: f64,
    /// Its standard error.
    pub std_error: f64,
}

/// The contrast of the estimates of several groups.
///
/// # Formula
///
/// ```text
/// c′θ          se = √(c′Vc)          interval: c′θ ± t·se, t = t_df(1 − α/2)
/// P = 2·P(T_df > |c′θ|/se)
/// relative change (c = (−1, 1) only): θ₂/θ₁ − 1
/// ```
///
/// * `by`: the column whose levels are the groups, for the report
/// * `groups`: label, coefficient and number of rows of each group, in the order of `estimated`
/// * `estimated`: the estimates θ with their covariance V and degrees of freedom
/// * `level`: confidence 1 − α of the interval, 0 to 1
///
/// # Example
///
/// Estimates with a covariance have a smaller error of their difference than independent ones:
///
/// ```
/// use minyi::estimation::contrast::contrast;
/// use minyi::estimation::estimated::Estimated;
///
/// let estimated = Estimated {
///     values: vec![0.80, 0.84],
///     covariance: vec![4e-4, 3e-4, 3e-4, 4e-4],
///     n: 500.0,
///     df: 30.0,
/// };
/// let groups = vec![("2025".to_owned(), -1.0, 500), ("2026".to_owned(), 1.0, 500)];
/// let change = contrast("year", groups, &estimated, 0.95);
/// assert!((change.estimate - 0.04).abs() < 1e-12);
/// assert!((change.std_error - 2e-4_f64.sqrt()).abs() < 1e-12);
/// assert!((change.relative_change.unwrap() - 0.05).abs() < 1e-12);
/// ```
///
/// # Source
///
/// Lumley 2010, *Complex Surveys*; R's `svycontrast`.
#[must_use]
pub fn contrast(
    by: &str,
    groups: Vec<(String, f64, u64)>,
    estimated: &Estimated,
    level: f64,
) -> Contrast {
    let coefficients: Vec<f64> = groups
        .iter()
        .map(|(_, coefficient, _)| *coefficient)
        .collect();
    let (estimate, std_error) = estimated.contrast(&coefficients);
    let (lower, upper) = wald(estimate, std_error * std_error, estimated.df, level);
    let change = (coefficients == [-1.0, 1.0]).then(|| estimated.relative_change());
    let groups = groups.into_iter().enumerate();
    Contrast {
        by: by.to_owned(),
        groups: groups
            .map(|(at, (label, coefficient, n))| Group {
                label,
                coefficient,
                n,
                estimate: estimated.values.get(at).copied().unwrap_or(f64::NAN),
                std_error: estimated.std_error(at),
            })
            .collect(),
        estimate,
        std_error,
        df: estimated.df,
        lower,
        upper,
        level,
        p_value: 2.0 * t_upper((estimate / std_error).abs(), estimated.df),
        relative_change: change.map(|(change, _)| change),
        relative_change_std_error: change.map(|(_, std_error)| std_error),
    }
}
