//! How a column is kept: codes and numbers in the fewest bytes.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "codes below the level count, whole numbers within the type that holds them"
)]

use std::ops::Range;

use super::MISSING;

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
    /// Packs codes below `levels`, or [`MISSING`].
    #[must_use]
    pub fn pack(codes: impl Iterator<Item = u32>, levels: usize) -> Self {
        if levels < usize::from(u8::MAX) {
            Self::U8(
                codes
                    .map(|code| if code == MISSING { u8::MAX } else { code as u8 })
                    .collect(),
            )
        } else if levels < usize::from(u16::MAX) {
            Self::U16(
                codes
                    .map(|code| {
                        if code == MISSING {
                            u16::MAX
                        } else {
                            code as u16
                        }
                    })
                    .collect(),
            )
        } else {
            Self::U32(codes.collect())
        }
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
        match self {
            Self::U8(codes) => {
                for (to, &code) in out.iter_mut().zip(&codes[range]) {
                    *to = if code == u8::MAX {
                        MISSING
                    } else {
                        u32::from(code)
                    };
                }
            }
            Self::U16(codes) => {
                for (to, &code) in out.iter_mut().zip(&codes[range]) {
                    *to = if code == u16::MAX {
                        MISSING
                    } else {
                        u32::from(code)
                    };
                }
            }
            Self::U32(codes) => out.copy_from_slice(&codes[range]),
        }
    }
}

/// Numbers in the fewest bytes that hold them exactly; the smallest value of an integer type is missing.
#[derive(Debug, Clone)]
pub enum Numbers {
    /// Whole numbers within ±127.
    I8(Vec<i8>),
    /// Whole numbers within ±2,147,483,647.
    I32(Vec<i32>),
    /// Anything; NaN is missing.
    F64(Vec<f64>),
}

impl Numbers {
    /// The smallest representation that holds every value exactly.
    #[must_use]
    pub fn compact(values: Vec<f64>) -> Self {
        let whole_within = |limit: f64| {
            values.iter().all(|value| {
                value.is_nan()
                    || (libm::trunc(*value) == *value
                        && value.abs() <= limit
                        && !(*value == 0.0 && value.is_sign_negative()))
            })
        };
        if whole_within(127.0) {
            Self::I8(
                values
                    .iter()
                    .map(|v| if v.is_nan() { i8::MIN } else { *v as i8 })
                    .collect(),
            )
        } else if whole_within(2_147_483_647.0) {
            Self::I32(
                values
                    .iter()
                    .map(|v| if v.is_nan() { i32::MIN } else { *v as i32 })
                    .collect(),
            )
        } else {
            Self::F64(values)
        }
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
}
