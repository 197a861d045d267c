//! Which rows are of the probability sample and which of volunteers.

use serde_json::json;

use crate::estimation::columns::Columns;
use crate::estimation::error::{Code, Error};
use crate::estimation::spec::blend::BlendSpec;
use crate::estimation::spec::label::Label;

/// Rows listed in an error.
const LISTED: usize = 10;

/// Whether each row is of the probability sample (the reference) or of a volunteer.
pub(in crate::estimation) struct Modes {
    pub(in crate::estimation) reference: Vec<bool>,
    pub(in crate::estimation) volunteer: Vec<bool>,
}

impl Modes {
    /// Tells the modes of all rows by the column and the codes of `how`.
    ///
    /// # Errors
    ///
    /// `SPEC_INVALID` with the first rows if a row is in neither mode or in both, `UNKNOWN_COLUMN`.
    pub(in crate::estimation) fn new(columns: &Columns, how: &BlendSpec) -> Result<Self, Error> {
        let category = columns.get(&how.mode)?.to_category();
        let codes = category.decode();
        let rows_with = |labels: &[Label]| -> Vec<bool> {
            let is_wanted = |level: &String| labels.iter().any(|label| label.matches(level));
            let wanted: Vec<bool> = category.levels.iter().map(is_wanted).collect();
            let rows = codes.iter().map(|&code| {
                let at = usize::try_from(code).unwrap_or(usize::MAX);
                wanted.get(at).copied().unwrap_or(false)
            });
            rows.collect()
        };
        let modes = Self {
            reference: rows_with(&how.reference),
            volunteer: rows_with(&how.volunteer),
        };
        let rows = modes.reference.iter().zip(&modes.volunteer).enumerate();
        let unclear: Vec<usize> = rows
            .filter(|(_, (reference, volunteer))| reference == volunteer)
            .map(|(row, _)| columns.line(row))
            .collect();
        if unclear.is_empty() {
            return Ok(modes);
        }
        let first: Vec<&usize> = unclear.iter().take(LISTED).collect();
        Err(Error::new(
            Code::SpecInvalid,
            format!(
                "{} rows are of no mode or of both: name every code of {} once in [blend]",
                unclear.len(),
                how.mode
            ),
            json!({"column": how.mode, "levels": *category.levels, "first_rows": first}),
        ))
    }
}

/// The number of rows of the probability sample.
///
/// # Errors
/// Those of [`Modes::new`].
pub(in crate::estimation) fn sampled_rows(
    columns: &Columns,
    how: &BlendSpec,
) -> Result<usize, Error> {
    let modes = Modes::new(columns, how)?;
    Ok(modes.reference.iter().filter(|row| **row).count())
}

/// The `weights` of the rows that are `kept`, in the places of all rows, with 0 for the others.
pub(in crate::estimation) fn spread(kept: &[bool], weights: &[f64]) -> Vec<f64> {
    let mut weights = weights.iter().copied();
    let of_row = |kept: &bool| match kept {
        true => weights.next().unwrap_or(0.0),
        false => 0.0,
    };
    kept.iter().map(of_row).collect()
}
