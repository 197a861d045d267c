//! Pairs of two numberings that occur together: (sampling unit, domain), (weighting cell, domain).
//!
//! Sums over the rows are kept per pair, so memory grows with the pairs that occur and not with the
//! product of both numberings.
#![expect(
    clippy::as_conversions,
    reason = "both members of a pair are below their counts"
)]

use crate::estimation::numbering::{KeySet, Numbering};

/// The pairs that occur, numbered in ascending order.
#[derive(Debug, Clone)]
pub struct Pairs {
    width: u64,
    numbering: Numbering,
    pairs: Vec<(u32, u32)>,
}

impl Pairs {
    /// The pairs (first, second) whose keys `first · width + second` are in `keys`, with first <
    /// `height` and second < `width`, numbered in ascending order.
    #[must_use]
    pub fn new(keys: KeySet, height: usize, width: usize) -> Self {
        let (keys, width) = (keys.into_sorted(), width as u64);
        let pairs = keys
            .iter()
            .map(|key| ((key / width) as u32, (key % width) as u32))
            .collect();
        Self {
            width,
            numbering: Numbering::new(&keys, height as u64 * width),
            pairs,
        }
    }

    /// The pairs in ascending order.
    #[must_use]
    pub fn pairs(&self) -> &[(u32, u32)] {
        &self.pairs
    }

    /// The number of a pair that occurs; [`MISSING`](crate::estimation::columns::MISSING) for
    /// others.
    #[must_use]
    pub fn id(&self, first: u32, second: u32) -> u32 {
        self.numbering
            .get(u64::from(first) * self.width + u64::from(second))
    }
}
