//! The records that start in one piece of a file.
#![expect(clippy::indexing_slicing, reason = "fields and rows below their count")]

use std::io;

use csv_core::Reader;

use crate::estimation::csv::batch::{Batch, Ended};
use crate::estimation::csv::column::Cells;
use crate::estimation::csv::fault::{Fault, LISTED};
use crate::estimation::csv::header::Plan;
use crate::estimation::csv::input::{Input, Source};

/// The records that start in a piece of the file.
pub(super) struct Piece {
    pub(super) rows: usize,
    /// Where the first record starts, and where the first record after the piece does.
    pub(super) first: u64,
    pub(super) last: u64,
    /// Lines from `first` to `last`.
    pub(super) lines: usize,
    /// Rows that do not start on the line after the row before: row, and line from `first`.
    pub(super) jumps: Vec<(usize, usize)>,
    /// The wanted columns.
    pub(super) columns: Vec<Cells>,
    /// The first faults, in the order of rows and fields.
    pub(super) faults: Vec<Fault>,
    /// All faults.
    pub(super) fault_count: usize,
}

/// Buffers that are used again for the next piece.
pub(super) struct Scratch {
    reader: Reader,
    buffer: Vec<u8>,
    batch: Batch,
}

impl Scratch {
    pub(super) fn new(width: usize) -> Self {
        Self {
            reader: Reader::new(),
            buffer: Vec::new(),
            batch: Batch::new(width),
        }
    }
}

impl Piece {
    /// Reads the records that start from offset `start` up to `end`. `at_record`: one starts at
    /// `start`; else the first one starts after the first line break from the byte before it.
    pub(super) fn read<S: Source + ?Sized>(
        source: &S,
        size: u64,
        (start, end): (u64, u64),
        at_record: bool,
        plan: &Plan<'_>,
        Scratch {
            reader,
            buffer,
            batch,
        }: &mut Scratch,
    ) -> io::Result<Self> {
        let mut input = Input::new(source, start - u64::from(!at_record), buffer);
        if !at_record {
            input.skip_line()?;
            input.skip_line_breaks(false)?;
        }
        reader.reset();
        let rows = usize::try_from((end - start) / 64).unwrap_or_default();
        let mut piece = Self {
            rows: 0,
            first: input.position(),
            last: 0,
            lines: 0,
            jumps: Vec::new(),
            columns: plan
                .wanted
                .iter()
                .map(|wanted| Cells::new(wanted, rows))
                .collect(),
            faults: Vec::new(),
            fault_count: 0,
        };
        let mut expected = None;
        while input.position() < end.min(size) {
            if expected != Some(piece.lines) {
                piece.jumps.push((piece.rows, piece.lines));
            }
            expected = Some(piece.lines + 1);
            let before = reader.line();
            let ended = batch.read(reader, &mut input, piece.lines)?;
            piece.rows += 1;
            let within = usize::try_from(reader.line() - before).unwrap_or_default();
            let breaks = input.skip_line_breaks(ended == Ended::Return)?;
            piece.lines += within + breaks;
            if batch.is_full() {
                piece.flush(batch, plan);
            }
        }
        piece.flush(batch, plan);
        piece.last = input.position();
        Ok(piece)
    }

    /// Reads the cells of a batch, column by column, and empties it.
    fn flush(&mut self, batch: &mut Batch, plan: &Plan<'_>) {
        let mut faults = std::mem::take(&mut batch.broken);
        let broken: Vec<usize> = faults.iter().map(|fault| fault.line).collect();
        for ((cells, wanted), &field) in self.columns.iter_mut().zip(plan.wanted).zip(&plan.fields)
        {
            cells.extend(batch.cells(field), wanted, |row, value, code, message| {
                let line = batch.lines[row];
                // In a broken record, cells may be in the wrong columns.
                if !broken.contains(&line) {
                    faults.push(Fault {
                        line,
                        field: Some(field),
                        value: Some(value),
                        code,
                        message,
                    });
                }
            });
        }
        faults.sort_by_key(|fault| (fault.line, fault.field));
        self.fault_count += faults.len();
        faults.truncate(LISTED.saturating_sub(self.faults.len()));
        self.faults.append(&mut faults);
        batch.clear();
    }
}
