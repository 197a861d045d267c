//! Columns while they grow: numbers in the narrowest type so far, labels as codes; and the pieces of a column put together.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "codes below the level count, whole numbers within the type that holds them"
)]

use std::collections::HashMap;
use std::sync::Arc;

use super::Role;
use super::piece::word_at;
use crate::estimation::columns::{
    Category, Codes, Column, MISSING, Numbers, all_numbers, compare_levels,
};

/// A column of one piece while it grows.
pub(super) enum Builder {
    Number(NumberBuilder),
    Category(CategoryBuilder),
}

impl Builder {
    pub(super) fn new(role: Role, bytes: usize) -> Self {
        let rows = bytes / 64;
        match role {
            Role::Number => Self::Number(NumberBuilder::I8(Vec::with_capacity(rows))),
            Role::Category => Self::Category(CategoryBuilder::new(rows)),
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Number(NumberBuilder::I8(values)) => values.len(),
            Self::Number(NumberBuilder::I32(values)) => values.len(),
            Self::Number(NumberBuilder::F64(values)) => values.len(),
            Self::Category(category) => category.codes.len(),
        }
    }

    #[inline]
    pub(super) fn push(&mut self, text: &[u8]) -> Result<(), String> {
        match self {
            Self::Number(numbers) => match number(text) {
                Some(value) => {
                    numbers.push(value);
                    Ok(())
                }
                None => {
                    numbers.push(f64::NAN);
                    Err(format!(
                        "{:?} is not a number",
                        String::from_utf8_lossy(text)
                    ))
                }
            },
            Self::Category(category) => category.push(text),
        }
    }
}

/// Numbers in the narrowest type so far.
pub(super) enum NumberBuilder {
    I8(Vec<i8>),
    I32(Vec<i32>),
    F64(Vec<f64>),
}

impl NumberBuilder {
    #[inline]
    pub(super) fn push(&mut self, value: f64) {
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

    pub(super) fn widen(&mut self) {
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
                    .map(|&v| {
                        if v == i32::MIN {
                            f64::NAN
                        } else {
                            f64::from(v)
                        }
                    })
                    .collect(),
            ),
            Self::F64(values) => Self::F64(std::mem::take(values)),
        };
    }

    pub(super) const fn rank(&self) -> u8 {
        match self {
            Self::I8(_) => 0,
            Self::I32(_) => 1,
            Self::F64(_) => 2,
        }
    }
}

/// 10⁰ to 10²²: exactly representable, so one multiplication or division rounds correctly.
pub(super) const POWERS: [f64; 23] = [
    1e0, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16,
    1e17, 1e18, 1e19, 1e20, 1e21, 1e22,
];

/// A number, NaN for an empty cell, `None` for anything else. Plain decimals below 2⁵³ are converted exactly by one
/// division (Clinger 1990); others go the long way.
#[inline]
pub(super) fn number(text: &[u8]) -> Option<f64> {
    let (mut mantissa, mut digits, mut decimals, mut point) = (0_u64, 0_u32, 0_usize, false);
    let (negative, rest) = match text.first() {
        None => return Some(f64::NAN),
        Some(b'-') => (true, &text[1..]),
        Some(_) => (false, text),
    };
    for &byte in rest {
        match byte {
            b'0'..=b'9' => {
                mantissa = mantissa
                    .wrapping_mul(10)
                    .wrapping_add(u64::from(byte - b'0'));
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
pub(super) fn slow_number(text: &[u8]) -> Option<f64> {
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
pub(super) struct CategoryBuilder {
    pub(super) codes: Codes,
    pub(super) levels: Vec<Vec<u8>>,
    /// Codes of labels of one byte, the commonest of all.
    pub(super) single: Box<[u8; 256]>,
    pub(super) index: HashMap<Vec<u8>, u32>,
    /// Open addressing on labels below 16 bytes: (first 8 bytes, the rest and the length, code).
    pub(super) short: Vec<(u64, u64, u32)>,
    pub(super) used: usize,
}

impl CategoryBuilder {
    pub(super) fn new(rows: usize) -> Self {
        Self {
            codes: Codes::U8(Vec::with_capacity(rows)),
            levels: Vec::new(),
            single: Box::new([u8::MAX; 256]),
            index: HashMap::new(),
            short: vec![(0, 0, MISSING); 64],
            used: 0,
        }
    }

    pub(super) fn push(&mut self, text: &[u8]) -> Result<(), String> {
        if text.is_empty() {
            self.push_code(MISSING);
            return Ok(());
        }
        let code = self.intern(text)?;
        self.push_code(code);
        Ok(())
    }

    /// The labels at `spans` of `bytes`, which [`PADDING`] follows.
    pub(super) fn push_all<'a>(
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
    pub(super) fn push_short(
        &mut self,
        bytes: &[u8],
        start: usize,
        end: usize,
    ) -> Result<(), String> {
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
    pub(super) fn slot(&self, first: u64, second: u64) -> usize {
        let mixed = (first ^ second.rotate_left(29)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        (mixed >> 32) as usize & (self.short.len() - 1)
    }

    #[cold]
    pub(super) fn grow(&mut self) {
        let size = self.short.len() * 4;
        for (first, second, code) in std::mem::replace(&mut self.short, vec![(0, 0, MISSING); size])
        {
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
    pub(super) fn intern(&mut self, text: &[u8]) -> Result<u32, String> {
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
    pub(super) fn push_code(&mut self, code: u32) {
        match &mut self.codes {
            Codes::U8(codes) if code < u32::from(u8::MAX) || code == MISSING => {
                codes.push(code as u8)
            }
            Codes::U16(codes) if code < u32::from(u16::MAX) || code == MISSING => {
                codes.push(code as u16)
            }
            Codes::U32(codes) => codes.push(code),
            _ => {
                self.widen();
                self.push_code(code);
            }
        }
    }

    #[cold]
    pub(super) fn widen(&mut self) {
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
pub(super) const fn low_bytes(count: usize) -> u64 {
    u64::MAX >> (64 - 8 * count)
}

pub(super) fn join(pieces: Vec<Builder>) -> Column {
    let rows = pieces.iter().map(Builder::len).sum();
    if pieces
        .iter()
        .any(|piece| matches!(piece, Builder::Category(_)))
    {
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

pub(super) fn join_numbers(pieces: Vec<NumberBuilder>, rows: usize) -> Numbers {
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

pub(super) fn join_categories(pieces: Vec<CategoryBuilder>, rows: usize) -> Category {
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
