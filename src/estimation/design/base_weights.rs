//! The base weight of every row: the inverse of its probability of inclusion.
//!
//! Weights of 0 are allowed and mean "out of sample": such rows are in no n and no degree of
//! freedom. Missing, negative or infinite weights are refused, because every figure would be wrong.

use serde_json::json;

use crate::estimation::columns::Columns;
use crate::estimation::error::{Code, Error};
use crate::estimation::spec::design::DesignSpec;

/// Rows listed in an error.
const LISTED: usize = 20;

/// The base weight d of every row: the column that `spec` names, or 1 where it names none.
///
/// # Errors
/// `INVALID_WEIGHT` if a weight is missing, negative or not finite, or if no weight is above zero;
/// `UNKNOWN_COLUMN`, `NOT_A_NUMBER`.
pub fn base_weights(columns: &Columns, spec: &DesignSpec) -> Result<Vec<f64>, Error> {
    let Some(name) = &spec.weight else {
        return Ok(vec![1.0; columns.rows()]);
    };
    let weights = columns.get(name)?.to_numbers(name)?.decode();
    let invalid: Vec<usize> = weights
        .iter()
        .zip(1..)
        .filter(|(weight, _)| !(weight.is_finite() && **weight >= 0.0))
        .map(|(_, row)| row)
        .collect();
    let message = match invalid.first() {
        None if weights.iter().any(|weight| *weight > 0.0) => return Ok(weights),
        None => format!("no row has a weight {name} above zero"),
        Some(first) => format!(
            "weight {name} is missing, negative or not finite in {} rows (first: {first})",
            invalid.len()
        ),
    };
    let first: Vec<&usize> = invalid.iter().take(LISTED).collect();
    Err(Error::new(
        Code::InvalidWeight,
        message,
        json!({"column": name, "rows": invalid.len(), "first_rows": first}),
    ))
}
