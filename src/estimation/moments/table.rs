//! The sums over the levels of one of the domains, and how an estimate adds them up.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "pairs and domains below their count"
)]

use crate::estimation::domains::Domain;
use crate::estimation::moments::totals::{OfDomain, Summed, Totals};
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
    /// Number of slots that are units; those from there on are classes.
    unit_slots: usize,
    /// The first of the pairs of classes.
    first_class: usize,
    /// Number of rows with a weight, by pair of slot and domain.
    rows: Vec<u32>,
}

impl Table {
    /// The sums of some of `variables` study variables over `width` levels.
    pub(super) fn new(
        (units, cells): (Pairs, Option<Pairs>),
        summed: Summed,
        (variables, width): (usize, usize),
        unit_slots: usize,
    ) -> Self {
        let mut by_variable = vec![None; variables];
        for (index, totals) in summed.variables {
            by_variable[index] = Some(totals);
        }
        let mut pairs_of = vec![Vec::new(); width];
        for (at, (_, level)) in units.pairs().iter().enumerate() {
            pairs_of[*level as usize].push(at);
        }
        let pairs = units.pairs();
        let first_class = pairs.partition_point(|(slot, _)| (*slot as usize) < unit_slots);
        Self {
            units,
            cells,
            variables: by_variable,
            pairs_of,
            unit_slots,
            first_class,
            rows: summed.rows,
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

    /// Adds `scale` · (Σwa − `ratio` · Σwb) of the domain to the total of each unit, and to that of
    /// each pair of class and domain.
    pub(super) fn add_units(
        &self,
        totals: &Totals,
        domain: Domain,
        (scale, ratio): (f64, f64),
        units: &mut [f64],
        classes: &mut [f64],
    ) {
        let mut add = |at: usize| {
            let [b, a] = totals.by_unit[at];
            let total = match at.checked_sub(self.first_class) {
                None => &mut units[self.units.pairs()[at].0 as usize],
                Some(class) => &mut classes[class],
            };
            *total += scale * (a - ratio * b);
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

    /// Which units have rows with weight in the domain, by slot.
    pub(super) fn members(&self, domain: Domain) -> Vec<bool> {
        let mut members = vec![false; self.unit_slots];
        for (unit, level) in &self.units.pairs()[..self.first_class] {
            if domain == Domain::Whole || domain == Domain::Level(*level as usize) {
                members[*unit as usize] = true;
            }
        }
        members
    }

    /// The pairs of slot and domain.
    pub(super) const fn pairs(&self) -> &Pairs {
        &self.units
    }

    /// The first of the pairs of classes.
    pub(super) const fn first_class(&self) -> usize {
        self.first_class
    }

    /// Number of pairs of class and domain.
    pub(super) fn class_pairs(&self) -> usize {
        self.units.pairs().len() - self.first_class
    }

    /// The pairs of class and domain that are in the domain: number of the pair, number of the
    /// class, and rows with a weight.
    pub(super) fn classes(&self, domain: Domain) -> impl Iterator<Item = (usize, usize, u32)> {
        let pairs = self.units.pairs()[self.first_class..].iter();
        let rows = self.rows[self.first_class..].iter();
        pairs
            .zip(rows)
            .enumerate()
            .filter_map(move |(at, ((slot, level), rows))| {
                let is_in = domain == Domain::Whole || domain == Domain::Level(*level as usize);
                is_in.then(|| (at, *slot as usize - self.unit_slots, *rows))
            })
    }

    /// Σwb and Σwa of a pair of class and domain.
    pub(super) fn of_class(&self, totals: &Totals, at: usize) -> [f64; 2] {
        totals.by_unit[self.first_class + at]
    }
}
