//! Sums that do not depend on the order of the addends: same rows in another order, same bytes.
//!
//! Floating-point addition is not associative, so a permuted file or another number of threads would change the last
//! digits. Both sums here add integers instead, which is associative, and round once at the end.
//!
//! * [`exact`], [`exact_by`]: 128-bit integers; error below 2⁻⁷⁰ of the largest addend. For everything but the widest loops.
//! * [`Scale`]: 64-bit integers with a common power of two; the quantum is 2⁻⁵⁰ of the largest addend or, from 4,096 rows
//!   on, 2⁻⁶² of `rows × largest`. For the pass over millions of rows.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "integer arithmetic on the parts of a float"
)]

use rayon::prelude::*;

/// The sum of `values`, independent of their order and correctly rounded for all but adversarial cancellation.
#[must_use]
pub fn exact(values: &[f64]) -> f64 {
    let frame = Frame::of(values);
    let sum = |chunk: &[f64]| {
        chunk
            .iter()
            .map(|value| frame.integer(*value))
            .sum::<i128>()
    };
    frame.value(values.par_chunks(CHUNK).map(sum).sum())
}

/// The sums of `values` by group, independent of their order. Groups at or above `groups` are left out.
#[must_use]
pub fn exact_by(values: &[f64], group_of: &[u32], groups: usize) -> Vec<f64> {
    let frame = Frame::of(values);
    let sum = |values: &[f64], group_of: &[u32]| {
        let mut sums = vec![0_i128; groups];
        for (value, &group) in values.iter().zip(group_of) {
            if let Some(sum) = sums.get_mut(group as usize) {
                *sum += frame.integer(*value);
            }
        }
        sums
    };
    // Groups by the thousand cost more to merge than the rows to add.
    let size = values
        .len()
        .div_ceil(rayon::current_num_threads().max(1))
        .max(CHUNK)
        .max(groups);
    let sums = values
        .par_chunks(size)
        .zip(group_of.par_chunks(size))
        .map(|(values, group_of)| sum(values, group_of))
        .reduce_with(|mut a, b| {
            a.iter_mut().zip(b).for_each(|(a, b)| *a += b);
            a
        });
    sums.unwrap_or_else(|| vec![0; groups])
        .into_iter()
        .map(|sum| frame.value(sum))
        .collect()
}

/// Addends per task.
const CHUNK: usize = 1 << 15;

/// The common exponent of a set of addends.
struct Frame {
    shift: i32,
    finite: bool,
}

impl Frame {
    fn of(values: &[f64]) -> Self {
        let count = values.len() as u64;
        let bounds = |chunk: &[f64]| {
            chunk
                .iter()
                .fold((0.0_f64, true), |(largest, finite), value| {
                    (largest.max(value.abs()), finite & value.is_finite())
                })
        };
        let (largest, finite) = values
            .par_chunks(CHUNK)
            .map(bounds)
            .reduce(|| (0.0, true), |a, b| (a.0.max(b.0), a.1 & b.1));
        let exponent = exponent_of(largest);
        let room = 126 - 53 - (64 - count.leading_zeros() as i32);
        Self {
            shift: room - exponent,
            finite,
        }
    }

    fn integer(&self, value: f64) -> i128 {
        let bits = value.to_bits();
        let raw = ((bits >> 52) & 0x7ff) as i32;
        let mantissa = (bits & ((1 << 52) - 1)) | if raw == 0 { 0 } else { 1 << 52 };
        let by = raw.max(1) - 1075 + 52 + self.shift;
        let magnitude = match by {
            0..=126 => i128::from(mantissa) << by,
            -64..=-1 => i128::from(mantissa >> -by.max(-63)),
            _ => 0,
        };
        if value.is_sign_negative() {
            -magnitude
        } else {
            magnitude
        }
    }

    fn value(&self, sum: i128) -> f64 {
        if self.finite {
            libm::ldexp(sum as f64, -self.shift - 52)
        } else {
            f64::NAN
        }
    }
}

/// The exponent e with 2ᵉ ≤ |value| < 2ᵉ⁺¹; for zero the smallest.
fn exponent_of(value: f64) -> i32 {
    (((value.to_bits() >> 52) & 0x7ff) as i32).max(1) - 1023
}

/// A power of two that turns addends of bounded size into integers whose sum cannot overflow 64 bits.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    factor: f64,
    inverse: f64,
}

/// Adding it leaves a whole number below 2⁵¹ in the low bits of the float, rounded to nearest.
const MAGIC: f64 = 6_755_399_441_055_744.0;

impl Scale {
    /// For up to `rows` addends of absolute value at most `bound`.
    #[must_use]
    pub fn new(bound: f64, rows: usize) -> Self {
        let rows_bits = 64 - (rows as u64).leading_zeros() as i32;
        let bits = (62 - rows_bits).min(50) - 1 - exponent_of(bound);
        let bits = bits.clamp(-1000, 1000);
        Self {
            factor: libm::ldexp(1.0, bits),
            inverse: libm::ldexp(1.0, -bits),
        }
    }

    /// The addend as an integer.
    #[inline]
    #[must_use]
    pub fn integer(self, value: f64) -> i64 {
        (value * self.factor + MAGIC)
            .to_bits()
            .wrapping_sub(MAGIC.to_bits()) as i64
    }

    /// The sum as a number.
    #[inline]
    #[must_use]
    pub fn value(self, sum: i64) -> f64 {
        sum as f64 * self.inverse
    }
}

/// Neumaier's compensated sum in the given order, for short lists whose order is canonical.
#[must_use]
pub fn in_order(values: impl IntoIterator<Item = f64>) -> f64 {
    let (mut sum, mut lost) = (0.0_f64, 0.0_f64);
    for value in values {
        let next = sum + value;
        lost += if sum.abs() >= value.abs() {
            (sum - next) + value
        } else {
            (value - next) + sum
        };
        sum = next;
    }
    sum + lost
}

/// The dot product in the given order.
#[must_use]
pub fn dot(a: &[f64], b: &[f64]) -> f64 {
    in_order((0..a.len().min(b.len())).map(|at| a[at] * b[at]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_sum_survives_cancellation_and_order() {
        let values = [1e16, 1.0, -1e16, 3.5, 1e-3];
        let mut turned = values;
        turned.reverse();
        assert_eq!(exact(&values).to_bits(), exact(&turned).to_bits());
        assert!((exact(&values) - 4.501).abs() < 1e-12);
        assert_eq!(exact(&[]), 0.0);
        assert!(exact(&[f64::NAN, 1.0]).is_nan());
    }

    #[test]
    fn the_fixed_point_sum_is_exact_for_whole_numbers_and_close_for_others() {
        let scale = Scale::new(10.0, 1000);
        let sum: i64 = (0..1000)
            .map(|i| scale.integer(f64::from(i % 10) + 0.1))
            .sum();
        assert!((scale.value(sum) - 4600.0).abs() < 1e-9);
        assert_eq!(scale.value(scale.integer(-3.0)), -3.0);
    }
}
