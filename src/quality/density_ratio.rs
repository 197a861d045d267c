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
//! Where r = 4, three of four responses are more than the references explain.

use super::profile::{CLASSES, Profile};

/// Parts into which the responses are divided, to score each part by trees of the others.
const FOLDS: u32 = 4;

/// Trees.
const TREES: usize = 40;

/// Levels of a tree.
const LEVELS: usize = 3;

/// Step of a tree (shrinkage).
const STEP: f64 = 0.15;

/// Penalty on the values of leaves, in responses.
const PENALTY: f64 = 5.0;

/// Responses of the set or of a reference that trees are made from, at most.
const MAX_TRAINING: usize = 12_000;

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
    let mut set_scores: Vec<(u32, f64)> = set.iter().map(|row| (*row, 0.0)).collect();
    let mut reference_scores: Vec<Vec<(u32, f64)>> = references
        .iter()
        .map(|rows| rows.iter().map(|row| (*row, 0.0)).collect())
        .collect();
    for fold in 0..FOLDS {
        let trees = boosted(profile, training(set, references, fold));
        let all = reference_scores.iter_mut().flatten().chain(&mut set_scores);
        for (row, score) in all.filter(|(row, _)| fold_of(*row) == fold) {
            *score = trees.iter().map(|tree| tree.value(profile, *row)).sum();
        }
    }
    set_scores.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let steps: Vec<Vec<(f64, f64)>> = reference_scores
        .iter_mut()
        .map(|scores| ratios(&set_scores, scores))
        .collect();
    let found = set_scores.iter().enumerate().map(|(place, (row, _))| {
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
fn training(set: &[u32], references: &[Vec<u32>], fold: u32) -> Vec<Case> {
    let part = |rows: &[u32]| -> Vec<u32> {
        let others = rows.iter().filter(|row| fold_of(**row) != fold);
        let others: Vec<u32> = others.copied().collect();
        let every = others.len().div_ceil(MAX_TRAINING).max(1);
        others.into_iter().step_by(every).collect()
    };
    let inside = part(set);
    let total = count(inside.len()).min(2000.0);
    let case = |row, is_in_set, weight| Case {
        row,
        is_in_set,
        weight,
        score: 0.0,
    };
    let n_references = count(references.len());
    let own = total / count(inside.len()).max(1.0);
    let mut cases: Vec<Case> = inside.iter().map(|row| case(*row, true, own)).collect();
    for rows in references {
        let outside = part(rows);
        let weight = total / n_references / count(outside.len()).max(1.0);
        cases.extend(outside.iter().map(|row| case(*row, false, weight)));
    }
    cases
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
            let goes_right = split.is_some_and(|(feature, last)| class(profile, feature, row) > last);
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
    for _ in 0..TREES {
        let tree = tree(profile, &cases);
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
fn tree(profile: &Profile, cases: &[Case]) -> Tree {
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
        let best = best_splits(profile, cases, &slopes, &nodes, n_nodes);
        for (node, case) in nodes.iter_mut().zip(cases) {
            let split = best.get(*node).copied().flatten();
            let goes_right =
                split.is_some_and(|(feature, last)| class(profile, feature, case.row) > last);
            *node = 2 * *node + usize::from(goes_right);
        }
        splits.extend(best);
    }
    let mut sums = vec![(0.0, 0.0); 1 << LEVELS];
    for (node, slope) in nodes.iter().zip(&slopes) {
        if let Some(sum) = sums.get_mut(*node) {
            *sum = (sum.0 + slope.0, sum.1 + slope.1);
        }
    }
    let leaves = sums.iter().map(|(slope, curvature)| STEP * slope / (curvature + PENALTY));
    Tree {
        splits,
        leaves: leaves.collect(),
    }
}

/// The best split of each node of a level.
fn best_splits(
    profile: &Profile,
    cases: &[Case],
    slopes: &[Slopes],
    nodes: &[usize],
    n_nodes: usize,
) -> Vec<Option<(usize, u8)>> {
    let mut best = vec![(0.0, None); n_nodes];
    for (feature, column) in profile.iter().enumerate() {
        let mut sums = vec![(0.0, 0.0); n_nodes * CLASSES];
        for ((case, slope), node) in cases.iter().zip(slopes).zip(nodes) {
            let class = usize::try_from(case.row).ok().and_then(|row| column.get(row));
            let place = node * CLASSES + usize::from(class.copied().unwrap_or_default());
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
    column.and_then(|column| column.get(row)).copied().unwrap_or_default()
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
