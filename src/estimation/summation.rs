//! Exact sums of floating-point numbers: every addend counts in full, and the result is rounded
//! once.
//!
//! Floating-point addition is not associative: rows in another order, or another number of threads,
//! would change the last digits, and small addends beside a large one would be lost. So all sums
//! over rows add integers.
//!
//! A double is an integer m < 2⁵³ times a power of two. A [`Grid`] writes each addend as an integer
//! multiple of the smallest power that occurs, and sums these in 128 bits. If the exponents of the
//! addends differ too much for 128 bits, the sum has several chunks of 128 bits, each for 32
//! exponents (the superaccumulator of Neal 2015, arXiv 1505.05571, with wider chunks, so that no
//! carry is needed while adding). Either way nothing is rounded before the end.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "integer arithmetic on the parts of a float"
)]

use rayon::prelude::*;

/// The sum of `values`, correctly rounded; NaN if one of them is not finite.
#[must_use]
pub fn exact(values: &[f64]) -> f64 {
    exact_of(values, |value| value)
}

/// The sum of `addend(value)` over all values.
#[must_use]
pub fn exact_of(values: &[f64], addend: impl Fn(f64) -> f64 + Sync) -> f64 {
    let grid = Extent::of(values, &addend).grid(values.len());
    let sum = |chunk: &[f64]| {
        let mut sums = Sums::new(grid, 1);
        let addends = chunk.iter().map(|value| addend(*value));
        if grid.chunks == 1 {
            sums.chunks[0] = addends.map(|addend| grid.integer(addend).1).sum();
        } else {
            addends.for_each(|addend| sums.add(0, addend));
        }
        sums
    };
    values
        .par_chunks(CHUNK)
        .map(sum)
        .reduce(|| Sums::new(grid, 1), Sums::merge)
        .value(0)
}

/// The sums of `values` by group, each correctly rounded. Groups at or above `groups` are left out.
#[must_use]
pub fn exact_by(values: &[f64], group_of: &[u32], groups: usize) -> Vec<f64> {
    let grid = Extent::of(values, |value| value).grid(values.len());
    let sum = |(values, group_of): (&[f64], &[u32])| {
        let mut sums = Sums::new(grid, groups);
        for (value, &group) in values.iter().zip(group_of) {
            if (group as usize) < groups {
                sums.add(group as usize, *value);
            }
        }
        sums
    };
    // With many groups it costs more to merge two tables than to add the rows.
    let size = values
        .len()
        .div_ceil(rayon::current_num_threads().max(1))
        .max(CHUNK)
        .max(groups);
    values
        .par_chunks(size)
        .zip(group_of.par_chunks(size))
        .map(sum)
        .reduce_with(Sums::merge)
        .unwrap_or_else(|| Sums::new(grid, groups))
        .values()
}

/// Addends per task.
const CHUNK: usize = 1 << 15;

/// Bits of the integer m of a double m · 2ᵉ.
const MANTISSA: u32 = 53;

/// The place of infinities and NaN.
const NOT_FINITE: u64 = 2047;

/// The place of a double with these bits (without sign): 1 to 2046 for m · 2^(place − 1075).
const fn place(magnitude: u64) -> u64 {
    let field = magnitude >> 52;
    if field == 0 { 1 } else { field }
}

/// The smallest and the largest magnitude among some addends, zeros left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Extent {
    /// The bits of the smallest magnitude, minus one, so that zero comes last.
    least: u64,
    /// The bits of the largest magnitude.
    most: u64,
}

impl Extent {
    /// Of no addend.
    pub const EMPTY: Self = Self {
        least: u64::MAX,
        most: 0,
    };

    /// Of `addend(value)` for each value.
    #[must_use]
    pub fn of(values: &[f64], addend: impl Fn(f64) -> f64 + Sync) -> Self {
        let of_chunk = |chunk: &[f64]| {
            let addends = chunk.iter().map(|value| addend(*value));
            addends.fold(Self::EMPTY, Self::with)
        };
        values
            .par_chunks(CHUNK)
            .map(of_chunk)
            .reduce(|| Self::EMPTY, Self::union)
    }

    /// With one more addend.
    #[inline]
    #[must_use]
    pub fn with(self, value: f64) -> Self {
        let magnitude = value.abs().to_bits();
        Self {
            least: self.least.min(magnitude.wrapping_sub(1)),
            most: self.most.max(magnitude),
        }
    }

    /// Of the addends of both.
    #[must_use]
    pub fn union(self, other: Self) -> Self {
        Self {
            least: self.least.min(other.least),
            most: self.most.max(other.most),
        }
    }

    /// Wide enough for every product, rounded to a double, of an addend of each.
    #[must_use]
    pub fn product(self, other: Self) -> Self {
        if self.most == 0 || other.most == 0 {
            return Self::EMPTY;
        }
        // A number at place p lies in [2^(p − 1023), 2^(p − 1022)), a subnormal number below.
        let (a, b) = (self.first_place(), other.first_place());
        let least = if a == 1 || b == 1 {
            1
        } else {
            (a + b).saturating_sub(1023).max(1)
        };
        let most = (place(self.most) + place(other.most))
            .saturating_sub(1022)
            .max(1);
        Self {
            least: (least.min(NOT_FINITE) << 52) - 1,
            most: most.min(NOT_FINITE) << 52,
        }
    }

    /// The grid on which `count` addends of this extent can be summed.
    #[must_use]
    pub fn grid(self, count: usize) -> Grid {
        let finite = place(self.most) < NOT_FINITE;
        let last = place(self.most).min(NOT_FINITE - 1) as u32;
        let first = (self.first_place() as u32).min(last);
        let spread = last - first;
        let count_bits = usize::BITS - count.leading_zeros();
        let one = MANTISSA + spread + count_bits < i128::BITS;
        let bits = if one { 7 } else { WIDE };
        // The shift of an addend is less than the bits of the lower half, and the sum fits into the
        // upper half.
        let low = i64::BITS - 1 - count_bits.min(31);
        let halves = finite && spread < 32 && MANTISSA + spread + count_bits < i64::BITS + low;
        Grid {
            first,
            bits,
            low: halves.then_some(low),
            chunks: (spread >> bits) as usize + 1 + usize::from(!finite),
            finite,
        }
    }

    const fn first_place(self) -> u64 {
        place(self.least.saturating_add(1))
    }
}

/// Exponents per chunk, as a power of two, where one chunk is not enough. 2⁵ exponents and 53 bits
/// leave room for 2⁴² addends.
const WIDE: u32 = 5;

/// How addends are written as integers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Grid {
    /// The place whose power of two is the unit of the first chunk.
    first: u32,
    /// The unit of each further chunk is 2^(2^bits) times that of the one before.
    bits: u32,
    /// Bits of the lower half of a sum in two halves, if these can hold it.
    low: Option<u32>,
    /// Chunks of a sum. The last one counts the addends that are not finite, if there can be any.
    chunks: usize,
    finite: bool,
}

/// A sum in two halves of 64 bits, lower first, with no carry between them: twice as fast as one
/// integer of 128 bits.
pub type Halves = [i64; 2];

impl Grid {
    /// Whether sums can be in [`Halves`]: if the addends are within about 2³⁰ of each other.
    #[must_use]
    pub const fn fits_halves(&self) -> bool {
        self.low.is_some()
    }

    /// The addend in two halves. Meaningless unless [`Grid::fits_halves`].
    #[inline]
    #[must_use]
    pub fn halves(&self, value: f64) -> Halves {
        let low = self.low.unwrap_or(32);
        let (mantissa, shift) = self.parts(value.abs().to_bits());
        let lower = (mantissa << shift) & ((1 << low) - 1);
        let upper = mantissa >> (low - shift);
        let sign = if value.is_sign_negative() { -1 } else { 1 };
        [lower as i64 * sign, upper as i64 * sign]
    }

    /// m of a finite m · 2^(place − 1075), and the place counted from the first of the grid.
    #[inline]
    fn parts(&self, magnitude: u64) -> (u64, u32) {
        let implicit = u64::from(magnitude >> 52 != 0) << 52;
        let mantissa = (magnitude & ((1 << 52) - 1)) | implicit;
        // Zero has the first place, whatever the others are.
        (
            mantissa,
            (place(magnitude) as u32).saturating_sub(self.first),
        )
    }

    /// The addend as an integer, and the chunk that it belongs to.
    #[inline]
    fn integer(&self, value: f64) -> (usize, i128) {
        let magnitude = value.abs().to_bits();
        if magnitude >> 52 == NOT_FINITE {
            return (self.chunks - 1, 1);
        }
        let (mantissa, shift) = self.parts(magnitude);
        let integer = i128::from(mantissa) << (shift & ((1 << self.bits) - 1));
        let signed = if value.is_sign_negative() {
            -integer
        } else {
            integer
        };
        ((shift >> self.bits) as usize, signed)
    }

    /// The number nearest to a sum.
    fn round(&self, sum: &[i128]) -> f64 {
        let sum = match (self.finite, sum.split_last()) {
            (false, Some((not_finite, rest))) if *not_finite == 0 => rest,
            (false, _) => return f64::NAN,
            (true, _) => sum,
        };
        let unit = self.first as i32 - 1075;
        match sum {
            [one] => libm::ldexp(*one as f64, unit),
            _ => {
                let (top, chunk) = leading(sum);
                libm::ldexp(top as f64, unit + (chunk as i32) * (1 << WIDE))
            }
        }
    }
}

/// The leading digits of Σ chunkᵢ · 2^(32 i) as an integer, and the number of digits of 32 bits
/// that were cut off below it. If any of those is not zero, the integer has at least 62 bits and
/// its lowest bit is set, so that rounding it to 53 bits rounds the sum.
fn leading(sum: &[i128]) -> (i128, usize) {
    let mut digits: Vec<u32> = Vec::with_capacity(sum.len());
    let mut carry = 0_i128;
    for chunk in sum {
        let total = chunk + carry;
        digits.push((total & 0xffff_ffff) as u32);
        carry = total >> 32;
    }
    if carry < 0 {
        let negated: Vec<i128> = sum.iter().map(|chunk| -chunk).collect();
        let (top, cut) = leading(&negated);
        return (-top, cut);
    }
    let mut top = carry;
    while top < 1 << 62 {
        let Some(digit) = digits.pop() else { break };
        top = (top << 32) | i128::from(digit);
    }
    let rest = digits.iter().any(|digit| *digit != 0);
    (top | i128::from(rest), digits.len())
}

/// Sums by slot, exact until they are read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sums {
    grid: Grid,
    /// Slots × chunks.
    chunks: Vec<i128>,
}

impl Sums {
    /// Sums of nothing yet.
    #[must_use]
    pub fn new(grid: Grid, slots: usize) -> Self {
        Self {
            grid,
            chunks: vec![0; slots * grid.chunks],
        }
    }

    /// Adds a value.
    #[inline]
    pub fn add(&mut self, slot: usize, value: f64) {
        let (chunk, integer) = self.grid.integer(value);
        self.chunks[slot * self.grid.chunks + chunk] += integer;
    }

    /// Adds a value so many times. All of them count as addends of the [grid](Extent::grid).
    #[inline]
    pub fn add_times(&mut self, slot: usize, value: f64, times: u32) {
        let (chunk, integer) = self.grid.integer(value);
        self.chunks[slot * self.grid.chunks + chunk] += integer * i128::from(times);
    }

    /// The sums of addends in halves, one per slot.
    #[must_use]
    pub fn from_halves(grid: Grid, sums: impl IntoIterator<Item = Halves>) -> Self {
        let low = grid.low.unwrap_or(0);
        let whole = |[lower, upper]: Halves| (i128::from(upper) << low) + i128::from(lower);
        Self {
            grid,
            chunks: sums.into_iter().map(whole).collect(),
        }
    }

    /// The number of slots.
    #[must_use]
    pub fn slots(&self) -> usize {
        self.chunks.len() / self.grid.chunks
    }

    /// The sums of the addends of both.
    #[must_use]
    pub fn merge(mut self, other: Self) -> Self {
        self.chunks
            .iter_mut()
            .zip(other.chunks)
            .for_each(|(sum, more)| *sum += more);
        self
    }

    /// What is left, slot by slot, without the addends of `other`, which are among these.
    #[must_use]
    pub fn minus(&self, other: &Self) -> Self {
        let pairs = self.chunks.iter().zip(&other.chunks);
        Self {
            grid: self.grid,
            chunks: pairs.map(|(all, part)| all - part).collect(),
        }
    }

    /// Sums of these sums: slot s is added to slot `to(s)` of `slots`, or left out.
    #[must_use]
    pub fn regroup(&self, slots: usize, to: impl Fn(usize) -> Option<usize>) -> Self {
        let mut sums = Self::new(self.grid, slots);
        let width = self.grid.chunks;
        for (slot, chunks) in self.chunks.chunks_exact(width).enumerate() {
            if let Some(to) = to(slot) {
                sums.chunks[to * width..(to + 1) * width]
                    .iter_mut()
                    .zip(chunks)
                    .for_each(|(sum, more)| *sum += more);
            }
        }
        sums
    }

    /// A sum, correctly rounded; NaN if one of its addends was not finite.
    #[must_use]
    pub fn value(&self, slot: usize) -> f64 {
        let width = self.grid.chunks;
        self.grid
            .round(&self.chunks[slot * width..(slot + 1) * width])
    }

    /// All sums.
    #[must_use]
    pub fn values(&self) -> Vec<f64> {
        self.chunks
            .chunks_exact(self.grid.chunks)
            .map(|sum| self.grid.round(sum))
            .collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    /// Sums whose value needs no rounding but the last, computed with Python's fractions.
    #[test]
    fn an_exact_sum_loses_no_addend_whatever_stands_beside_it() {
        let cases: [(&[f64], f64); 9] = [
            (&[], 0.0),
            (&[1e16, 1.0, -1e16, 3.5, 1e-3], 4.501),
            (&[-3.0], -3.0),
            (&[1e300, 1.0, 1e-300, -1e300, -1.0], 1e-300),
            (&[f64::MAX, f64::MAX, -f64::MAX], f64::MAX),
            (&[f64::MAX, f64::MAX], f64::INFINITY),
            (&[5e-324, 5e-324, -1e-323, 5e-324], 5e-324),
            // Half of the last digit is a tie, which goes to the even neighbour …
            (&[1.0, f64::EPSILON / 2.0], 1.0),
            // … unless the smallest number that there is decides.
            (&[1.0, f64::EPSILON / 2.0, 5e-324], 1.0 + f64::EPSILON),
        ];
        for (values, sum) in cases {
            let mut turned = values.to_vec();
            turned.reverse();
            assert_eq!(exact(values), sum, "{values:?}");
            assert_eq!(exact(&turned), sum, "{values:?}");
            let negated: Vec<f64> = values.iter().map(|value| -value).collect();
            assert_eq!(exact(&negated), -sum, "{negated:?}");
            assert_eq!(exact_by(values, &vec![1; values.len()], 2), [0.0, sum]);
        }
    }

    #[test]
    fn a_sum_with_a_value_that_is_no_number_is_no_number_and_other_groups_are_untouched() {
        assert!(exact(&[f64::NAN, 1.0]).is_nan());
        let sums = exact_by(&[f64::INFINITY, 1.0, 0.1, 0.2], &[0, 0, 1, 1], 2);
        assert!(sums[0].is_nan());
        assert_eq!(sums[1], 0.1 + 0.2);
    }

    #[test]
    fn sums_in_parts_are_the_sums_of_the_whole() {
        let values: Vec<f64> = (0..9000)
            .map(|i| libm::ldexp(f64::from(i) * 0.1 - 450.0, i % 400 - 200))
            .collect();
        let whole = exact(&values);
        for size in [1, 7, 4096] {
            let grid = Extent::of(&values, |value| value).grid(values.len());
            let mut sums = Sums::new(grid, 3);
            for (at, chunk) in values.chunks(size).enumerate() {
                let mut part = Sums::new(grid, 3);
                chunk.iter().for_each(|value| part.add(at % 3, *value));
                sums = sums.merge(part);
            }
            assert_eq!(sums.regroup(1, |_| Some(0)).value(0), whole);
        }
    }

    #[test]
    fn the_grid_of_products_holds_every_product() {
        let numbers = [1e-320, 3e-5, 0.1, 1.0, 7.0, 1e11, 1e154, 1e300];
        for a in numbers {
            for b in numbers {
                let extent = Extent::EMPTY.with(a).product(Extent::EMPTY.with(b));
                let grid = extent.grid(2);
                let mut sums = Sums::new(grid, 1);
                sums.add(0, a * b);
                let product = a * b;
                let right = if product.is_finite() {
                    product
                } else {
                    f64::NAN
                };
                assert_eq!(sums.value(0).to_bits(), right.to_bits(), "{a} * {b}");
            }
        }
    }
}
