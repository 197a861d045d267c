//! The sums of a share over the levels of one of the domains: the fast case of `values`.
//!
//! Most answers count, so only the others are added row by row. The sum of the answers that count
//! is the sum of all rows minus these. The sums are exact, and so are their differences.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "block kernels over numbers below their count"
)]

use crate::estimation::columns::BLOCK;
use crate::estimation::moments::place::Place;
use crate::estimation::moments::totals::{Both, Totals};
use crate::estimation::pairs::Pairs;
use crate::estimation::study_variable::Outcome;
use crate::estimation::summation::{Grid, Halves, Sums};

/// Sums over rows: in one slot, or apart by one of `N` reasons.
pub(super) struct Weighted<const N: usize> {
    /// Σw by pair of unit and domain.
    by_unit: Vec<[Halves; N]>,
    /// Σ of the base weights by pair of weighting cell and domain.
    by_cell: Vec<[Halves; N]>,
    /// Number of rows by domain.
    rows: Vec<[u64; N]>,
}

impl<const N: usize> Weighted<N> {
    /// For so many pairs of units, pairs of cells, and domains.
    pub(super) fn new(units: usize, cells: usize, domains: usize) -> Self {
        Self {
            by_unit: vec![[[0; 2]; N]; units],
            by_cell: vec![[[0; 2]; N]; cells],
            rows: vec![[0; N]; domains],
        }
    }

    /// Adds one row with its final and base weight.
    #[inline]
    pub(super) fn add(&mut self, place: Place, reason: usize, weight: Halves, base: Halves) {
        add(&mut self.by_unit[place.unit as usize][reason], weight);
        if let Some(sums) = self.by_cell.get_mut(place.cell as usize) {
            add(&mut sums[reason], base);
        }
        self.rows[place.level as usize][reason] += 1;
    }

    /// The sums over the rows of both.
    pub(super) fn merge(mut self, other: &Self) -> Self {
        for (own, other) in [
            (&mut self.by_unit, &other.by_unit),
            (&mut self.by_cell, &other.by_cell),
        ] {
            let pairs = own.iter_mut().flatten().zip(other.iter().flatten());
            pairs.for_each(|(own, other)| add(own, *other));
        }
        let rows = self.rows.iter_mut().flatten();
        let more = other.rows.iter().flatten();
        rows.zip(more).for_each(|(own, other)| *own += other);
        self
    }
}

/// Adds to a sum in halves.
#[inline]
pub(super) fn add(sum: &mut Halves, more: Halves) {
    sum[0] += more[0];
    sum[1] += more[1];
}

/// The sums of a share while rows are added: of those whose answer does not count, and of those
/// without an answer.
pub(super) struct Shares(Weighted<2>);

impl Shares {
    /// For so many pairs of units, pairs of cells, and domains.
    pub(super) fn new(units: usize, cells: usize, domains: usize) -> Self {
        Self(Weighted::new(units, cells, domains))
    }

    /// Adds the rows of a block with their final and base weights.
    pub(super) fn add(
        &mut self,
        places: &[Place],
        outcomes: &[Outcome],
        weights: &[Halves],
        base: &[Halves],
    ) {
        // Rows are collected first, without a branch: the processor could not predict it.
        let mut rest = [0_u16; BLOCK + 1];
        let mut count = 0;
        for (at, place) in (0..).zip(places) {
            rest[count] = at;
            count += usize::from(outcomes[place.row as usize] != Outcome::Counts);
        }
        for at in &rest[..count] {
            let place = places[usize::from(*at)];
            let row = place.row as usize;
            let reason = usize::from(outcomes[row] == Outcome::Missing);
            self.0.add(place, reason, weights[row], base[row]);
        }
    }

    /// The sums over the rows of both.
    pub(super) fn merge(self, other: &Self) -> Self {
        Self(self.0.merge(&other.0))
    }

    /// Rounds the sums, which are on the grids of the final and the base weights. `all` are the
    /// sums of all rows.
    pub(super) fn round(
        &self,
        all: &Weighted<1>,
        weight: Grid,
        base: Grid,
        units: &Pairs,
    ) -> Totals {
        let both = |grid: Grid, all: &[[Halves; 1]], parts: &[[Halves; 2]]| {
            let part = |reason: usize| {
                let halves = parts.iter().map(|sums| sums[reason]);
                Sums::from_halves(grid, halves)
            };
            let all = Sums::from_halves(grid, all.iter().map(|[sum]| *sum));
            let b = all.minus(&part(1));
            let a = b.minus(&part(0));
            Both { b, a }
        };
        let by_unit = both(weight, &all.by_unit, &self.0.by_unit);
        let by_cell = both(base, &all.by_cell, &self.0.by_cell);
        let rows = all.rows.iter().zip(&self.0.rows);
        let rows: Vec<u64> = rows.map(|([all], [_, missing])| all - missing).collect();
        Totals::new(0.0, units, &by_unit, &by_cell, &rows, None)
    }
}
