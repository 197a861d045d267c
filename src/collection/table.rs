//! Reads a CSV file of filled-in questionnaires, in the variants that spreadsheet programs write. A
//! file that is ambiguous is refused, with the line.

use std::borrow::Cow;
use std::collections::BTreeSet;

use encoding_rs::{Encoding, GB18030, UTF_16BE, UTF_16LE};

/// A heading and its rows. Cells have no spaces at their ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// The line of the heading, from 1.
    pub heading_line: u64,
    /// In a workbook, the column of the sheet for each column of the heading, from 1. `None` for a
    /// text file, whose columns have no letters.
    pub places: Option<Vec<usize>>,
    /// Names of the columns.
    pub header: Vec<String>,
    /// The rows that are not empty; each has as many cells as the heading.
    pub rows: Vec<TableRow>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRow {
    /// The line of the file where the row begins, from 1.
    pub line: u64,
    /// The cells of the row.
    pub cells: Vec<String>,
}

/// A fault of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFault {
    /// The line of the file, from 1.
    pub line: u64,
    /// What is wrong there.
    pub kind: TableFaultKind,
}

/// The kinds of faults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableFaultKind {
    /// The file is empty.
    Empty,
    /// There is a heading but no row.
    HeadingOnly,
    /// The file is a workbook of an old format, or with a password.
    Workbook,
    /// The workbook is too large a file.
    WorkbookSize,
    /// The workbook unpacks to too much, or has too many parts.
    WorkbookUnpacked,
    /// The sheet has too many cells.
    WorkbookCells,
    /// The workbook declares a document type.
    WorkbookDocumentType,
    /// The workbook is damaged, or the file is another archive.
    WorkbookDamaged,
    /// The text is neither UTF-8 nor UTF-16 nor GB18030.
    Encoding,
    /// A quote opens here and is never closed, so the rest of the file would be one cell.
    OpenQuote,
    /// A cell contains a line break, and its next line looks like a row. A quote may be missing.
    RowInCell {
        /// The line that looks like a row.
        inner: u64,
    },
    /// The row has more or fewer cells than the heading.
    Cells {
        /// Number of cells of the row.
        cells: usize,
        /// Number of columns of the heading.
        columns: usize,
    },
    /// There are cells in a column without a name.
    Unnamed {
        /// The column, from 1.
        column: usize,
    },
}

impl TableFaultKind {
    /// A stable name, for message keys.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::HeadingOnly => "heading_only",
            Self::Workbook => "workbook",
            Self::WorkbookSize => "workbook_size",
            Self::WorkbookUnpacked => "workbook_unpacked",
            Self::WorkbookCells => "workbook_cells",
            Self::WorkbookDocumentType => "workbook_document_type",
            Self::WorkbookDamaged => "workbook_damaged",
            Self::Encoding => "encoding",
            Self::OpenQuote => "open_quote",
            Self::RowInCell { .. } => "row_in_cell",
            Self::Cells { .. } => "cells",
            Self::Unnamed { .. } => "unnamed",
        }
    }

    /// The values for the message's placeholders.
    pub fn values(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::RowInCell { inner } => vec![("inner", inner.to_string())],
            Self::Cells { cells, columns } => {
                vec![
                    ("cells", cells.to_string()),
                    ("columns", columns.to_string()),
                ]
            }
            Self::Unnamed { column } => vec![("column", column.to_string())],
            _ => Vec::new(),
        }
    }
}

/// Reads a CSV file: UTF-8, UTF-16 or GB18030, with cells separated by comma, semicolon or tab.
///
/// # Errors
/// All faults of the file, in the order of their lines.
pub fn parse(bytes: &[u8]) -> Result<Table, Vec<TableFault>> {
    let fault = |line, kind| vec![TableFault { line, kind }];
    if bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        return Err(fault(1, TableFaultKind::Workbook));
    }
    let text = decode(bytes).map_err(|line| fault(line, TableFaultKind::Encoding))?;
    let (delimiter, body, skipped) = dialect(&text);
    if body.trim().is_empty() {
        return Err(fault(1, TableFaultKind::Empty));
    }
    if let Some(line) = open_quote(body, delimiter) {
        return Err(fault(line + skipped, TableFaultKind::OpenQuote));
    }
    let mut records = records(body, delimiter, skipped);
    let (first_line, header) = records.next().unwrap_or_default();
    let rows = records.map(|(line, cells)| TableRow { line, cells });
    let rows: Vec<TableRow> = rows
        .filter(|row| row.cells.iter().any(|cell| !cell.trim().is_empty()))
        .collect();
    if rows.is_empty() {
        return Err(fault(first_line, TableFaultKind::HeadingOnly));
    }
    fit_rows(&header, rows, delimiter, first_line)
}

/// Decodes the file. The error is the line with the first invalid character.
fn decode(bytes: &[u8]) -> Result<Cow<'_, str>, u64> {
    if let Some((encoding, mark)) = wide_encoding(bytes) {
        let text = bytes.get(mark..).unwrap_or_default();
        let text = encoding.decode_without_bom_handling_and_without_replacement(text);
        return text.ok_or(1);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text))),
        Err(error) => GB18030
            .decode_without_bom_handling_and_without_replacement(bytes)
            .ok_or_else(|| {
                let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
                1 + breaks_in(valid, None)
            }),
    }
}

/// The encoding of a file in UTF-16 and the length of its byte order mark. Without a mark, UTF-16
/// is recognised by a zero byte in the first letter.
fn wide_encoding(bytes: &[u8]) -> Option<(&'static Encoding, usize)> {
    match bytes {
        [0xFF, 0xFE, ..] => Some((UTF_16LE, 2)),
        [0xFE, 0xFF, ..] => Some((UTF_16BE, 2)),
        [1..=0xFF, 0, ..] => Some((UTF_16LE, 0)),
        [0, 1..=0xFF, ..] => Some((UTF_16BE, 0)),
        _ => None,
    }
}

/// Number of line breaks in `bytes`: LF, CR, or CR and LF together. `before` is the byte before
/// them.
fn breaks_in(bytes: &[u8], before: Option<u8>) -> u64 {
    let mut before = before;
    let mut breaks = 0;
    for byte in bytes {
        if *byte == b'\r' || (*byte == b'\n' && before != Some(b'\r')) {
            breaks += 1;
        }
        before = Some(*byte);
    }
    breaks
}

/// The delimiter, the text without Excel's first line `sep=;`, and the number of lines removed.
fn dialect(text: &str) -> (u8, &str, u64) {
    let first = text.lines().next().unwrap_or_default();
    let named = first
        .get(..4)
        .filter(|start| start.eq_ignore_ascii_case("sep="));
    if named.is_some()
        && let [delimiter] = first.as_bytes().get(4..).unwrap_or_default()
    {
        let body = text.get(first.len()..).unwrap_or_default();
        let body = body.strip_prefix('\r').unwrap_or(body);
        return (*delimiter, body.strip_prefix('\n').unwrap_or(body), 1);
    }
    let heading = text.lines().find(|line| !line.trim().is_empty());
    let heading = heading.unwrap_or_default().as_bytes();
    let count = |delimiter: u8| memchr::memchr_iter(delimiter, heading).count();
    // If two are equally frequent, the comma is used: `max_by_key` returns the last one.
    let delimiter = [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|byte| count(*byte));
    (delimiter.unwrap_or(b','), text, 0)
}

/// The line of a quote that opens but is never closed. A quote opens only at the start of a cell,
/// and two quotes inside a quoted cell are one character (RFC 4180).
fn open_quote(text: &str, delimiter: u8) -> Option<u64> {
    let mut at_start = true;
    let mut opened = None;
    let mut bytes = text.bytes().enumerate().peekable();
    while let Some((position, byte)) = bytes.next() {
        match opened {
            Some(_) if byte == b'"' && bytes.peek().is_some_and(|(_, next)| *next == b'"') => {
                bytes.next();
            }
            Some(_) if byte == b'"' => opened = None,
            None if byte == b'"' && at_start => opened = Some(position),
            _ => {}
        }
        at_start = opened.is_none() && (byte == delimiter || byte == b'\n' || byte == b'\r');
    }
    let before = text.as_bytes().get(..opened?).unwrap_or_default();
    Some(1 + breaks_in(before, None))
}

/// Line and cells of every record. Empty lines are skipped.
fn records(
    text: &str,
    delimiter: u8,
    skipped: u64,
) -> impl Iterator<Item = (u64, Vec<String>)> + '_ {
    let (mut line, mut counted) = (1 + skipped, 0_usize);
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
        .into_records()
        // Never an error: the text is UTF-8, and rows may have any length.
        .filter_map(Result::ok)
        .map(move |record| {
            let bytes = text.as_bytes();
            // The reader skips empty lines; the position is before them.
            let start = record.position().map_or(0, csv::Position::byte);
            let start = usize::try_from(start).unwrap_or(usize::MAX);
            let rest = bytes.get(start..).unwrap_or_default();
            let empty = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
            let start = start.saturating_add(empty.count());
            let before = counted.checked_sub(1).and_then(|at| bytes.get(at));
            line += breaks_in(
                bytes.get(counted..start).unwrap_or_default(),
                before.copied(),
            );
            counted = start;
            (line, record.iter().map(str::to_owned).collect())
        })
}

/// Makes the table. Trims cells, removes empty columns and empty cells at the end of rows, and
/// checks the number of cells.
fn fit_rows(
    header: &[String],
    rows: Vec<TableRow>,
    delimiter: u8,
    first_line: u64,
) -> Result<Table, Vec<TableFault>> {
    let mut header = trimmed(header);
    while header.last().is_some_and(String::is_empty) {
        header.pop();
    }
    let columns = header.len();
    let mut faults = Vec::new();
    let mut unnamed = BTreeSet::new();
    let mut table = Table {
        heading_line: first_line,
        ..Table::default()
    };
    for mut row in rows {
        let line = row.line;
        let inner = row_in_cell(&row.cells, line, columns, delimiter);
        let mut cells = trimmed(&row.cells);
        while cells.len() > columns && cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        if let Some(inner) = inner {
            let kind = TableFaultKind::RowInCell { inner };
            faults.push(TableFault { line, kind });
        } else if cells.len() != columns {
            let cells = cells.len();
            let kind = TableFaultKind::Cells { cells, columns };
            faults.push(TableFault { line, kind });
        }
        let columns = header.iter().zip(&cells).enumerate();
        unnamed.extend(columns.filter_map(|(index, (name, cell))| {
            (name.is_empty() && !cell.is_empty()).then_some(index + 1)
        }));
        row.cells = cells;
        table.rows.push(row);
    }
    let unnamed = unnamed.into_iter().map(|column| TableFault {
        line: first_line,
        kind: TableFaultKind::Unnamed { column },
    });
    faults.extend(unnamed);
    faults.sort_by_key(|fault| fault.line);
    table.header = header;
    match faults.is_empty() {
        true => Ok(table),
        false => Err(faults),
    }
}

fn trimmed(cells: &[String]) -> Vec<String> {
    cells.iter().map(|cell| cell.trim().to_owned()).collect()
}

/// The first line inside a cell that looks like a row, because it has as many delimiters as a row
/// of three or more cells. Most likely a quote is missing, and the cell contains whole rows.
fn row_in_cell(cells: &[String], line: u64, columns: usize, delimiter: u8) -> Option<u64> {
    let mut inner_line = line;
    for cell in cells {
        for (number, inner) in cell.lines().enumerate() {
            inner_line += u64::from(number > 0);
            let delimiters = memchr::memchr_iter(delimiter, inner.as_bytes()).count();
            if number > 0 && columns > 2 && delimiters + 1 >= columns {
                return Some(inner_line);
            }
        }
    }
    None
}

/// The letters of a column of a sheet, from 1: `A` to `Z`, then `AA`.
pub fn column_letters(mut column: usize) -> String {
    let mut letters = Vec::new();
    while let Some(rest) = column.checked_sub(1) {
        let letter = u8::try_from(rest % 26).unwrap_or_default();
        letters.push(char::from(b'A' + letter));
        column = rest / 26;
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(bytes: &[u8]) -> Vec<Vec<String>> {
        let table = parse(bytes).unwrap();
        let mut all = vec![table.header];
        all.extend(table.rows.into_iter().map(|row| row.cells));
        all
    }

    fn faults(text: &str) -> Vec<(u64, &'static str)> {
        let faults = parse(text.as_bytes()).unwrap_err();
        faults
            .iter()
            .map(|fault| (fault.line, fault.kind.key()))
            .collect()
    }

    #[test]
    fn all_variants_of_a_table_that_spreadsheets_write_are_read_as_the_same_table() {
        let expected = vec![vec!["a", "b"], vec!["1", "好"], vec!["2", ""]];
        let wide = |text: &str| -> Vec<u8> {
            let units = text.encode_utf16().flat_map(u16::to_le_bytes);
            [0xFF, 0xFE].into_iter().chain(units).collect()
        };
        let (gb18030, _, _) = GB18030.encode("a,b\n1,好\n2,\n");
        let variants: [Vec<u8>; 10] = [
            b"a,b\n1,\xE5\xA5\xBD\n2,\n".to_vec(),
            "\u{feff}a,b\r\n1,好\r\n2,\r\n".into(),
            "sep=;\r\na;b\r\n1;好\r\n2;\r\n".into(),
            "a;b\n1;好\n2;\n".into(),
            "a\tb\n1\t好\n2\t\n".into(),
            "a,b,,\n1,好,,\n\n\n2,,,\n,,,\n".into(),
            " a ,b\n\"1\", 好\n2,".into(),
            wide("a\tb\n1\t好\n2\t\n"),
            wide("a\tb\n1\t好\n2\t\n").split_off(2),
            gb18030.into_owned(),
        ];
        for variant in variants {
            assert_eq!(
                cells(&variant),
                expected,
                "{}",
                String::from_utf8_lossy(&variant)
            );
        }
    }

    #[test]
    fn rows_have_the_line_numbers_of_the_file() {
        let lines = |text: &str| -> Vec<u64> {
            let table = parse(text.as_bytes()).unwrap();
            table.rows.iter().map(|row| row.line).collect()
        };
        let text = "sep=,\na,b\n\n\n1,2\n\"x\ny\",3\n\n4,5\n\n\n6,7";
        assert_eq!(lines(text), [5, 6, 9, 12]);
        assert_eq!(lines(&text.replace('\n', "\r\n")), [5, 6, 9, 12]);
        assert_eq!(lines("\n\na,b\n1,2\n,\n\n3,4\n"), [4, 7]);
        assert_eq!(lines("a,b\r1,2\r\r3,4\r"), [2, 4]);
    }

    #[test]
    fn a_file_that_is_not_a_table_is_refused_with_the_reason() {
        assert_eq!(faults(""), [(1, "empty")]);
        assert_eq!(faults(" \n\n"), [(1, "empty")]);
        assert_eq!(faults("a,b\n"), [(1, "heading_only")]);
        assert_eq!(faults("a,b\n,\n"), [(1, "heading_only")]);
        assert_eq!(
            parse(b"\xD0\xCF\x11\xE0").unwrap_err()[0].kind.key(),
            "workbook"
        );
        assert_eq!(faults("a,b\n1\n2,3,4\n5,6\n"), [(2, "cells"), (3, "cells")]);
        assert_eq!(faults("a,,b\n1,,2\n1,x,2\n"), [(1, "unnamed")]);
        let broken = parse(b"a,b\n1,\xFF\xFF\n").unwrap_err();
        assert_eq!((broken[0].line, broken[0].kind.key()), (2, "encoding"));
    }

    #[test]
    fn a_quote_that_is_never_closed_or_closed_rows_later_is_refused_with_its_line() {
        assert_eq!(faults("a,b\n1,\"x\n2,y\n3,z\n"), [(2, "open_quote")]);
        assert_eq!(faults("a,b\r\n\r\n1,\"x\r\n"), [(3, "open_quote")]);
        assert_eq!(faults("a,b\n1,x\n2,\"\"\"y\n3,z\n"), [(3, "open_quote")]);
        assert_eq!(
            faults("a,b,c\n1,2,\"x\n2,3,y\n3,4,z\"\n4,5,u\n"),
            [(2, "row_in_cell")]
        );
        // A quote inside a cell opens nothing, and a line break alone does not look like a row.
        let table =
            parse("a,b\n1,5\" screen\n2,\"said \"\"no\"\"\nand left\"\n".as_bytes()).unwrap();
        assert_eq!(table.rows.len(), 2);
    }
}
