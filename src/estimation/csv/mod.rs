//! Reading the columns of a CSV file, and nothing else of it.
//!
//! The file is cut into pieces that are read and parsed in parallel; a piece starts after the first line break at or after
//! its offset. That guess is wrong only inside a quoted field with a line break, and then the end of one piece is not the
//! start of the next: the check after the pass notices, and the file is read again in one piece. Columns that are not
//! wanted are skipped without being parsed. A comma separates, double quotes enclose, empty is missing, CRLF and a byte
//! order mark are understood.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "byte positions below the length of the buffer"
)]

mod column;
mod field;
mod piece;

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use serde_json::json;

use super::columns::{Column, Columns};
use super::error::{Code, Error};
use column::{Builder, join};
use field::{Field, field};
use piece::{Fault, Piece};

/// Bytes that can be read at any offset, from several threads.
pub trait Source: Sync {
    /// Number of bytes.
    ///
    /// # Errors
    /// As the source says.
    fn size(&self) -> io::Result<u64>;

    /// Fills `buffer` from `offset`, returning how much there was.
    ///
    /// # Errors
    /// As the source says.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
}

impl Source for [u8] {
    fn size(&self) -> io::Result<u64> {
        Ok(self.len() as u64)
    }

    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = &self[(offset as usize).min(self.len())..];
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        Ok(length)
    }
}

/// How a column is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// As labels.
    Category,
    /// As numbers.
    Number,
}

/// Faults listed before the rest is only counted.
const LISTED: usize = 50;

/// Bytes of a piece.
const PIECE: u64 = 2 << 20;

/// Bytes read past the end of a piece for its last record, at first.
const OVERLAP: usize = 1 << 16;

/// Reads the `wanted` columns of a CSV. `progress` is called now and then with the bytes done.
///
/// # Errors
/// `CSV_INVALID` with row and column of every fault (ragged row, open quote, bytes that are not UTF-8, a header given
/// twice), `NOT_A_NUMBER` likewise, `UNKNOWN_COLUMN` with the header.
pub fn read<S: Source + ?Sized>(
    source: &S,
    wanted: &[(String, Role)],
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Columns, Error> {
    let size = source.size().map_err(|error| unreadable(&error))?;
    let header = Header::read(source, size)?;
    let plan = header.plan(wanted)?;
    let pieces: Vec<(u64, u64)> = cut(header.end, size, PIECE);
    let done = AtomicU64::new(0);
    let read_piece = |buffer: &mut Vec<u8>, &(start, end): &(u64, u64)| {
        let piece = Piece::read(source, start, end, size, start == header.end, &plan, buffer);
        progress(done.fetch_add(end - start, Ordering::Relaxed) + end - start);
        piece
    };
    let mut parsed: Vec<Piece> = pieces
        .par_iter()
        .map_init(Vec::new, read_piece)
        .collect::<Result<_, _>>()
        .map_err(|error| unreadable(&error))?;
    let chained = parsed.windows(2).all(|pair| pair[0].last == pair[1].first);
    if !chained {
        parsed = vec![
            Piece::read(source, header.end, size, size, true, &plan, &mut Vec::new())
                .map_err(|error| unreadable(&error))?,
        ];
    }
    assemble(parsed, &plan)
}

/// The names in the first line of a CSV.
///
/// # Errors
/// `CSV_INVALID` if there is none or it cannot be read.
pub fn header<S: Source + ?Sized>(source: &S) -> Result<Vec<String>, Error> {
    let size = source.size().map_err(|error| unreadable(&error))?;
    Ok(Header::read(source, size)?.names)
}

struct Header {
    names: Vec<String>,
    end: u64,
}

/// Which fields of a record go to which column.
struct Plan {
    /// Per field of the record, the column it fills.
    target: Vec<Option<usize>>,
    names: Vec<String>,
    roles: Vec<Role>,
}

impl Header {
    fn read<S: Source + ?Sized>(source: &S, size: u64) -> Result<Self, Error> {
        let mut buffer = vec![0; OVERLAP.min(size as usize)];
        loop {
            let filled = read_fully(source, 0, &mut buffer).map_err(|error| unreadable(&error))?;
            let bytes = &buffer[..filled];
            let start = if bytes.starts_with(b"\xef\xbb\xbf") {
                3
            } else {
                0
            };
            let mut names: Vec<String> = Vec::new();
            let mut scratch = Vec::new();
            let mut at = start;
            let outcome = loop {
                match field(bytes, at, filled as u64 == size, &mut scratch) {
                    Field::Short => break None,
                    Field::Broken => {
                        return Err(invalid(
                            vec![json!({"row": 0, "fault": "the header has a broken quote"})],
                            1,
                        ));
                    }
                    Field::Value { text, next, ends } => {
                        names.push(String::from_utf8_lossy(text).trim().to_owned());
                        at = next;
                        if ends {
                            break Some(());
                        }
                    }
                }
            };
            if outcome.is_some() {
                let empty = names.iter().all(String::is_empty);
                let twice = names
                    .iter()
                    .enumerate()
                    .find(|(at, name)| !name.is_empty() && names[..*at].contains(name));
                if empty {
                    return Err(invalid(
                        vec![json!({"row": 0, "fault": "there is no header"})],
                        1,
                    ));
                }
                if let Some((_, name)) = twice {
                    return Err(invalid(
                        vec![
                            json!({"row": 0, "column": name, "fault": "the header names it twice"}),
                        ],
                        1,
                    ));
                }
                return Ok(Self {
                    names,
                    end: at as u64,
                });
            }
            if filled as u64 == size {
                return Err(invalid(
                    vec![json!({"row": 0, "fault": "there is no header"})],
                    1,
                ));
            }
            buffer.resize((buffer.len() * 2).min(size as usize), 0);
        }
    }

    fn plan(&self, wanted: &[(String, Role)]) -> Result<Plan, Error> {
        let mut target = vec![None; self.names.len()];
        let (mut names, mut roles) = (Vec::new(), Vec::new());
        let mut unknown = Vec::new();
        for (name, role) in wanted {
            match self.names.iter().position(|known| known == name) {
                Some(at) => {
                    target[at] = Some(names.len());
                    names.push(name.clone());
                    roles.push(*role);
                }
                None => unknown.push(name.clone()),
            }
        }
        if unknown.is_empty() {
            return Ok(Plan {
                target,
                names,
                roles,
            });
        }
        Err(Error::new(
            Code::UnknownColumn,
            format!("the data have no column {}", unknown.join(", ")),
            json!({"columns": unknown, "header": self.names}),
        ))
    }
}

/// Offsets from `start` to `end` in pieces of about `length`.
fn cut(start: u64, end: u64, length: u64) -> Vec<(u64, u64)> {
    let mut pieces = Vec::new();
    let mut at = start;
    while at < end {
        let next = (at + length).min(end);
        pieces.push((at, next));
        at = next;
    }
    pieces
}

/// Puts the pieces together.
fn assemble(pieces: Vec<Piece>, plan: &Plan) -> Result<Columns, Error> {
    refuse_faults(&pieces, plan)?;
    let mut by_column: Vec<Vec<Builder>> = plan
        .names
        .iter()
        .map(|_| Vec::with_capacity(pieces.len()))
        .collect();
    for piece in pieces {
        for (column, builder) in by_column.iter_mut().zip(piece.columns) {
            column.push(builder);
        }
    }
    let made: Vec<Column> = by_column.into_par_iter().map(join).collect();
    let mut columns = Columns::new();
    for (name, column) in plan.names.iter().zip(made) {
        columns.push(name.clone(), column)?;
    }
    Ok(columns)
}

fn refuse_faults(pieces: &[Piece], plan: &Plan) -> Result<(), Error> {
    let count: usize = pieces.iter().map(|piece| piece.fault_count).sum();
    if count == 0 {
        return Ok(());
    }
    let mut listed = Vec::new();
    let mut before = 0;
    let mut only_numbers = true;
    for piece in pieces {
        let mut faults: Vec<&Fault> = piece.faults.iter().collect();
        faults.sort_by_key(|fault| fault.row);
        for fault in faults {
            only_numbers &= fault.number;
            if listed.len() < LISTED {
                let column = fault
                    .column
                    .and_then(|field| plan.target.get(field).copied().flatten())
                    .map(|target| &plan.names[target]);
                listed.push(json!({"row": before + fault.row + 1, "field": fault.column.map(|at| at + 1), "column": column, "fault": fault.message}));
            }
        }
        before += piece.rows;
    }
    let error = invalid(listed, count);
    Err(if only_numbers {
        Error::new(Code::NotANumber, error.message(), error.detail().clone())
    } else {
        error
    })
}

fn invalid(faults: Vec<serde_json::Value>, count: usize) -> Error {
    let first = faults.first().map_or_else(String::new, |fault| {
        let part = |key: &str| {
            fault
                .get(key)
                .filter(|value| !value.is_null())
                .map(|value| value.to_string().replace('"', ""))
        };
        let place = [
            part("row").map(|row| format!("row {row}")),
            part("column").map(|column| format!("column {column}")),
        ];
        let place: Vec<String> = place.into_iter().flatten().collect();
        format!(
            "{}: {}",
            place.join(", "),
            part("fault").unwrap_or_default()
        )
    });
    let more = if count > 1 {
        format!(" and {} more", count - 1)
    } else {
        String::new()
    };
    Error::new(
        Code::CsvInvalid,
        format!("{first}{more}"),
        json!({"faults": faults, "count": count}),
    )
}

fn unreadable(error: &io::Error) -> Error {
    Error::new(
        Code::CsvInvalid,
        format!("the data cannot be read: {error}"),
        json!({"faults": [{"fault": error.to_string()}]}),
    )
}

fn read_fully<S: Source + ?Sized>(source: &S, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
    let mut filled = 0;
    while filled < buffer.len() {
        match source.read_at(offset + filled as u64, &mut buffer[filled..]) {
            Ok(0) => break,
            Ok(count) => filled += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(filled)
}
