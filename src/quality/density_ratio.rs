//! Which responses of a set are more frequent there than elsewhere, and how many times.
//!
//! ```text
//! r(x) = share of responses like x in the set / share of responses like x in a reference
//! ```
//!
//! 1. Boosted trees (Friedman 2001) of three levels tell the set from all references, on the
//!    [`profile`](super::profile) of a response. Every response is scored by trees that were made
//!    without it, or a rare response would be typical of its own set.
//! 2. Along the score, r is estimated as a step function that never falls (isotonic regression,
//!    Barlow et al. 1972), for each reference by itself. The smallest of these counts: what is as
//!    frequent at one other door is not strange.
//!
//! 3. Most of a set may be honest, which blurs what the trees learn. So this is done again with each
//!    member of the set weighted by the chance 1 − 1/r that no reference explains it (Ward et al.
//!    2009, Biometrics 65).
//!
//! Where r = 3, two of three responses are more than the references explain.

use rayon::prelude::*;

use super::profile::{CLASSES, Profile};

/// Parts into which the responses are divided, to score each part by trees of the others.
const FOLDS: u32 = 4;

/// Rounds of step 3.
const ROUNDS: u32 = 3;

/// Sum of weights below which there is nothing to learn from.
const MIN_STRANGE: f64 = 10.0;

/// Trees.
const TREES: usize = 60;

/// Levels of a tree.
const LEVELS: usize = 3;

/// Step of a tree (shrinkage).
const STEP: f64 = 0.15;

/// Penalty on the values of leaves, in responses.
const PENALTY: f64 = 5.0;

/// Responses of the set or of a reference that trees are made from, at most.
const MAX_TRAINING: usize = 8_000;

/// How strange a response of the set is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Strangeness {
    /// Its row.
    pub row: u32,
    /// How many times as frequent responses like it are in the set as in the reference where they
    /// are most frequent; infinite if no reference has any.
    pub ratio: f64,
    /// Responses like it or stranger that the references lead to expect in the set.
    pub expected: f64,
}

/// A response as the trees see it.
#[derive(Clone, Copy)]
struct Case {
    row: u32,
    is_in_set: bool,
    weight: f64,
    score: f64,
}

/// The responses of `set`, the strangest first; empty if a reference is empty. A row in the set and
/// in a reference counts in both.
#[must_use]
pub fn strangeness(profile: &Profile, set: &[u32], references: &[Vec<u32>]) -> Vec<Strangeness> {
    if set.is_empty() || references.is_empty() || references.iter().any(Vec::is_empty) {
        return Vec::new();
    }
    let mut members: Vec<(u32, f64)> = set.iter().map(|row| (*row, 1.0)).collect();
    let mut found = Vec::new();
    for _ in 0..ROUNDS {
        let n_strange: f64 = members.iter().map(|(_, weight)| weight).sum();
        if n_strange < MIN_STRANGE {
            break;
        }
        found = round(profile, &members, references);
        let weights = found.iter().map(|one: &Strangeness| {
            let weight = 1.0 - 1.0 / one.ratio.max(1.0);
            (one.row, weight)
        });
        members = weights.collect();
    }
    found
}

/// One round; each member of the set with the chance that it is not explained by the references.
fn round(profile: &Profile, members: &[(u32, f64)], references: &[Vec<u32>]) -> Vec<Strangeness> {
    let scored: Vec<Vec<Vec<(u32, f64)>>> = (0..FOLDS)
        .into_par_iter()
        .map(|fold| {
            let trees = boosted(profile, training(members, references, fold));
            let score = |rows: &mut dyn Iterator<Item = u32>| -> Vec<(u32, f64)> {
                let own = rows.filter(|row| fold_of(*row) == fold);
                own.map(|row| (row, trees.iter().map(|tree| tree.value(profile, row)).sum()))
                    .collect()
            };
            let mut scored = vec![score(&mut members.iter().map(|(row, _)| *row))];
            let others = references.iter();
            scored.extend(others.map(|rows| score(&mut rows.iter().copied())));
            scored
        })
        .collect();
    let together = |place: usize| -> Vec<(u32, f64)> {
        let parts = scored.iter().filter_map(|parts| parts.get(place));
        parts.flatten().copied().collect()
    };
    let mut set = together(0);
    set.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let steps: Vec<Vec<(f64, f64)>> = (1..=references.len())
        .map(|place| ratios(&set, &mut together(place)))
        .collect();
    let found = set.iter().enumerate().map(|(place, (row, _))| {
        let here = || steps.iter().filter_map(|steps| steps.get(place));
        Strangeness {
            row: *row,
            ratio: here().map(|step| step.0).fold(f64::INFINITY, f64::min),
            expected: here().map(|step| step.1).fold(0.0, f64::max),
        }
    });
    found.collect()
}

/// A part that does not depend on the order of leaves.
fn fold_of(row: u32) -> u32 {
    row.wrapping_mul(0x9e37_79b1) >> 16 & 3
}

/// The cases outside of `fold`. The set and all references together have the same weight.
fn training(members: &[(u32, f64)], references: &[Vec<u32>], fold: u32) -> Vec<Case> {
    let inside = members.iter().filter(|(row, _)| fold_of(*row) != fold);
    let inside: Vec<(u32, f64)> = inside
        .filter(|(_, weight)| *weight > 0.0)
        .copied()
        .collect();
    let inside = thinned(inside);
    let sum: f64 = inside.iter().map(|(_, weight)| weight).sum();
    let total = sum.min(2000.0);
    let case = |row, is_in_set, weight| Case {
        row,
        is_in_set,
        weight,
        score: 0.0,
    };
    let mut cases: Vec<Case> = inside
        .iter()
        .map(|(row, weight)| case(*row, true, total * weight / sum.max(1e-9)))
        .collect();
    for rows in references {
        let outside = rows.iter().copied().filter(|row| fold_of(*row) != fold);
        let outside = thinned(outside.collect());
        let weight = total / count(references.len()) / count(outside.len()).max(1.0);
        cases.extend(outside.iter().map(|row| case(*row, false, weight)));
    }
    cases
}

/// Every second, third, ... of the rows, so that at most [`MAX_TRAINING`] are left.
fn thinned<T>(rows: Vec<T>) -> Vec<T> {
    let every = rows.len().div_ceil(MAX_TRAINING).max(1);
    rows.into_iter().step_by(every).collect()
}

/// A tree: inner nodes, then leaves, in the order of a heap.
struct Tree {
    /// Feature and the highest class that goes left.
    splits: Vec<Option<(usize, u8)>>,
    leaves: Vec<f64>,
}

impl Tree {
    fn leaf(&self, profile: &Profile, row: u32) -> usize {
        let mut node = 0;
        while let Some(split) = self.splits.get(node) {
            let goes_right =
                split.is_some_and(|(feature, last)| class(profile, feature, row) > last);
            node = 2 * node + 1 + usize::from(goes_right);
        }
        node - self.splits.len()
    }

    fn value(&self, profile: &Profile, row: u32) -> f64 {
        let leaf = self.leaf(profile, row);
        self.leaves.get(leaf).copied().unwrap_or_default()
    }
}

fn boosted(profile: &Profile, mut cases: Vec<Case>) -> Vec<Tree> {
    let mut trees = Vec::with_capacity(TREES);
    // The classes of the cases side by side: half of the time would be spent on finding them.
    let columns = profile.iter().map(|column| {
        let of_case = |case: &Case| {
            let row = usize::try_from(case.row).ok();
            row.and_then(|row| column.get(row))
                .copied()
                .unwrap_or_default()
        };
        cases.iter().map(of_case).collect()
    });
    let columns: Profile = columns.collect();
    for _ in 0..TREES {
        let tree = tree(profile, &columns, &cases);
        for case in &mut cases {
            case.score += tree.value(profile, case.row);
        }
        trees.push(tree);
    }
    trees
}

/// Slope and curvature of the log likelihood.
type Slopes = (f64, f64);

/// The tree that improves the scores most, level by level.
fn tree(profile: &Profile, columns: &Profile, cases: &[Case]) -> Tree {
    let slopes: Vec<Slopes> = cases
        .iter()
        .map(|case| {
            let chance = 1.0 / (1.0 + libm::exp(-case.score));
            let wanted = f64::from(u8::from(case.is_in_set));
            let curvature = case.weight * chance * (1.0 - chance);
            (case.weight * (wanted - chance), curvature)
        })
        .collect();
    let mut nodes = vec![0_usize; cases.len()];
    let mut splits = Vec::new();
    for level in 0..LEVELS {
        let n_nodes = 1 << level;
        let best = best_splits(columns, &slopes, &nodes, n_nodes);
        for (node, case) in nodes.iter_mut().zip(cases) {
            let split = best.get(*node).copied().flatten();
            let goes_right =
                split.is_some_and(|(feature, last)| class(profile, feature, case.row) > last);
            *node = 2 * *node + usize::from(goes_right);
        }
        splits.extend(best);
    }
    let mut sums = [(0.0, 0.0); 1 << LEVELS];
    for (node, slope) in nodes.iter().zip(&slopes) {
        if let Some(sum) = sums.get_mut(*node) {
            *sum = (sum.0 + slope.0, sum.1 + slope.1);
        }
    }
    let leaves = sums
        .iter()
        .map(|(slope, curvature)| STEP * slope / (curvature + PENALTY));
    Tree {
        splits,
        leaves: leaves.collect(),
    }
}

/// The best split of each node of a level.
fn best_splits(
    columns: &Profile,
    slopes: &[Slopes],
    nodes: &[usize],
    n_nodes: usize,
) -> Vec<Option<(usize, u8)>> {
    let mut best = vec![(0.0, None); n_nodes];
    for (feature, column) in columns.iter().enumerate() {
        let mut sums = vec![(0.0, 0.0); n_nodes * CLASSES];
        for ((class, slope), node) in column.iter().zip(slopes).zip(nodes) {
            let place = node * CLASSES + usize::from(*class);
            if let Some(sum) = sums.get_mut(place) {
                *sum = (sum.0 + slope.0, sum.1 + slope.1);
            }
        }
        for (sums, best) in sums.chunks(CLASSES).zip(&mut best) {
            if let Some((gain, last)) = best_cut(sums).filter(|(gain, _)| *gain > best.0) {
                *best = (gain, Some((feature, last)));
            }
        }
    }
    best.into_iter().map(|(_, split)| split).collect()
}

/// The best cut between the classes of a feature: how much it gains, the last class on the left.
fn best_cut(sums: &[Slopes]) -> Option<(f64, u8)> {
    let total = sums.iter().fold((0.0, 0.0), |t, s| (t.0 + s.0, t.1 + s.1));
    let gain = |(slope, curvature): Slopes| slope * slope / (curvature + PENALTY);
    let mut left = (0.0, 0.0);
    let mut best: Option<(f64, u8)> = None;
    for (class, sum) in (0_u8..).zip(sums) {
        left = (left.0 + sum.0, left.1 + sum.1);
        let right = (total.0 - left.0, total.1 - left.1);
        let gained = gain(left) + gain(right) - gain(total);
        if gained > best.map_or(1e-9, |best| best.0) {
            best = Some((gained, class));
        }
    }
    best
}

fn class(profile: &Profile, feature: usize, row: u32) -> u8 {
    let row = usize::try_from(row).unwrap_or(usize::MAX);
    let column = profile.get(feature);
    column
        .and_then(|column| column.get(row))
        .copied()
        .unwrap_or_default()
}

/// For each response of the set, the strangest first: r, and the responses at least as strange that
/// the reference leads to expect.
fn ratios(set: &[(u32, f64)], reference: &mut [(u32, f64)]) -> Vec<(f64, f64)> {
    reference.sort_by(|a, b| b.1.total_cmp(&a.1));
    let scale = count(set.len()) / count(reference.len());
    // Blocks of responses with falling r: how many of the set, how many expected.
    let mut blocks: Vec<(usize, f64)> = Vec::new();
    let mut n_seen = 0;
    for same in set.chunk_by(|a, b| a.1 == b.1) {
        let score = same.first().map_or(0.0, |first| first.1);
        let n_above = reference.partition_point(|other| other.1.total_cmp(&score).is_ge());
        let mut block = (same.len(), scale * count(n_above - n_seen));
        n_seen = n_above;
        while let Some(last) = blocks.last().copied() {
            if count(last.0) * block.1 > count(block.0) * last.1 {
                break;
            }
            block = (block.0 + last.0, block.1 + last.1);
            blocks.pop();
        }
        blocks.push(block);
    }
    let mut expected = 0.0;
    let steps = blocks.iter().flat_map(|(n, explained)| {
        expected += explained;
        std::iter::repeat_n((count(*n) / explained, expected), *n)
    });
    steps.collect()
}

fn count(number: usize) -> f64 {
    u32::try_from(number).map_or(f64::MAX, f64::from)
}
