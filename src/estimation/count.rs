//! Counts of rows as numbers that can be multiplied.

/// A count as a number; exact below 2⁵³.
#[expect(clippy::as_conversions, reason = "no count of rows reaches 2^53")]
#[must_use]
pub fn count(n: usize) -> f64 {
    n as f64
}
