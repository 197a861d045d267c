//! What the pass needs to know before it starts: which pairs occur, and the fixed-point scales.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "units, cells and domains are numbered below their count"
)]

use rayon::prelude::*;

use crate::estimation::columns::{BLOCK, MISSING, blocks};
use crate::estimation::cross_classification::CrossClassification;
use crate::estimation::design::sample_design::Design;
use crate::estimation::domains::Domains;
use crate::estimation::numbering::KeySet;
use crate::estimation::pairs::Pairs;
use crate::estimation::study_variable::StudyVariable;
use crate::estimation::summation::Scale;
use crate::estimation::weighting::adjustment::Adjustment;
use crate::estimation::weighting::cells::Cells;

/// Largest number of possible pairs that are marked in a table (64 MiB).
const DENSE_PAIRS: u64 = 1 << 26;

/// The pairs (PSU, domain) and, if weights were adjusted by cells, (weighting cell, domain) that
/// have rows with a weight. They are found in a pass of its own, so that the sums can be vectors.
pub(super) fn occurring_pairs(
    design: &Design,
    units: &CrossClassification,
    adjustment: Option<(&Adjustment, &Cells)>,
    domains: &Domains,
) -> (Pairs, Option<Pairs>) {
    let width = domains.width();
    let (unit_count, cell_count) = (
        units.len(),
        adjustment.map_or(0, |(_, cells)| cells.cells.len()),
    );
    let mut unit_keys = KeySet::new((unit_count * width) as u64, DENSE_PAIRS);
    let mut cell_keys = KeySet::new((cell_count * width) as u64, DENSE_PAIRS);
    let key = |first: u32, level: u32| u64::from(first) * width as u64 + u64::from(level);
    let (mut unit, mut level) = ([0; BLOCK], [0; BLOCK]);
    for range in blocks(design.rows) {
        let (unit, level) = (&mut unit[..range.len()], &mut level[..range.len()]);
        units.fill(range.clone(), unit);
        domains.fill(range.clone(), level);
        let weights = &design.weights[range.clone()];
        let in_domain = |level: u32, weight: f64| level != MISSING && weight != 0.0;
        for ((&unit, &level), &weight) in unit.iter().zip(level.iter()).zip(weights) {
            if in_domain(level, weight) {
                unit_keys.insert(key(unit, level));
            }
        }
        let Some((adjustment, _)) = adjustment else {
            continue;
        };
        let records = adjustment.record_of[range].iter();
        for ((&cell, &level), &weight) in records.zip(level.iter()).zip(weights) {
            if in_domain(level, weight) {
                cell_keys.insert(key(cell, level));
            }
        }
    }
    (
        Pairs::new(unit_keys, unit_count, width),
        adjustment.map(|_| Pairs::new(cell_keys, cell_count, width)),
    )
}

/// The fixed-point scales of the sums.
pub(super) struct Scales {
    /// Of Σw.
    pub(super) weight: Scale,
    /// Of Σd.
    pub(super) base: Scale,
    /// Of the sums of each study variable.
    pub(super) variables: Vec<VariableScales>,
}

/// The fixed-point scales of the sums of one study variable.
#[derive(Clone, Copy)]
pub(super) struct VariableScales {
    /// Of Σwa and Σwb.
    pub(super) weighted: Scale,
    /// Of Σda and Σdb.
    pub(super) base: Scale,
    /// Of Σwa², Σwab and Σwb².
    pub(super) squares: Scale,
}

impl Scales {
    /// Scales with which no sum over the rows of the design overflows.
    pub(super) fn new(design: &Design, variables: &[StudyVariable]) -> Self {
        let largest = |values: &[f64]| values.par_iter().copied().reduce(|| 0.0, f64::max);
        let (weight, base) = (largest(&design.weights), largest(&design.base));
        let rows = design.rows;
        let of_variable = |variable: &StudyVariable| {
            let bound = if variable.is_share() {
                1.0
            } else {
                largest_value(variable, rows)
            };
            VariableScales {
                weighted: Scale::new(weight * bound, rows),
                base: Scale::new(base * bound, rows),
                squares: Scale::new(weight * bound * bound, rows),
            }
        };
        Self {
            weight: Scale::new(weight, rows),
            base: Scale::new(base, rows),
            variables: variables.par_iter().map(of_variable).collect(),
        }
    }
}

/// The largest |a| or |b| of any row: no sum of the study variable can be larger than that times
/// the largest weight times the number of rows.
fn largest_value(variable: &StudyVariable, rows: usize) -> f64 {
    let (mut a, mut b) = ([0.0; BLOCK], [0.0; BLOCK]);
    let mut largest = 0.0_f64;
    for range in blocks(rows) {
        let (a, b) = (&mut a[..range.len()], &mut b[..range.len()]);
        variable.fill_values(range, a, b);
        let values = a.iter().chain(b.iter()).filter(|value| !value.is_nan());
        largest = values.fold(largest, |largest, value| largest.max(value.abs()));
    }
    largest
}
