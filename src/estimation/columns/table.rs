//! Named columns of equal length.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "positions found in the same list, rows below their count"
)]

use rayon::prelude::*;
use serde_json::json;

use crate::estimation::columns::column::Column;
use crate::estimation::columns::lines::Lines;
use crate::estimation::error::{Code, Error};

/// Named columns of one length.
#[derive(Debug, Clone, Default)]
pub struct Columns {
    rows: usize,
    names: Vec<String>,
    columns: Vec<Column>,
    lines: Lines,
}

impl Columns {
    /// No column yet; the first one pushed fixes the number of rows.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a column.
    ///
    /// # Errors
    /// `LENGTH_MISMATCH` if it has another length than those before it, `SPEC_INVALID` if the name
    /// is taken.
    pub fn push(&mut self, name: impl Into<String>, column: Column) -> Result<(), Error> {
        let name = name.into();
        if self.names.contains(&name) {
            return Err(Error::spec(format!("column {name} is given twice")));
        }
        if !self.columns.is_empty() && column.len() != self.rows {
            return Err(Error::new(
                Code::LengthMismatch,
                format!(
                    "column {name} has {} rows, the others have {}",
                    column.len(),
                    self.rows
                ),
                json!({"column": name, "rows": column.len(), "expected": self.rows}),
            ));
        }
        self.rows = column.len();
        self.names.push(name);
        self.columns.push(column);
        Ok(())
    }

    /// Sets the lines of the file on which the rows start.
    pub fn set_lines(&mut self, lines: Lines) {
        self.lines = lines;
    }

    /// The number by which a person finds a row: its line in the file that it was read from, or
    /// its position from 1 if there is no file.
    #[must_use]
    pub fn line(&self, row: usize) -> usize {
        self.lines.of(row)
    }

    /// Number of rows.
    #[must_use]
    pub const fn rows(&self) -> usize {
        self.rows
    }

    /// Names in the order of pushing.
    #[must_use]
    pub fn names(&self) -> &[String] {
        &self.names
    }

    /// The column of that name.
    ///
    /// # Errors
    /// `UNKNOWN_COLUMN`, with the names that exist.
    pub fn get(&self, name: &str) -> Result<&Column, Error> {
        match self.names.iter().position(|known| known == name) {
            Some(at) => Ok(&self.columns[at]),
            None => Err(Error::new(
                Code::UnknownColumn,
                format!("there is no column {name}"),
                json!({"column": name, "columns": self.names}),
            )),
        }
    }

    /// Puts a column in the place of one of the same name, or adds it.
    ///
    /// # Errors
    /// As [`Columns::push`].
    pub fn replace(&mut self, name: &str, column: Column) -> Result<(), Error> {
        if let Some(at) = self.names.iter().position(|known| known == name) {
            if column.len() != self.rows {
                return Err(Error::new(
                    Code::LengthMismatch,
                    format!("column {name} has another length"),
                    json!({}),
                ));
            }
            self.columns[at] = column;
            return Ok(());
        }
        self.push(name, column)
    }

    /// The rows for which `keep` is true, as columns of their own.
    ///
    /// For samples that are separate surveys. A domain of one sample is never made this way: its
    /// PSUs without members would be lost.
    #[must_use]
    pub fn select(&self, keep: &[bool]) -> Self {
        let rows: Vec<u32> = (0..)
            .zip(keep)
            .filter(|(_, kept)| **kept)
            .map(|(row, _)| row)
            .collect();
        let columns = self
            .columns
            .par_iter()
            .map(|column| column.gather(&rows))
            .collect();
        let mut lines = Lines::default();
        for (to, &row) in rows.iter().enumerate() {
            lines.push(to, self.line(row as usize));
        }
        Self {
            rows: rows.len(),
            names: self.names.clone(),
            columns,
            lines,
        }
    }
}
