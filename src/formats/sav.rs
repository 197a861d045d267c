//! SPSS files (.sav): a system file with compressed cases, for SPSS 15 and later, PSPP, R and Python.
//!
//! The format is that of the PSPP developer's guide, "System File Format". Variable and value labels
//! are Chinese. A longer variable label than 255 bytes, or value label than 120 bytes, is cut with an
//! ellipsis, since SPSS takes no longer ones; the codebook of the other formats has them whole.

use std::io::{Seek, SeekFrom, Write};

use crate::formats::column::{Cell, Column, RowWriter};
use crate::formats::export_error::ExportError;
use crate::formats::microdata::Cells;
use crate::formats::sav_cases::Cases;
use crate::formats::sav_dictionary::{CASES_AT, dictionary};
use crate::formats::sav_variable::{Storage, storage};
use crate::formats::stored_number::{beijing, double};

/// Seconds from 14 October 1582, where SPSS begins to count, to 1970.
const SPSS_EPOCH: f64 = 12_219_379_200.0;

/// Writes a .sav file.
pub struct Sav<W: Write + Seek> {
    cells: Cells,
    output: W,
    cases: Cases,
    columns: Vec<SavColumn>,
    rows: u32,
}

struct SavColumn {
    name: String,
    storage: Storage,
    /// The codes as numbers.
    numbers: Vec<f64>,
}

impl<W: Write + Seek> Sav<W> {
    /// A file in `output`, which is at its beginning. The columns must have been measured.
    pub fn new(cells: Cells, output: W) -> Sav<W> {
        Sav {
            cells,
            output,
            cases: Cases::default(),
            columns: Vec::new(),
            rows: 0,
        }
    }
}

impl<W: Write + Seek> RowWriter for Sav<W> {
    fn begin(&mut self, title: &str, columns: &[Column]) -> Result<(), ExportError> {
        let head = dictionary(title, columns, self.cells, jiff::Timestamp::now())?;
        self.output.write_all(&head)?;
        let stored = columns.iter().map(|column| SavColumn {
            name: column.name.clone(),
            storage: storage(column, self.cells),
            numbers: column
                .values
                .iter()
                .map(|value| value.code.parse().unwrap_or(f64::NAN))
                .collect(),
        });
        self.columns = stored.collect();
        Ok(())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), ExportError> {
        for (column, cell) in self.columns.iter().zip(cells) {
            match column.storage {
                Storage::Text(width) => {
                    let text = text(*cell, self.cells);
                    if text.len() > width {
                        return Err(ExportError::too_long(&column.name, text.len(), width));
                    }
                    self.cases.text(text.as_bytes(), width);
                }
                Storage::Number | Storage::Time => {
                    let number = number(*cell, &column.numbers);
                    let number = number.ok_or_else(|| ExportError::no_number(&column.name))?;
                    self.cases.number(number);
                }
            }
        }
        self.rows = self.rows.saturating_add(1);
        self.cases.write_full(&mut self.output)?;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        self.cases.finish(&mut self.output)?;
        self.output.seek(SeekFrom::Start(CASES_AT))?;
        let rows = i32::try_from(self.rows).unwrap_or(-1);
        self.output.write_all(&rows.to_le_bytes())?;
        self.output.seek(SeekFrom::End(0))?;
        self.output.flush()?;
        Ok(())
    }
}

/// The text of a cell in a column of texts.
fn text<'c>(cell: Cell<'c>, cells: Cells) -> std::borrow::Cow<'c, str> {
    match (cell, cells) {
        (Cell::Text(text), _) => text.into(),
        (Cell::Code { code, .. }, Cells::Codes) => code.into(),
        (Cell::Code { label, .. }, Cells::Labels) => label.into(),
        (Cell::Whole(whole), _) => whole.to_string().into(),
        (Cell::Number { value, .. }, _) => value.to_string().into(),
        (Cell::Time(time), _) => time.to_string().into(),
        (Cell::Empty | Cell::NotAsked, _) => "".into(),
    }
}

/// The number of a cell in a column of numbers: NaN if it is empty, `None` if it is none.
fn number(cell: Cell<'_>, codes: &[f64]) -> Option<f64> {
    match cell {
        Cell::Empty | Cell::NotAsked => Some(f64::NAN),
        Cell::Whole(whole) => Some(double(whole)),
        Cell::Number { value, .. } => Some(value),
        Cell::Time(time) => Some(double(beijing(time)) / 1e6 + SPSS_EPOCH),
        Cell::Code { place, .. } => codes.get(place).copied(),
        Cell::Text(_) => None,
    }
}
