//! The sums of a study variable while rows are added, whatever its numbers are.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "numbers below their count"
)]

use crate::estimation::columns::{BLOCK, blocks};
use crate::estimation::moments::place::Place;
use crate::estimation::moments::totals::{Both, Totals};
use crate::estimation::pairs::Pairs;
use crate::estimation::study_variable::StudyVariable;
use crate::estimation::summation::{Extent, Grid, Sums};

/// The grids on which the sums of a study variable are exact, and what is subtracted from its
/// numerators before.
#[derive(Clone, Copy)]
pub(super) struct Grids {
    /// See [`Totals`].
    shift: f64,
    /// Of w.
    weight: Grid,
    /// Of w a and w b.
    weighted: Grid,
    /// Of d a and d b, with the base weight d.
    base: Grid,
}

impl Grids {
    /// From the extents of the final and the base weights.
    pub(super) fn new(
        variable: &StudyVariable,
        rows: usize,
        weights: Extent,
        base: Extent,
    ) -> Self {
        let shift = shift(variable, rows);
        let mut values = Extent::EMPTY;
        for_values(variable, rows, |a, b| {
            values = values.with(a - shift * b).with(b);
        });
        Self {
            shift,
            weight: weights.grid(rows),
            weighted: weights.product(values).grid(rows),
            base: base.product(values).grid(rows),
        }
    }
}

/// Values are close together if they differ by less than this part of their size.
const CLOSE: f64 = 1.0 / 1024.0;

/// The middle of all a/b if these are close together, else 0.
fn shift(variable: &StudyVariable, rows: usize) -> f64 {
    let (mut least, mut most) = (f64::INFINITY, f64::NEG_INFINITY);
    for_values(variable, rows, |a, b| {
        let value = if b > 0.0 { a / b } else { f64::INFINITY };
        least = least.min(value);
        most = most.max(value);
    });
    let middle = least / 2.0 + most / 2.0;
    if most - least < CLOSE * middle.abs() && middle.is_finite() {
        middle
    } else {
        0.0
    }
}

/// Calls `visit` with a and b of every row with an answer.
fn for_values(variable: &StudyVariable, rows: usize, mut visit: impl FnMut(f64, f64)) {
    let (mut a, mut b) = (vec![0.0; BLOCK], vec![0.0; BLOCK]);
    for range in blocks(rows) {
        let (a, b) = (&mut a[..range.len()], &mut b[..range.len()]);
        variable.fill_values(range, a, b);
        let answered = a.iter().zip(b.iter()).filter(|(a, _)| !a.is_nan());
        answered.for_each(|(a, b)| visit(*a, *b));
    }
}

/// The sums of a study variable while rows are added.
pub(super) struct Values {
    /// Σ w b and Σ w a by pair of unit and domain.
    by_unit: Sums,
    /// Σ d b and Σ d a by pair of weighting cell and domain.
    by_cell: Sums,
    /// Σ w by domain.
    weight: Sums,
    /// Rows with an answer, by domain.
    rows: Vec<u64>,
    shift: f64,
}

impl Values {
    /// For so many pairs of units, pairs of cells, and domains.
    pub(super) fn new(grids: Grids, units: usize, cells: usize, domains: usize) -> Self {
        Self {
            by_unit: Sums::new(grids.weighted, units * 2),
            by_cell: Sums::new(grids.base, cells * 2),
            weight: Sums::new(grids.weight, domains),
            rows: vec![0; domains],
            shift: grids.shift,
        }
    }

    /// Adds the rows of a block with their numerators `a` (NaN: no answer), denominators `b`, final
    /// and base weights.
    pub(super) fn add(
        &mut self,
        places: &[Place],
        (a, b): (&[f64], &[f64]),
        weights: &[f64],
        base: &[f64],
    ) {
        let calibrated = self.by_cell.slots() > 0;
        for place in places {
            let row = place.row as usize;
            let (a, b, weight) = (a[row], b[row], weights[row]);
            if a.is_nan() {
                continue;
            }
            let a = a - self.shift * b;
            let slot = place.unit as usize * 2;
            self.by_unit.add(slot, weight * b);
            self.by_unit.add(slot + 1, weight * a);
            if calibrated {
                let slot = place.cell as usize * 2;
                self.by_cell.add(slot, base[row] * b);
                self.by_cell.add(slot + 1, base[row] * a);
            }
            let level = place.level as usize;
            self.weight.add(level, weight);
            self.rows[level] += 1;
        }
    }

    /// The sums over the rows of both.
    pub(super) fn merge(self, other: Self) -> Self {
        let rows = self.rows.iter().zip(other.rows);
        Self {
            rows: rows.map(|(own, other)| own + other).collect(),
            by_unit: self.by_unit.merge(other.by_unit),
            by_cell: self.by_cell.merge(other.by_cell),
            weight: self.weight.merge(other.weight),
            shift: self.shift,
        }
    }

    /// Rounds the sums.
    pub(super) fn round(self, units: &Pairs) -> Totals {
        // Of every `of` slots in turn, the one at `which`.
        let every = |sums: &Sums, of: usize, which: usize| {
            sums.regroup(sums.slots() / of, |slot| {
                (slot % of == which).then_some(slot / of)
            })
        };
        let both = |sums: &Sums| Both {
            b: every(sums, 2, 0),
            a: every(sums, 2, 1),
        };
        let (by_unit, by_cell) = (both(&self.by_unit), both(&self.by_cell));
        Totals::new(
            self.shift,
            units,
            &by_unit,
            &by_cell,
            &self.rows,
            Some(&self.weight),
        )
    }
}
