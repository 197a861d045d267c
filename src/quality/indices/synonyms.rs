//! Psychometric synonyms and antonyms: pairs of items that most people answer alike, or opposite.
#![expect(
    clippy::indexing_slicing,
    reason = "positions of items, found in the matrix of the same items"
)]

use super::correlation::pearson;
use super::moments::Moments;

/// The correlation from which on a pair counts: the usual value (Meade & Craig 2012).
pub const CRITICAL_R: f64 = 0.60;

/// Pairs that a person must have answered for a value: r of two pairs is always ±1.
pub const LEAST_PAIRS: usize = 3;

/// Which pairs are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Direction {
    /// r ≥ the critical value.
    Synonyms,
    /// r ≤ minus the critical value.
    Antonyms,
}

/// The pairs of items with |r| of at least `critical`, the later item first.
///
/// * `critical`: 0 to 1; [`CRITICAL_R`] by default
///
/// In a survey that 90 % are satisfied with there may be none.
#[must_use]
pub fn pairs(moments: &Moments, direction: Direction, critical: f64) -> Vec<(usize, usize)> {
    let size = moments.mean.len();
    (0..size)
        .flat_map(|i| (0..i).map(move |j| (i, j)))
        .filter(|(i, j)| {
            let r = moments.correlation[i * size + j];
            match direction {
                Direction::Synonyms => r >= critical,
                Direction::Antonyms => r <= -critical,
            }
        })
        .collect()
}

/// The correlation of a person's answers over `pairs`.
///
/// # Formula
///
/// ```text
/// r of (x_i, x_j) over the pairs (i, j) with both answered
/// ```
///
/// * `answers`: one for each item; NaN for a missing one
/// * `pairs`: from [`pairs`]
/// * `least`: fewer answered pairs have no value; [`LEAST_PAIRS`] by default
///
/// −1 to 1. Near 1 for careful answers to synonyms, near −1 for antonyms; near 0 for random ones.
/// NaN for too few pairs, and if all answers of one side are equal: a person who is satisfied with
/// everything has no value. (`careless-py` writes 0 then, and for everyone with a missing answer.)
///
/// # Source
///
/// Meade & Craig 2012, Psychol. Methods 17, 437–455; equal to `careless-py` 1.1.0 `psychsyn` and
/// `psychant`.
#[must_use]
pub fn within_person(answers: &[f64], pairs: &[(usize, usize)], least: usize) -> f64 {
    pearson(pairs.iter().map(|&(i, j)| (answers[i], answers[j])), least)
}
