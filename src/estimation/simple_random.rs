//! The variance under simple random sampling: the denominator of the design effect.
//!
//! The design effect is v/v_srs: how many times as large the variance is as that of a simple random
//! sample of the same n, drawn with replacement. It needs no finite population correction and no
//! scale of the weights (R's `deff = "replace"`).
#![expect(
    clippy::indexing_slicing,
    reason = "rows are numbered below their count"
)]

use crate::estimation::count::count;
use crate::estimation::influence::{total, weighted};
use crate::estimation::summation::exact;

/// n: the number of rows that have a weight, are in the domain and have a number in `a`.
#[must_use]
pub fn answered(weights: &[f64], a: &[f64], member: &[bool]) -> f64 {
    let rows = 0..a.len();
    count(
        rows.filter(|&row| member[row] && weights[row] != 0.0 && !a[row].is_nan())
            .count(),
    )
}

/// The variance of a ratio R = Σwa/Σwb under simple random sampling of n with replacement.
///
/// # Formula
///
/// ```text
/// v = s²/(n b̄²)          s² = n/(n−1) · Σw(a − Rb)²/Σw          b̄ = Σwb/Σw
/// ```
///
/// A mean or a share has b = 1. `weights`, `a`, `b` and `member` have one entry per row; a is NaN
/// where missing.
///
/// # Example
///
/// ```
/// use minyi::estimation::simple_random::ratio_variance;
///
/// // The mean of 1, 2, 3 with equal weights: s²/n = 1/3.
/// let v = ratio_variance(&[5.0; 3], &[1.0, 2.0, 3.0], &[1.0; 3], &[true; 3], 3.0, 2.0);
/// assert!((v - 1.0 / 3.0).abs() < 1e-15);
/// ```
///
/// # Source
///
/// Särndal, Swensson & Wretman 1992, §5.6.
#[must_use]
pub fn ratio_variance(
    weights: &[f64],
    a: &[f64],
    b: &[f64],
    member: &[bool],
    n: f64,
    ratio: f64,
) -> f64 {
    let squares: Vec<f64> = a
        .iter()
        .zip(b)
        .map(|(a, b)| (a - ratio * b) * (a - ratio * b))
        .collect();
    let ones = vec![1.0; a.len()];
    let weight = exact(&weighted(weights, &ones, a, member));
    let mean = exact(&weighted(weights, b, a, member)) / weight;
    exact(&weighted(weights, &squares, a, member)) / weight * n / (n - 1.0) / n / (mean * mean)
}

/// The variance of a total Σwa under simple random sampling of n with replacement.
///
/// # Formula
///
/// ```text
/// v = N² s²/n          N = Σw          s² = n/(n−1) · Σw(a − ā)²/Σw
/// ```
#[must_use]
pub fn total_variance(weights: &[f64], a: &[f64], member: &[bool], n: f64) -> f64 {
    let ones = vec![1.0; a.len()];
    let size = exact(&weighted(weights, &ones, a, member));
    let mean = total(weights, a, member).0 / size;
    ratio_variance(weights, a, &ones, member, n, mean) * size * size
}
