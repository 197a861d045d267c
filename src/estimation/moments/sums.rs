//! The sums over the rows from which every estimate follows.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "numbers below their count"
)]

use crate::estimation::crossing::Pairs;
use crate::estimation::domain::Domain;
use crate::estimation::weighting::cells::Cells;

/// The sums of the series of one partition.
pub(super) struct Table {
    pub(super) units: Pairs,
    pub(super) cells: Option<Pairs>,
    pub(super) series: Vec<Option<Sums>>,
    /// Whether a unit has rows with weight in the domain, per pair of `units`.
    pub(super) level_offsets: Vec<Vec<usize>>,
}

#[derive(Clone)]
pub(super) struct Sums {
    /// (Σ w b, Σ w a) by pair of units.
    pub(super) by_unit: Vec<[f64; 2]>,
    /// (Σ d b, Σ d a) by pair of cells.
    pub(super) by_cell: Vec<[f64; 2]>,
    /// n, Σ w, Σ w a², Σ w a b, Σ w b² by domain.
    pub(super) by_domain: Vec<[f64; 5]>,
}

impl Table {
    pub(super) fn totals(&self, sums: &Sums, domain: Domain) -> (f64, f64) {
        let add = |(b, a): (f64, f64), pair: &[f64; 2]| (b + pair[0], a + pair[1]);
        match domain {
            Domain::Whole => sums.by_unit.iter().fold((0.0, 0.0), add),
            Domain::Level(level) => self.level_offsets[level]
                .iter()
                .map(|&at| &sums.by_unit[at])
                .fold((0.0, 0.0), add),
        }
    }

    pub(super) fn domain(&self, sums: &Sums, domain: Domain) -> [f64; 5] {
        match domain {
            Domain::Level(level) => sums.by_domain[level],
            Domain::Whole => sums.by_domain.iter().fold([0.0; 5], |mut total, level| {
                total
                    .iter_mut()
                    .zip(level)
                    .for_each(|(total, value)| *total += value);
                total
            }),
        }
    }

    pub(super) fn add_units(
        &self,
        sums: &Sums,
        domain: Domain,
        scale: f64,
        ratio: f64,
        total: &mut [f64],
    ) {
        let mut add = |at: usize| {
            let [b, a] = sums.by_unit[at];
            total[self.units.pairs()[at].0 as usize] += scale * (a - ratio * b);
        };
        match domain {
            Domain::Whole => (0..sums.by_unit.len()).for_each(&mut add),
            Domain::Level(level) => self.level_offsets[level].iter().copied().for_each(&mut add),
        }
    }

    pub(super) fn add_columns(
        &self,
        sums: &Sums,
        domain: Domain,
        scale: f64,
        ratio: f64,
        cells: &Cells,
        right: &mut [f64],
    ) {
        let Some(pairs) = &self.cells else { return };
        for ((cell, level), [b, a]) in pairs.pairs().iter().zip(&sums.by_cell) {
            if domain == Domain::Whole || domain == Domain::Level(*level as usize) {
                let value = scale * (a - ratio * b);
                for &column in cells.members(*cell as usize) {
                    right[column as usize] += value;
                }
            }
        }
    }

    pub(super) fn members(&self, domain: Domain, units: usize) -> Vec<bool> {
        let mut members = vec![false; units];
        for (unit, level) in self.units.pairs() {
            if domain == Domain::Whole || domain == Domain::Level(*level as usize) {
                members[*unit as usize] = true;
            }
        }
        members
    }
}
