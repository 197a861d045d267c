//! Microdata as JSON: one array of objects, one line for each response.
//!
//! A key for each column, in their order. Times are those of Beijing with `+08:00`. An empty cell is null.

use std::io::Write;

use crate::formats::column::{Cell, Column, ColumnKind, RowWriter};
use crate::formats::export_error::ExportError;
use crate::formats::microdata::Cells;
use crate::formats::stored_number::beijing;

/// Writes JSON.
pub struct Json<W: Write> {
    cells: Cells,
    output: W,
    columns: Vec<JsonColumn>,
    row: Vec<u8>,
    is_first: bool,
}

struct JsonColumn {
    /// The key, quoted, with colon.
    key: String,
    /// Whether the codes are numbers.
    is_numeric: bool,
}

impl<W: Write> Json<W> {
    /// Writes to `output`.
    pub fn new(cells: Cells, output: W) -> Json<W> {
        Json {
            cells,
            output,
            columns: Vec::new(),
            row: Vec::new(),
            is_first: true,
        }
    }
}

impl<W: Write> RowWriter for Json<W> {
    fn begin(&mut self, _title: &str, columns: &[Column]) -> Result<(), ExportError> {
        let own = columns.iter().map(|column| JsonColumn {
            key: format!("{}:", serde_json::Value::from(column.name.as_str())),
            is_numeric: column.kind == ColumnKind::Coded && column.has_numeric_codes(),
        });
        self.columns = own.collect();
        self.output.write_all(b"[")?;
        Ok(())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), ExportError> {
        self.row.clear();
        let start: &[u8] = if self.is_first { b"\n{" } else { b",\n{" };
        self.is_first = false;
        self.row.extend(start);
        for (place, (column, cell)) in self.columns.iter().zip(cells).enumerate() {
            if place > 0 {
                self.row.push(b',');
            }
            self.row.extend(column.key.as_bytes());
            value(&mut self.row, *cell, self.cells, column.is_numeric)?;
        }
        self.row.push(b'}');
        self.output.write_all(&self.row)?;
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        self.output.write_all(b"\n]\n")?;
        self.output.flush()?;
        Ok(())
    }
}

fn value(
    row: &mut Vec<u8>,
    cell: Cell<'_>,
    cells: Cells,
    is_numeric: bool,
) -> Result<(), ExportError> {
    match cell {
        Cell::Empty | Cell::NotAsked => row.extend(b"null"),
        Cell::Text(text) => string(row, text)?,
        Cell::Whole(whole) => row.extend(itoa::Buffer::new().format(whole).as_bytes()),
        Cell::Number { value, written } => match written {
            Some(written) => row.extend(written.as_bytes()),
            None => row.extend(value.to_string().as_bytes()),
        },
        Cell::Time(time) => string(row, &clock(time))?,
        Cell::Code { label, .. } if cells == Cells::Labels => string(row, label)?,
        Cell::Code { code, .. } if is_numeric => row.extend(code.as_bytes()),
        Cell::Code { code, .. } => string(row, code)?,
    }
    Ok(())
}

fn string(row: &mut Vec<u8>, text: &str) -> Result<(), ExportError> {
    serde_json::to_writer(row, text).map_err(|error| ExportError::Io(error.into()))
}

/// `2026-06-01T12:00:00+08:00`.
fn clock(time: i64) -> String {
    let local = jiff::Timestamp::from_microsecond(beijing(time));
    let local = local.map(|local| local.to_string()).unwrap_or_default();
    format!("{}+08:00", local.trim_end_matches('Z'))
}
