//! One adjustment of the weights, as the variance and the replicates need it.
//!
//! The variance takes residuals on the auxiliaries of every adjustment
//! ([`take_residuals`](crate::estimation::influence::take_residuals)); a replicate repeats the
//! adjustment from its own base weights ([`Adjustment::refit`]).

use std::sync::Arc;

use rayon::prelude::*;
use serde_json::json;

use crate::estimation::error::Error;
use crate::estimation::summation::exact_by;
use crate::estimation::weighting::calibrate::calibrate;
use crate::estimation::weighting::cells::Cells;
use crate::estimation::weighting::fit::{Fit, TotalName};
use crate::estimation::weighting::newton::Calibration;
use crate::estimation::weighting::rake::rake;
use crate::estimation::weighting::records::Records;

/// One adjustment of the weights.
#[derive(Debug, Clone)]
pub struct Adjustment {
    /// Rows grouped by auxiliaries: X, base weights, population totals T.
    pub records: Arc<Records>,
    /// The cells behind the records, if all auxiliaries are categorical.
    pub cells: Option<Arc<Cells>>,
    /// Record of each row; [`MISSING`](crate::estimation::columns::MISSING) for rows out of sample.
    pub record_of: Arc<Vec<u32>>,
    /// Weight of each row before the adjustment.
    pub before: Arc<Vec<f64>>,
    /// Weight of each row after the adjustment.
    pub after: Arc<Vec<f64>>,
    /// How residuals are taken.
    pub residual: Residual,
    /// Factors, iterations and misfit.
    pub fit: Fit,
    pub(super) method: FitMethod,
}

/// How the residual of an influence on the auxiliaries is taken, for the variance. z is the
/// influence over the weight.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Residual {
    /// z − X(X′DX)⁻X′Dz with D the weights before: exact for every distance (Särndal, Swensson &
    /// Wretman 1989, Biometrika 76; Deville & Särndal 1992, JASA 87).
    LeastSquares,
    /// z minus unweighted means of its categories, in ten sweeps: as R's `rake()`.
    RRake,
    /// z: the weights are taken as fixed numbers.
    Fixed,
}

/// How the factors g are found.
#[derive(Debug, Clone, Copy)]
pub(super) struct FitMethod {
    /// By raking instead of Newton's method.
    pub(super) raked: bool,
    pub(super) calibration: Calibration,
}

impl Adjustment {
    /// The weight after the adjustment of a row with a weight before it and a record.
    #[must_use]
    pub fn weight_after(&self, before: f64, record: u32) -> f64 {
        weight_after(before, record, &self.fit.factor)
    }

    /// The weights of the same adjustment, to the same totals, from other weights of the same rows.
    ///
    /// * `before`: one weight per row, 0 for rows out of sample
    ///
    /// Replicates that calibrate anew carry the calibration into their variance (Lumley 2010,
    /// *Complex Surveys*, ch. 7).
    ///
    /// # Errors
    ///
    /// Those of [`rake`] or [`calibrate`], if these weights cannot be adjusted.
    pub fn refit(&self, before: &[f64]) -> Result<Vec<f64>, Error> {
        let base = exact_by(before, &self.record_of, self.records.base.len());
        let cells = self.cells.as_ref().map(|cells| Cells {
            base: base.clone(),
            ..Cells::clone(cells)
        });
        let records = Records {
            base,
            ..Records::clone(&self.records)
        };
        let fit = self.method.fit(cells.as_ref(), &records)?;
        Ok(weights_after(before, &self.record_of, &fit.factor))
    }
}

impl FitMethod {
    /// The factors g that meet the totals of `records`, or of the `cells` behind them.
    ///
    /// # Errors
    /// Those of [`rake`] or [`calibrate`].
    pub(super) fn fit(self, cells: Option<&Cells>, records: &Records) -> Result<Fit, Error> {
        match cells {
            Some(cells) if self.raked => rake(
                cells,
                self.calibration.max_steps,
                self.calibration.tolerance,
            ),
            Some(cells) => calibrate(records, self.calibration, |at| cells.describe(at)),
            None => calibrate(records, self.calibration, |at| TotalName {
                text: format!("total {}", at + 1),
                detail: json!({"column": at, "population": records.targets.get(at)}),
            }),
        }
    }
}

/// w = d·g of every row; rows without a record keep their weight.
pub(super) fn weights_after(before: &[f64], record_of: &[u32], factor: &[f64]) -> Vec<f64> {
    let mut after = vec![0.0; before.len()];
    after
        .par_iter_mut()
        .zip(before.par_iter())
        .zip(record_of.par_iter())
        .for_each(|((after, before), record)| *after = weight_after(*before, *record, factor));
    after
}

fn weight_after(before: f64, record: u32, factor: &[f64]) -> f64 {
    let at = usize::try_from(record).ok();
    let factor = at.and_then(|at| factor.get(at));
    factor.map_or(before, |factor| before * factor)
}
