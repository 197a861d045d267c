//! Counts as numbers that can be multiplied.

use crate::estimation::count::count;

/// `n` as a floating-point number: exact for every count below 2⁵³.
#[must_use]
pub fn number(n: u64) -> f64 {
    usize::try_from(n).map_or(f64::INFINITY, count)
}
