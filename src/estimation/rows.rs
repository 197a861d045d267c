//! Estimates from influences by row, for designs that [`super::moments`] does not serve: several
//! stages, rows as sampling
//! units, several adjustments, other programs' conventions, replicates.
#![expect(
    clippy::indexing_slicing,
    reason = "rows are numbered below their count"
)]

use super::columns::MISSING;
use super::design::Design;
use super::influence;
use super::moments::{Domain, Figure, in_range};
use super::replicate::Replicates;
use super::series::{Partition, Series};
use super::summation::exact;
use super::variance::covariance;
use super::weighting::count;

/// A design with what is to be estimated on it.
pub struct Rows<'a> {
    /// The design.
    pub design: &'a Design,
    /// The domains.
    pub partitions: &'a [Partition],
    /// The series.
    pub series: &'a [Series],
    /// Replicate weights instead of linearisation.
    pub replicates: Option<&'a Replicates>,
}

impl Rows<'_> {
    /// Σ coefficient · (Σwa/Σwb) over `parts` on a domain; `None` if a part has no row there.
    #[must_use]
    pub fn ratio(
        &self,
        partition: usize,
        domain: Domain,
        parts: &[(usize, f64)],
    ) -> Option<Figure> {
        let member = self.member(partition, domain);
        let weights = &self.design.weights;
        let mut sum = vec![0.0; self.design.rows];
        let (mut estimate, mut reference, mut n) = (0.0, 0.0, 0.0);
        let mut decoded = Vec::new();
        for &(series, coefficient) in parts {
            let (a, b) = self.series[series].decode(self.design.rows);
            n = answered(weights, &a, &member);
            if n == 0.0 {
                return None;
            }
            let (ratio, u) = influence::ratio(weights, &a, &b, &member);
            estimate += coefficient * ratio;
            sum.iter_mut()
                .zip(&u)
                .for_each(|(sum, u)| *sum += coefficient * u);
            reference = reference_of_ratio(weights, &a, &b, &member, n, ratio);
            decoded.push((a, b, coefficient));
        }
        if parts.len() > 1 {
            reference = f64::NAN;
        }
        let statistic = |weights: &[f64]| {
            let part = |(a, b, coefficient): &(Vec<f64>, Vec<f64>, f64)| {
                coefficient * influence::ratio(weights, a, b, &member).0
            };
            decoded.iter().map(part).sum::<f64>()
        };
        Some(self.figure(&member, n, estimate, reference, sum, statistic))
    }

    /// Σwa on a domain.
    #[must_use]
    pub fn total(&self, partition: usize, domain: Domain, series: usize) -> Option<Figure> {
        let member = self.member(partition, domain);
        let weights = &self.design.weights;
        let (a, b) = self.series[series].decode(self.design.rows);
        let n = answered(weights, &a, &member);
        if n == 0.0 {
            return None;
        }
        let (estimate, u) = influence::total(weights, &a, &member);
        let weight = exact(&influence::weighted(weights, &b, &a, &member));
        let mean = estimate / weight;
        let reference = reference_of_ratio(weights, &a, &b, &member, n, mean) * weight * weight;
        Some(self.figure(&member, n, estimate, reference, u, |weights| {
            influence::total(weights, &a, &member).0
        }))
    }

    /// Rows of a series on a domain with an answer.
    #[must_use]
    pub fn rows(&self, partition: usize, domain: Domain, series: usize) -> f64 {
        let (a, _) = self.series[series].decode(self.design.rows);
        answered(&self.design.weights, &a, &self.member(partition, domain))
    }

    /// Degrees of freedom of a domain.
    #[must_use]
    pub fn degrees_of_freedom(&self, partition: usize, domain: Domain) -> f64 {
        self.df(&self.member(partition, domain))
    }

    /// Whether the whole population of a domain is in the sample.
    #[must_use]
    pub fn is_census(&self, member: &[bool]) -> bool {
        self.replicates.is_none() && self.design.is_census(&units_of(self.design, member))
    }

    /// The rows of a domain.
    #[must_use]
    pub fn member(&self, partition: usize, domain: Domain) -> Vec<bool> {
        let mut levels = vec![0; self.design.rows];
        let mut member = vec![false; self.design.rows];
        for range in super::columns::blocks(self.design.rows) {
            self.partitions[partition].fill(range.clone(), &mut levels[range]);
        }
        for (member, level) in member.iter_mut().zip(levels) {
            *member = level != MISSING
                && match domain {
                    Domain::Whole => true,
                    Domain::Level(wanted) => {
                        usize::try_from(level).is_ok_and(|level| level == wanted)
                    }
                };
        }
        member
    }

    fn df(&self, member: &[bool]) -> f64 {
        self.replicates.map_or_else(
            || degrees_of_freedom(self.design, member),
            |replicates| replicates.degrees_of_freedom(self.design, member),
        )
    }

    fn figure(
        &self,
        member: &[bool],
        n: f64,
        estimate: f64,
        reference: f64,
        mut influence: Vec<f64>,
        statistic: impl Fn(&[f64]) -> f64 + Sync,
    ) -> Figure {
        let variance = match self.replicates {
            Some(replicates) => replicates.variance(estimate, statistic),
            None => {
                influence::take_residuals(self.design, &mut influence);
                let influences = [influence];
                let keeps_rows = self.design.is_calibrated();
                let domain = (!keeps_rows).then_some(member);
                in_range(
                    covariance(self.design, &influences, domain)[0],
                    &influences[0],
                )
            }
        };
        Figure {
            n,
            estimate,
            variance,
            reference,
            df: self.df(member),
            census: self.is_census(member),
        }
    }
}

/// PSUs − strata among the rows of a domain with weight.
#[must_use]
pub fn degrees_of_freedom(design: &Design, member: &[bool]) -> f64 {
    design.degrees_of_freedom(&units_of(design, member))
}

/// The first-stage units with rows of a domain that have a weight.
fn units_of(design: &Design, member: &[bool]) -> Vec<bool> {
    let first = design.first();
    let mut units = vec![false; first.len()];
    for (row, unit) in first.unit_of(design.rows).into_iter().enumerate() {
        if member[row]
            && design.weights[row] != 0.0
            && let Some(with) = usize::try_from(unit)
                .ok()
                .and_then(|unit| units.get_mut(unit))
        {
            *with = true;
        }
    }
    units
}

/// Rows with weight, membership and a number.
#[must_use]
pub fn answered(weights: &[f64], a: &[f64], member: &[bool]) -> f64 {
    count(
        (0..a.len())
            .filter(|&row| member[row] && weights[row] != 0.0 && !a[row].is_nan())
            .count(),
    )
}

/// The variance of a ratio under simple random sampling with replacement: s²/(n b̄²), s² = n/(n−1)
/// · Σw(a − Rb)²/Σw.
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
