//! Trimming: weights cut to limits.
//!
//! A few very large weights can carry an estimate. Cutting them trades a little bias for less
//! variance. Prefer bounds inside the calibration: then the margins are met too.

use serde_json::json;

use crate::estimation::count::count;
use crate::estimation::error::{Code, Error};
use crate::estimation::spec::weighting::TrimSpec;
use crate::estimation::summation::exact;

/// Cuts weights to [lower, upper] and spreads what was cut equally over the weights inside.
///
/// # Formula
///
/// ```text
/// cut: w ← clip(w, lower, upper)          others: w ← w + Σ (w − clip(w))/number of others
/// ```
///
/// so the sum stays the same. With `strict`, weights that the spreading moves outside are cut in
/// turn, until none is outside; a weight once cut stays at its limit (`survey` 4.2 and later).
/// Weights of zero stay zero.
///
/// Returns the weights and the share of the rows in the sample that a limit changed, 0 to 1.
///
/// # Example
///
/// ```
/// use minyi::estimation::spec::TrimSpec;
/// use minyi::estimation::weighting::trim::trim;
///
/// let limits = TrimSpec { upper: Some(5.0), lower: None, strict: false };
/// let (weights, share) = trim(&[1.0, 2.0, 9.0, 0.0], &limits)?;
/// assert_eq!((weights, share), (vec![3.0, 4.0, 5.0, 0.0], 1.0 / 3.0));
/// # Ok::<(), minyi::estimation::Error>(())
/// ```
///
/// # Errors
///
/// `TRIM_INFEASIBLE` if every weight is outside, so that the sum cannot be kept; `SPEC_INVALID` if
/// the lower limit is above the upper.
///
/// # Source
///
/// R's `trimWeights`; Potter 1990, Proc. ASA Survey Research Methods.
pub fn trim(weights: &[f64], limits: &TrimSpec) -> Result<(Vec<f64>, f64), Error> {
    let (lower, upper) = (
        limits.lower.unwrap_or(f64::NEG_INFINITY),
        limits.upper.unwrap_or(f64::INFINITY),
    );
    if lower.is_nan() || upper.is_nan() || lower > upper {
        return Err(Error::spec(format!(
            "trim: the lower limit {lower} must not be above the upper limit {upper}"
        )));
    }
    let in_sample = weights.iter().filter(|weight| **weight != 0.0).count();
    let mut trimmed = weights.to_vec();
    let mut cut = vec![false; weights.len()];
    while mark_outside(&trimmed, &mut cut, lower, upper) {
        let cut_rows = cut.iter().filter(|cut| **cut).count();
        if cut_rows == in_sample {
            return Err(Error::new(
                Code::TrimInfeasible,
                format!("every weight lies outside [{lower}, {upper}], so the sum cannot be kept"),
                json!({"lower": lower, "upper": upper}),
            ));
        }
        cut_and_spread(
            &mut trimmed,
            &cut,
            lower,
            upper,
            count(in_sample - cut_rows),
        );
        if !limits.strict {
            break;
        }
    }
    let cut_rows = cut.iter().filter(|cut| **cut).count();
    Ok((trimmed, count(cut_rows) / count(in_sample)))
}

/// Marks the weights outside the limits. Whether one of them was not marked before.
fn mark_outside(weights: &[f64], cut: &mut [bool], lower: f64, upper: f64) -> bool {
    let mut found = false;
    for (weight, cut) in weights.iter().zip(cut) {
        if *weight != 0.0 && (*weight < lower || *weight > upper) {
            found |= !*cut;
            *cut = true;
        }
    }
    found
}

/// Sets the weights that are `cut` to their limit and adds an equal share of what that removes to
/// each of the `inside` others.
fn cut_and_spread(weights: &mut [f64], cut: &[bool], lower: f64, upper: f64, inside: f64) {
    let removed: Vec<f64> = weights
        .iter()
        .map(|weight| {
            if *weight == 0.0 {
                0.0
            } else {
                weight - weight.clamp(lower, upper)
            }
        })
        .collect();
    let share = exact(&removed) / inside;
    for (weight, cut) in weights.iter_mut().zip(cut) {
        if *weight != 0.0 {
            *weight = if *cut {
                weight.clamp(lower, upper)
            } else {
                *weight + share
            };
        }
    }
}
