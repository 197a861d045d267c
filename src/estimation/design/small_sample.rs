//! How much calibration makes the linearised variance too small in a small sample.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "strata are numbered below their count"
)]

use crate::estimation::columns::MISSING;
use crate::estimation::count::count;
use crate::estimation::design::sample_design::Design;
use crate::estimation::linear_algebra::cholesky::Factor;
use crate::estimation::weighting::adjustment::{Adjustment, Residual};

impl Design {
    /// The factor ν/(ν − q) by which the variance of a calibrated estimate is multiplied for its
    /// interval. 1 for a design without calibration.
    ///
    /// ν = PSUs − strata; q is the number of calibration parameters that are estimated within
    /// strata. Residuals on fitted parameters are smaller than the deviations that they stand for,
    /// as in a regression on ν observations.
    ///
    /// # Formula
    ///
    /// ```text
    /// q = tr(G⁻W) = rank(G) − Σ_h m_h′ G⁻ m_h / D_h
    /// G = X′DX          m_h = Σ_{i∈h} d_i x_i          D_h = Σ_{i∈h} d_i
    /// ```
    ///
    /// W is X′DX of the deviations from the means of the strata h. So a dimension that the strata
    /// are made of adds nothing, and one that is independent of them adds its categories − 1. If q
    /// is above ν − 1, ν − 1 is used.
    ///
    /// # Source
    ///
    /// The correction CR1 for clustered samples (MacKinnon & White 1985, J. Econometrics 29; Bell &
    /// McCaffrey 2002, Surv. Meth. 28), with the parameters counted within strata. Simulated in
    /// [`interval`](crate::estimation::interval).
    #[must_use]
    pub fn small_sample_factor(&self) -> f64 {
        let first = self.first();
        let degrees = count(first.len()) - count(first.strata.len());
        let calibrations = self.adjustments.iter();
        let parameters: f64 = calibrations
            .filter(|adjustment| adjustment.residual != Residual::Fixed)
            .map(|adjustment| self.parameters_within_strata(adjustment))
            .sum();
        match degrees > 1.0 {
            true => degrees / (degrees - parameters).max(1.0),
            false => 1.0,
        }
    }

    /// q of one calibration.
    fn parameters_within_strata(&self, adjustment: &Adjustment) -> f64 {
        let records = &adjustment.records;
        let size = records.targets.len();
        let first = self.first();
        let strata = first.strata.len();
        let unit_of = first.unit_of(self.rows);
        let (mut sums, mut weights) = (vec![0.0; strata * size], vec![0.0; strata]);
        for (row, (&record, &weight)) in adjustment
            .record_of
            .iter()
            .zip(adjustment.before.iter())
            .enumerate()
        {
            if record == MISSING || weight == 0.0 {
                continue;
            }
            let stratum = first.stratum_of[unit_of[row] as usize] as usize;
            weights[stratum] += weight;
            for (column, value) in records.entries(record as usize) {
                sums[stratum * size + column] += weight * value;
            }
        }
        let factor = Factor::new(&records.cross_product(&records.base), size);
        let between = |(sums, weight): (&[f64], &f64)| {
            let solution = factor.solve(sums);
            let product = sums.iter().zip(&solution).map(|(a, b)| a * b);
            match *weight > 0.0 {
                true => product.sum::<f64>() / weight,
                false => 0.0,
            }
        };
        let between: f64 = sums.chunks(size.max(1)).zip(&weights).map(between).sum();
        (count(factor.rank()) - between).max(0.0)
    }
}
