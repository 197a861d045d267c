//! Variables of an SPSS file, and the pieces that its dictionary is written in.

use crate::formats::column::{Column, ColumnKind};
use crate::formats::microdata::Cells;

/// How a column is stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Storage {
    /// A text of this many bytes, at least 1.
    Text(usize),
    /// A number.
    Number,
    /// Seconds since 1582.
    Time,
}

/// How `column` is stored.
#[must_use]
pub fn storage(column: &Column, cells: Cells) -> Storage {
    match column.kind {
        ColumnKind::Text => Storage::Text(column.width.max(1)),
        ColumnKind::Whole | ColumnKind::Number(_) => Storage::Number,
        ColumnKind::Time => Storage::Time,
        ColumnKind::Coded if cells == Cells::Labels => Storage::Text(column.width.max(1)),
        ColumnKind::Coded if column.has_numeric_codes() => Storage::Number,
        ColumnKind::Coded => {
            let codes = column.values.iter().map(|value| value.code.len());
            Storage::Text(codes.max().unwrap_or(1).max(1))
        }
    }
}

/// A variable of the dictionary: a column, or a segment of a text of more than 255 bytes.
pub struct SavVariable<'a> {
    /// Its column.
    pub column: &'a Column,
    /// How the column is stored.
    pub storage: Storage,
    /// Name of eight bytes, inside the file only.
    pub name: String,
    /// Bytes of this segment, 0 for numbers.
    pub width: usize,
    /// Whether it is the first segment.
    pub is_first: bool,
    /// Its number among the units of eight bytes of a case, from 1.
    pub unit: i32,
}

/// An extension record.
pub fn record(out: &mut Vec<u8>, subtype: i32, item: usize, bytes: &[u8]) {
    for number in [7, subtype, size(item), size(bytes.len() / item.max(1))] {
        int(out, number);
    }
    out.extend(bytes);
}

/// A whole number of four bytes.
pub fn int(out: &mut Vec<u8>, number: i32) {
    out.extend(number.to_le_bytes());
}

/// A number of eight bytes.
pub fn double(out: &mut Vec<u8>, number: f64) {
    out.extend(number.to_le_bytes());
}

/// `bytes` filled up to `width`.
pub fn padded(out: &mut Vec<u8>, bytes: &[u8], width: usize, with: u8) {
    let bytes = bytes.get(..width).unwrap_or(bytes);
    out.extend(bytes);
    out.extend(std::iter::repeat_n(with, width - bytes.len()));
}

/// A length as the format writes it.
pub fn size(length: usize) -> i32 {
    i32::try_from(length).unwrap_or(i32::MAX)
}
