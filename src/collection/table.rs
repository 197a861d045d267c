//! A file of filled-in questionnaires as a table: what spreadsheet programs make of a CSV file, read
//! where it is unambiguous, refused with the line where it is not.

use std::borrow::Cow;
use std::collections::BTreeSet;

use encoding_rs::{GB18030, UTF_16BE, UTF_16LE};

/// A heading and its rows, every cell without spaces at its ends.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Table {
    /// Names of the columns.
    pub header: Vec<String>,
    /// The rows that are not blank; each has as many cells as the heading.
    pub rows: Vec<TableRow>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableRow {
    /// The line of the file on which it begins, from 1.
    pub line: u64,
    /// Its cells.
    pub cells: Vec<String>,
}

/// What is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableFault {
    /// The line of the file, from 1.
    pub line: u64,
    /// What is wrong there.
    pub kind: TableFaultKind,
}

/// The ways a file can fail to be a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TableFaultKind {
    /// The file holds nothing.
    Empty,
    /// There is a heading and no row.
    HeadingOnly,
    /// The file is a workbook of a spreadsheet program.
    Workbook,
    /// The text is neither UTF-8 nor UTF-16 nor GB18030.
    Encoding,
    /// A quote opens here and is never closed: what follows would be one cell.
    OpenQuote,
    /// A cell holds a line break, and its next line looks like a row: a quote may be missing.
    RowInCell {
        /// The line that looks like a row.
        inner: u64,
    },
    /// The row has another number of cells than the heading.
    Cells {
        /// Cells of the row.
        cells: usize,
        /// Columns of the heading.
        columns: usize,
    },
    /// Cells below a column without a name.
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
            Self::Encoding => "encoding",
            Self::OpenQuote => "open_quote",
            Self::RowInCell { .. } => "row_in_cell",
            Self::Cells { .. } => "cells",
            Self::Unnamed { .. } => "unnamed",
        }
    }

    /// The placeholders of the message.
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

/// Reads a CSV file: UTF-8, UTF-16 or GB18030; cells separated by comma, semicolon or tab.
///
/// # Errors
/// Every fault of the file, by line.
pub fn parse(bytes: &[u8]) -> Result<Table, Vec<TableFault>> {
    let fault = |line, kind| vec![TableFault { line, kind }];
    if bytes.starts_with(b"PK\x03\x04") || bytes.starts_with(b"\xD0\xCF\x11\xE0") {
        return Err(fault(1, TableFaultKind::Workbook));
    }
    let text = decoded(bytes).map_err(|line| fault(line, TableFaultKind::Encoding))?;
    let (delimiter, body, skipped) = dialect(&text);
    if body.trim().is_empty() {
        return Err(fault(1, TableFaultKind::Empty));
    }
    if let Some(line) = open_quote(body, delimiter) {
        return Err(fault(line + skipped, TableFaultKind::OpenQuote));
    }
    let mut records = records(body, delimiter, skipped);
    let header: Vec<String> = records.next().map_or_else(Vec::new, |(_, cells)| cells);
    let rows: Vec<(u64, Vec<String>)> = records
        .filter(|(_, cells)| cells.iter().any(|cell| !cell.is_empty()))
        .collect();
    if rows.is_empty() {
        return Err(fault(1 + skipped, TableFaultKind::HeadingOnly));
    }
    fitted(header, rows, delimiter, 1 + skipped)
}

/// The text of the file; or the line from which on it is none.
fn decoded(bytes: &[u8]) -> Result<Cow<'_, str>, u64> {
    let wide = [(UTF_16LE, &b"\xFF\xFE"[..]), (UTF_16BE, &b"\xFE\xFF"[..])];
    for (encoding, mark) in wide {
        if bytes.starts_with(mark) {
            let text = encoding.decode_without_bom_handling_and_without_replacement(
                bytes.get(mark.len()..).unwrap_or_default(),
            );
            return text.ok_or(1);
        }
    }
    match std::str::from_utf8(bytes) {
        Ok(text) => Ok(Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text))),
        Err(error) => GB18030
            .decode_without_bom_handling_and_without_replacement(bytes)
            .ok_or_else(|| {
                let valid = bytes.get(..error.valid_up_to()).unwrap_or_default();
                1 + lines_in(valid)
            }),
    }
}

fn lines_in(bytes: &[u8]) -> u64 {
    let breaks = bytes.iter().filter(|byte| **byte == b'\n').count();
    u64::try_from(breaks).unwrap_or(u64::MAX)
}

/// The delimiter, the text without Excel's line `sep=;`, and the number of lines left out.
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
    // Comma wins where two are as frequent: it comes last, and `max_by_key` takes the last.
    let delimiter = [b'\t', b';', b',']
        .into_iter()
        .max_by_key(|byte| count(*byte));
    (delimiter.unwrap_or(b','), text, 0)
}

/// The line on which a quote opens that is never closed (RFC 4180: a quote opens at the start of a
/// cell; two quotes inside are one).
fn open_quote(text: &str, delimiter: u8) -> Option<u64> {
    let (mut line, mut at_start) = (1, true);
    let mut opened = None;
    let mut bytes = text.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match opened {
            Some(_) if byte == b'"' && bytes.peek() == Some(&b'"') => {
                bytes.next();
            }
            Some(_) if byte == b'"' => opened = None,
            None if byte == b'"' && at_start => opened = Some(line),
            _ => {}
        }
        if byte == b'\n' {
            line += 1;
        }
        at_start = opened.is_none() && (byte == delimiter || byte == b'\n' || byte == b'\r');
    }
    opened
}

/// Line and trimmed cells of every record; lines that hold nothing are passed over.
fn records(
    text: &str,
    delimiter: u8,
    skipped: u64,
) -> impl Iterator<Item = (u64, Vec<String>)> + '_ {
    csv::ReaderBuilder::new()
        .has_headers(false)
        .flexible(true)
        .delimiter(delimiter)
        .from_reader(text.as_bytes())
        .into_records()
        // The text is UTF-8 and rows may have any length, so that no record is refused.
        .filter_map(Result::ok)
        .map(move |record| {
            // The reader's position is before the blank lines that it skips.
            let place = record
                .position()
                .cloned()
                .unwrap_or_else(csv::Position::new);
            let start = usize::try_from(place.byte()).unwrap_or(usize::MAX);
            let rest = text.as_bytes().get(start..).unwrap_or_default();
            let blank = rest.iter().take_while(|byte| matches!(byte, b'\r' | b'\n'));
            let blank = blank.filter(|byte| **byte == b'\n').count();
            let line = place.line() + skipped + u64::try_from(blank).unwrap_or(0);
            (
                line,
                record.iter().map(|cell| cell.trim().to_owned()).collect(),
            )
        })
}

/// The table, with empty columns and cells at the end of rows left out.
fn fitted(
    mut header: Vec<String>,
    rows: Vec<(u64, Vec<String>)>,
    delimiter: u8,
    first_line: u64,
) -> Result<Table, Vec<TableFault>> {
    while header.last().is_some_and(String::is_empty) {
        header.pop();
    }
    let columns = header.len();
    let mut faults = Vec::new();
    let mut unnamed = BTreeSet::new();
    let mut table = Table::default();
    for (line, mut cells) in rows {
        while cells.len() > columns && cells.last().is_some_and(String::is_empty) {
            cells.pop();
        }
        if let Some(inner) = row_in_cell(&cells, line, columns, delimiter) {
            let kind = TableFaultKind::RowInCell { inner };
            faults.push(TableFault { line, kind });
        } else if cells.len() != columns {
            let cells = cells.len();
            let kind = TableFaultKind::Cells { cells, columns };
            faults.push(TableFault { line, kind });
        }
        let nameless = header.iter().zip(&cells).enumerate();
        unnamed.extend(nameless.filter_map(|(place, (name, cell))| {
            (name.is_empty() && !cell.is_empty()).then_some(place + 1)
        }));
        table.rows.push(TableRow { line, cells });
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

/// The first line inside a cell that has as many delimiters as a whole row of three cells or more:
/// most likely a quote is missing, and the cell has swallowed rows.
fn row_in_cell(cells: &[String], line: u64, columns: usize, delimiter: u8) -> Option<u64> {
    let mut inner_line = line;
    for cell in cells {
        for (number, inner) in cell.lines().enumerate() {
            if number > 0 {
                inner_line += 1;
                let delimiters = memchr::memchr_iter(delimiter, inner.as_bytes()).count();
                if columns > 2 && delimiters + 1 >= columns {
                    return Some(inner_line);
                }
            }
        }
    }
    None
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
    fn what_spreadsheets_make_of_one_table_is_read_as_the_same_table() {
        let expected = vec![vec!["a", "b"], vec!["1", "好"], vec!["2", ""]];
        let wide = |text: &str| -> Vec<u8> {
            let units = text.encode_utf16().flat_map(u16::to_le_bytes);
            [0xFF, 0xFE].into_iter().chain(units).collect()
        };
        let (gb18030, _, _) = GB18030.encode("a,b\n1,好\n2,\n");
        let variants: [Vec<u8>; 9] = [
            b"a,b\n1,\xE5\xA5\xBD\n2,\n".to_vec(),
            "\u{feff}a,b\r\n1,好\r\n2,\r\n".into(),
            "sep=;\r\na;b\r\n1;好\r\n2;\r\n".into(),
            "a;b\n1;好\n2;\n".into(),
            "a\tb\n1\t好\n2\t\n".into(),
            "a,b,,\n1,好,,\n\n\n2,,,\n,,,\n".into(),
            " a ,b\n\"1\", 好\n2,".into(),
            wide("a\tb\n1\t好\n2\t\n"),
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
    fn lines_are_those_of_the_file() {
        let table = parse(b"sep=,\na,b\n\n\n1,2\n\"x\ny\",3\n4,5\n").unwrap();
        let lines: Vec<u64> = table.rows.iter().map(|row| row.line).collect();
        assert_eq!(lines, [5, 6, 8]);
    }

    #[test]
    fn a_file_that_is_no_table_says_what_it_is() {
        assert_eq!(faults(""), [(1, "empty")]);
        assert_eq!(faults(" \n\n"), [(1, "empty")]);
        assert_eq!(faults("a,b\n"), [(1, "heading_only")]);
        assert_eq!(faults("a,b\n,\n"), [(1, "heading_only")]);
        assert_eq!(faults("PK\u{3}\u{4}…"), [(1, "workbook")]);
        assert_eq!(faults("a,b\n1\n2,3,4\n5,6\n"), [(2, "cells"), (3, "cells")]);
        assert_eq!(faults("a,,b\n1,,2\n1,x,2\n"), [(1, "unnamed")]);
        let broken = parse(b"a,b\n1,\xFF\xFF\n").unwrap_err();
        assert_eq!((broken[0].line, broken[0].kind.key()), (2, "encoding"));
    }

    #[test]
    fn a_quote_that_is_not_closed_is_named_and_one_that_is_closed_rows_later_too() {
        assert_eq!(faults("a,b\n1,\"x\n2,y\n3,z\n"), [(2, "open_quote")]);
        assert_eq!(faults("a,b\n1,x\n2,\"\"\"y\n3,z\n"), [(3, "open_quote")]);
        assert_eq!(
            faults("a,b,c\n1,2,\"x\n2,3,y\n3,4,z\"\n4,5,u\n"),
            [(2, "row_in_cell")]
        );
        // Quotes inside a cell open nothing, and a line break alone is no row.
        let table =
            parse("a,b\n1,5\" screen\n2,\"said \"\"no\"\"\nand left\"\n".as_bytes()).unwrap();
        assert_eq!(table.rows.len(), 2);
    }
}
