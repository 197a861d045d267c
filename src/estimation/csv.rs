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

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use memchr::memchr;
use rayon::prelude::*;
use serde_json::json;

use super::columns::{Category, Codes, Column, Columns, MISSING, Numbers, all_numbers, compare_levels};
use super::error::{Code, Error};

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
            let start = if bytes.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
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
                    return Err(invalid(vec![json!({"row": 0, "fault": "there is no header"})], 1));
                }
                if let Some((_, name)) = twice {
                    return Err(invalid(
                        vec![json!({"row": 0, "column": name, "fault": "the header names it twice"})],
                        1,
                    ));
                }
                return Ok(Self {
                    names,
                    end: at as u64,
                });
            }
            if filled as u64 == size {
                return Err(invalid(vec![json!({"row": 0, "fault": "there is no header"})], 1));
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
            return Ok(Plan { target, names, roles });
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

/// The records that start in a piece of the file.
struct Piece {
    rows: usize,
    first: u64,
    last: u64,
    columns: Vec<Builder>,
    faults: Vec<Fault>,
    fault_count: usize,
}

struct Fault {
    row: usize,
    column: Option<usize>,
    message: String,
    number: bool,
}

impl Piece {
    fn read<S: Source + ?Sized>(
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

    fn empty(from: u64, limit: usize, plan: &Plan) -> Self {
        Self {
            rows: 0,
            first: from,
            last: from,
            columns: plan.roles.iter().map(|role| Builder::new(*role, limit)).collect(),
            faults: Vec::new(),
            fault_count: 0,
        }
    }

    /// As [`Piece::parse`] for bytes without quotes, of which `filled` count and [`PADDING`] follow: separators are found
    /// 64 bytes at a time.
    fn parse_plain(
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
    fn flush(&mut self, batch: &mut Batch, bytes: &[u8], plan: &Plan) {
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
                Builder::Category(category) => {
                    category.push_all(bytes, spans, |row, message| faults.push((row, target, message)))
                }
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
            self.fault_at(before + row, field, &message, plan.roles[target] == Role::Number);
        }
        batch.rows = 0;
        batch.spans.fill((0, 0));
    }

    #[inline]
    fn end_record(&mut self, fields: usize, plan: &Plan, batch: &mut Batch, bytes: &[u8]) {
        let width = plan.target.len();
        if fields != width {
            self.fault(None, &format!("{fields} fields, the header has {width}"), false);
        }
        self.rows += 1;
        batch.rows += 1;
        if batch.rows == BATCH {
            self.flush(batch, bytes, plan);
        }
    }

    /// `None` if the buffer ends before the last record does.
    fn parse(
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
    fn record(
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
                    at = memchr(b'\n', &bytes[at..]).map_or(bytes.len(), |newline| at + newline + 1);
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
            self.fault(None, &format!("{fields} fields, the header has {width}"), false);
            self.complete(fields.min(width), plan);
        }
        Some(at)
    }

    /// Fills the columns that a faulty record did not reach.
    fn complete(&mut self, from: usize, plan: &Plan) {
        for target in plan.target.iter().skip(from).flatten() {
            if self.columns[*target].len() == self.rows {
                let _ = self.columns[*target].push(b"");
            }
        }
    }

    fn fault(&mut self, field: Option<usize>, message: &str, number: bool) {
        self.fault_at(self.rows, field, message, number);
    }

    fn fault_at(&mut self, row: usize, field: Option<usize>, message: &str, number: bool) {
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
const BATCH: usize = 256;

/// Where the wanted fields of some records are.
struct Batch {
    rows: usize,
    width: usize,
    /// Start and end, records × wanted columns.
    spans: Vec<(u32, u32)>,
}

impl Batch {
    fn new(width: usize) -> Self {
        Self {
            rows: 0,
            width,
            spans: vec![(0, 0); BATCH * width],
        }
    }

    #[inline]
    fn put(&mut self, target: Option<&Option<usize>>, start: usize, end: usize) {
        if let Some(Some(target)) = target {
            self.spans[self.rows * self.width + target] = (start as u32, end as u32);
        }
    }
}

/// Bytes that may be read past the end of a piece.
const PADDING: usize = 128;

/// A bit for every comma and line break among 64 bytes.
#[inline]
fn separators(bytes: &[u8]) -> u64 {
    let mut mask = 0;
    for (at, word) in bytes.chunks_exact(8).enumerate() {
        let word = word_at(word, 0);
        let hits = zero_bytes(word ^ (LOW * u64::from(b','))) | zero_bytes(word ^ (LOW * u64::from(b'\n')));
        // Gathers the high bit of each byte into one byte.
        mask |= ((hits >> 7).wrapping_mul(0x0102_0408_1020_4080) >> 56) << (8 * at);
    }
    mask
}

const LOW: u64 = 0x0101_0101_0101_0101;

/// The high bit of every byte that is zero.
#[inline]
const fn zero_bytes(word: u64) -> u64 {
    const REST: u64 = 0x7f7f_7f7f_7f7f_7f7f;
    !(((word & REST) + REST) | word | REST)
}

#[inline]
fn word_at(bytes: &[u8], at: usize) -> u64 {
    bytes[at..]
        .first_chunk::<8>()
        .map_or(0, |word| u64::from_le_bytes(*word))
}

enum Field<'a> {
    /// The buffer ends inside the field.
    Short,
    /// Quotes that do not pair.
    Broken,
    /// Text without quotes, the position after the separator, and whether the record ends here.
    Value { text: &'a [u8], next: usize, ends: bool },
}

/// Reads one field; `whole` says that nothing follows the buffer.
#[inline]
fn field<'a>(bytes: &'a [u8], start: usize, whole: bool, scratch: &'a mut Vec<u8>) -> Field<'a> {
    if bytes.get(start) == Some(&b'"') {
        return quoted(bytes, start + 1, whole, scratch);
    }
    let mut at = start;
    while at < bytes.len() {
        let byte = bytes[at];
        if byte == b',' {
            return Field::Value {
                text: &bytes[start..at],
                next: at + 1,
                ends: false,
            };
        }
        if byte == b'\n' {
            let end = if at > start && bytes[at - 1] == b'\r' {
                at - 1
            } else {
                at
            };
            return Field::Value {
                text: &bytes[start..end],
                next: at + 1,
                ends: true,
            };
        }
        at += 1;
    }
    if whole {
        Field::Value {
            text: &bytes[start..],
            next: bytes.len(),
            ends: true,
        }
    } else {
        Field::Short
    }
}

#[cold]
fn quoted<'a>(bytes: &'a [u8], start: usize, whole: bool, scratch: &'a mut Vec<u8>) -> Field<'a> {
    scratch.clear();
    let mut at = start;
    loop {
        let Some(quote) = memchr(b'"', &bytes[at.min(bytes.len())..]) else {
            return if whole { Field::Broken } else { Field::Short };
        };
        scratch.extend_from_slice(&bytes[at..at + quote]);
        at += quote + 1;
        match bytes.get(at) {
            Some(b'"') => {
                scratch.push(b'"');
                at += 1;
            }
            Some(b',') => {
                return Field::Value {
                    text: scratch,
                    next: at + 1,
                    ends: false,
                };
            }
            Some(b'\n') => {
                return Field::Value {
                    text: scratch,
                    next: at + 1,
                    ends: true,
                };
            }
            Some(b'\r') if bytes.get(at + 1) == Some(&b'\n') => {
                return Field::Value {
                    text: scratch,
                    next: at + 2,
                    ends: true,
                };
            }
            Some(b'\r') if at + 1 >= bytes.len() && !whole => return Field::Short,
            None if whole => {
                return Field::Value {
                    text: scratch,
                    next: at,
                    ends: true,
                };
            }
            None => return Field::Short,
            Some(_) => return Field::Broken,
        }
    }
}

/// A column of one piece while it grows.
enum Builder {
    Number(NumberBuilder),
    Category(CategoryBuilder),
}

impl Builder {
    fn new(role: Role, bytes: usize) -> Self {
        let rows = bytes / 64;
        match role {
            Role::Number => Self::Number(NumberBuilder::I8(Vec::with_capacity(rows))),
            Role::Category => Self::Category(CategoryBuilder::new(rows)),
        }
    }

    fn len(&self) -> usize {
        match self {
            Self::Number(NumberBuilder::I8(values)) => values.len(),
            Self::Number(NumberBuilder::I32(values)) => values.len(),
            Self::Number(NumberBuilder::F64(values)) => values.len(),
            Self::Category(category) => category.codes.len(),
        }
    }

    #[inline]
    fn push(&mut self, text: &[u8]) -> Result<(), String> {
        match self {
            Self::Number(numbers) => match number(text) {
                Some(value) => {
                    numbers.push(value);
                    Ok(())
                }
                None => {
                    numbers.push(f64::NAN);
                    Err(format!("{:?} is not a number", String::from_utf8_lossy(text)))
                }
            },
            Self::Category(category) => category.push(text),
        }
    }
}

/// Numbers in the narrowest type so far.
enum NumberBuilder {
    I8(Vec<i8>),
    I32(Vec<i32>),
    F64(Vec<f64>),
}

impl NumberBuilder {
    #[inline]
    fn push(&mut self, value: f64) {
        match self {
            Self::I8(values) => {
                let small = value as i8;
                if f64::from(small).to_bits() == value.to_bits() && small != i8::MIN {
                    return values.push(small);
                }
                if value.is_nan() {
                    return values.push(i8::MIN);
                }
            }
            Self::I32(values) => {
                let small = value as i32;
                if f64::from(small).to_bits() == value.to_bits() && small != i32::MIN {
                    return values.push(small);
                }
                if value.is_nan() {
                    return values.push(i32::MIN);
                }
            }
            Self::F64(values) => return values.push(value),
        }
        self.widen();
        self.push(value);
    }

    fn widen(&mut self) {
        *self = match self {
            Self::I8(values) => Self::I32(
                values
                    .iter()
                    .map(|&v| if v == i8::MIN { i32::MIN } else { i32::from(v) })
                    .collect(),
            ),
            Self::I32(values) => Self::F64(
                values
                    .iter()
                    .map(|&v| if v == i32::MIN { f64::NAN } else { f64::from(v) })
                    .collect(),
            ),
            Self::F64(values) => Self::F64(std::mem::take(values)),
        };
    }

    const fn rank(&self) -> u8 {
        match self {
            Self::I8(_) => 0,
            Self::I32(_) => 1,
            Self::F64(_) => 2,
        }
    }
}

/// 10⁰ to 10²²: exactly representable, so one multiplication or division rounds correctly.
const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18,
    1e19, 1e20, 1e21, 1e22,
];

/// A number, NaN for an empty cell, `None` for anything else. Plain decimals below 2⁵³ are converted exactly by one
/// division (Clinger 1990); others go the long way.
#[inline]
fn number(text: &[u8]) -> Option<f64> {
    let (mut mantissa, mut digits, mut decimals, mut point) = (0_u64, 0_u32, 0_usize, false);
    let (negative, rest) = match text.first() {
        None => return Some(f64::NAN),
        Some(b'-') => (true, &text[1..]),
        Some(_) => (false, text),
    };
    for &byte in rest {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa.wrapping_mul(10).wrapping_add(u64::from(byte - b'0'));
                digits += 1;
                decimals += usize::from(point);
            }
            b'.' if !point => point = true,
            _ => return slow_number(text),
        }
    }
    if digits == 0 || digits > 18 || mantissa >= 1 << 53 || decimals > 22 {
        return slow_number(text);
    }
    let value = mantissa as f64 / POWERS[decimals];
    Some(if negative { -value } else { value })
}

#[cold]
fn slow_number(text: &[u8]) -> Option<f64> {
    let text = std::str::from_utf8(text).ok()?.trim();
    if text.is_empty() || text == "NA" {
        return Some(f64::NAN);
    }
    let plain = text
        .bytes()
        .all(|byte| byte.is_ascii_digit() || matches!(byte, b'+' | b'-' | b'.' | b'e' | b'E'));
    text.parse::<f64>()
        .ok()
        .filter(|value| plain && value.is_finite())
}

/// Labels of one piece, in the order of first appearance.
struct CategoryBuilder {
    codes: Codes,
    levels: Vec<Vec<u8>>,
    /// Codes of labels of one byte, the commonest of all.
    single: Box<[u8; 256]>,
    index: HashMap<Vec<u8>, u32>,
    /// Open addressing on labels below 16 bytes: (first 8 bytes, the rest and the length, code).
    short: Vec<(u64, u64, u32)>,
    used: usize,
}

impl CategoryBuilder {
    fn new(rows: usize) -> Self {
        Self {
            codes: Codes::U8(Vec::with_capacity(rows)),
            levels: Vec::new(),
            single: Box::new([u8::MAX; 256]),
            index: HashMap::new(),
            short: vec![(0, 0, MISSING); 64],
            used: 0,
        }
    }

    fn push(&mut self, text: &[u8]) -> Result<(), String> {
        if text.is_empty() {
            self.push_code(MISSING);
            return Ok(());
        }
        let code = self.intern(text)?;
        self.push_code(code);
        Ok(())
    }

    /// The labels at `spans` of `bytes`, which [`PADDING`] follows.
    fn push_all<'a>(
        &mut self,
        bytes: &[u8],
        spans: impl Iterator<Item = &'a (u32, u32)>,
        mut fault: impl FnMut(usize, String),
    ) {
        for (row, &(start, end)) in spans.enumerate() {
            let (start, end) = (start as usize, end as usize);
            if end == start + 1
                && let Codes::U8(codes) = &mut self.codes
            {
                let code = self.single[usize::from(bytes[start])];
                if code != u8::MAX {
                    codes.push(code);
                    continue;
                }
            }
            let pushed = if end - start < 16 {
                self.push_short(bytes, start, end)
            } else {
                self.push(&bytes[start..end])
            };
            if let Err(message) = pushed {
                fault(row, message);
            }
        }
    }

    /// [`CategoryBuilder::push`] of fewer than 16 bytes with [`PADDING`] behind them.
    #[inline]
    fn push_short(&mut self, bytes: &[u8], start: usize, end: usize) -> Result<(), String> {
        let length = end - start;
        if length == 1 {
            let code = self.single[usize::from(bytes[start])];
            if code != u8::MAX {
                self.push_code(u32::from(code));
                return Ok(());
            }
        }
        if length == 0 {
            self.push_code(MISSING);
            return Ok(());
        }
        let first = word_at(bytes, start) & low_bytes(length.min(8));
        let second = if length > 8 {
            word_at(bytes, start + 8) & low_bytes(length - 8)
        } else {
            0
        };
        // No label is empty, so a used slot never has a length of zero.
        let second = second | (length as u64) << 60;
        let mut slot = self.slot(first, second);
        loop {
            let (a, b, code) = self.short[slot];
            if a == first && b == second {
                self.push_code(code);
                return Ok(());
            }
            if b == 0 {
                break;
            }
            slot = (slot + 1) & (self.short.len() - 1);
        }
        let code = self.intern(&bytes[start..end])?;
        if length == 1 {
            self.single[usize::from(bytes[start])] = u8::try_from(code).unwrap_or(u8::MAX);
        }
        self.short[slot] = (first, second, code);
        self.used += 1;
        if self.used * 2 > self.short.len() {
            self.grow();
        }
        self.push_code(code);
        Ok(())
    }

    #[inline]
    fn slot(&self, first: u64, second: u64) -> usize {
        let mixed = (first ^ second.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 32) as usize & (self.short.len() - 1)
    }

    #[cold]
    fn grow(&mut self) {
        let size = self.short.len() * 4;
        for (first, second, code) in std::mem::replace(&mut self.short, vec![(0, 0, MISSING); size]) {
            if second != 0 {
                let mut slot = self.slot(first, second);
                while self.short[slot].1 != 0 {
                    slot = (slot + 1) & (self.short.len() - 1);
                }
                self.short[slot] = (first, second, code);
            }
        }
    }

    #[cold]
    fn intern(&mut self, text: &[u8]) -> Result<u32, String> {
        if let Some(&code) = self.index.get(text) {
            return Ok(code);
        }
        if std::str::from_utf8(text).is_err() {
            self.push_code(MISSING);
            return Err(format!("{:?} is not UTF-8", String::from_utf8_lossy(text)));
        }
        let code = self.levels.len() as u32;
        self.levels.push(text.to_vec());
        self.index.insert(text.to_vec(), code);
        Ok(code)
    }

    #[inline]
    fn push_code(&mut self, code: u32) {
        match &mut self.codes {
            Codes::U8(codes) if code < u32::from(u8::MAX) || code == MISSING => codes.push(code as u8),
            Codes::U16(codes) if code < u32::from(u16::MAX) || code == MISSING => codes.push(code as u16),
            Codes::U32(codes) => codes.push(code),
            _ => {
                self.widen();
                self.push_code(code);
            }
        }
    }

    #[cold]
    fn widen(&mut self) {
        self.codes = match &self.codes {
            Codes::U8(codes) => Codes::U16(
                codes
                    .iter()
                    .map(|&code| {
                        if code == u8::MAX {
                            u16::MAX
                        } else {
                            u16::from(code)
                        }
                    })
                    .collect(),
            ),
            Codes::U16(codes) => Codes::U32(
                codes
                    .iter()
                    .map(|&code| {
                        if code == u16::MAX {
                            MISSING
                        } else {
                            u32::from(code)
                        }
                    })
                    .collect(),
            ),
            Codes::U32(codes) => Codes::U32(codes.clone()),
        };
    }
}

/// A mask of the lowest `count` bytes, 1 to 8.
#[inline]
const fn low_bytes(count: usize) -> u64 {
    u64::MAX >> (64 - 8 * count)
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

fn join(pieces: Vec<Builder>) -> Column {
    let rows = pieces.iter().map(Builder::len).sum();
    if pieces.iter().any(|piece| matches!(piece, Builder::Category(_))) {
        let categories = pieces.into_iter().filter_map(|piece| match piece {
            Builder::Category(category) => Some(category),
            Builder::Number(_) => None,
        });
        return Column::Category(join_categories(categories.collect(), rows));
    }
    let numbers = pieces.into_iter().filter_map(|piece| match piece {
        Builder::Number(numbers) => Some(numbers),
        Builder::Category(_) => None,
    });
    Column::Numeric(Arc::new(join_numbers(numbers.collect(), rows)))
}

fn join_numbers(pieces: Vec<NumberBuilder>, rows: usize) -> Numbers {
    let rank = pieces.iter().map(NumberBuilder::rank).max().unwrap_or(0);
    let mut total = match rank {
        0 => NumberBuilder::I8(Vec::with_capacity(rows)),
        1 => NumberBuilder::I32(Vec::with_capacity(rows)),
        _ => NumberBuilder::F64(Vec::with_capacity(rows)),
    };
    for mut piece in pieces {
        while piece.rank() < rank {
            piece.widen();
        }
        match (&mut total, piece) {
            (NumberBuilder::I8(all), NumberBuilder::I8(mut own)) => all.append(&mut own),
            (NumberBuilder::I32(all), NumberBuilder::I32(mut own)) => all.append(&mut own),
            (NumberBuilder::F64(all), NumberBuilder::F64(mut own)) => all.append(&mut own),
            _ => {}
        }
    }
    match total {
        NumberBuilder::I8(values) => Numbers::I8(values),
        NumberBuilder::I32(values) => Numbers::I32(values),
        NumberBuilder::F64(values) => Numbers::F64(values),
    }
}

fn join_categories(pieces: Vec<CategoryBuilder>, rows: usize) -> Category {
    let mut levels: Vec<String> = pieces
        .iter()
        .flat_map(|piece| &piece.levels)
        .map(|level| String::from_utf8_lossy(level).into_owned())
        .collect();
    levels.sort_unstable();
    levels.dedup();
    let numeric = all_numbers(&levels);
    levels.sort_by(|a, b| compare_levels(a, b, numeric));
    let place: HashMap<&[u8], u32> = levels
        .iter()
        .enumerate()
        .map(|(at, level)| (level.as_bytes(), at as u32))
        .collect();
    let mut total = match levels.len() {
        0..255 => Codes::U8(Vec::with_capacity(rows)),
        255..65_535 => Codes::U16(Vec::with_capacity(rows)),
        _ => Codes::U32(Vec::with_capacity(rows)),
    };
    for piece in pieces {
        let map: Vec<u32> = piece
            .levels
            .iter()
            .map(|level| place.get(level.as_slice()).copied().unwrap_or(MISSING))
            .collect();
        let place_of = |code: usize| map.get(code).copied().unwrap_or(MISSING);
        match (&mut total, &piece.codes) {
            (Codes::U8(all), Codes::U8(own)) => {
                let table: Vec<u8> = (0..256).map(|code| place_of(code) as u8).collect();
                all.extend(own.iter().map(|&code| table[usize::from(code)]));
            }
            (Codes::U16(all), Codes::U8(own)) => {
                all.extend(own.iter().map(|&code| place_of(code.into()) as u16))
            }
            (Codes::U16(all), Codes::U16(own)) => {
                all.extend(own.iter().map(|&code| place_of(code.into()) as u16))
            }
            (Codes::U32(all), own) => {
                let mut block = vec![0; own.len()];
                own.fill(0..own.len(), &mut block);
                all.extend(block.into_iter().map(|code| place_of(code as usize)));
            }
            // A piece never has more levels than the whole.
            (Codes::U8(_), _) | (Codes::U16(_), Codes::U32(_)) => {}
        }
    }
    Category {
        codes: Arc::new(total),
        levels: Arc::new(levels),
    }
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
        format!("{}: {}", place.join(", "), part("fault").unwrap_or_default())
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
