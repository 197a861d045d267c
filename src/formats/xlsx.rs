//! Microdata as a workbook for statisticians: data, codebook, sample, weights, exclusions, notes.
//!
//! Headings are Chinese. Texts are stored as texts, so that none is taken for a formula. Numbers are
//! numbers, and times are those of the clock in Beijing. Rows go to a temporary file at once; a sheet that
//! is full goes on in another.

use std::io::Write;
use std::path::Path;

use rust_xlsxwriter::{DocProperties, Format, Workbook};

use crate::formats::column::{Cell, Column, ColumnKind, RowWriter, Source};
use crate::formats::columns::EXCLUDED;
use crate::formats::export_error::ExportError;
use crate::formats::microdata::{Cells, Microdata};
use crate::formats::stored_number::{beijing, double};
use crate::formats::xlsx_sheet::{Sheets, Value};
use crate::formats::xlsx_tables::tables;
use crate::locale::{Language, text};

/// Days from 1900, where Excel begins to count, to 1970.
const EXCEL_EPOCH: f64 = 25_569.0;

/// Columns of a response in the list of the excluded ones.
const LISTED: [&str; 6] = [
    "response_id",
    "received_at",
    "mode",
    "channel",
    "enumerator",
    EXCLUDED,
];

/// Writes a workbook.
pub struct Xlsx<'m, W: Write + Send> {
    microdata: &'m Microdata<'m>,
    cells: Cells,
    output: W,
    workbook: Workbook,
    data: Sheets,
    excluded: Sheets,
    columns: Vec<XlsxColumn>,
    counts: [u64; 2],
}

struct XlsxColumn {
    codes: Vec<f64>,
    is_listed: bool,
    is_reason: bool,
}

impl<'m, W: Write + Send> Xlsx<'m, W> {
    /// A workbook in `output`; rows wait in files without a name in `folder`.
    ///
    /// # Errors
    /// When there can be no file in `folder`.
    pub fn new(
        microdata: &'m Microdata<'m>,
        cells: Cells,
        output: W,
        folder: &Path,
    ) -> Result<Xlsx<'m, W>, ExportError> {
        let mut workbook = Workbook::new();
        workbook.set_tempdir(folder)?;
        Ok(Xlsx {
            microdata,
            cells,
            output,
            workbook,
            data: Sheets::new(&text(Language::ZH, "formats.sheet_data"), true),
            excluded: Sheets::new(&text(Language::ZH, "formats.sheet_excluded"), true),
            columns: Vec::new(),
            counts: [0, 0],
        })
    }
}

impl<W: Write + Send> RowWriter for Xlsx<'_, W> {
    fn begin(&mut self, title: &str, columns: &[Column]) -> Result<(), ExportError> {
        let properties = DocProperties::new()
            .set_title(title)
            .set_comment(concat!("minyi ", env!("CARGO_PKG_VERSION")));
        self.workbook.set_properties(&properties);
        let own = columns.iter().map(|column| XlsxColumn {
            codes: match column.has_numeric_codes() && self.cells == Cells::Codes {
                true => column
                    .values
                    .iter()
                    .map(|value| value.code.parse().unwrap_or(0.0))
                    .collect(),
                false => Vec::new(),
            },
            is_listed: LISTED.contains(&column.name.as_str()),
            is_reason: column.source == Source::Excluded,
        });
        self.columns = own.collect();
        let headings = |listed: bool| {
            let own = columns
                .iter()
                .filter(move |column| !listed || LISTED.contains(&column.name.as_str()));
            own.map(|column| {
                let width = match column.kind {
                    ColumnKind::Time => 20.0,
                    ColumnKind::Text => 18.0,
                    _ => 12.0,
                };
                (heading(column), width)
            })
        };
        self.data.begin(headings(false).collect());
        self.excluded.begin(headings(true).collect());
        Ok(())
    }

    fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), ExportError> {
        let last = self.columns.last().zip(cells.last());
        let is_excluded =
            last.is_some_and(|(column, cell)| column.is_reason && *cell != Cell::Empty);
        let values = || self.columns.iter().zip(cells);
        let all = values().map(|(column, cell)| value(column, *cell, self.cells));
        self.data.row(&mut self.workbook, all)?;
        if is_excluded {
            let listed = values().filter(|(column, _)| column.is_listed);
            let listed = listed.map(|(column, cell)| value(column, *cell, Cells::Labels));
            self.excluded.row(&mut self.workbook, listed)?;
        }
        if let Some(count) = self.counts.get_mut(usize::from(is_excluded)) {
            *count += 1;
        }
        Ok(())
    }

    fn finish(&mut self) -> Result<(), ExportError> {
        self.data.finish(&mut self.workbook)?;
        let heading = Format::new().set_bold().set_text_wrap();
        for table in tables(self.microdata, self.counts) {
            if table.is_before_excluded {
                table.write(&mut self.workbook, &heading)?;
            }
        }
        self.excluded.finish(&mut self.workbook)?;
        for table in tables(self.microdata, self.counts) {
            if !table.is_before_excluded {
                table.write(&mut self.workbook, &heading)?;
            }
        }
        self.workbook.save_to_writer(&mut self.output)?;
        self.output.flush()?;
        Ok(())
    }
}

/// What stands above a column: its label and, in brackets, its name.
fn heading(column: &Column) -> String {
    match column.label.get("zh") {
        "" => column.name.clone(),
        label => format!("{label}（{}）", column.name),
    }
}

fn value<'c>(column: &XlsxColumn, cell: Cell<'c>, cells: Cells) -> Value<'c> {
    match cell {
        Cell::Empty | Cell::NotAsked => Value::Empty,
        Cell::Text(text) => Value::Text(text),
        Cell::Whole(whole) => Value::Number(double(whole)),
        Cell::Number { value, .. } => Value::Number(value),
        Cell::Time(time) => Value::Time(double(beijing(time)) / 86_400e6 + EXCEL_EPOCH),
        Cell::Code { label, .. } if cells == Cells::Labels => Value::Text(label),
        Cell::Code { place, code, .. } => match column.codes.get(place) {
            Some(number) => Value::Number(*number),
            None => Value::Text(code),
        },
    }
}
