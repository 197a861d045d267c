//! Where the rows of a design are summed: by sampling unit or, for units of one row, by class.
//!
//! A volunteer is a sampling unit, so there may be a million units. Sums by unit would take
//! gigabytes. Units of one row that share stratum, auxiliaries and weights form a class: the
//! variance needs only the number of them, and the sum and the squares of their answers
//! ([`parts`](super::parts)).
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "units and slots are numbered below their count"
)]

use std::collections::HashMap;
use std::ops::Range;

use foldhash::fast::FixedState;
use rayon::prelude::*;

use crate::estimation::columns::{MISSING, shares_of_threads};
use crate::estimation::design::sample_design::Design;
use crate::estimation::design::stage::Units;

/// Classes are used if they have at least this many rows on average.
const ROWS_OF_CLASS: usize = 4;

/// The slots of a design: its units of several rows first, in their order, then the classes.
pub(super) struct Slots {
    /// The slot of every row.
    pub(super) of_row: Vec<u32>,
    /// The sampling unit of each slot before the classes.
    pub(super) units: Vec<u32>,
    /// Units of one row, in the order of stratum, auxiliaries and weights.
    pub(super) classes: Vec<Class>,
}

/// Units of one row that share stratum, auxiliaries and weights.
#[derive(Debug, Clone, Copy)]
pub(super) struct Class {
    /// Their stratum.
    pub(super) stratum: u32,
    /// Their record of auxiliaries; [`MISSING`] without any.
    pub(super) record: u32,
    /// The final weight of each.
    pub(super) weight: f64,
    /// Their number.
    pub(super) rows: u32,
}

/// What tells classes apart: stratum, record, bits of the base and of the final weight.
type Key = (u32, u32, u64, u64);

type Numbers = HashMap<Key, u32, FixedState>;

impl Slots {
    /// The slots of a design. `None` if every row is a unit and too few share a class.
    ///
    /// * `record_of`: the record of auxiliaries of each row; `None` without adjustment
    pub(super) fn new(design: &Design, record_of: Option<&[u32]>) -> Option<Self> {
        let first = design.first();
        let unit_of = first.unit_of(design.rows);
        let mut rows = vec![0_u32; first.len()];
        unit_of.iter().for_each(|&unit| rows[unit as usize] += 1);
        let alone = rows.iter().filter(|rows| **rows == 1).count();
        let key = |row: usize| -> Option<Key> {
            let unit = unit_of[row] as usize;
            (rows[unit] == 1).then(|| {
                let record = record_of.map_or(MISSING, |records| records[row]);
                let (base, weight) = (design.base[row], design.weights[row]);
                (
                    first.stratum_of[unit],
                    record,
                    base.to_bits(),
                    weight.to_bits(),
                )
            })
        };
        let counts = if alone < ROWS_OF_CLASS {
            Numbers::default()
        } else {
            counts_by_key(design.rows, &key)
        };
        if counts.is_empty() || counts.len() * ROWS_OF_CLASS > alone {
            return match first.units {
                Units::Clusters(_) => Some(Self::of_units(unit_of, first.len())),
                Units::Rows | Units::Mixed { .. } => None,
            };
        }
        let units: Vec<u32> = (0..first.len() as u32)
            .filter(|unit| rows[*unit as usize] != 1)
            .collect();
        let mut slot_of_unit = vec![MISSING; first.len()];
        for (slot, unit) in (0..).zip(&units) {
            slot_of_unit[*unit as usize] = slot;
        }
        let (classes, numbers) = numbered(counts, units.len() as u32);
        let of_row = (0..design.rows)
            .into_par_iter()
            .with_min_len(1 << 14)
            .map_init(Recent::default, |recent, row| match key(row) {
                Some(key) => recent.get(key, &numbers),
                None => slot_of_unit[unit_of[row] as usize],
            })
            .collect();
        Some(Self {
            of_row,
            units,
            classes,
        })
    }

    /// One slot for each unit.
    fn of_units(unit_of: Vec<u32>, units: usize) -> Self {
        Self {
            of_row: unit_of,
            units: (0..units as u32).collect(),
            classes: Vec::new(),
        }
    }

    /// Number of slots.
    pub(super) fn len(&self) -> usize {
        self.units.len() + self.classes.len()
    }
}

/// The number of rows of each key.
fn counts_by_key(rows: usize, key: &(impl Fn(usize) -> Option<Key> + Sync)) -> Numbers {
    let count = |range: Range<usize>| {
        let mut counts = Numbers::default();
        let mut recent = Recent::default();
        for key in range.filter_map(key) {
            recent.count(key, &mut counts);
        }
        recent.give_back(&mut counts);
        counts
    };
    shares_of_threads(rows)
        .into_par_iter()
        .map(count)
        .reduce_with(|mut all, more| {
            for (key, rows) in more {
                *all.entry(key).or_default() += rows;
            }
            all
        })
        .unwrap_or_default()
}

/// The classes in the order of their keys, and the slot of each key from `first` on.
fn numbered(counts: Numbers, first: u32) -> (Vec<Class>, Numbers) {
    let mut counts: Vec<(Key, u32)> = counts.into_iter().collect();
    counts.sort_unstable();
    let class = |((stratum, record, _, weight), rows): &(Key, u32)| Class {
        stratum: *stratum,
        record: *record,
        weight: f64::from_bits(*weight),
        rows: *rows,
    };
    let classes = counts.iter().map(class).collect();
    let keys = counts.iter().map(|(key, _)| *key);
    (classes, keys.zip(first..).collect())
}

/// Entries of [`Recent`].
const RECENT: usize = 1 << 13;

/// The latest keys with their number, so that few rows need the hash table.
struct Recent(Vec<(Key, u32)>);

impl Default for Recent {
    fn default() -> Self {
        Self(vec![((MISSING, MISSING, 0, 0), 0); RECENT])
    }
}

impl Recent {
    /// The place of a key.
    fn entry(&mut self, key: Key) -> &mut (Key, u32) {
        let mixed = (u64::from(key.0) << 32 | u64::from(key.1)) ^ key.2.rotate_left(17);
        let hash = mixed.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 51;
        &mut self.0[hash as usize % RECENT]
    }

    /// The number of a key.
    fn get(&mut self, key: Key, numbers: &Numbers) -> u32 {
        let entry = self.entry(key);
        if entry.0 != key {
            *entry = (key, numbers.get(&key).copied().unwrap_or(MISSING));
        }
        entry.1
    }

    /// Counts one more row of a key.
    fn count(&mut self, key: Key, counts: &mut Numbers) {
        let entry = self.entry(key);
        if entry.0 != key {
            let (old, rows) = std::mem::replace(entry, (key, 0));
            if rows > 0 {
                *counts.entry(old).or_default() += rows;
            }
        }
        entry.1 += 1;
    }

    /// Adds what was counted and not yet added.
    fn give_back(self, counts: &mut Numbers) {
        for (key, rows) in self.0.into_iter().filter(|(_, rows)| *rows > 0) {
            *counts.entry(key).or_default() += rows;
        }
    }
}
