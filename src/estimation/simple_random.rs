//! The variance under simple random sampling: the denominator of the design effect.
#![expect(
    clippy::indexing_slicing,
    reason = "rows are numbered below their count"
)]

use crate::estimation::count::count;
use crate::estimation::influence::{total, weighted};
use crate::estimation::summation::exact;

/// Number of rows that have a weight, are in the domain and have a number in `a`.
#[must_use]
pub fn answered(weights: &[f64], a: &[f64], member: &[bool]) -> f64 {
    let rows = 0..a.len();
    count(
        rows.filter(|&row| member[row] && weights[row] != 0.0 && !a[row].is_nan())
            .count(),
    )
}

/// The variance of a ratio R = Σwa/Σwb under simple random sampling of n with replacement:
/// v = s²/(n b̄²) with s² = n/(n−1) · Σw(a − Rb)²/Σw and b̄ = Σwb/Σw (Särndal, Swensson & Wretman
/// 1992, §5.6; a mean or a share has b = 1).
///
/// `weights`, `a`, `b` and `member` have one entry per row; a is NaN where missing.
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

/// The variance of a total Σwa under simple random sampling of n with replacement: N² s²/n with
/// N = Σw and s² as in [`ratio_variance`] for the mean of a.
#[must_use]
pub fn total_variance(weights: &[f64], a: &[f64], member: &[bool], n: f64) -> f64 {
    let ones = vec![1.0; a.len()];
    let size = exact(&weighted(weights, &ones, a, member));
    let mean = total(weights, a, member).0 / size;
    ratio_variance(weights, a, &ones, member, n, mean) * size * size
}
