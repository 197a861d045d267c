//! The base weight of every row.
#![expect(
    clippy::indexing_slicing,
    reason = "the list is not empty where its first entry is read"
)]

use serde_json::json;

use crate::estimation::columns::Columns;
use crate::estimation::error::{Code, Error};
use crate::estimation::spec::design::DesignSpec;

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
    let bad: Vec<usize> = weights
        .iter()
        .enumerate()
        .filter(|(_, weight)| !(weight.is_finite() && **weight >= 0.0))
        .map(|(row, _)| row + 1)
        .collect();
    if bad.is_empty() && weights.iter().any(|weight| *weight > 0.0) {
        return Ok(weights);
    }
    let message = if bad.is_empty() {
        format!("no row has a weight {name} above zero")
    } else {
        format!(
            "weight {name} is missing, negative or not finite in {} rows (first: {})",
            bad.len(),
            bad[0]
        )
    };
    Err(Error::new(
        Code::InvalidWeight,
        message,
        json!({"column": name, "rows": bad.len(), "first_rows": bad.iter().take(20).collect::<Vec<_>>()}),
    ))
}
