//! The sums over the rows from which every estimate follows.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "pairs and levels are numbered below their count"
)]

use crate::estimation::domains::Domain;
use crate::estimation::pairs::Pairs;
use crate::estimation::weighting::cells::Cells;

/// The sums of one study variable: a is its numerator, b its denominator, w a final weight, d the
/// weight before the adjustment.
#[derive(Clone)]
pub(super) struct Sums {
    /// (Σwb, Σwa) by pair (PSU, domain).
    pub(super) by_unit: Vec<[f64; 2]>,
    /// (Σdb, Σda) by pair (weighting cell, domain).
    pub(super) by_cell: Vec<[f64; 2]>,
    /// n, Σw, Σwa², Σwab, Σwb² by domain.
    pub(super) by_domain: Vec<[f64; 5]>,
}

/// The sums of all study variables over the domains of one [`Domains`].
///
/// [`Domains`]: crate::estimation::domains::Domains
pub(super) struct Table {
    /// The pairs (PSU, domain) with rows.
    units: Pairs,
    /// The pairs (weighting cell, domain) with rows, if weights were adjusted.
    cells: Option<Pairs>,
    /// By study variable; `None` if it is not needed here.
    variables: Vec<Option<Sums>>,
    /// The pairs of `units` of each domain.
    pairs_of_level: Vec<Vec<usize>>,
}

impl Table {
    /// A table for `width` domains.
    pub(super) fn new(
        units: Pairs,
        cells: Option<Pairs>,
        variables: Vec<Option<Sums>>,
        width: usize,
    ) -> Self {
        let mut pairs_of_level = vec![Vec::new(); width];
        for (at, (_, level)) in units.pairs().iter().enumerate() {
            pairs_of_level[*level as usize].push(at);
        }
        Self {
            units,
            cells,
            variables,
            pairs_of_level,
        }
    }

    /// The sums of a study variable.
    pub(super) fn sums(&self, variable: usize) -> Option<&Sums> {
        self.variables.get(variable)?.as_ref()
    }

    /// (Σwb, Σwa) of a domain.
    pub(super) fn totals(&self, sums: &Sums, domain: Domain) -> (f64, f64) {
        let add = |(b, a): (f64, f64), pair: &[f64; 2]| (b + pair[0], a + pair[1]);
        match domain {
            Domain::Whole => sums.by_unit.iter().fold((0.0, 0.0), add),
            Domain::Level(level) => self.pairs_of_level[level]
                .iter()
                .map(|&at| &sums.by_unit[at])
                .fold((0.0, 0.0), add),
        }
    }

    /// n, Σw, Σwa², Σwab, Σwb² of a domain.
    pub(super) fn moments(&self, sums: &Sums, domain: Domain) -> [f64; 5] {
        match domain {
            Domain::Level(level) => sums.by_domain[level],
            Domain::Whole => sums.by_domain.iter().fold([0.0; 5], |mut total, level| {
                for (total, value) in total.iter_mut().zip(level) {
                    *total += value;
                }
                total
            }),
        }
    }

    /// Adds scale · (Σwa − R Σwb) of each PSU in a domain to `totals`, one entry per PSU.
    pub(super) fn add_units(
        &self,
        sums: &Sums,
        domain: Domain,
        scale: f64,
        ratio: f64,
        totals: &mut [f64],
    ) {
        let mut add = |at: usize| {
            let [b, a] = sums.by_unit[at];
            totals[self.units.pairs()[at].0 as usize] += scale * (a - ratio * b);
        };
        match domain {
            Domain::Whole => (0..sums.by_unit.len()).for_each(&mut add),
            Domain::Level(level) => {
                let pairs = self.pairs_of_level[level].iter().copied();
                pairs.for_each(&mut add);
            }
        }
    }

    /// Adds scale · X′D(a − Rb) over the rows of a domain to `right`, one entry per column of X.
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
            if contains(domain, *level) {
                let value = scale * (a - ratio * b);
                for &column in cells.members(*cell as usize) {
                    right[column as usize] += value;
                }
            }
        }
    }

    /// Whether each of `units` PSUs has rows in a domain.
    pub(super) fn members(&self, domain: Domain, units: usize) -> Vec<bool> {
        let mut members = vec![false; units];
        for (unit, level) in self.units.pairs() {
            if contains(domain, *level) {
                members[*unit as usize] = true;
            }
        }
        members
    }
}

fn contains(domain: Domain, level: u32) -> bool {
    domain == Domain::Whole || domain == Domain::Level(level as usize)
}
