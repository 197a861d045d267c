//! How a column is kept: codes and numbers in the fewest bytes.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "codes below the level count, whole numbers within the type that holds them"
)]

use std::ops::Range;

use crate::estimation::columns::blocks::{BLOCK, blocks};

/// The code of a missing category in a decoded block.
pub const MISSING: u32 = u32::MAX;

/// Codes in the fewest bytes that hold them; the largest value of the type is missing.
#[derive(Debug, Clone)]
pub enum Codes {
    /// Up to 255 levels.
    U8(Vec<u8>),
    /// Up to 65,535 levels.
    U16(Vec<u16>),
    /// More.
    U32(Vec<u32>),
}

impl Codes {
    /// No code yet, with room for `rows`.
    #[must_use]
    pub fn with_capacity(rows: usize) -> Self {
        Self::U8(Vec::with_capacity(rows))
    }

    /// Adds codes, which may be [`MISSING`]. If they need a wider type, all codes get it.
    pub fn extend(&mut self, codes: &[u32]) {
        // MISSING is the largest number; plus one it is 0.
        let needed = codes.iter().map(|code| code.wrapping_add(1)).max();
        let needed = needed.unwrap_or(0);
        loop {
            match self {
                Self::U8(own) if needed <= u32::from(u8::MAX) => {
                    return own.extend(codes.iter().map(|&code| code as u8));
                }
                Self::U16(own) if needed <= u32::from(u16::MAX) => {
                    return own.extend(codes.iter().map(|&code| code as u16));
                }
                Self::U32(own) => return own.extend_from_slice(codes),
                Self::U8(_) | Self::U16(_) => self.widen(),
            }
        }
    }

    /// Adds the codes of another column, each as `to` says: code c becomes `to[c]`.
    pub fn extend_mapped(&mut self, other: &Self, to: &[u32]) {
        if let (Self::U8(own), Self::U8(codes)) = (&mut *self, other)
            && to.iter().all(|&code| code < u32::from(u8::MAX))
        {
            let mut table = [u8::MAX; 256];
            for (entry, &code) in table.iter_mut().zip(to) {
                *entry = code as u8;
            }
            return own.extend(codes.iter().map(|&code| table[usize::from(code)]));
        }
        let mut block = [0; BLOCK];
        for range in blocks(other.len()) {
            let block = &mut block[..range.len()];
            other.fill(range, block);
            for code in block.iter_mut() {
                *code = to.get(*code as usize).copied().unwrap_or(MISSING);
            }
            self.extend(block);
        }
    }

    fn widen(&mut self) {
        let mut wide = vec![0; self.len()];
        self.fill(0..self.len(), &mut wide);
        *self = match self {
            Self::U8(_) => Self::U16(wide.iter().map(|&code| code as u16).collect()),
            Self::U16(_) | Self::U32(_) => Self::U32(wide),
        };
    }

    /// Number of rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::U8(codes) => codes.len(),
            Self::U16(codes) => codes.len(),
            Self::U32(codes) => codes.len(),
        }
    }

    /// Whether there is no row.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Whether any row is missing.
    #[must_use]
    pub fn any_missing(&self) -> bool {
        match self {
            Self::U8(codes) => codes.contains(&u8::MAX),
            Self::U16(codes) => codes.contains(&u16::MAX),
            Self::U32(codes) => codes.contains(&MISSING),
        }
    }

    /// Decodes the rows of `range` into `out`.
    pub fn fill(&self, range: Range<usize>, out: &mut [u32]) {
        let wide = |narrow: u32, missing: u32| if narrow == missing { MISSING } else { narrow };
        match self {
            Self::U8(codes) => {
                for (to, &code) in out.iter_mut().zip(&codes[range]) {
                    *to = wide(code.into(), u8::MAX.into());
                }
            }
            Self::U16(codes) => {
                for (to, &code) in out.iter_mut().zip(&codes[range]) {
                    *to = wide(code.into(), u16::MAX.into());
                }
            }
            Self::U32(codes) => out.copy_from_slice(&codes[range]),
        }
    }

    /// The codes of `range` as they are kept, if they are bytes.
    #[must_use]
    pub fn bytes(&self, range: Range<usize>) -> Option<&[u8]> {
        match self {
            Self::U8(codes) => codes.get(range),
            Self::U16(_) | Self::U32(_) => None,
        }
    }

    /// The codes of `rows`.
    #[must_use]
    pub fn gather(&self, rows: &[u32]) -> Self {
        match self {
            Self::U8(codes) => Self::U8(gather(codes, rows)),
            Self::U16(codes) => Self::U16(gather(codes, rows)),
            Self::U32(codes) => Self::U32(gather(codes, rows)),
        }
    }
}

impl FromIterator<u32> for Codes {
    fn from_iter<I: IntoIterator<Item = u32>>(codes: I) -> Self {
        let codes: Vec<u32> = codes.into_iter().collect();
        let mut packed = Self::with_capacity(codes.len());
        for range in blocks(codes.len()) {
            packed.extend(&codes[range]);
        }
        packed
    }
}

/// The values of `rows`.
fn gather<T: Copy>(values: &[T], rows: &[u32]) -> Vec<T> {
    rows.iter().map(|&row| values[row as usize]).collect()
}

/// Numbers in the fewest bytes that hold them exactly; the smallest value of an integer type is
/// missing.
#[derive(Debug, Clone)]
pub enum Numbers {
    /// Whole numbers within ±127.
    I8(Vec<i8>),
    /// Whole numbers within ±2,147,483,647.
    I32(Vec<i32>),
    /// Anything; NaN is missing.
    F64(Vec<f64>),
}

/// Whether every value is missing or a whole number from −`limit` to `limit`.
fn are_whole(values: &[f64], limit: f64) -> bool {
    values
        .iter()
        .all(|value| value.is_nan() || (libm::trunc(*value) == *value && value.abs() <= limit))
}

fn to_i8(value: f64) -> i8 {
    if value.is_nan() { i8::MIN } else { value as i8 }
}

fn to_i32(value: f64) -> i32 {
    if value.is_nan() {
        i32::MIN
    } else {
        value as i32
    }
}

impl Numbers {
    /// No number yet, with room for `rows`.
    #[must_use]
    pub fn with_capacity(rows: usize) -> Self {
        Self::I8(Vec::with_capacity(rows))
    }

    /// The smallest representation that holds every value exactly.
    #[must_use]
    pub fn compact(values: Vec<f64>) -> Self {
        if are_whole(&values, f64::from(i8::MAX)) {
            Self::I8(values.into_iter().map(to_i8).collect())
        } else if are_whole(&values, f64::from(i32::MAX)) {
            Self::I32(values.into_iter().map(to_i32).collect())
        } else {
            Self::F64(values)
        }
    }

    /// Adds numbers, which may be NaN. If they need a wider type, all numbers get it.
    pub fn extend(&mut self, values: &[f64]) {
        loop {
            match self {
                Self::I8(own) if are_whole(values, f64::from(i8::MAX)) => {
                    return own.extend(values.iter().copied().map(to_i8));
                }
                Self::I32(own) if are_whole(values, f64::from(i32::MAX)) => {
                    return own.extend(values.iter().copied().map(to_i32));
                }
                Self::F64(own) => return own.extend_from_slice(values),
                Self::I8(_) | Self::I32(_) => self.widen(),
            }
        }
    }

    /// All numbers of `parts` in turn.
    #[must_use]
    pub fn concat(parts: Vec<Self>) -> Self {
        let width = parts.iter().map(Self::width).max().unwrap_or(0);
        let mut parts = parts.into_iter().map(|mut part| {
            while part.width() < width {
                part.widen();
            }
            part
        });
        let mut all = parts.next().unwrap_or_else(|| Self::with_capacity(0));
        let more: Vec<Self> = parts.collect();
        let rows = more.iter().map(Self::len).sum();
        match &mut all {
            Self::I8(own) => own.reserve_exact(rows),
            Self::I32(own) => own.reserve_exact(rows),
            Self::F64(own) => own.reserve_exact(rows),
        }
        for part in more {
            match (&mut all, part) {
                (Self::I8(own), Self::I8(part)) => own.extend(part),
                (Self::I32(own), Self::I32(part)) => own.extend(part),
                (Self::F64(own), Self::F64(part)) => own.extend(part),
                // All have the same width.
                _ => {}
            }
        }
        all
    }

    const fn width(&self) -> usize {
        match self {
            Self::I8(_) => 1,
            Self::I32(_) => 4,
            Self::F64(_) => 8,
        }
    }

    fn widen(&mut self) {
        let values = self.decode();
        *self = match self {
            Self::I8(_) => Self::I32(values.into_iter().map(to_i32).collect()),
            Self::I32(_) | Self::F64(_) => Self::F64(values),
        };
    }

    /// Number of rows.
    #[must_use]
    pub const fn len(&self) -> usize {
        match self {
            Self::I8(values) => values.len(),
            Self::I32(values) => values.len(),
            Self::F64(values) => values.len(),
        }
    }

    /// Whether there is no row.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Decodes the rows of `range` into `out`, NaN where missing.
    pub fn fill(&self, range: Range<usize>, out: &mut [f64]) {
        match self {
            Self::I8(values) => {
                for (to, &value) in out.iter_mut().zip(&values[range]) {
                    *to = if value == i8::MIN {
                        f64::NAN
                    } else {
                        f64::from(value)
                    };
                }
            }
            Self::I32(values) => {
                for (to, &value) in out.iter_mut().zip(&values[range]) {
                    *to = if value == i32::MIN {
                        f64::NAN
                    } else {
                        f64::from(value)
                    };
                }
            }
            Self::F64(values) => out.copy_from_slice(&values[range]),
        }
    }

    /// One number per row.
    #[must_use]
    pub fn decode(&self) -> Vec<f64> {
        let mut out = vec![0.0; self.len()];
        self.fill(0..self.len(), &mut out);
        out
    }

    /// The numbers of `rows`.
    #[must_use]
    pub fn gather(&self, rows: &[u32]) -> Self {
        match self {
            Self::I8(values) => Self::I8(gather(values, rows)),
            Self::I32(values) => Self::I32(gather(values, rows)),
            Self::F64(values) => Self::F64(gather(values, rows)),
        }
    }
}
