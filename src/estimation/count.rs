//! Counts of rows as numbers that can be multiplied, and back.
//!
//! Formulas need n as a floating-point number. A double holds every whole number below 2⁵³ exactly,
//! more than any file has rows, so both directions lose nothing.

/// `n` as a floating-point number: exact for every count below 2⁵³.
#[expect(clippy::as_conversions, reason = "no count of rows reaches 2^53")]
#[must_use]
pub fn count(n: usize) -> f64 {
    n as f64
}

/// A count that was kept as a floating-point number.
#[expect(
    clippy::as_conversions,
    reason = "a whole number, at least 0 and below 2^53"
)]
#[must_use]
pub const fn whole(n: f64) -> u64 {
    n as u64
}
