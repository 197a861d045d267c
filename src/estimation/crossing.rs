//! Crosses of categories: which combinations occur, numbered in the order of their labels.
//!
//! Strata, sampling units, weighting cells and domains are all crosses. The numbers depend on the labels only, never on
//! the order of the rows, so everything computed per combination comes out the same for a permuted file.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "block kernel over codes below the radix"
)]

use std::collections::HashMap;
use std::ops::Range;

use rayon::prelude::*;

use crate::estimation::columns::{BLOCK, Category, MISSING};

/// Above this many possible combinations a hash table replaces the dense one.
const DENSE_LIMIT: u64 = 1 << 23;

/// The combinations of some categories that occur in the rows.
#[derive(Debug, Clone)]
pub struct Crossing {
    axes: Vec<Category>,
    table: Table,
    combinations: Vec<Vec<u32>>,
}

#[derive(Debug, Clone)]
enum Table {
    Dense(Vec<u32>),
    Sparse(HashMap<u64, u32>),
}

impl Crossing {
    /// The cross of `axes`, all of `rows` rows; no axis gives one combination that holds every row.
    #[must_use]
    pub fn new(axes: Vec<Category>, rows: usize) -> Self {
        let possible = axes.iter().try_fold(1_u64, |product, axis| {
            product.checked_mul(axis.levels.len().max(1) as u64)
        });
        let dense = possible.filter(|possible| *possible <= DENSE_LIMIT);
        let starts: Vec<usize> = (0..rows).step_by(BLOCK * 16).collect();
        let chunk = |start: usize| start..(start + BLOCK * 16).min(rows);
        let mut keys: Vec<u64> = if let Some(possible) = dense {
            let seen = starts
                .par_iter()
                .fold(
                    || vec![false; possible as usize],
                    |mut seen, &start| {
                        for_keys(&axes, chunk(start), |key| {
                            if key != u64::MAX {
                                seen[key as usize] = true;
                            }
                        });
                        seen
                    },
                )
                .reduce(
                    || vec![false; possible as usize],
                    |mut a, b| {
                        a.iter_mut().zip(b).for_each(|(a, b)| *a |= b);
                        a
                    },
                );
            seen.iter()
                .enumerate()
                .filter(|(_, seen)| **seen)
                .map(|(key, _)| key as u64)
                .collect()
        } else {
            let mut seen = HashMap::new();
            for start in starts {
                for_keys(&axes, chunk(start), |key| {
                    if key != u64::MAX {
                        seen.insert(key, ());
                    }
                });
            }
            seen.into_keys().collect()
        };
        keys.sort_unstable();
        let combinations = keys.iter().map(|&key| split(key, &axes)).collect();
        let table = match dense {
            Some(possible) => {
                let mut table = vec![MISSING; possible as usize];
                for (id, &key) in keys.iter().enumerate() {
                    table[key as usize] = id as u32;
                }
                Table::Dense(table)
            }
            None => Table::Sparse(
                keys.iter()
                    .enumerate()
                    .map(|(id, &key)| (key, id as u32))
                    .collect(),
            ),
        };
        Self {
            axes,
            table,
            combinations,
        }
    }

    /// Number of combinations that occur.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.combinations.len()
    }

    /// Whether no row has a combination.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.combinations.is_empty()
    }

    /// The categories crossed.
    #[must_use]
    pub fn axes(&self) -> &[Category] {
        &self.axes
    }

    /// The level index on each axis of a combination.
    #[must_use]
    pub fn levels(&self, id: usize) -> &[u32] {
        &self.combinations[id]
    }

    /// The labels of a combination.
    #[must_use]
    pub fn labels(&self, id: usize) -> Vec<&str> {
        self.combinations[id]
            .iter()
            .zip(&self.axes)
            .map(|(&code, axis)| axis.levels[code as usize].as_str())
            .collect()
    }

    /// The combination of each row of `range`, [`MISSING`] where any part is missing.
    pub fn fill(&self, range: Range<usize>, out: &mut [u32]) {
        let mut at = 0;
        for_keys(&self.axes, range, |key| {
            out[at] = match &self.table {
                _ if key == u64::MAX => MISSING,
                Table::Dense(table) => table[key as usize],
                Table::Sparse(table) => table.get(&key).copied().unwrap_or(MISSING),
            };
            at += 1;
        });
    }

    /// The combination of every row.
    #[must_use]
    pub fn decode(&self, rows: usize) -> Vec<u32> {
        let mut out = vec![0; rows];
        out.par_chunks_mut(BLOCK * 4)
            .enumerate()
            .for_each(|(chunk, out)| {
                let start = chunk * BLOCK * 4;
                self.fill(start..start + out.len(), out);
            });
        out
    }
}

/// Calls `visit` with the mixed-radix key of each row, `u64::MAX` where a part is missing.
fn for_keys(axes: &[Category], range: Range<usize>, mut visit: impl FnMut(u64)) {
    let mut codes = [0_u32; BLOCK];
    let mut keys = [0_u64; BLOCK];
    let mut start = range.start;
    while start < range.end {
        let block = start..(start + BLOCK).min(range.end);
        let keys = &mut keys[..block.len()];
        keys.fill(0);
        for axis in axes {
            let codes = &mut codes[..block.len()];
            axis.codes.fill(block.clone(), codes);
            let radix = axis.levels.len().max(1) as u64;
            for (key, &code) in keys.iter_mut().zip(codes.iter()) {
                *key = if code == MISSING || *key == u64::MAX {
                    u64::MAX
                } else {
                    *key * radix + u64::from(code)
                };
            }
        }
        keys.iter().for_each(|&key| visit(key));
        start = block.end;
    }
}

/// The level index on each axis of a key.
fn split(mut key: u64, axes: &[Category]) -> Vec<u32> {
    let mut levels: Vec<u32> = axes
        .iter()
        .rev()
        .map(|axis| {
            let radix = axis.levels.len().max(1) as u64;
            let level = key % radix;
            key /= radix;
            level as u32
        })
        .collect();
    levels.reverse();
    levels
}

/// Pairs of two numberings that occur, numbered in order: groups of (sampling unit, domain) and of (cell, domain).
#[derive(Debug, Clone)]
pub struct Pairs {
    width: usize,
    table: Table,
    pairs: Vec<(u32, u32)>,
}

impl Pairs {
    /// From which pairs occur; `first < height`, `second < width`.
    #[must_use]
    pub fn new(mut keys: Vec<u64>, height: usize, width: usize) -> Self {
        keys.sort_unstable();
        keys.dedup();
        let pairs = keys
            .iter()
            .map(|key| ((key / width as u64) as u32, (key % width as u64) as u32))
            .collect();
        let possible = height as u64 * width as u64;
        let table = if possible <= DENSE_LIMIT {
            let mut table = vec![MISSING; possible as usize];
            for (id, &key) in keys.iter().enumerate() {
                table[key as usize] = id as u32;
            }
            Table::Dense(table)
        } else {
            Table::Sparse(
                keys.iter()
                    .enumerate()
                    .map(|(id, &key)| (key, id as u32))
                    .collect(),
            )
        };
        Self {
            width,
            table,
            pairs,
        }
    }

    /// The pairs in order.
    #[must_use]
    pub fn pairs(&self) -> &[(u32, u32)] {
        &self.pairs
    }

    /// The number of a pair that occurs.
    #[must_use]
    pub fn id(&self, first: u32, second: u32) -> u32 {
        let key = u64::from(first) * self.width as u64 + u64::from(second);
        match &self.table {
            Table::Dense(table) => table[key as usize],
            Table::Sparse(table) => table.get(&key).copied().unwrap_or(MISSING),
        }
    }
}
