//! Estimates from influences by row, for designs that [`super::moments`] does not serve: several stages, rows as sampling
//! units, several adjustments, other programs' conventions, replicates.
#![expect(
    clippy::indexing_slicing,
    reason = "rows are numbered below their count"
)]

use crate::estimation::columns::{MISSING, blocks};
use crate::estimation::design::sample_design::Design;
use crate::estimation::domain::{Domain, Partition};
use crate::estimation::figure::Figure;
use crate::estimation::influence;
use crate::estimation::replicate::Replicates;
use crate::estimation::series::Series;
use crate::estimation::simple_random::{answered, reference_of_ratio};
use crate::estimation::summation::exact;
use crate::estimation::variance::covariance;

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

    /// The rows of a domain.
    #[must_use]
    pub fn member(&self, partition: usize, domain: Domain) -> Vec<bool> {
        let mut levels = vec![0; self.design.rows];
        let mut member = vec![false; self.design.rows];
        for range in blocks(self.design.rows) {
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
            || self.design.degrees_of_freedom_of_rows(member),
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
                let keeps_rows = self.design.is_calibrated();
                covariance(self.design, &[influence], (!keeps_rows).then_some(member))[0]
            }
        };
        Figure {
            n,
            estimate,
            variance,
            reference,
            df: self.df(member),
        }
    }
}
