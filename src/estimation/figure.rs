//! An estimate with its variance, before it is judged.
//!
//! Every way to an estimate ([`moments`](crate::estimation::moments),
//! [`rowwise`](crate::estimation::rowwise), [`quantile`](crate::estimation::quantile)) ends here;
//! interval, presentation and verdict follow from these values alone.

/// An estimate of one statistic on one domain.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Rows of the domain with an answer and a weight.
    pub n: f64,
    /// The estimate.
    pub estimate: f64,
    /// Its variance under the design.
    pub variance: f64,
    /// Its variance under simple random sampling of n with replacement. NaN for a combination of
    /// several ratios, which has no single one.
    pub srs_variance: f64,
    /// Degrees of freedom of the variance: PSUs − strata.
    pub df: f64,
    /// Satterthwaite's degrees of freedom. NaN where there are none: replicates, variance 0.
    pub satterthwaite: f64,
    /// Whether every unit of the population of the domain is in the sample: then there is no
    /// sampling error. A variance of zero alone does not mean that.
    pub census: bool,
}
