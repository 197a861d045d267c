//! The tables of the report as one Excel workbook.
//!
//! Each sheet has the title in A1, then the mark that it is internal, the notes, and one table with one
//! row of headings. No cell is merged and none holds a formula.

use std::io::Write;

use rust_xlsxwriter::{
    DocProperties, Format, FormatAlign, Table as Marked, TableColumn, TableStyle, Workbook,
    Worksheet, XlsxError,
};

use crate::release::report::table::{Cell, Table};

/// Widest column, in characters.
const WIDEST: f64 = 48.0;

/// Most rows that are read to find the width of a column.
const MEASURED: usize = 200;

/// Writes `tables`, one sheet each. `mark` is printed on every sheet: what the file is, and that it is
/// not published.
///
/// # Errors
/// When the workbook cannot be made or written.
pub fn write(
    tables: &[Table],
    mark: &str,
    output: impl Write + Send,
) -> Result<(), std::io::Error> {
    let mut workbook = Workbook::new();
    let first = tables.first().map_or("", |table| table.title.as_str());
    let properties = DocProperties::new().set_title(first).set_comment(mark);
    workbook.set_properties(&properties);
    for (number, table) in (1..).zip(tables) {
        sheet(workbook.add_worksheet(), number, table, mark).map_err(refused)?;
    }
    workbook.save_to_writer(output).map_err(refused)
}

fn refused(error: XlsxError) -> std::io::Error {
    match error {
        XlsxError::IoError(error) => error,
        error => std::io::Error::other(error),
    }
}

fn sheet(sheet: &mut Worksheet, number: u32, table: &Table, mark: &str) -> Result<(), XlsxError> {
    sheet.set_name(&table.name)?;
    let bold = Format::new().set_bold();
    sheet.write_string_with_format(0, 0, &table.title, &bold)?;
    sheet.write_string_with_format(1, 0, mark, &bold)?;
    let mut row = 2;
    for note in &table.notes {
        sheet.write_string(row, 0, note)?;
        row += 1;
    }
    let heading = row;
    if table.rows.is_empty() {
        for (column, text) in (0..).zip(&table.header) {
            sheet.write_string_with_format(heading, column, text, &bold)?;
        }
    }
    for cells in &table.rows {
        row += 1;
        for (column, cell) in (0..).zip(cells) {
            write_cell(sheet, (row, column), cell)?;
        }
    }
    let last = u16::try_from(table.header.len().saturating_sub(1)).unwrap_or(0);
    if row > heading {
        let columns: Vec<_> = table
            .header
            .iter()
            .map(|text| TableColumn::new().set_header(text).set_header_format(&bold))
            .collect();
        let marked = Marked::new()
            .set_name(format!("table_{number}"))
            .set_columns(&columns)
            .set_style(TableStyle::Light1)
            .set_banded_rows(false)
            .set_autofilter(false);
        sheet.add_table(heading, 0, row, last, &marked)?;
    }
    for (column, text) in (0..).zip(&table.header) {
        sheet.set_column_width(column, width(table, usize::from(column), text))?;
    }
    sheet.set_landscape();
    sheet.set_paper_size(9);
    sheet.set_print_fit_to_pages(1, 0);
    sheet.set_repeat_rows(heading, heading)?;
    Ok(())
}

fn write_cell(
    sheet: &mut Worksheet,
    (row, column): (u32, u16),
    cell: &Cell,
) -> Result<(), XlsxError> {
    let right = || Format::new().set_align(FormatAlign::Right);
    match cell {
        Cell::Empty => {}
        Cell::Text(text) => {
            sheet.write_string(row, column, text)?;
        }
        Cell::Count(n) => {
            let format = Format::new().set_num_format("0");
            sheet.write_number_with_format(row, column, exact(*n), &format)?;
        }
        Cell::Number {
            value,
            decimals,
            is_weak: true,
        } => {
            let text = format!("({value:.decimals$})");
            sheet.write_string_with_format(row, column, text, &right())?;
        }
        Cell::Number {
            value, decimals, ..
        } => {
            let pattern = match decimals {
                0 => "0".to_owned(),
                decimals => format!("0.{}", "0".repeat(*decimals)),
            };
            let format = Format::new().set_num_format(pattern);
            sheet.write_number_with_format(row, column, *value, &format)?;
        }
        Cell::Hidden => {
            sheet.write_string_with_format(row, column, "*", &right())?;
        }
    }
    Ok(())
}

/// A count as the number that a cell holds; exact to 4,294,967,295.
fn exact(n: u64) -> f64 {
    f64::from(u32::try_from(n).unwrap_or(u32::MAX))
}

/// The width of a column, in characters of the standard font.
fn width(table: &Table, column: usize, heading: &str) -> f64 {
    let cells = table.rows.iter().take(MEASURED);
    let texts = cells.filter_map(|row| match row.get(column) {
        Some(Cell::Text(text)) => Some(size(text)),
        _ => None,
    });
    let widest = texts.chain([size(heading), 8.0]).fold(0.0, f64::max);
    (widest + 2.0).min(WIDEST)
}

/// The width of a text: a Chinese character is as wide as two digits.
fn size(text: &str) -> f64 {
    let widths = text
        .chars()
        .map(|own| if own.is_ascii() { 1.0 } else { 2.0 });
    widths.sum()
}
