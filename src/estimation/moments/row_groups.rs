//! Rows with equal keys, numbered in the order of the keys.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "groups are numbered below their count"
)]

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash};
use std::ops::Range;

use foldhash::fast::FixedState;
use rayon::prelude::*;

use crate::estimation::columns::{MISSING, blocks_of, shares_of_threads};

/// The groups of some rows.
pub(super) struct RowGroups<K> {
    /// The group of every row; [`MISSING`] for rows without a key.
    pub(super) of_row: Vec<u32>,
    /// The key of each group, ascending.
    pub(super) keys: Vec<K>,
    /// The number of rows of each group.
    pub(super) rows: Vec<u32>,
}

/// The groups that one thread found, in the order of their first rows.
struct Found<K> {
    of_row: Vec<u32>,
    keys: Vec<K>,
    rows: Vec<u32>,
}

impl<K: Copy + Ord + Hash + Send + Sync> RowGroups<K> {
    /// The groups of `rows` rows; `None` if there are more than `most`.
    ///
    /// * `keys_of`: adds the keys of a block of rows, `None` for rows to be left out
    pub(super) fn new(
        rows: usize,
        most: usize,
        keys_of: impl Fn(Range<usize>, &mut Vec<Option<K>>) + Sync,
    ) -> Option<Self> {
        let parts: Option<Vec<Found<K>>> = shares_of_threads(rows)
            .into_par_iter()
            .map(|range| Found::new(range, most, &keys_of))
            .collect();
        let parts = parts?;
        let mut keys: Vec<K> = parts
            .iter()
            .flat_map(|part| part.keys.iter().copied())
            .collect();
        keys.sort_unstable();
        keys.dedup();
        if keys.len() > most {
            return None;
        }
        let mut groups = Self {
            of_row: Vec::with_capacity(rows),
            rows: vec![0; keys.len()],
            keys,
        };
        for part in parts {
            let own = part.keys.iter();
            let numbers: Vec<u32> = own
                .map(|key| {
                    groups
                        .keys
                        .binary_search(key)
                        .map_or(MISSING, |at| at as u32)
                })
                .collect();
            for (number, rows) in numbers.iter().zip(&part.rows) {
                groups.rows[*number as usize] += rows;
            }
            let of_row = part.of_row.iter();
            let number = |at: &u32| numbers.get(*at as usize).copied().unwrap_or(MISSING);
            groups.of_row.extend(of_row.map(number));
        }
        Some(groups)
    }
}

/// Entries of the table of latest keys.
const RECENT: usize = 1 << 13;

impl<K: Copy + Ord + Hash> Found<K> {
    fn new(
        rows: Range<usize>,
        most: usize,
        keys_of: &impl Fn(Range<usize>, &mut Vec<Option<K>>),
    ) -> Option<Self> {
        let mut found = Self {
            of_row: Vec::with_capacity(rows.len()),
            keys: Vec::new(),
            rows: Vec::new(),
        };
        let mut numbers: HashMap<K, u32, FixedState> = HashMap::default();
        // Most keys are among the latest, so few rows need the hash table.
        let mut recent = vec![MISSING; RECENT];
        let mut keys = Vec::new();
        let hasher = FixedState::default();
        for range in blocks_of(rows) {
            keys.clear();
            keys_of(range, &mut keys);
            for key in &keys {
                let Some(key) = key else {
                    found.of_row.push(MISSING);
                    continue;
                };
                let recent = &mut recent[hasher.hash_one(key) as usize % RECENT];
                if found.keys.get(*recent as usize) != Some(key) {
                    *recent = *numbers.entry(*key).or_insert_with(|| {
                        found.keys.push(*key);
                        found.rows.push(0);
                        found.keys.len() as u32 - 1
                    });
                }
                found.rows[*recent as usize] += 1;
                found.of_row.push(*recent);
            }
            if found.keys.len() > most {
                return None;
            }
        }
        Some(found)
    }
}
