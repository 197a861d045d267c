//! Influences by row: the general way to a linearised variance, for any design and any sequence of adjustments.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "rows and records are numbered below their count"
)]

use crate::estimation::columns::MISSING;
use crate::estimation::design::sample_design::Design;
use crate::estimation::linear::Factor;
use crate::estimation::summation::{exact, exact_by};
use crate::estimation::weighting::adjustment::{Adjustment, Residual};

/// Sweeps of R's `rake()` residuals.
const R_RAKE_SWEEPS: u32 = 10;

/// A ratio Σwa/Σwb and its influence u_i = w_i (a_i − R b_i)/Σwb on the rows where `a` is a number and `member` holds.
#[must_use]
pub fn ratio(weights: &[f64], a: &[f64], b: &[f64], member: &[bool]) -> (f64, Vec<f64>) {
    let (wa, wb) = (
        weighted(weights, a, a, member),
        weighted(weights, b, a, member),
    );
    let below = exact(&wb);
    let ratio = exact(&wa) / below;
    (
        ratio,
        wa.iter()
            .zip(&wb)
            .map(|(a, b)| (a - ratio * b) / below)
            .collect(),
    )
}

/// A total Σwa and its influence u_i = w_i a_i.
#[must_use]
pub fn total(weights: &[f64], a: &[f64], member: &[bool]) -> (f64, Vec<f64>) {
    let wa = weighted(weights, a, a, member);
    (exact(&wa), wa)
}

/// w·value where `present` is a number and `member` holds, else 0.
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

/// Takes from an influence what the auxiliaries of every adjustment explain, in the order of the adjustments.
pub fn take_residuals(design: &Design, influence: &mut [f64]) {
    for adjustment in &design.adjustments {
        match adjustment.residual {
            Residual::Fixed => {}
            Residual::LeastSquares => least_squares(adjustment, influence),
            Residual::RRake => r_rake(adjustment, influence),
        }
    }
}

/// z = u/w, z ← z − X(X'DX)⁻X'Dz with D the weights before, u ← z w.
fn least_squares(adjustment: &Adjustment, influence: &mut [f64]) {
    let records = &adjustment.records;
    let z = per_weight(adjustment, influence);
    let dz: Vec<f64> = z
        .iter()
        .zip(adjustment.before.iter())
        .map(|(z, d)| z * d)
        .collect();
    let by_record = exact_by(&dz, &adjustment.record_of, records.base.len());
    let mut right = vec![0.0; records.targets.len()];
    for (record, &sum) in by_record.iter().enumerate() {
        for (column, value) in records.entries(record) {
            right[column] += sum * value;
        }
    }
    let beta =
        Factor::new(&records.cross_product(&records.base), records.targets.len()).solve(&right);
    let fitted: Vec<f64> = (0..records.base.len())
        .map(|record| {
            records
                .entries(record)
                .map(|(column, value)| beta[column] * value)
                .sum()
        })
        .collect();
    put_back(adjustment, influence, |row, record| z[row] - fitted[record]);
}

/// Ten sweeps over the dimensions of u ← u − w · (unweighted mean of u/w in the category), with the weights after.
fn r_rake(adjustment: &Adjustment, influence: &mut [f64]) {
    let records = &adjustment.records;
    let mut z = per_weight(adjustment, influence);
    let in_sample: Vec<f64> = adjustment
        .record_of
        .iter()
        .map(|record| if *record == MISSING { 0.0 } else { 1.0 })
        .collect();
    let rows = exact_by(&in_sample, &adjustment.record_of, records.base.len());
    // Within a sweep only sums by record change, so the rows are visited once.
    let sums = exact_by(&z, &adjustment.record_of, records.base.len());
    let mut shift = vec![0.0; records.base.len()];
    for _ in 0..R_RAKE_SWEEPS {
        for dimension in 0..records.dimensions {
            let mut total = vec![(0.0, 0.0); records.targets.len()];
            let category =
                |record: usize| records.member[record * records.dimensions + dimension] as usize;
            for record in (0..records.base.len()).filter(|&record| rows[record] > 0.0) {
                if let Some((sum, count)) = total.get_mut(category(record)) {
                    *sum += sums[record] + shift[record] * rows[record];
                    *count += rows[record];
                }
            }
            for record in (0..records.base.len()).filter(|&record| rows[record] > 0.0) {
                if let Some((sum, count)) = total.get(category(record)) {
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
    let copy = z.clone();
    put_back(adjustment, influence, |row, _| copy[row]);
}

fn per_weight(adjustment: &Adjustment, influence: &[f64]) -> Vec<f64> {
    influence
        .iter()
        .zip(adjustment.after.iter())
        .map(|(u, w)| if *w == 0.0 { 0.0 } else { u / w })
        .collect()
}

fn put_back(adjustment: &Adjustment, influence: &mut [f64], value: impl Fn(usize, usize) -> f64) {
    let after = adjustment.after.iter();
    for (row, ((influence, &record), after)) in influence
        .iter_mut()
        .zip(adjustment.record_of.iter())
        .zip(after)
        .enumerate()
    {
        if record != MISSING {
            *influence = value(row, record as usize) * after;
        }
    }
}
