//! Reading a file in pieces, and putting the pieces together.

use std::io;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use serde_json::json;

use crate::estimation::columns::{Columns, Lines};
use crate::estimation::csv::column::{Cells, join};
use crate::estimation::csv::fault::{LISTED, invalid, unreadable};
use crate::estimation::csv::header::{Header, Plan};
use crate::estimation::csv::input::Source;
use crate::estimation::csv::piece::{Piece, Scratch};
use crate::estimation::csv::wanted::Wanted;
use crate::estimation::error::{Code, Error};

/// Bytes of a piece.
const PIECE: u64 = 2 << 20;

/// Reads the `wanted` columns of a CSV. `progress` is called after each piece with the
/// number of bytes read so far.
///
/// # Errors
/// `CSV_INVALID` for records with too few or too many fields, an open quote, bytes that are not
/// UTF-8, a header with a name twice; `NOT_A_NUMBER` and `NOT_A_CODE` for cells that are not what
/// their column holds, each with the line of the file and the column; `UNKNOWN_COLUMN` with the
/// header.
pub fn read<S: Source + ?Sized>(
    source: &S,
    wanted: &[Wanted],
    progress: &(dyn Fn(u64) + Sync),
) -> Result<Columns, Error> {
    let size = source.size().map_err(|error| unreadable(&error))?;
    let header = Header::read(source, size)?;
    let plan = header.plan(wanted)?;
    let done = AtomicU64::new(0);
    let read_piece = |scratch: &mut Scratch, &(start, end): &(u64, u64)| {
        let piece = Piece::read(
            source,
            size,
            (start, end),
            start == header.end,
            &plan,
            scratch,
        );
        progress(done.fetch_add(end - start, Ordering::Relaxed) + end - start);
        piece
    };
    let scratch = || Scratch::new(plan.width());
    let pieces: io::Result<Vec<Piece>> = cut(header.end, size)
        .par_iter()
        .map_init(scratch, read_piece)
        .collect();
    let mut pieces = pieces.map_err(|error| unreadable(&error))?;
    let chained = pieces
        .iter()
        .zip(pieces.iter().skip(1))
        .all(|(piece, next)| piece.last == next.first);
    if !chained {
        let whole = (header.end, size);
        let piece = Piece::read(source, size, whole, true, &plan, &mut scratch());
        pieces = vec![piece.map_err(|error| unreadable(&error))?];
    }
    assemble(pieces, &plan, header.lines)
}

/// The names in the header of a CSV.
///
/// # Errors
/// `CSV_INVALID` if there is none or it cannot be read.
pub fn header<S: Source + ?Sized>(source: &S) -> Result<Vec<String>, Error> {
    let size = source.size().map_err(|error| unreadable(&error))?;
    Ok(Header::read(source, size)?.names)
}

/// Offsets from `start` to `end` in pieces.
fn cut(start: u64, end: u64) -> Vec<(u64, u64)> {
    std::iter::successors(Some(start), |at| Some(at + PIECE))
        .take_while(|at| *at < end)
        .map(|at| (at, end.min(at + PIECE)))
        .collect()
}

/// Puts the pieces together. The first of them starts `lines` lines after the start of the file.
fn assemble(pieces: Vec<Piece>, plan: &Plan<'_>, lines: usize) -> Result<Columns, Error> {
    refuse(&pieces, plan, lines)?;
    let mut places = Lines::default();
    let (mut rows, mut before) = (0, lines);
    let mut by_column: Vec<Vec<Cells>> = plan.wanted.iter().map(|_| Vec::new()).collect();
    for piece in pieces {
        for (row, line) in piece.jumps {
            places.push(rows + row, before + line + 1);
        }
        rows += piece.rows;
        before += piece.lines;
        for (column, cells) in by_column.iter_mut().zip(piece.columns) {
            column.push(cells);
        }
    }
    let joined: Vec<_> = by_column.into_par_iter().map(join).collect();
    let mut columns = Columns::new();
    for (wanted, column) in plan.wanted.iter().zip(joined) {
        columns.push(wanted.name.clone(), column)?;
    }
    columns.set_lines(places);
    Ok(columns)
}

/// The error that lists the faults of all pieces, if there are any. The first piece starts `lines`
/// lines after the start of the file.
fn refuse(pieces: &[Piece], plan: &Plan<'_>, lines: usize) -> Result<(), Error> {
    let count: usize = pieces.iter().map(|piece| piece.fault_count).sum();
    let mut before = lines;
    let mut listed = Vec::new();
    let mut code = None;
    for piece in pieces {
        for fault in &piece.faults {
            // Fields may have moved in a broken record, which makes every other fault doubtful.
            if code.is_none() || fault.code == Code::CsvInvalid {
                code = Some(fault.code);
            }
            listed.push(json!({
                "row": before + fault.line + 1,
                "field": fault.field.map(|field| field + 1),
                "column": fault.field.and_then(|field| plan.header.get(field)),
                "value": fault.value,
                "fault": fault.message,
            }));
        }
        before += piece.lines;
    }
    listed.truncate(LISTED);
    code.map_or(Ok(()), |code| Err(invalid(code, &listed, count)))
}
