//! Rows grouped by their auxiliary values.
//!
//! A calibration needs of the rows only how much base weight there is at each value of x. With
//! numeric auxiliaries there may be as many records as rows; with categories alone, as many as
//! cells.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "tables of known shape, codes below their count"
)]

use serde_json::json;

use crate::estimation::columns::{Columns, MISSING};
use crate::estimation::error::{Code, Error};
use crate::estimation::summation::exact;
use crate::estimation::weighting::cells::Cells;
use crate::estimation::weighting::margins::{INTERCEPT, Margin};

/// Groups of rows with the same auxiliary values x: one row of X each.
///
/// X has one column of 0 and 1 for each category, followed by the numeric auxiliaries.
#[derive(Debug, Clone)]
pub struct Records {
    /// Sum of base weights of each record.
    pub base: Vec<f64>,
    /// Columns of X that are 1: `records × dimensions`.
    pub member: Vec<u32>,
    /// Number of categorical dimensions.
    pub dimensions: usize,
    /// Values of the numeric columns of X: `records × numeric`.
    pub values: Vec<f64>,
    /// Number of numeric columns.
    pub numeric: usize,
    /// Population totals T of the columns of X.
    pub targets: Vec<f64>,
}

impl Records {
    /// The records of categorical auxiliaries alone: one per cell of the contingency table.
    #[must_use]
    pub fn of_cells(cells: &Cells) -> Self {
        Self {
            base: cells.base.clone(),
            member: cells.member.clone(),
            dimensions: cells.dimensions,
            values: Vec::new(),
            numeric: 0,
            targets: cells.targets(),
        }
    }

    /// The non-zero entries (column, value) of one row of X.
    pub fn entries(&self, record: usize) -> impl Iterator<Item = (usize, f64)> + Clone + '_ {
        let first = self.targets.len() - self.numeric;
        let members = self.member[record * self.dimensions..(record + 1) * self.dimensions].iter();
        let values = self.values[record * self.numeric..(record + 1) * self.numeric].iter();
        let numeric = values.enumerate();
        members
            .map(|&column| (column as usize, 1.0))
            .chain(numeric.map(move |(at, &value)| (first + at, value)))
    }

    /// x′η of one record; 0 for a record without base weight, which may be of a category that the
    /// margins do not have.
    #[must_use]
    pub fn product(&self, record: usize, eta: &[f64]) -> f64 {
        if self.base[record] == 0.0 {
            return 0.0;
        }
        self.entries(record)
            .map(|(column, value)| eta[column] * value)
            .sum()
    }

    /// X′DX, row-major, for the `weights` D (one per record). A row of X has as many entries as
    /// there are dimensions, so this costs records · dimensions².
    #[must_use]
    pub fn cross_product(&self, weights: &[f64]) -> Vec<f64> {
        let size = self.targets.len();
        let mut matrix = vec![0.0; size * size];
        for (record, &weight) in weights.iter().enumerate() {
            if weight == 0.0 {
                continue;
            }
            for (row, a) in self.entries(record) {
                for (column, b) in self.entries(record) {
                    matrix[row * size + column] += weight * a * b;
                }
            }
        }
        matrix
    }

    /// X′w for the `weights` w (one per record).
    #[must_use]
    pub fn totals(&self, weights: &[f64]) -> Vec<f64> {
        let mut totals = vec![0.0; self.targets.len()];
        for (record, &weight) in weights.iter().enumerate() {
            if weight == 0.0 {
                continue;
            }
            for (column, value) in self.entries(record) {
                totals[column] += weight * value;
            }
        }
        totals
    }
}

/// Groups the rows with a base weight above zero by cell and by the values of the auxiliaries
/// `numeric`.
///
/// The order of the records depends on cells and values only, not on the order of the rows. Returns
/// the records, and for each row the index of its record ([`MISSING`] for rows out of sample).
///
/// # Errors
///
/// `NA_IN_WEIGHTING_VARIABLE` if an auxiliary is missing in a row with a base weight;
/// `UNKNOWN_COLUMN`, `NOT_A_NUMBER`.
pub fn group_rows(
    columns: &Columns,
    base: &[f64],
    cells: &Cells,
    numeric: &[&Margin],
) -> Result<(Records, Vec<u32>), Error> {
    let mut values = Vec::new();
    for margin in numeric {
        values.push(auxiliary(columns, base, margin)?);
    }
    let cell_of = cells.cells.decode(columns.rows());
    // Adding 0 turns −0 into 0, so that both have the same bits.
    let bits = |row: usize| -> Vec<u64> {
        let values = values.iter().map(|column| column[row] + 0.0);
        values.map(f64::to_bits).collect()
    };
    let mut keyed: Vec<((u32, Vec<u64>), usize)> = (0..columns.rows())
        .filter(|&row| base[row] > 0.0)
        .map(|row| ((cell_of[row], bits(row)), row))
        .collect();
    keyed.sort_unstable();
    let mut targets = cells.targets();
    targets.extend(
        numeric
            .iter()
            .flat_map(|margin| margin.cells.iter().take(1).map(|(_, total)| *total)),
    );
    let mut records = Records {
        base: Vec::new(),
        member: Vec::new(),
        dimensions: cells.dimensions,
        values: Vec::new(),
        numeric: numeric.len(),
        targets,
    };
    let mut record_of = vec![MISSING; columns.rows()];
    for group in keyed.chunk_by(|a, b| a.0 == b.0) {
        let ((cell, bits), _) = &group[0];
        let weights: Vec<f64> = group.iter().map(|(_, row)| base[*row]).collect();
        for (_, row) in group {
            record_of[*row] = records.base.len() as u32;
        }
        records.base.push(exact(&weights));
        records.member.extend(cells.members(*cell as usize));
        records
            .values
            .extend(bits.iter().map(|bits| f64::from_bits(*bits)));
    }
    Ok((records, record_of))
}

/// The values of a numeric auxiliary; 1 in every row for the intercept. A missing value in a row
/// with a base weight is an error.
fn auxiliary(columns: &Columns, base: &[f64], margin: &Margin) -> Result<Vec<f64>, Error> {
    let name = margin.variables.first().map_or("", String::as_str);
    if name == INTERCEPT {
        return Ok(vec![1.0; columns.rows()]);
    }
    let values = columns.get(name)?.to_numbers(name)?.decode();
    let missing: Vec<usize> = values
        .iter()
        .zip(base)
        .enumerate()
        .filter(|(_, (value, weight))| value.is_nan() && **weight > 0.0)
        .map(|(row, _)| columns.line(row))
        .collect();
    if missing.is_empty() {
        return Ok(values);
    }
    let rows = missing.len();
    let first: Vec<&usize> = missing.iter().take(10).collect();
    Err(Error::new(
        Code::NaInWeightingVariable,
        format!("{name} is missing for {rows} rows; impute or exclude them first"),
        json!({"categories": [{"variable": name, "missing": rows, "first_rows": first}]}),
    ))
}
