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
}

/// A domain of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Every row that the partition holds.
    Whole,
    /// One level.
    Level(usize),
}
