//! Cross-classification of rows by several categories: which combinations occur, and their numbers.
//!
//! Strata, sampling units, weighting cells and domains are all cross-classifications. The
//! combinations are numbered in the order of their labels and not of the rows, so everything
//! computed per combination is the same for a permuted file.
//!
//! # How
//!
//! A row's codes are the digits of one number, its key, whose bases are the numbers of levels. The
//! keys that occur are collected (in parallel, which changes nothing about the set), sorted and
//! numbered. So memory grows with the combinations that occur, and not with those that could.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "block kernel over codes below the number of levels"
)]

use std::ops::Range;

use rayon::prelude::*;

use crate::estimation::columns::{BLOCK, Category, MISSING};
use crate::estimation::numbering::{DENSE_NUMBERING, KeySet, Numbering};

/// Rows per task when the combinations that occur are collected.
const ROWS_PER_TASK: usize = BLOCK * 16;

/// The key of a row with a missing category.
const MISSING_KEY: u64 = u64::MAX;

/// The combinations of some categories that occur in the rows.
#[derive(Debug, Clone)]
pub struct CrossClassification {
    variables: Vec<Category>,
    numbering: Numbering,
    combinations: Vec<Vec<u32>>,
}

impl CrossClassification {
    /// Cross-classifies `rows` rows by `variables`, each a category with one code per row.
    ///
    /// Without variables there is one combination, which holds every row. A row with a missing
    /// category is in no combination.
    ///
    /// # Example
    ///
    /// ```
    /// use minyi::estimation::Column;
    /// use minyi::estimation::columns::MISSING;
    /// use minyi::estimation::cross_classification::CrossClassification;
    ///
    /// let sex = Column::categories([Some("M"), Some("F"), Some("M"), None]).to_category();
    /// let age = Column::categories(["old", "old", "old", "young"].map(Some)).to_category();
    /// let cells = CrossClassification::new(vec![sex, age], 4);
    /// assert_eq!((cells.len(), cells.labels(0)), (2, vec!["F", "old"]));
    /// assert_eq!(cells.decode(4), [1, 0, 1, MISSING]);
    /// ```
    #[must_use]
    pub fn new(variables: Vec<Category>, rows: usize) -> Self {
        // The number of possible combinations; too many to count is too many for a table.
        let possible = variables
            .iter()
            .try_fold(1_u64, |product, variable| {
                product.checked_mul(level_count(variable))
            })
            .unwrap_or(u64::MAX);
        let starts: Vec<usize> = (0..rows).step_by(ROWS_PER_TASK).collect();
        let keys = starts
            .par_iter()
            .fold(
                || KeySet::new(possible, DENSE_NUMBERING),
                |mut keys, &start| {
                    let task = start..(start + ROWS_PER_TASK).min(rows);
                    for_each_key(&variables, task, |key| {
                        if key != MISSING_KEY {
                            keys.insert(key);
                        }
                    });
                    keys
                },
            )
            .reduce(|| KeySet::new(possible, DENSE_NUMBERING), KeySet::union)
            .into_sorted();
        Self {
            combinations: keys.iter().map(|&key| levels(key, &variables)).collect(),
            numbering: Numbering::new(&keys, possible),
            variables,
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

    /// The index of the level of each variable, in the order of the variables, for the combination
    /// with number `id`. Two combinations whose first indices are equal share the first levels:
    /// units of one stratum, for instance.
    #[must_use]
    pub fn levels(&self, id: usize) -> &[u32] {
        &self.combinations[id]
    }

    /// The label of the level of each variable, for the combination with number `id`.
    #[must_use]
    pub fn labels(&self, id: usize) -> Vec<&str> {
        self.combinations[id]
            .iter()
            .zip(&self.variables)
            .map(|(&code, variable)| variable.levels[code as usize].as_str())
            .collect()
    }

    /// Writes the number of the combination of each row of `range` to `out`, [`MISSING`] where a
    /// category is missing. `out` is as long as `range`.
    pub fn fill(&self, range: Range<usize>, out: &mut [u32]) {
        let mut numbers = out.iter_mut();
        for_each_key(&self.variables, range, |key| {
            if let Some(number) = numbers.next() {
                *number = if key == MISSING_KEY {
                    MISSING
                } else {
                    self.numbering.get(key)
                };
            }
        });
    }

    /// The number of the combination of every row, [`MISSING`] where a category is missing.
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

/// Levels of a variable, at least one.
fn level_count(variable: &Category) -> u64 {
    variable.levels.len().max(1) as u64
}

/// Calls `visit` with the key of each row of `range`, in order; [`MISSING_KEY`] where a category is
/// missing. The rows are decoded in blocks that fit into the first-level cache.
fn for_each_key(variables: &[Category], range: Range<usize>, mut visit: impl FnMut(u64)) {
    let mut codes = [0_u32; BLOCK];
    let mut keys = [0_u64; BLOCK];
    let mut start = range.start;
    while start < range.end {
        let block = start..(start + BLOCK).min(range.end);
        let keys = &mut keys[..block.len()];
        keys.fill(0);
        for variable in variables {
            let codes = &mut codes[..block.len()];
            variable.codes.fill(block.clone(), codes);
            let base = level_count(variable);
            for (key, &code) in keys.iter_mut().zip(codes.iter()) {
                *key = if code == MISSING || *key == MISSING_KEY {
                    MISSING_KEY
                } else {
                    *key * base + u64::from(code)
                };
            }
        }
        keys.iter().for_each(|&key| visit(key));
        start = block.end;
    }
}

/// The digits of a key: the index of the level of each variable.
fn levels(mut key: u64, variables: &[Category]) -> Vec<u32> {
    let mut levels: Vec<u32> = variables
        .iter()
        .rev()
        .map(|variable| {
            let base = level_count(variable);
            let level = key % base;
            key /= base;
            level as u32
        })
        .collect();
    levels.reverse();
    levels
}
