//! What is reported of final weights.

use rayon::prelude::*;
use serde::Serialize;

use crate::estimation::count::count;
use crate::estimation::summation::exact;
use crate::estimation::weighting::fit::Fit;

/// What is reported of the weights.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WeightingReport {
    /// Sweeps of raking or steps of Newton's method.
    pub sweeps: u32,
    /// Largest relative misfit of a margin.
    pub max_misfit: f64,
    /// Kish's design effect n Σw²/(Σw)².
    pub kish_deff: f64,
    /// Kish's effective sample size (Σw)²/Σw².
    pub n_effective: f64,
    /// Smallest final over base weight.
    pub min_g: f64,
    /// Largest final over base weight.
    pub max_g: f64,
    /// Rows with a weight above zero.
    pub n: usize,
    /// Sum of the final weights.
    pub sum: f64,
    /// Smallest final weight.
    pub min_weight: f64,
    /// Largest final weight.
    pub max_weight: f64,
    /// Share of rows that trimming changed.
    pub trimmed_share: f64,
    /// What a statistician should look at: cells below 30, g outside [0.3, 3], Kish effect above 2.5.
    pub warnings: Vec<String>,
}

/// The report of final weights against the base weights they came from.
#[must_use]
pub fn report(base: &[f64], weights: &[f64], fit: Option<&Fit>) -> WeightingReport {
    let bounds = |(base, weights): (&[f64], &[f64])| {
        let mut seen = (
            0_usize,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::INFINITY,
            f64::NEG_INFINITY,
        );
        for (base, weight) in base
            .iter()
            .zip(weights)
            .filter(|(_, weight)| **weight != 0.0)
        {
            let g = weight / base;
            seen = (
                seen.0 + 1,
                seen.1.min(g),
                seen.2.max(g),
                seen.3.min(*weight),
                seen.4.max(*weight),
            );
        }
        seen
    };
    let (n, min_g, max_g, min_weight, max_weight) = base
        .par_chunks(1 << 15)
        .zip(weights.par_chunks(1 << 15))
        .map(bounds)
        .reduce(
            || {
                (
                    0,
                    f64::INFINITY,
                    f64::NEG_INFINITY,
                    f64::INFINITY,
                    f64::NEG_INFINITY,
                )
            },
            |a, b| {
                (
                    a.0 + b.0,
                    a.1.min(b.1),
                    a.2.max(b.2),
                    a.3.min(b.3),
                    a.4.max(b.4),
                )
            },
        );
    let sum = exact(weights);
    let squares = exact(
        &weights
            .par_iter()
            .map(|weight| weight * weight)
            .collect::<Vec<_>>(),
    );
    let count = count(n);
    let kish_deff = count * squares / (sum * sum);
    let mut warnings = Vec::new();
    if min_g < 0.3 || max_g > 3.0 {
        warnings.push(format!(
            "g-weights from {min_g:.3} to {max_g:.3} leave [0.3, 3]"
        ));
    }
    if kish_deff > 2.5 {
        warnings.push(format!(
            "unequal weights alone cost a design effect of {kish_deff:.2}"
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
