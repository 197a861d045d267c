//! The sums over the levels of one of the domains, and how an estimate adds them up.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "pairs and domains below their count"
)]

use crate::estimation::domains::Domain;
use crate::estimation::moments::totals::{OfDomain, Totals};
use crate::estimation::pairs::Pairs;
use crate::estimation::weighting::cells::Cells;

/// The sums of the study variables of one of the domains.
pub(super) struct Table {
    /// Pairs of sampling unit and domain.
    units: Pairs,
    /// Pairs of weighting cell and domain.
    cells: Option<Pairs>,
    /// By study variable; `None` if it is not used here.
    variables: Vec<Option<Totals>>,
    /// By domain, its pairs of `units`.
    pairs_of: Vec<Vec<usize>>,
}

impl Table {
    /// The sums of the study variables `used`, by their index among `variables` of them, over
    /// `width` levels.
    pub(super) fn new(
        (units, cells): (Pairs, Option<Pairs>),
        totals: Vec<Totals>,
        used: &[usize],
        variables: usize,
        width: usize,
    ) -> Self {
        let mut by_variable = vec![None; variables];
        for (&index, totals) in used.iter().zip(totals) {
            by_variable[index] = Some(totals);
        }
        let mut pairs_of = vec![Vec::new(); width];
        for (at, (_, level)) in units.pairs().iter().enumerate() {
            pairs_of[*level as usize].push(at);
        }
        Self {
            units,
            cells,
            variables: by_variable,
            pairs_of,
        }
    }

    /// The sums of a study variable.
    pub(super) fn totals(&self, variable: usize) -> Option<&Totals> {
        self.variables[variable].as_ref()
    }

    /// The sums of a study variable over a domain.
    pub(super) fn domain(&self, totals: &Totals, domain: Domain) -> OfDomain {
        match domain {
            Domain::Level(level) => totals.by_domain[level],
            Domain::Whole => totals.by_domain[self.pairs_of.len()],
        }
    }

    /// Adds `scale` · (Σwa − `ratio` · Σwb) of the domain to the total of each sampling unit.
    pub(super) fn add_units(
        &self,
        totals: &Totals,
        domain: Domain,
        scale: f64,
        ratio: f64,
        total: &mut [f64],
    ) {
        let mut add = |at: usize| {
            let [b, a] = totals.by_unit[at];
            total[self.units.pairs()[at].0 as usize] += scale * (a - ratio * b);
        };
        match domain {
            Domain::Whole => (0..totals.by_unit.len()).for_each(&mut add),
            Domain::Level(level) => self.pairs_of[level].iter().copied().for_each(&mut add),
        }
    }

    /// Adds `scale` · (Σda − `ratio` · Σdb) of the domain, d being the base weight, to every column
    /// of X that the weighting cell is in.
    pub(super) fn add_columns(
        &self,
        totals: &Totals,
        domain: Domain,
        scale: f64,
        ratio: f64,
        cells: &Cells,
        right: &mut [f64],
    ) {
        let Some(pairs) = &self.cells else { return };
        for ((cell, level), [b, a]) in pairs.pairs().iter().zip(&totals.by_cell) {
            if domain == Domain::Whole || domain == Domain::Level(*level as usize) {
                let value = scale * (a - ratio * b);
                for &column in cells.members(*cell as usize) {
                    right[column as usize] += value;
                }
            }
        }
    }

    /// Which of so many sampling units have rows with weight in the domain.
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
