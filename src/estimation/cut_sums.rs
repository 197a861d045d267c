//! Sums of numbers with a known bound, of which the smallest digits are cut off.
//!
//! As in [`summation`](crate::estimation::summation), addends are integers, so their order does not
//! matter. What an addend has below 2⁻⁹⁴ of the bound is cut off: so one integer of 128 bits is
//! enough, however far the addends are apart.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "integer arithmetic on the parts of a float"
)]

/// Exponents below that of the bound at which an addend keeps all its bits. Together with 53 bits
/// they leave room for 2³¹ addends and a sign.
const KEPT: i32 = 42;

/// The exponent of the last bit of a double with the exponent field 0.
const UNIT: i32 = -1075;

/// Sums by slot of numbers from 0 to a bound.
#[derive(Debug, Clone)]
pub struct CutSums {
    /// The exponent field of the last bit of the integers.
    first: i32,
    sums: Vec<i128>,
}

impl CutSums {
    /// Sums of nothing yet. `most` is the bound of all addends.
    ///
    /// # Example
    ///
    /// ```
    /// use minyi::estimation::cut_sums::CutSums;
    ///
    /// let mut sums = CutSums::new(1.0, 2);
    /// [1.0, 1e-18, 0.5].into_iter().for_each(|value| sums.add(0, value));
    /// assert_eq!(sums.values(), [1.5, 0.0]);
    /// ```
    #[must_use]
    pub fn new(most: f64, slots: usize) -> Self {
        Self {
            first: field(most) - KEPT,
            sums: vec![0; slots],
        }
    }

    /// Adds a number that is neither negative nor above the bound.
    #[inline]
    pub fn add(&mut self, slot: usize, value: f64) {
        let bits = value.to_bits();
        let implicit = u64::from(bits >> 52 != 0) << 52;
        let mantissa = i128::from((bits & ((1 << 52) - 1)) | implicit);
        let shift = field(value) - self.first;
        self.sums[slot] += if shift >= 0 {
            mantissa << (shift & 127)
        } else {
            mantissa >> (-shift).min(127)
        };
    }

    /// The sums of the addends of both.
    #[must_use]
    pub fn merge(mut self, other: &Self) -> Self {
        let pairs = self.sums.iter_mut().zip(&other.sums);
        pairs.for_each(|(own, other)| *own += other);
        self
    }

    /// All sums.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        let sums = self.sums.iter();
        sums.map(|sum| libm::ldexp(*sum as f64, self.first + UNIT))
            .collect()
    }
}

/// The exponent field of a number, at least 1.
#[inline]
const fn field(value: f64) -> i32 {
    let field = (value.to_bits() >> 52 & 2047) as i32;
    if field == 0 { 1 } else { field }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_of_the_addends_changes_no_digit_and_small_ones_count() {
        let values: Vec<f64> = (1..2000).map(|i| 1.0 / f64::from(i * i)).collect();
        let sum = |values: &mut dyn Iterator<Item = f64>| {
            let mut sums = CutSums::new(4.0, 1);
            values.for_each(|value| sums.add(0, value));
            sums.values()[0]
        };
        let forward = sum(&mut values.iter().copied());
        assert_eq!(forward, sum(&mut values.iter().rev().copied()));
        assert_eq!(forward, crate::estimation::summation::exact(&values));
        let (ones, rest) = (CutSums::new(4.0, 1), CutSums::new(4.0, 1));
        assert_eq!(ones.merge(&rest).values(), [0.0]);
    }
}
