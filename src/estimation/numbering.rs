//! Keys that occur in the data, and their consecutive numbers.
//!
//! A key is a whole number below a known limit, such as the position of a cell in a table that is
//! mostly empty. Numbers follow the order of the keys, so they do not depend on the order of rows.
//! Small ranges of keys are kept in tables, large ones in hash tables.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "keys below the limit that the table was made for"
)]

use std::collections::{HashMap, HashSet};

use crate::estimation::columns::MISSING;

/// Largest number of possible keys for which [`Numbering`] is a table (32 MiB).
pub const DENSE_NUMBERING: u64 = 1 << 23;

/// A set of keys.
#[derive(Debug, Clone)]
pub enum KeySet {
    /// Whether each possible key is in the set.
    Dense(Vec<bool>),
    /// The keys in the set.
    Sparse(HashSet<u64>),
}

impl KeySet {
    /// The empty set of keys below `possible`: a table if there are at most `dense_limit` of them,
    /// else a hash table.
    #[must_use]
    pub fn new(possible: u64, dense_limit: u64) -> Self {
        if possible <= dense_limit {
            Self::Dense(vec![false; possible as usize])
        } else {
            Self::Sparse(HashSet::new())
        }
    }

    /// Adds a key.
    pub fn insert(&mut self, key: u64) {
        match self {
            Self::Dense(present) => present[key as usize] = true,
            Self::Sparse(keys) => {
                keys.insert(key);
            }
        }
    }

    /// The keys of both sets, which were made with the same limits. Used to merge the sets of
    /// threads.
    #[must_use]
    pub fn union(mut self, other: Self) -> Self {
        match (&mut self, other) {
            (Self::Dense(a), Self::Dense(b)) => a.iter_mut().zip(b).for_each(|(a, b)| *a |= b),
            (Self::Sparse(a), Self::Sparse(b)) => a.extend(b),
            (Self::Dense(_), Self::Sparse(_)) | (Self::Sparse(_), Self::Dense(_)) => {}
        }
        self
    }

    /// The keys in ascending order.
    #[must_use]
    pub fn into_sorted(self) -> Vec<u64> {
        match self {
            Self::Dense(present) => present
                .iter()
                .enumerate()
                .filter(|(_, present)| **present)
                .map(|(key, _)| key as u64)
                .collect(),
            Self::Sparse(keys) => {
                let mut keys: Vec<u64> = keys.into_iter().collect();
                keys.sort_unstable();
                keys
            }
        }
    }
}

/// The number of each key that occurs: its rank in ascending order, from 0.
#[derive(Debug, Clone)]
pub enum Numbering {
    /// The number of each possible key, [`MISSING`] for keys that do not occur.
    Dense(Vec<u32>),
    /// The numbers of the keys that occur.
    Sparse(HashMap<u64, u32>),
}

impl Numbering {
    /// Numbers `keys` from 0 in their order. They are distinct, ascending and below `possible`.
    ///
    /// # Example
    ///
    /// ```
    /// use minyi::estimation::columns::MISSING;
    /// use minyi::estimation::numbering::{KeySet, Numbering};
    ///
    /// let mut keys = KeySet::new(100, 1000);
    /// [42, 7, 42].into_iter().for_each(|key| keys.insert(key));
    /// let keys = keys.into_sorted();
    /// let numbering = Numbering::new(&keys, 100);
    /// assert_eq!((numbering.get(7), numbering.get(42), numbering.get(8)), (0, 1, MISSING));
    /// ```
    #[must_use]
    pub fn new(keys: &[u64], possible: u64) -> Self {
        if possible > DENSE_NUMBERING {
            let numbers = keys.iter().zip(0_u32..);
            return Self::Sparse(numbers.map(|(&key, number)| (key, number)).collect());
        }
        let mut numbers = vec![MISSING; possible as usize];
        for (&key, number) in keys.iter().zip(0_u32..) {
            numbers[key as usize] = number;
        }
        Self::Dense(numbers)
    }

    /// The number of a key, [`MISSING`] if it does not occur.
    #[must_use]
    pub fn get(&self, key: u64) -> u32 {
        match self {
            Self::Dense(numbers) => numbers[key as usize],
            Self::Sparse(numbers) => numbers.get(&key).copied().unwrap_or(MISSING),
        }
    }
}
