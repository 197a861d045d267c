//! Rows grouped by their auxiliary values.
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
use crate::estimation::weighting::margins::Margin;

/// Groups of rows with the same auxiliary values: their base weight and their row of X.
#[derive(Debug, Clone)]
pub struct Records {
    /// Sum of base weights.
    pub base: Vec<f64>,
    /// Columns of X that are 1: `records × dimensions`.
    pub member: Vec<u32>,
    /// Number of categorical dimensions.
    pub dimensions: usize,
    /// Values of the numeric columns of X, which follow the categories: `records × numeric`.
    pub values: Vec<f64>,
    /// Number of numeric columns.
    pub numeric: usize,
    /// Population totals of the columns of X.
    pub targets: Vec<f64>,
}

impl Records {
    /// Calls `visit` with the non-zero entries (column, value) of row `record` of X.
    pub fn entries(&self, record: usize) -> impl Iterator<Item = (usize, f64)> + Clone + '_ {
        let first = self.targets.len() - self.numeric;
        let members = self.member[record * self.dimensions..(record + 1) * self.dimensions].iter();
        let values = self.values[record * self.numeric..(record + 1) * self.numeric].iter();
        members.map(|&column| (column as usize, 1.0)).chain(
            values
                .enumerate()
                .map(move |(at, &value)| (first + at, value)),
        )
    }

    /// X'DX for the weights `weights`, row-major.
    #[must_use]
    pub fn cross_product(&self, weights: &[f64]) -> Vec<f64> {
        let size = self.targets.len();
        let mut matrix = vec![0.0; size * size];
        for (record, &weight) in weights
            .iter()
            .enumerate()
            .filter(|(_, weight)| **weight != 0.0)
        {
            for (row, a) in self.entries(record) {
                for (column, b) in self.entries(record) {
                    matrix[row * size + column] += weight * a * b;
                }
            }
        }
        matrix
    }

    pub(super) fn totals(&self, weights: &[f64]) -> Vec<f64> {
        let mut totals = vec![0.0; self.targets.len()];
        for (record, &weight) in weights
            .iter()
            .enumerate()
            .filter(|(_, weight)| **weight != 0.0)
        {
            for (column, value) in self.entries(record) {
                totals[column] += weight * value;
            }
        }
        totals
    }
}

/// Groups rows by cell and the values of numeric auxiliaries, in an order that depends on those values alone.
pub(super) fn with_numeric(
    columns: &Columns,
    base: &[f64],
    cells: &Cells,
    numeric: &[&Margin],
) -> Result<(Records, Vec<u32>), Error> {
    let mut values = Vec::new();
    for margin in numeric {
        let name = margin.variables.first().map_or("", String::as_str);
        let decoded = if name == "(Intercept)" {
            vec![1.0; columns.rows()]
        } else {
            columns.get(name)?.to_numbers(name)?.decode()
        };
        let missing: Vec<usize> = decoded
            .iter()
            .zip(base)
            .enumerate()
            .filter(|(_, (value, weight))| value.is_nan() && **weight > 0.0)
            .map(|(row, _)| row + 1)
            .collect();
        if !missing.is_empty() {
            return Err(Error::new(
                Code::NaInWeightingVariable,
                format!(
                    "{name} is missing for {} rows; impute or exclude them first",
                    missing.len()
                ),
                json!({"categories": [{"variable": name, "missing": missing.len(), "first_rows": missing.iter().take(10).collect::<Vec<_>>()}]}),
            ));
        }
        values.push(decoded);
    }
    let cell_of = cells.crossing.decode(columns.rows());
    let key = |row: usize| {
        let numbers: Vec<u64> = values
            .iter()
            .filter_map(|column| column.get(row))
            .map(|value| (value + 0.0).to_bits())
            .collect();
        (cell_of.get(row).copied().unwrap_or(MISSING), numbers)
    };
    let mut keyed: Vec<((u32, Vec<u64>), usize)> = (0..columns.rows())
        .filter(|&row| base.get(row).is_some_and(|weight| *weight > 0.0))
        .map(|row| (key(row), row))
        .collect();
    keyed.sort_unstable();
    let mut records = Records {
        base: Vec::new(),
        member: Vec::new(),
        dimensions: cells.dimensions,
        values: Vec::new(),
        numeric: numeric.len(),
        targets: cells
            .categories
            .iter()
            .map(|category| category.target)
            .collect(),
    };
    records.targets.extend(
        numeric
            .iter()
            .filter_map(|margin| margin.cells.first())
            .map(|(_, total)| *total),
    );
    let mut record_of = vec![MISSING; columns.rows()];
    for group in keyed.chunk_by(|a, b| a.0 == b.0) {
        let Some(((cell, numbers), _)) = group.first() else {
            continue;
        };
        let id = u32::try_from(records.base.len()).unwrap_or(MISSING);
        let weights: Vec<f64> = group
            .iter()
            .filter_map(|(_, row)| base.get(*row))
            .copied()
            .collect();
        records.base.push(exact(&weights));
        records
            .member
            .extend(usize::try_from(*cell).map_or(&[][..], |cell| cells.members(cell)));
        records
            .values
            .extend(numbers.iter().map(|bits| f64::from_bits(*bits)));
        for (_, row) in group {
            if let Some(slot) = record_of.get_mut(*row) {
                *slot = id;
            }
        }
    }
    Ok((records, record_of))
}
