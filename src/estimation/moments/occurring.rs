//! Which (unit, domain) and (weighting cell, domain) pairs have rows with weight.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "numbers below their count"
)]

use std::collections::HashSet;

use rayon::prelude::*;

use crate::estimation::columns::{BLOCK, MISSING, blocks_of, shares_of_threads};
use crate::estimation::crossing::Pairs;
use crate::estimation::design::Design;
use crate::estimation::series::Partition;
use crate::estimation::weighting::Adjustment;
use crate::estimation::weighting::cells::Cells;

/// The pairs of one partition: of sampling units with domains, and of weighting cells with domains.
/// `unit_of` is the unit of every row, out of so many units.
pub(super) fn occurring(
    design: &Design,
    (unit_of, units): (&[u32], usize),
    calibration: Option<(&Adjustment, &Cells)>,
    partition: &Partition,
) -> (Pairs, Option<Pairs>) {
    let width = partition.width();
    let cells = calibration.map(|(_, cells)| cells.crossing.len());
    let (unit_keys, cell_keys) = shares_of_threads(design.rows)
        .into_par_iter()
        .map(|rows| {
            let mut unit_keys = Keys::new(units * width);
            let mut cell_keys = Keys::new(cells.unwrap_or(0) * width);
            let mut level = vec![0; BLOCK];
            for range in blocks_of(rows) {
                let level = &mut level[..range.len()];
                partition.fill(range.clone(), level);
                let weights = &design.weights[range.clone()];
                unit_keys.mark(&unit_of[range.clone()], level, weights, width);
                if let Some((adjustment, _)) = calibration {
                    cell_keys.mark(&adjustment.record_of[range], level, weights, width);
                }
            }
            (unit_keys, cell_keys)
        })
        .reduce_with(|a, b| (a.0.union(b.0), a.1.union(b.1)))
        .unwrap_or_else(|| (Keys::new(0), Keys::new(0)));
    let pairs = |keys: Keys, height: usize| Pairs::new(keys.into_vec(), height, width);
    (
        pairs(unit_keys, units),
        cells.map(|cells| pairs(cell_keys, cells)),
    )
}

/// A set of pairs, each as one number.
enum Keys {
    Dense(Vec<bool>),
    Sparse(HashSet<u64>),
}

/// Above this many possible pairs a hash table replaces the dense one.
const DENSE_LIMIT: usize = 1 << 26;

impl Keys {
    fn new(possible: usize) -> Self {
        if possible <= DENSE_LIMIT {
            Self::Dense(vec![false; possible])
        } else {
            Self::Sparse(HashSet::new())
        }
    }

    /// Adds the pair of every row that has a weight and a level.
    fn mark(&mut self, firsts: &[u32], levels: &[u32], weights: &[f64], width: usize) {
        for ((&first, &level), &weight) in firsts.iter().zip(levels).zip(weights) {
            if level == MISSING || weight == 0.0 {
                continue;
            }
            let key = first as usize * width + level as usize;
            match self {
                Self::Dense(seen) => seen[key] = true,
                Self::Sparse(seen) => {
                    seen.insert(key as u64);
                }
            }
        }
    }

    fn union(self, other: Self) -> Self {
        match (self, other) {
            (Self::Dense(mut seen), Self::Dense(more)) => {
                seen.iter_mut()
                    .zip(more)
                    .for_each(|(seen, more)| *seen |= more);
                Self::Dense(seen)
            }
            (Self::Sparse(mut seen), Self::Sparse(more)) => {
                seen.extend(more);
                Self::Sparse(seen)
            }
            // Both were made for the same number of pairs.
            (own, _) => own,
        }
    }

    fn into_vec(self) -> Vec<u64> {
        match self {
            Self::Dense(seen) => seen
                .iter()
                .enumerate()
                .filter(|(_, seen)| **seen)
                .map(|(key, _)| key as u64)
                .collect(),
            Self::Sparse(seen) => seen.into_iter().collect(),
        }
    }
}
