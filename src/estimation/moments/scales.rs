//! What the pass needs to know first: which pairs occur, and the fixed-point scale of every series.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "numbers below their count"
)]

use rayon::prelude::*;

use crate::estimation::columns::{BLOCK, MISSING, blocks};
use crate::estimation::crossing::{Crossing, Pairs};
use crate::estimation::design::sample_design::Design;
use crate::estimation::domain::Partition;
use crate::estimation::series::Series;
use crate::estimation::summation::Scale;
use crate::estimation::weighting::adjustment::Adjustment;
use crate::estimation::weighting::cells::Cells;

/// Which (unit, domain) and (cell, domain) pairs have rows with weight.
pub(super) fn occurring(
    design: &Design,
    units: &Crossing,
    adjustment: Option<&Adjustment>,
    cells: Option<&Cells>,
    partition: &Partition,
) -> (Pairs, Option<Pairs>) {
    let width = partition.width();
    let (height, cell_count) = (units.len(), cells.map_or(0, |cells| cells.crossing.len()));
    let mut unit_keys = Keys::new(height * width);
    let mut cell_keys = Keys::new(cell_count * width);
    let (mut unit, mut level) = (vec![0; BLOCK], vec![0; BLOCK]);
    for range in blocks(design.rows) {
        let (unit, level) = (&mut unit[..range.len()], &mut level[..range.len()]);
        units.fill(range.clone(), unit);
        partition.fill(range.clone(), level);
        let weights = &design.weights[range.clone()];
        for ((&unit, &level), &weight) in unit.iter().zip(level.iter()).zip(weights) {
            if level != MISSING && weight != 0.0 {
                unit_keys.mark(unit as usize * width + level as usize);
            }
        }
        if let Some(adjustment) = adjustment.filter(|_| cells.is_some()) {
            for ((&cell, &level), &weight) in adjustment.record_of[range]
                .iter()
                .zip(level.iter())
                .zip(weights)
            {
                if level != MISSING && weight != 0.0 {
                    cell_keys.mark(cell as usize * width + level as usize);
                }
            }
        }
    }
    let units = Pairs::new(unit_keys.into_vec(), height, width);
    (
        units,
        cells.map(|_| Pairs::new(cell_keys.into_vec(), cell_count, width)),
    )
}

/// A set of small numbers.
pub(super) enum Keys {
    Dense(Vec<bool>),
    Sparse(std::collections::HashSet<u64>),
}

impl Keys {
    pub(super) fn new(possible: usize) -> Self {
        if possible <= 1 << 26 {
            Self::Dense(vec![false; possible])
        } else {
            Self::Sparse(std::collections::HashSet::new())
        }
    }

    pub(super) fn mark(&mut self, key: usize) {
        match self {
            Self::Dense(seen) => seen[key] = true,
            Self::Sparse(seen) => {
                seen.insert(key as u64);
            }
        }
    }

    pub(super) fn into_vec(self) -> Vec<u64> {
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

/// Fixed-point scales of the pass.
pub(super) struct Scales {
    pub(super) weight: Scale,
    pub(super) base: Scale,
    pub(super) series: Vec<SeriesScales>,
}

#[derive(Clone, Copy)]
pub(super) struct SeriesScales {
    pub(super) weighted: Scale,
    pub(super) base: Scale,
    pub(super) squares: Scale,
}

impl Scales {
    pub(super) fn new(design: &Design, series: &[Series]) -> Self {
        let largest = |values: &[f64]| values.par_iter().copied().reduce(|| 0.0, f64::max);
        let (weight, base) = (largest(&design.weights), largest(&design.base));
        let rows = design.rows;
        let of_series = |series: &Series| {
            if series.is_share() {
                let weighted = Scale::new(weight, rows);
                return SeriesScales {
                    weighted,
                    base: Scale::new(base, rows),
                    squares: weighted,
                };
            }
            let (mut a, mut b) = (vec![0.0; BLOCK], vec![0.0; BLOCK]);
            let mut bound = 0.0_f64;
            for range in blocks(rows) {
                let (a, b) = (&mut a[..range.len()], &mut b[..range.len()]);
                series.fill_values(range, a, b);
                bound = a
                    .iter()
                    .chain(b.iter())
                    .filter(|v| !v.is_nan())
                    .fold(bound, |bound, v| bound.max(v.abs()));
            }
            SeriesScales {
                weighted: Scale::new(weight * bound, rows),
                base: Scale::new(base * bound, rows),
                squares: Scale::new(weight * bound * bound, rows),
            }
        };
        Self {
            weight: Scale::new(weight, rows),
            base: Scale::new(base, rows),
            series: series.par_iter().map(of_series).collect(),
        }
    }
}
