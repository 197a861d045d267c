//! Trimming weights to limits, as R's `trimWeights`.

use serde_json::json;

use crate::estimation::count::count;
use crate::estimation::error::{Code, Error};
use crate::estimation::spec::weighting::TrimSpec;
use crate::estimation::summation::exact;

/// Weights cut to [lower, upper], what was cut spread equally over the weights inside. With `strict`, weights that this
/// pushes outside are cut in turn, those once cut staying at their limit (`survey` 4.2 and later), until none is outside.
/// Returns the weights and the share of rows changed by a limit. Weights of zero stay zero.
///
/// # Errors
/// `TRIM_INFEASIBLE` if every weight is outside, so that the total cannot be kept.
pub fn trim(weights: &[f64], limits: &TrimSpec) -> Result<(Vec<f64>, f64), Error> {
    let (lower, upper) = (
        limits.lower.unwrap_or(f64::NEG_INFINITY),
        limits.upper.unwrap_or(f64::INFINITY),
    );
    if lower > upper {
        return Err(Error::spec(format!(
            "trim limits [{lower}, {upper}] are the wrong way round"
        )));
    }
    let mut trimmed = weights.to_vec();
    let mut cut = vec![false; weights.len()];
    let in_sample = weights.iter().filter(|weight| **weight != 0.0).count();
    loop {
        let mut outside = false;
        for (weight, cut) in trimmed
            .iter()
            .zip(cut.iter_mut())
            .filter(|(weight, _)| **weight != 0.0)
        {
            let beyond = *weight < lower || *weight > upper;
            outside |= beyond && !*cut;
            *cut |= beyond;
        }
        let cut_rows = cut.iter().filter(|cut| **cut).count();
        if !outside {
            return Ok((trimmed, count(cut_rows) / count(in_sample)));
        }
        if cut_rows == in_sample {
            return Err(Error::new(
                Code::TrimInfeasible,
                format!(
                    "every weight lies outside [{lower}, {upper}], so the total cannot be kept"
                ),
                json!({"lower": lower, "upper": upper}),
            ));
        }
        let trimmings: Vec<f64> = trimmed
            .iter()
            .map(|weight| {
                if *weight == 0.0 {
                    0.0
                } else {
                    weight - weight.clamp(lower, upper)
                }
            })
            .collect();
        let share = exact(&trimmings) / count(in_sample - cut_rows);
        for (weight, cut) in trimmed
            .iter_mut()
            .zip(&cut)
            .filter(|(weight, _)| **weight != 0.0)
        {
            *weight = if *cut {
                weight.clamp(lower, upper)
            } else {
                *weight + share
            };
        }
        if !limits.strict {
            return Ok((trimmed, count(cut_rows) / count(in_sample)));
        }
    }
}
