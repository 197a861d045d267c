//! The base weight of every row: the inverse of its probability of inclusion.
//!
//! Weights of 0 are allowed and mean "out of sample": such rows are in no n and no degree of
//! freedom. Missing, negative or infinite weights are refused, because every figure would be wrong.
//! Weights so small or large that their squares leave the range of a double are refused too.

use std::ops::RangeInclusive;

use serde_json::json;

use crate::estimation::columns::Columns;
use crate::estimation::error::{Code, Error};
use crate::estimation::spec::design::DesignSpec;

/// Weights whose squares, summed over any number of rows, are numbers that a double holds with all
/// its digits (10⁻³⁰⁷ to 10³⁰⁸), with room for the squares of answers.
const WEIGHTS: RangeInclusive<f64> = 1e-100..=1e100;

/// Rows listed in an error.
const LISTED: usize = 20;

/// The base weight d of every row: the column that `spec` names, or 1 where it names none.
///
/// # Errors
/// `INVALID_WEIGHT` if a weight is missing, negative, not finite or outside 10⁻¹⁰⁰ to 10¹⁰⁰, or if
/// no weight is above zero; `UNKNOWN_COLUMN`, `NOT_A_NUMBER`.
pub fn base_weights(columns: &Columns, spec: &DesignSpec) -> Result<Vec<f64>, Error> {
    let Some(name) = &spec.weight else {
        return Ok(vec![1.0; columns.rows()]);
    };
    let weights = columns.get(name)?.to_numbers(name)?.decode();
    let is_usable = |weight: &f64| *weight == 0.0 || WEIGHTS.contains(weight);
    if weights.iter().all(is_usable) && weights.iter().any(|weight| *weight > 0.0) {
        return Ok(weights);
    }
    let rows = |is_refused: &dyn Fn(f64) -> bool| -> Vec<usize> {
        let refused = weights
            .iter()
            .enumerate()
            .filter(|(_, weight)| is_refused(**weight));
        refused.map(|(row, _)| columns.line(row)).collect()
    };
    let invalid = rows(&|weight| !(weight.is_finite() && weight >= 0.0));
    let extreme = rows(&|weight| !is_usable(&weight));
    let (rows, fault) = match (invalid.first(), extreme.first()) {
        (Some(_), _) => (invalid, "is missing, negative or not finite"),
        (None, Some(_)) => {
            let fault = "is outside 1e-100 to 1e100 (multiply all weights by one factor)";
            (extreme, fault)
        }
        (None, None) => (Vec::new(), "is above zero"),
    };
    let first = rows
        .first()
        .map_or_else(String::new, |row| format!(" (first: {row})"));
    let listed: Vec<&usize> = rows.iter().take(LISTED).collect();
    Err(Error::new(
        Code::InvalidWeight,
        format!("weight {name} {fault} in {} rows{first}", rows.len()),
        json!({"column": name, "rows": rows.len(), "first_rows": listed}),
    ))
}
