//! Some records, split into fields.
#![expect(
    clippy::indexing_slicing,
    reason = "fields and records below their count"
)]

use std::io;

use csv_core::{ReadRecordResult, Reader};

use crate::estimation::csv::fault::Fault;
use crate::estimation::csv::input::{Input, Source};
use crate::estimation::error::Code;

/// Records that are split before their cells are read: few enough for the second-level cache.
pub(super) const BATCH: usize = 256;

/// Room for the places of one field. If it were a power of two, the places of one record would all
/// be in the same few lines of the processor's cache.
const ROOM: usize = BATCH + 8;

/// Bytes of text after which a batch is read, even if it has few records.
const MOST_TEXT: usize = 1 << 20;

/// How a record ended.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Ended {
    /// With a line feed, or with the file.
    Feed,
    /// With a carriage return, which a line feed may follow.
    Return,
    /// With the file, inside quotes.
    OpenQuote,
}

/// Some records, split into fields.
pub(super) struct Batch {
    width: usize,
    /// The text of all fields.
    text: Vec<u8>,
    filled: usize,
    /// Where the fields of a record end, counted from its start.
    ends: Vec<usize>,
    /// Where the fields start in `text`, and last where the last fields end: by field, then by
    /// record.
    places: Vec<[usize; ROOM]>,
    /// Line on which each record starts.
    pub(super) lines: Vec<usize>,
    /// What is wrong with records as a whole.
    pub(super) broken: Vec<Fault>,
}

impl Batch {
    pub(super) fn new(width: usize) -> Self {
        Self {
            width,
            text: vec![0; 1 << 16],
            filled: 0,
            ends: vec![0; width],
            places: vec![[0; ROOM]; width + 1],
            lines: Vec::with_capacity(BATCH),
            broken: Vec::new(),
        }
    }

    pub(super) fn is_full(&self) -> bool {
        self.lines.len() == BATCH || self.filled > MOST_TEXT
    }

    pub(super) fn clear(&mut self) {
        self.filled = 0;
        self.lines.clear();
    }

    /// Reads a record that starts on `line`. Missing fields are empty, further ones are counted.
    #[inline]
    pub(super) fn read<S: Source + ?Sized>(
        &mut self,
        reader: &mut Reader,
        input: &mut Input<'_, S>,
        line: usize,
    ) -> io::Result<Ended> {
        let start = self.filled;
        let mut surplus = [0; 16];
        let mut fields = 0;
        let ended = loop {
            let rest = input.rest()?;
            // In quotes, a line feed does not end a record: that tells an open quote at the end.
            let at_end = rest.is_empty();
            let bytes = if at_end { b"\n" } else { rest };
            let ends = self.ends.get_mut(fields..).filter(|ends| !ends.is_empty());
            let (result, read, written, ended) = reader.read_record(
                bytes,
                &mut self.text[self.filled..],
                ends.unwrap_or(&mut surplus),
            );
            let last = read.checked_sub(1).map(|at| bytes[at]);
            input.consume(if at_end { 0 } else { read });
            self.filled += written;
            fields += ended;
            match result {
                ReadRecordResult::OutputFull => self.text.resize(self.text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => {}
                ReadRecordResult::InputEmpty if at_end => break Ended::OpenQuote,
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::Record | ReadRecordResult::End => {
                    break if last == Some(b'\r') {
                        Ended::Return
                    } else {
                        Ended::Feed
                    };
                }
            }
        };
        let last = self.filled;
        self.ends
            .get_mut(fields..)
            .unwrap_or_default()
            .fill(last - start);
        let row = self.lines.len();
        self.places[0][row] = start;
        for (places, end) in self.places[1..].iter_mut().zip(&self.ends) {
            places[row] = start + end;
        }
        self.lines.push(line);
        if ended == Ended::OpenQuote || fields != self.width {
            self.note(ended, fields, line);
        }
        Ok(ended)
    }

    #[cold]
    fn note(&mut self, ended: Ended, fields: usize, line: usize) {
        let (field, message) = if ended == Ended::OpenQuote {
            let field = fields.min(self.width.saturating_sub(1));
            (
                Some(field),
                "the quote at its start is not closed".to_owned(),
            )
        } else {
            (
                None,
                format!("{fields} fields, the header has {}", self.width),
            )
        };
        self.broken.push(Fault {
            line,
            field,
            value: None,
            code: Code::CsvInvalid,
            message,
        });
    }

    /// The cells of a field, record by record.
    pub(super) fn cells(&self, field: usize) -> impl ExactSizeIterator<Item = &[u8]> {
        let (starts, ends) = (&self.places[field], &self.places[field + 1]);
        let places = starts.iter().zip(ends).take(self.lines.len());
        places.map(|(start, end)| &self.text[*start..*end])
    }
}
