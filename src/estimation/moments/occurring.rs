//! Which (slot, domain) and (weighting cell, domain) pairs have rows with a weight.
//!
//! They are found in a pass of its own, so that the sums can be vectors.
#![expect(
    clippy::as_conversions,
    reason = "numbers of possible pairs fit into 64 bits"
)]

use rayon::prelude::*;

use crate::estimation::columns::{BLOCK, MISSING, blocks_of, shares_of_threads};
use crate::estimation::design::sample_design::Design;
use crate::estimation::domains::Domains;
use crate::estimation::moments::slots::Slots;
use crate::estimation::numbering::KeySet;
use crate::estimation::pairs::Pairs;
use crate::estimation::weighting::adjustment::Adjustment;
use crate::estimation::weighting::cells::Cells;

/// Largest number of possible pairs that are marked in a table (64 MiB).
pub(super) const DENSE_PAIRS: u64 = 1 << 26;

/// The pairs (slot, domain) and, if there are weighting cells, (weighting cell, domain).
pub(super) type PairsOf = (Pairs, Option<Pairs>);

/// The pairs (slot, domain) and, if weights were adjusted by cells, (weighting cell, domain) that
/// have rows with a weight.
///
/// * `slots`: the slot of every row, a sampling unit or a class of them
#[expect(clippy::indexing_slicing, reason = "ranges of rows of the design")]
pub(super) fn occurring_pairs(
    design: &Design,
    slots: &Slots,
    adjustment: Option<(&Adjustment, &Cells)>,
    domains: &Domains,
) -> PairsOf {
    let (units, width) = (slots.len(), domains.width());
    let cells = adjustment.map_or(0, |(_, cells)| cells.cells.len());
    let no_keys = |height: usize| KeySet::new((height * width) as u64, DENSE_PAIRS);
    let (unit_keys, cell_keys) = shares_of_threads(design.rows)
        .into_par_iter()
        .map(|rows| {
            let (mut unit_keys, mut cell_keys) = (no_keys(units), no_keys(cells));
            let mut level = [0; BLOCK];
            for range in blocks_of(rows) {
                let level = &mut level[..range.len()];
                domains.fill(range.clone(), level);
                let weights = &design.weights[range.clone()];
                mark(
                    &mut unit_keys,
                    &slots.of_row[range.clone()],
                    level,
                    weights,
                    width,
                );
                if let Some((adjustment, _)) = adjustment {
                    let cell_of = &adjustment.record_of[range];
                    mark(&mut cell_keys, cell_of, level, weights, width);
                }
            }
            (unit_keys, cell_keys)
        })
        .reduce_with(|a, b| (a.0.union(b.0), a.1.union(b.1)))
        .unwrap_or_else(|| (no_keys(units), no_keys(cells)));
    (
        Pairs::new(unit_keys, units, width),
        adjustment.map(|_| Pairs::new(cell_keys, cells, width)),
    )
}

/// Adds the pair of every row that has a weight and a level.
fn mark(keys: &mut KeySet, firsts: &[u32], levels: &[u32], weights: &[f64], width: usize) {
    for ((&first, &level), &weight) in firsts.iter().zip(levels).zip(weights) {
        if level != MISSING && weight != 0.0 {
            keys.insert(u64::from(first) * width as u64 + u64::from(level));
        }
    }
}
