//! The variance of an estimate from units and classes of units.
//!
//! # Formula
//!
//! The units of a class (see [`slots`](super::slots)) with rows in a domain have the totals
//! u = w (z − x′β), the others u = −w x′β. So a class has two parts with n units, mean m and sum of
//! squares s = Σ (u − m)² each; a unit of several rows is a part with n = 1 and s = 0. A stratum
//! with the centre c has
//!
//! Σ_k (u_k − c)² = Σ_parts [s + n (m − c)²]
#![expect(
    clippy::indexing_slicing,
    reason = "strata are numbered below their count"
)]

use crate::estimation::count::count;
use crate::estimation::design::sample_design::Design;
use crate::estimation::variance::{Centre, StageVariance};

/// Units of a stratum with the same role in an estimate.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Part {
    pub(super) stratum: u32,
    /// n: their number.
    pub(super) units: f64,
    /// m: the mean of their totals.
    pub(super) mean: f64,
    /// s: the squares of their totals around it.
    pub(super) squares: f64,
}

/// The variance of an estimate, and Satterthwaite's degrees of freedom.
///
/// * `in_domain`: the units of the domain in each stratum; `None`: all
pub(super) fn variance(design: &Design, parts: &[Part], in_domain: Option<Vec<u32>>) -> (f64, f64) {
    let first = design.first();
    let scale = vec![1.0; first.strata.len()];
    let units: u32 = match &in_domain {
        Some(units) => units.iter().sum(),
        None => first.sizes.iter().sum(),
    };
    let stage = StageVariance::of_domain(design, in_domain, &scale);
    let mut sums = vec![0.0; first.strata.len()];
    for part in parts {
        sums[of(part)] += part.units * part.mean;
    }
    let grand_mean = sums.iter().sum::<f64>() / f64::from(units);
    let sizes = sums.iter().zip(&first.sizes);
    let means: Vec<f64> = sizes.map(|(sum, n)| sum / f64::from(*n)).collect();
    let mut squares = vec![0.0; first.strata.len()];
    for part in parts {
        let h = of(part);
        let centre = match stage.centre(h) {
            Centre::Stratum => means[h],
            Centre::Grand => grand_mean,
            Centre::Itself => continue,
        };
        let distance = part.mean - centre;
        squares[h] += part.squares + part.units * (distance * distance);
    }
    let strata = squares.iter().enumerate();
    let contributions: Vec<f64> = strata.map(|(h, sum)| stage.factor(h) * sum).collect();
    (
        stage.sum(&contributions),
        stage.satterthwaite_of(&contributions),
    )
}

/// Degrees of freedom of a domain with so many units in each stratum: units − strata.
pub(super) fn degrees_of_freedom(in_domain: &[u32]) -> f64 {
    let strata = in_domain.iter().filter(|units| **units > 0).count();
    in_domain.iter().copied().map(f64::from).sum::<f64>() - count(strata)
}

/// Whether all units of the population are in the sample, in the strata in which a domain has some.
pub(super) fn is_census(design: &Design, in_domain: &[u32]) -> bool {
    let mut strata = in_domain.iter().zip(&design.first().fractions);
    strata.all(|(units, fraction)| *units == 0 || *fraction >= 1.0)
}

fn of(part: &Part) -> usize {
    usize::try_from(part.stratum).unwrap_or(usize::MAX)
}
