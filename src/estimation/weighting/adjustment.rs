//! One adjustment of the weights, and how its residuals enter the variance.

use std::sync::Arc;

use rayon::prelude::*;
use serde_json::json;

use crate::estimation::error::Error;
use crate::estimation::spec::weighting::Distance;
use crate::estimation::summation::exact_by;
use crate::estimation::weighting::calibrate::calibrate;
use crate::estimation::weighting::cells::Cells;
use crate::estimation::weighting::fit::Fit;
use crate::estimation::weighting::rake::rake;
use crate::estimation::weighting::records::Records;

/// What an adjustment did, as much as the variance needs.
#[derive(Debug, Clone)]
pub struct Adjustment {
    /// Rows grouped by auxiliaries: X, base weights, totals.
    pub records: Arc<Records>,
    /// The cells behind the records when all auxiliaries are categorical.
    pub cells: Option<Arc<Cells>>,
    /// Record of each row; [`MISSING`] for rows out of sample.
    pub record_of: Arc<Vec<u32>>,
    /// Weights before.
    pub before: Arc<Vec<f64>>,
    /// Weights after.
    pub after: Arc<Vec<f64>>,
    /// How residuals are taken.
    pub residual: Residual,
    /// Sweeps, misfit.
    pub fit: Fit,
    pub(super) method: Fitting,
}

/// How g-weights are found again for other base weights, as every replicate needs.
#[derive(Debug, Clone, Copy)]
pub(super) struct Fitting {
    pub(super) raked: bool,
    pub(super) distance: Distance,
    pub(super) bounds: Option<(f64, f64)>,
    pub(super) max_sweeps: u32,
    pub(super) tolerance: f64,
}

impl Adjustment {
    /// The same adjustment, to the same totals, from other weights of the same rows.
    ///
    /// # Errors
    /// As for the first time, when these weights cannot be adjusted.
    pub fn refit(&self, before: &[f64]) -> Result<Vec<f64>, Error> {
        let base = exact_by(before, &self.record_of, self.records.base.len());
        let fit = match &self.cells {
            Some(cells) => {
                let cells = Cells {
                    base: base.clone(),
                    ..Cells::clone(cells)
                };
                self.method.fit(
                    Some(&cells),
                    &Records {
                        base,
                        ..Records::clone(&self.records)
                    },
                )?
            }
            None => self.method.fit(
                None,
                &Records {
                    base,
                    ..Records::clone(&self.records)
                },
            )?,
        };
        Ok(after(before, &self.record_of, &fit.factor))
    }
}

impl Fitting {
    pub(super) fn fit(&self, cells: Option<&Cells>, records: &Records) -> Result<Fit, Error> {
        match cells {
            Some(cells) if self.raked => rake(cells, self.max_sweeps, self.tolerance),
            _ => calibrate(
                records,
                self.distance,
                self.bounds,
                self.max_sweeps,
                self.tolerance,
                |at| {
                    cells.map_or_else(
                        || json!({"column": at, "population": records.targets.get(at)}),
                        |cells| cells.describe(at),
                    )
                },
            ),
        }
    }
}

/// How the residual of an influence on the auxiliaries is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Residual {
    /// z − X(X'DX)⁻X'Dz with D the weights before: exact for every calibration (Särndal, Swensson & Wretman 1989).
    LeastSquares,
    /// Ten sweeps of unweighted cell means, as R's `rake()`.
    RRake,
    /// None: weights taken as fixed.
    Fixed,
}

/// w = d g.
pub(super) fn after(before: &[f64], record_of: &[u32], factor: &[f64]) -> Vec<f64> {
    let mut after = vec![0.0; before.len()];
    after
        .par_iter_mut()
        .zip(before.par_iter())
        .zip(record_of.par_iter())
        .for_each(|((after, before), record)| {
            *after = usize::try_from(*record)
                .ok()
                .and_then(|at| factor.get(at))
                .map_or(*before, |factor| before * factor);
        });
    after
}
