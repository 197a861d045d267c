//! The same complete answers more often than people give them.
//!
//! ```text
//! expected copies in a door of n = n (copies in sampled doors + null copies + 1/2)/(sampled + null)
//! ```

use std::collections::BTreeMap;
use std::hash::BuildHasher;

use super::doors::Door;
use super::null_model::NullModel;
use super::responses::{BLANK, Choice, Responses};

/// Responses of one door with the same answers to all questions.
#[derive(Debug, Clone, PartialEq)]
pub struct Copies {
    /// Index of the door.
    pub door: usize,
    /// Its rows, ascending.
    pub rows: Vec<u32>,
    /// How many such responses the door would have if people there answered as sampled ones do.
    pub expected: f64,
}

/// The answers that at least `min_copies` responses of one door share, by door and first row.
#[must_use]
pub fn copies(
    responses: &Responses,
    doors: &[Door],
    null: &NullModel,
    min_copies: usize,
) -> Vec<Copies> {
    let hasher = foldhash::fast::FixedState::default();
    let hash = |answers: &[Vec<Choice>], row: usize| {
        let columns = answers.iter();
        let given = columns.map(|column| column.get(row).copied().unwrap_or(BLANK));
        let given: Vec<Choice> = given.collect();
        let is_blank = given.iter().all(|answer| *answer == BLANK);
        (!is_blank).then(|| hasher.hash_one(given))
    };
    let n_null = null.shares.len();
    let mut usual: BTreeMap<u64, f64> = BTreeMap::new();
    for hash in (0..n_null).filter_map(|row| hash(&null.answers, row)) {
        *usual.entry(hash).or_default() += 1.0;
    }
    let mut by_door: Vec<BTreeMap<u64, Vec<u32>>> = Vec::new();
    for door in doors {
        let mut same: BTreeMap<u64, Vec<u32>> = BTreeMap::new();
        for row in &door.rows {
            let place = usize::try_from(*row).unwrap_or(usize::MAX);
            if let Some(hash) = hash(&responses.answers, place) {
                same.entry(hash).or_default().push(*row);
            }
        }
        by_door.push(same);
    }
    let mut found = Vec::new();
    for (place, same) in by_door.iter().enumerate() {
        // A door does not say what is usual in itself.
        let others = || {
            let sampled = doors.iter().zip(&by_door).enumerate();
            sampled.filter(|(other, (door, _))| door.is_sampled && *other != place)
        };
        let n_others: f64 = others().map(|(_, (door, _))| count(door.rows.len())).sum();
        let n_door: f64 = same.values().map(|rows| count(rows.len())).sum();
        for (hash, rows) in same.iter().filter(|(_, rows)| rows.len() >= min_copies) {
            let elsewhere = others().filter_map(|(_, (_, same))| same.get(hash));
            let seen: f64 = elsewhere.map(|rows| count(rows.len())).sum();
            let seen = seen + usual.get(hash).copied().unwrap_or_default() + 0.5;
            found.push(Copies {
                door: place,
                rows: rows.clone(),
                expected: n_door * seen / (n_others + count(n_null)).max(1.0),
            });
        }
    }
    found.sort_by(|a, b| (a.door, &a.rows).cmp(&(b.door, &b.rows)));
    found
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}
