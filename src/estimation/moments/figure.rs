//! What is estimated, and where.

/// An estimate of one ratio, total or combination on one domain.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Rows in the domain with an answer.
    pub n: f64,
    /// The estimate.
    pub estimate: f64,
    /// Its design variance.
    pub variance: f64,
    /// The variance of a simple random sample of n with replacement.
    pub reference: f64,
    /// Degrees of freedom.
    pub df: f64,
    /// Whether every unit of the population of the domain is in the sample: then there is no
    /// sampling error. A variance of zero alone does not say so.
    pub census: bool,
}

/// A domain of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Every row that the partition holds.
    Whole,
    /// One level.
    Level(usize),
}

/// The smallest number whose square, and small parts of it, a double holds with all its digits.
const SMALLEST: f64 = 1e-140;

/// A variance that is made of the squares of `totals`; not a number where all of these are so small
/// that the squares vanish, for then a variance of zero says nothing.
#[must_use]
pub fn in_range(variance: f64, totals: &[f64]) -> f64 {
    let magnitudes = totals.iter().map(|total| total.abs());
    let largest = magnitudes.fold(0.0, f64::max);
    if largest > 0.0 && largest < SMALLEST {
        f64::NAN
    } else {
        variance
    }
}
