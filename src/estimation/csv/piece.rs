//! The records that start in one piece of the file: where their fields are, and the faults among them.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "byte positions below the length of the buffer"
)]

use memchr::memchr;
use std::io;

use super::column::Builder;
use super::field::{Field, field};
use super::{LISTED, OVERLAP, Plan, Role, Source, read_fully};

/// The records that start in a piece of the file.
pub(super) struct Piece {
    pub(super) rows: usize,
    pub(super) first: u64,
    pub(super) last: u64,
    pub(super) columns: Vec<Builder>,
    pub(super) faults: Vec<Fault>,
    pub(super) fault_count: usize,
}

pub(super) struct Fault {
    pub(super) row: usize,
    pub(super) column: Option<usize>,
    pub(super) message: String,
    pub(super) number: bool,
}

impl Piece {
    pub(super) fn read<S: Source + ?Sized>(
        source: &S,
        start: u64,
        end: u64,
        size: u64,
        at_record: bool,
        plan: &Plan,
        buffer: &mut Vec<u8>,
    ) -> io::Result<Self> {
        // One byte before the piece tells whether a record starts exactly at it.
        let from = if at_record { start } else { start - 1 };
        let mut overlap = OVERLAP;
        loop {
            let want = ((end - from) as usize + overlap).min((size - from) as usize);
            if buffer.len() < want + PADDING {
                buffer.resize(want + PADDING, 0);
            }
            let filled = read_fully(source, from, &mut buffer[..want])?;
            let whole = from + filled as u64 >= size;
            let limit = (end - from) as usize;
            let plain = memchr(b'"', &buffer[..filled]).is_none();
            let piece = if plain {
                Self::parse_plain(buffer, filled, from, limit, at_record, whole, plan)
            } else {
                Self::parse(&buffer[..filled], from, limit, at_record, whole, plan)
            };
            match piece {
                Some(piece) => return Ok(piece),
                None => overlap *= 4,
            }
        }
    }

    pub(super) fn empty(from: u64, limit: usize, plan: &Plan) -> Self {
        Self {
            rows: 0,
            first: from,
            last: from,
            columns: plan
                .roles
                .iter()
                .map(|role| Builder::new(*role, limit))
                .collect(),
            faults: Vec::new(),
            fault_count: 0,
        }
    }

    /// As [`Piece::parse`] for bytes without quotes, of which `filled` count and [`PADDING`] follow: separators are found
    /// 64 bytes at a time.
    pub(super) fn parse_plain(
        bytes: &[u8],
        filled: usize,
        from: u64,
        limit: usize,
        at_record: bool,
        whole: bool,
        plan: &Plan,
    ) -> Option<Self> {
        let mut piece = Self::empty(from, limit, plan);
        let mut start = 0;
        if !at_record {
            match memchr(b'\n', &bytes[..filled]) {
                Some(newline) => start = newline + 1,
                None if whole => start = filled,
                None => return None,
            }
        }
        piece.first = from + start as u64;
        if start >= limit || start >= filled {
            piece.last = from + start as u64;
            return Some(piece);
        }
        let mut batch = Batch::new(plan.names.len());
        let mut fields = 0;
        let mut base = start;
        while base < filled {
            let mut separators = separators(&bytes[base..base + 64]);
            while separators != 0 {
                let at = base + separators.trailing_zeros() as usize;
                separators &= separators - 1;
                if at >= filled {
                    break;
                }
                let ends = bytes[at] == b'\n';
                let end = if ends && at > start && bytes[at - 1] == b'\r' {
                    at - 1
                } else {
                    at
                };
                // An empty line between records is no record.
                if !(ends && fields == 0 && end == start) {
                    batch.put(plan.target.get(fields), start, end);
                    fields += 1;
                    if ends {
                        piece.end_record(fields, plan, &mut batch, bytes);
                        fields = 0;
                    }
                }
                start = at + 1;
                if ends && start >= limit {
                    piece.flush(&mut batch, bytes, plan);
                    piece.last = from + start as u64;
                    return Some(piece);
                }
            }
            base += 64;
        }
        if !whole {
            return None;
        }
        if start < filled || fields > 0 {
            let end = if filled > start && bytes[filled - 1] == b'\r' {
                filled - 1
            } else {
                filled
            };
            batch.put(plan.target.get(fields), start, end);
            piece.end_record(fields + 1, plan, &mut batch, bytes);
        }
        piece.flush(&mut batch, bytes, plan);
        piece.last = from + filled as u64;
        Some(piece)
    }

    /// Parses the fields of a batch, column by column.
    pub(super) fn flush(&mut self, batch: &mut Batch, bytes: &[u8], plan: &Plan) {
        let before = self.rows - batch.rows;
        let mut faults = Vec::new();
        for (target, column) in self.columns.iter_mut().enumerate() {
            let spans = batch
                .spans
                .iter()
                .skip(target)
                .step_by(batch.width)
                .take(batch.rows);
            match column {
                Builder::Category(category) => category.push_all(bytes, spans, |row, message| {
                    faults.push((row, target, message))
                }),
                Builder::Number(_) => {
                    for (row, &(start, end)) in spans.enumerate() {
                        if let Err(message) = column.push(&bytes[start as usize..end as usize]) {
                            faults.push((row, target, message));
                        }
                    }
                }
            }
        }
        faults.sort_by_key(|(row, target, _)| (*row, *target));
        for (row, target, message) in faults {
            let field = plan.target.iter().position(|own| *own == Some(target));
            self.fault_at(
                before + row,
                field,
                &message,
                plan.roles[target] == Role::Number,
            );
        }
        batch.rows = 0;
        batch.spans.fill((0, 0));
    }

    #[inline]
    pub(super) fn end_record(
        &mut self,
        fields: usize,
        plan: &Plan,
        batch: &mut Batch,
        bytes: &[u8],
    ) {
        let width = plan.target.len();
        if fields != width {
            self.fault(
                None,
                &format!("{fields} fields, the header has {width}"),
                false,
            );
        }
        self.rows += 1;
        batch.rows += 1;
        if batch.rows == BATCH {
            self.flush(batch, bytes, plan);
        }
    }

    /// `None` if the buffer ends before the last record does.
    pub(super) fn parse(
        bytes: &[u8],
        from: u64,
        limit: usize,
        at_record: bool,
        whole: bool,
        plan: &Plan,
    ) -> Option<Self> {
        let mut piece = Self::empty(from, limit, plan);
        let mut at = 0;
        if !at_record {
            match memchr(b'\n', bytes) {
                Some(newline) => at = newline + 1,
                None if whole => at = bytes.len(),
                None => return None,
            }
        }
        piece.first = from + at as u64;
        let mut scratch = Vec::new();
        while at < limit && at < bytes.len() {
            // An empty line between records is no record.
            if bytes[at] == b'\n' || (bytes[at] == b'\r' && bytes.get(at + 1) == Some(&b'\n')) {
                at += if bytes[at] == b'\n' { 1 } else { 2 };
                continue;
            }
            at = piece.record(bytes, at, whole, plan, &mut scratch)?;
            piece.rows += 1;
        }
        piece.last = from + at as u64;
        Some(piece)
    }

    #[inline]
    pub(super) fn record(
        &mut self,
        bytes: &[u8],
        mut at: usize,
        whole: bool,
        plan: &Plan,
        scratch: &mut Vec<u8>,
    ) -> Option<usize> {
        let width = plan.target.len();
        let mut fields = 0;
        loop {
            match field(bytes, at, whole, scratch) {
                Field::Short => return None,
                Field::Broken => {
                    self.fault(
                        Some(fields),
                        "a quote is not closed or is followed by text",
                        false,
                    );
                    // The rest of the line belongs to the broken field.
                    at =
                        memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |newline| at + newline + 1);
                    fields += 1;
                    self.complete(fields.min(width), plan);
                    return Some(at);
                }
                Field::Value { text, next, ends } => {
                    if let Some(Some(target)) = plan.target.get(fields)
                        && let Err(message) = self.columns[*target].push(text)
                    {
                        let number = plan.roles[*target] == Role::Number;
                        self.fault(Some(fields), &message, number);
                    }
                    fields += 1;
                    at = next;
                    if ends {
                        break;
                    }
                }
            }
        }
        if fields != width {
            self.fault(
                None,
                &format!("{fields} fields, the header has {width}"),
                false,
            );
            self.complete(fields.min(width), plan);
        }
        Some(at)
    }

    /// Fills the columns that a faulty record did not reach.
    pub(super) fn complete(&mut self, from: usize, plan: &Plan) {
        for target in plan.target.iter().skip(from).flatten() {
            if self.columns[*target].len() == self.rows {
                let _ = self.columns[*target].push(b"");
            }
        }
    }

    pub(super) fn fault(&mut self, field: Option<usize>, message: &str, number: bool) {
        self.fault_at(self.rows, field, message, number);
    }

    pub(super) fn fault_at(
        &mut self,
        row: usize,
        field: Option<usize>,
        message: &str,
        number: bool,
    ) {
        self.fault_count += 1;
        if self.faults.len() < LISTED {
            self.faults.push(Fault {
                row,
                column: field,
                message: message.to_owned(),
                number,
            });
        }
    }
}

/// Records whose fields are found before they are parsed: few enough for the second-level cache.
pub(super) const BATCH: usize = 256;

/// Where the wanted fields of some records are.
pub(super) struct Batch {
    pub(super) rows: usize,
    pub(super) width: usize,
    /// Start and end, records × wanted columns.
    pub(super) spans: Vec<(u32, u32)>,
}

impl Batch {
    pub(super) fn new(width: usize) -> Self {
        Self {
            rows: 0,
            width,
            spans: vec![(0, 0); BATCH * width],
        }
    }

    #[inline]
    pub(super) fn put(&mut self, target: Option<&Option<usize>>, start: usize, end: usize) {
        if let Some(Some(target)) = target {
            self.spans[self.rows * self.width + target] = (start as u32, end as u32);
        }
    }
}

/// Bytes that may be read past the end of a piece.
pub(super) const PADDING: usize = 128;

/// A bit for every comma and line break among 64 bytes.
#[inline]
pub(super) fn separators(bytes: &[u8]) -> u64 {
    let mut mask = 0;
    for (at, word) in bytes.chunks_exact(8).enumerate() {
        let word = word_at(word, 0);
        let hits = zero_bytes(word ^ (LOW * u64::from(b',')))
            | zero_bytes(word ^ (LOW * u64::from(b'\n')));
        // Gathers the high bit of each byte into one byte.
        mask |= ((hits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * at);
    }
    mask
}

pub(super) const LOW: u64 = 0x0101_0101_0101_0101;

/// The high bit of every byte that is zero.
#[inline]
pub(super) const fn zero_bytes(word: u64) -> u64 {
    const REST: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    !(((word & REST) + REST) | word | REST)
}

#[inline]
pub(super) fn word_at(bytes: &[u8], at: usize) -> u64 {
    bytes[at..]
        .first_chunk::<8>()
        .map_or(0, |word| u64::from_le_bytes(*word))
}
