//! Influences by row: linearisation for any design and any sequence of adjustments.
//!
//! The influence u_i of a row is its contribution to the first-order error of an estimate θ̂: the
//! variance of θ̂ is about that of the total Σu_i, weights included. For a smooth function of
//! totals, u_i = w_i Σ_j ∂θ/∂t_j · y_ij (Särndal, Swensson & Wretman 1992, §5.5).
//!
//! # Calibration
//!
//! Weights that meet population totals remove from the error what the auxiliaries x explain. So u/w
//! is replaced by its residual on x, adjustment by adjustment ([`take_residuals`]).
//!
//! # Rows
//!
//! All slices have one entry per row. Rows without a weight, outside the domain or with a missing
//! answer have an influence of 0.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "rows and records are numbered below their count"
)]

use crate::estimation::columns::MISSING;
use crate::estimation::design::sample_design::Design;
use crate::estimation::linear_algebra::cholesky::Factor;
use crate::estimation::summation::{exact, exact_by};
use crate::estimation::weighting::adjustment::{Adjustment, Residual};

/// Sweeps over the dimensions in the residuals of R's `rake()`.
const R_RAKE_SWEEPS: u32 = 10;

/// A ratio R = Σwa/Σwb with its influences; with b = 1 it is the mean of a.
///
/// # Formula
///
/// ```text
/// R = Σ_D w_i a_i/Σ_D w_i b_i          u_i = w_i (a_i − R b_i)/Σ_D w_i b_i
/// ```
///
/// over the rows D of `member` in which a is a number (NaN is missing). NaN if there are none.
///
/// # Example
///
/// ```
/// use minyi::estimation::influence::ratio;
///
/// let (mean, u) = ratio(&[1.0, 1.0, 2.0], &[2.0, 6.0, f64::NAN], &[1.0; 3], &[true; 3]);
/// assert_eq!((mean, u), (4.0, vec![-1.0, 1.0, 0.0]));
/// ```
///
/// # Source
///
/// Särndal, Swensson & Wretman 1992, §5.6.
#[must_use]
pub fn ratio(weights: &[f64], a: &[f64], b: &[f64], member: &[bool]) -> (f64, Vec<f64>) {
    let (wa, wb) = (
        weighted(weights, a, a, member),
        weighted(weights, b, a, member),
    );
    let denominator = exact(&wb);
    let ratio = exact(&wa) / denominator;
    let influences = wa.iter().zip(&wb);
    (
        ratio,
        influences
            .map(|(a, b)| (a - ratio * b) / denominator)
            .collect(),
    )
}

/// A total Σwa with its influences u_i = w_i a_i, over the rows of `member` in which a is a number.
/// 0 if there are none.
#[must_use]
pub fn total(weights: &[f64], a: &[f64], member: &[bool]) -> (f64, Vec<f64>) {
    let wa = weighted(weights, a, a, member);
    (exact(&wa), wa)
}

/// w·value of each row in which `present` is a number and `member` is true, else 0. Sums of the
/// result are made by [`exact`], so they do not depend on the order of the rows.
#[must_use]
pub fn weighted(weights: &[f64], values: &[f64], present: &[f64], member: &[bool]) -> Vec<f64> {
    (0..weights.len())
        .map(|row| {
            if member[row] && weights[row] != 0.0 && !present[row].is_nan() {
                weights[row] * values[row]
            } else {
                0.0
            }
        })
        .collect()
}

/// Replaces influences by their residuals on the auxiliaries of every adjustment, in order.
///
/// # Formula
///
/// ```text
/// z = u/w,   e = z − X(X′DX)⁻X′Dz,   u ← w e        D, w: weights before and after the adjustment
/// ```
///
/// for [`Residual::LeastSquares`]. [`Residual::RRake`] takes the residual as R's `rake()` does,
/// [`Residual::Fixed`] none. `influence` has one entry per row of the design.
///
/// # Source
///
/// Särndal, Swensson & Wretman 1992, §6.6; the same residual serves every distance: Deville &
/// Särndal 1992, JASA 87.
pub fn take_residuals(design: &Design, influence: &mut [f64]) {
    for adjustment in &design.adjustments {
        let z = match adjustment.residual {
            Residual::Fixed => continue,
            Residual::LeastSquares => least_squares(adjustment, influence),
            Residual::RRake => r_rake(adjustment, influence),
        };
        let rows = influence.iter_mut().zip(adjustment.after.iter());
        for ((influence, after), (&record, z)) in rows.zip(adjustment.record_of.iter().zip(z)) {
            if record != MISSING {
                *influence = z * after;
            }
        }
    }
}

/// β = (X′DX)⁻X′Dz with z = u/w and D the weights before the adjustment: how much the estimate moves
/// for each unit that is added to the population total of a column of X.
#[must_use]
pub fn coefficients(adjustment: &Adjustment, influence: &[f64]) -> Vec<f64> {
    coefficients_of(adjustment, &per_weight(adjustment, influence))
}

/// β = (X′DX)⁻X′Dz.
fn coefficients_of(adjustment: &Adjustment, z: &[f64]) -> Vec<f64> {
    let records = &adjustment.records;
    let dz: Vec<f64> = z
        .iter()
        .zip(adjustment.before.iter())
        .map(|(z, d)| z * d)
        .collect();
    let right = records.totals(&exact_by(&dz, &adjustment.record_of, records.base.len()));
    Factor::new(&records.cross_product(&records.base), right.len()).solve(&right)
}

/// z − X(X′DX)⁻X′Dz with z = u/w and D the weights before the adjustment.
fn least_squares(adjustment: &Adjustment, influence: &[f64]) -> Vec<f64> {
    let records = &adjustment.records;
    let mut z = per_weight(adjustment, influence);
    let beta = coefficients_of(adjustment, &z);
    let fitted: Vec<f64> = (0..records.base.len())
        .map(|record| records.product(record, &beta))
        .collect();
    for (z, &record) in z.iter_mut().zip(adjustment.record_of.iter()) {
        if record != MISSING {
            *z -= fitted[record as usize];
        }
    }
    z
}

/// z minus the unweighted means of z = u/w in its categories, in ten sweeps over the dimensions.
///
/// Within a sweep only the means of the records change, so the rows are visited once before and
/// once after the sweeps.
fn r_rake(adjustment: &Adjustment, influence: &[f64]) -> Vec<f64> {
    let records = &adjustment.records;
    let mut z = per_weight(adjustment, influence);
    let in_sample: Vec<f64> = adjustment
        .record_of
        .iter()
        .map(|record| if *record == MISSING { 0.0 } else { 1.0 })
        .collect();
    let by_record = |values: &[f64]| exact_by(values, &adjustment.record_of, records.base.len());
    let (rows, sums) = (by_record(&in_sample), by_record(&z));
    let occupied: Vec<usize> = (0..rows.len()).filter(|&at| rows[at] > 0.0).collect();
    let mut shift = vec![0.0; rows.len()];
    for _ in 0..R_RAKE_SWEEPS {
        for dimension in 0..records.dimensions {
            let category =
                |record: usize| records.member[record * records.dimensions + dimension] as usize;
            let mut means = vec![(0.0, 0.0); records.targets.len()];
            for &record in &occupied {
                if let Some((sum, count)) = means.get_mut(category(record)) {
                    *sum += sums[record] + shift[record] * rows[record];
                    *count += rows[record];
                }
            }
            for &record in &occupied {
                if let Some((sum, count)) = means.get(category(record)) {
                    shift[record] -= sum / count;
                }
            }
        }
    }
    for (z, &record) in z.iter_mut().zip(adjustment.record_of.iter()) {
        if record != MISSING {
            *z += shift[record as usize];
        }
    }
    z
}

/// z = u/w with the weights after the adjustment; 0 for rows out of sample.
fn per_weight(adjustment: &Adjustment, influence: &[f64]) -> Vec<f64> {
    influence
        .iter()
        .zip(adjustment.after.iter())
        .map(|(u, w)| if *w == 0.0 { 0.0 } else { u / w })
        .collect()
}
