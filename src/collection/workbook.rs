//! Reads the first sheet of an XLSX workbook as a table, each cell as a person sees it there.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{DataRef, ExcelDateTime, Reader, SheetType, SheetVisible, Xlsx, XlsxError};

use crate::collection::archive::{self, Refusal};
use crate::collection::table::{Table, TableFault, TableFaultKind, TableRow};

/// Most cells of the sheet.
pub const MOST_CELLS: usize = 200_000;

/// Whether `bytes` is an XLSX workbook, or another ZIP archive.
pub fn is_workbook(bytes: &[u8]) -> bool {
    bytes.starts_with(b"PK\x03\x04")
}

/// Reads the first visible sheet of a workbook. Its first row that is not empty is the heading.
///
/// # Errors
/// All faults of the file, in the order of its rows; only one if it is beyond a limit.
pub fn parse(bytes: &[u8]) -> Result<Table, Vec<TableFault>> {
    let fault = |kind| vec![TableFault { line: 1, kind }];
    let archive = archive::repacked(bytes).map_err(|refusal| fault(kind(refusal)))?;
    // A part of the workbook that the library does not foresee must not end the request.
    let cells = catch_unwind(AssertUnwindSafe(|| cells(archive)));
    let damaged = || fault(TableFaultKind::WorkbookDamaged);
    let rows = cells.map_err(|_| damaged())?.map_err(|error| match error {
        Unread::Cells => fault(TableFaultKind::WorkbookCells),
        Unread::Damaged => damaged(),
    })?;
    table(rows)
}

fn kind(refusal: Refusal) -> TableFaultKind {
    match refusal {
        Refusal::File => TableFaultKind::WorkbookSize,
        Refusal::Unpacked => TableFaultKind::WorkbookUnpacked,
        Refusal::DocumentType => TableFaultKind::WorkbookDocumentType,
        Refusal::Damaged => TableFaultKind::WorkbookDamaged,
    }
}

/// The cells that are not empty, by row and column, both from 1.
type Rows = BTreeMap<u64, BTreeMap<usize, String>>;

/// Why the cells were not read.
enum Unread {
    /// There are more than [`MOST_CELLS`].
    Cells,
    /// The workbook is damaged, or has no sheet of cells.
    Damaged,
}

impl From<XlsxError> for Unread {
    fn from(_: XlsxError) -> Unread {
        Unread::Damaged
    }
}

fn cells(archive: Vec<u8>) -> Result<Rows, Unread> {
    let mut workbook: Xlsx<_> = Xlsx::new(Cursor::new(archive))?;
    let sheets = workbook.sheets_metadata().iter();
    let mut shown = sheets.filter(|sheet| {
        sheet.visible == SheetVisible::Visible && sheet.typ == SheetType::WorkSheet
    });
    let name = shown.next().map(|sheet| sheet.name.clone());
    let mut reader = workbook.worksheet_cells_reader(&name.ok_or(Unread::Damaged)?)?;
    let mut rows = Rows::new();
    let mut n_cells = 0;
    while let Some(cell) = reader.next_cell()? {
        n_cells += 1;
        if n_cells > MOST_CELLS {
            return Err(Unread::Cells);
        }
        let shown = shown_as(cell.get_value());
        if shown.trim().is_empty() {
            continue;
        }
        let (row, column) = cell.get_position();
        let column = usize::try_from(column).unwrap_or(usize::MAX);
        let row = rows.entry(u64::from(row).saturating_add(1)).or_default();
        row.insert(column.saturating_add(1), shown);
    }
    // A table has every cell of its rectangle, and a sheet only those that are not empty.
    let n_columns = rows
        .first_key_value()
        .map_or(0, |(_, heading)| heading.len());
    match rows.len().saturating_mul(n_columns) > 2 * MOST_CELLS {
        true => Err(Unread::Cells),
        false => Ok(rows),
    }
}

/// A cell as a person sees it: `1` and not `1.0`, dates as `2026-11-28`.
fn shown_as(value: &DataRef<'_>) -> String {
    match value {
        DataRef::Int(number) => number.to_string(),
        DataRef::Float(number) => number_text(*number),
        DataRef::String(text) => text.clone(),
        DataRef::SharedString(text) => (*text).to_owned(),
        DataRef::Bool(value) => value.to_string().to_uppercase(),
        DataRef::DateTime(time) if time.is_datetime() => time_text(time),
        DataRef::DateTime(time) => number_text(time.as_f64()),
        DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => text.clone(),
        DataRef::Error(error) => error.to_string(),
        DataRef::Empty => String::new(),
    }
}

/// A number with at most 15 digits, as spreadsheet programs show it: 0.1 + 0.2 is `0.3`.
fn number_text(number: f64) -> String {
    let rounded = format!("{number:.14e}").parse().unwrap_or(number);
    match rounded == 0.0 {
        true => "0".to_owned(),
        false => f64::to_string(&rounded),
    }
}

/// `2026-11-28`, with `09:30` or `09:30:05` where it has a time.
fn time_text(time: &ExcelDateTime) -> String {
    let (year, month, day, hour, minute, second, _) = time.to_ymd_hms_milli();
    let date = format!("{year:04}-{month:02}-{day:02}");
    match (hour, minute, second) {
        (0, 0, 0) => date,
        (_, _, 0) => format!("{date} {hour:02}:{minute:02}"),
        _ => format!("{date} {hour:02}:{minute:02}:{second:02}"),
    }
}

/// The table of the cells. Cells outside the named columns are faults.
fn table(mut rows: Rows) -> Result<Table, Vec<TableFault>> {
    let fault = |line, kind| vec![TableFault { line, kind }];
    let Some((heading_line, heading)) = rows.pop_first() else {
        return Err(fault(1, TableFaultKind::Empty));
    };
    if rows.is_empty() {
        return Err(fault(heading_line, TableFaultKind::HeadingOnly));
    }
    let mut table = Table {
        heading_line,
        places: Some(heading.keys().copied().collect()),
        header: heading
            .values()
            .map(|name| name.trim().to_owned())
            .collect(),
        rows: Vec::with_capacity(rows.len()),
    };
    let mut unnamed = BTreeMap::new();
    for (line, mut cells) in rows {
        let named = heading.keys().map(|column| cells.remove(column));
        let own = named.map(|cell| cell.unwrap_or_default().trim().to_owned());
        let own = own.collect();
        table.rows.push(TableRow { line, cells: own });
        for (column, _) in cells {
            unnamed.entry(column).or_insert(line);
        }
    }
    let unnamed = unnamed.into_keys().map(|column| TableFault {
        line: heading_line,
        kind: TableFaultKind::Unnamed { column },
    });
    let faults: Vec<TableFault> = unnamed.collect();
    match faults.is_empty() {
        true => Ok(table),
        false => Err(faults),
    }
}
