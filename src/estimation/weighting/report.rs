//! What is reported of the final weights: their range, what they cost, what looks wrong.
//!
//! Unequal weights make estimates less precise by about Kish's design effect, if they are unrelated
//! to the answers; the effective sample size is n over that.

use rayon::prelude::*;
use serde::Serialize;

use crate::estimation::count::count;
use crate::estimation::summation::{exact, exact_of};
use crate::estimation::weighting::fit::Fit;

/// g = w/d below or above which there is a warning.
const USUAL_G: (f64, f64) = (0.3, 3.0);

/// Kish's design effect above which there is a warning.
const LARGE_KISH_DEFF: f64 = 2.5;

/// Rows per task.
const CHUNK: usize = 1 << 15;

/// What is reported of the final weights w, which came from the base weights d.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WeightingReport {
    /// Sweeps of raking, or steps of Newton's method.
    pub sweeps: u32,
    /// Largest |Σw − T|/T of any total.
    pub max_misfit: f64,
    /// Kish's design effect of unequal weights, n Σw²/(Σw)² (Kish 1965, *Survey Sampling*, §11.7).
    pub kish_deff: f64,
    /// Kish's effective sample size, (Σw)²/Σw².
    pub n_effective: f64,
    /// Smallest g = w/d.
    pub min_g: f64,
    /// Largest g = w/d.
    pub max_g: f64,
    /// Rows with a weight above zero.
    pub n: usize,
    /// Σw: the size of the population.
    pub sum: f64,
    /// Smallest final weight.
    pub min_weight: f64,
    /// Largest final weight.
    pub max_weight: f64,
    /// Share of the rows that trimming changed, 0 to 1.
    pub trimmed_share: f64,
    /// What a statistician should look at: categories with fewer than 30 respondents, g outside
    /// [0.3, 3], a design effect of the weights above 2.5.
    pub warnings: Vec<String>,
}

/// The report of final `weights` against the `base` weights they came from, one of each per row.
/// Rows with a final weight of 0 are left out.
///
/// # Formula
///
/// ```text
/// deff = n Σw²/(Σw)²          n_eff = (Σw)²/Σw²          g = w/d
/// ```
///
/// * `fit`: how the weights were found; `None` if they were not adjusted
///
/// # Example
///
/// ```
/// use minyi::estimation::weighting::report;
///
/// let report = report(&[1.0; 3], &[1.0, 2.0, 3.0], None);
/// assert_eq!((report.sum, report.max_g), (6.0, 3.0));
/// assert_eq!(report.kish_deff, 3.0 * 14.0 / 36.0);
/// ```
///
/// # Source
///
/// Kish 1965, *Survey Sampling*, §11.7.
#[must_use]
pub fn report(base: &[f64], weights: &[f64], fit: Option<&Fit>) -> WeightingReport {
    let extremes = base
        .par_chunks(CHUNK)
        .zip(weights.par_chunks(CHUNK))
        .map(|(base, weights)| Extremes::of(base, weights))
        .reduce(|| Extremes::EMPTY, Extremes::merge);
    let sum = exact(weights);
    let squares = exact_of(weights, |weight| weight * weight);
    let Extremes {
        n,
        min_g,
        max_g,
        min_weight,
        max_weight,
    } = extremes;
    let kish_deff = count(n) * squares / (sum * sum);
    let mut warnings = Vec::new();
    if min_g < USUAL_G.0 || max_g > USUAL_G.1 {
        warnings.push(format!(
            "g = w/d lies between {min_g:.3} and {max_g:.3}, outside [{}, {}]",
            USUAL_G.0, USUAL_G.1
        ));
    }
    if kish_deff > LARGE_KISH_DEFF {
        warnings.push(format!(
            "unequal weights alone give a design effect of {kish_deff:.2}"
        ));
    }
    WeightingReport {
        sweeps: fit.map_or(0, |fit| fit.sweeps),
        max_misfit: fit.map_or(0.0, |fit| fit.max_misfit),
        kish_deff,
        n_effective: sum * sum / squares,
        min_g,
        max_g,
        n,
        sum,
        min_weight,
        max_weight,
        trimmed_share: 0.0,
        warnings,
    }
}

/// The smallest and largest weights of some rows.
#[derive(Clone, Copy)]
struct Extremes {
    n: usize,
    min_g: f64,
    max_g: f64,
    min_weight: f64,
    max_weight: f64,
}

impl Extremes {
    /// Of no rows.
    const EMPTY: Self = Self {
        n: 0,
        min_g: f64::INFINITY,
        max_g: f64::NEG_INFINITY,
        min_weight: f64::INFINITY,
        max_weight: f64::NEG_INFINITY,
    };

    /// Of some rows, one base and one final weight each.
    fn of(base: &[f64], weights: &[f64]) -> Self {
        let rows = base.iter().zip(weights);
        rows.filter(|(_, weight)| **weight != 0.0)
            .map(|(base, weight)| Self {
                n: 1,
                min_g: weight / base,
                max_g: weight / base,
                min_weight: *weight,
                max_weight: *weight,
            })
            .fold(Self::EMPTY, Self::merge)
    }

    /// Of both.
    fn merge(self, other: Self) -> Self {
        Self {
            n: self.n + other.n,
            min_g: self.min_g.min(other.min_g),
            max_g: self.max_g.max(other.max_g),
            min_weight: self.min_weight.min(other.min_weight),
            max_weight: self.max_weight.max(other.max_weight),
        }
    }
}
