//! The variance that a simple random sample of the same size would have: the denominator of the design effect.
#![expect(
    clippy::indexing_slicing,
    reason = "rows are numbered below their count"
)]

use crate::estimation::count::count;
use crate::estimation::influence;
use crate::estimation::summation::exact;

/// Rows with weight, membership and a number.
#[must_use]
pub fn answered(weights: &[f64], a: &[f64], member: &[bool]) -> f64 {
    count(
        (0..a.len())
            .filter(|&row| member[row] && weights[row] != 0.0 && !a[row].is_nan())
            .count(),
    )
}

/// The variance of a ratio under simple random sampling with replacement: s²/(n b̄²), s² = n/(n−1) · Σw(a − Rb)²/Σw.
#[must_use]
pub fn reference_of_ratio(
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
    let weight = exact(&influence::weighted(weights, &ones, a, member));
    let mean = exact(&influence::weighted(weights, b, a, member)) / weight;
    exact(&influence::weighted(weights, &squares, a, member)) / weight * n
        / (n - 1.0)
        / n
        / (mean * mean)
}
