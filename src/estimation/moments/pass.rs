//! The one pass over the rows: sums by (PSU, domain), (weighting cell, domain) and domain.
//!
//! Rows are read in blocks that fit into the first-level cache, and every thread takes an equal
//! share of the blocks. For each row and each of the domains, the positions of its sums are found
//! once and used for all study variables. Sums are exact, so the order of the threads does not
//! matter.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "block kernels over numbers below their count"
)]

use std::ops::Range;

use rayon::prelude::*;

use crate::estimation::columns::{BLOCK, MISSING, blocks_of, shares_of_threads};
use crate::estimation::moments::deviations::add_deviations;
use crate::estimation::moments::input::Input;
use crate::estimation::moments::place::Place;
use crate::estimation::moments::shares::{Shares, Weighted, add};
use crate::estimation::moments::totals::Summed;
use crate::estimation::moments::values::{Grids, Values};
use crate::estimation::study_variable::{Outcome, StudyVariable};
use crate::estimation::summation::{Extent, Grid, Halves, Sums};

/// What the pass reads, and the grids of what it sums.
pub(super) struct Pass<'a> {
    input: Input<'a>,
    /// For each of the domains, the study variables that are summed over it.
    used: &'a [Vec<usize>],
    weight: Grid,
    base: Grid,
    /// Whether weights are summed in halves.
    halves: bool,
    /// By study variable; `None` for shares that are summed in halves.
    grids: Vec<Option<Grids>>,
}

/// The sums of one study variable over the levels of one of the domains.
enum Tally {
    Shares(Shares),
    Values(Values),
}

/// The sums over some rows.
struct Tallies {
    /// Σ w x by unit of several rows and column of X, in halves …
    unit_halves: Vec<Halves>,
    /// … or not.
    unit_sums: Sums,
    tables: Vec<Table>,
}

/// The sums over the levels of one of the domains.
struct Table {
    /// Over all rows, for [`Shares`].
    all: Weighted<1>,
    /// Of each of its study variables.
    variables: Vec<Tally>,
    /// Number of rows with a weight, by pair of slot and level.
    rows: Vec<u32>,
}

impl<'a> Pass<'a> {
    /// * `used`: for each of the domains, the study variables that are summed over it
    pub(super) fn new(input: Input<'a>, used: &'a [Vec<usize>]) -> Self {
        let design = input.design;
        let rows = design.rows;
        let extent = |weights: &[f64]| Extent::of(weights, |weight| weight);
        let (weights, base) = (extent(&design.weights), extent(&design.base));
        let (weight, base_grid) = (weights.grid(rows), base.grid(rows));
        let halves = weight.fits_halves() && base_grid.fits_halves();
        let in_halves = |at: usize| {
            let is_used = used.iter().any(|used| used.contains(&at));
            !is_used || (halves && input.variables[at].is_share())
        };
        let grids = (0..input.variables.len())
            .into_par_iter()
            .map(|at| {
                let variable = &input.variables[at];
                (!in_halves(at)).then(|| Grids::new(variable, rows, weights, base))
            })
            .collect();
        Self {
            input,
            used,
            weight,
            base: base_grid,
            halves,
            grids,
        }
    }

    /// The sums over all rows: Σ w x by unit and, for each of the domains, those of each of its
    /// study variables.
    pub(super) fn run(&self) -> (Vec<f64>, Vec<Summed>) {
        let sums = shares_of_threads(self.input.design.rows)
            .into_par_iter()
            .map(|rows| self.sum(rows))
            .reduce_with(Tallies::merge)
            .unwrap_or_else(|| self.zero());
        let tables = sums.tables.into_par_iter().enumerate();
        let totals = tables.map(|(at, table)| self.summed(at, table)).collect();
        let unit_columns = if self.halves {
            Sums::from_halves(self.weight, sums.unit_halves.iter().copied())
        } else {
            sums.unit_sums
        };
        (unit_columns.values(), totals)
    }

    /// The rounded sums on the domains with index `at`.
    fn summed(&self, at: usize, table: Table) -> Summed {
        let (units, _) = &self.input.pairs[at];
        let all = table.all;
        let round = |(&variable, tally): (&usize, Tally)| {
            let totals = match tally {
                Tally::Shares(sums) => sums.round(&all, self.weight, self.base, units),
                Tally::Values(sums) => {
                    let mut totals = sums.round(units);
                    add_deviations(&self.input, at, variable, &mut totals);
                    totals
                }
            };
            (variable, totals)
        };
        Summed {
            variables: self.used[at]
                .iter()
                .zip(table.variables)
                .map(round)
                .collect(),
            rows: table.rows,
        }
    }

    fn zero(&self) -> Tallies {
        let columns = self
            .input
            .adjustment
            .map_or(0, |(_, cells)| cells.columns());
        let slots = self.input.slots.units.len() * columns;
        let table = |(at, used): (usize, &Vec<usize>)| {
            let (units, cells) = &self.input.pairs[at];
            let units = units.pairs().len();
            let cells = cells.as_ref().map_or(0, |cells| cells.pairs().len());
            let width = self.input.domains[at].width();
            let tally = |variable: &usize| match self.grids[*variable] {
                None => Tally::Shares(Shares::new(units, cells, width)),
                Some(grids) => Tally::Values(Values::new(grids, units, cells, width)),
            };
            Table {
                all: Weighted::new(units, cells, width),
                variables: used.iter().map(tally).collect(),
                rows: vec![0; units],
            }
        };
        Tallies {
            unit_halves: vec![[0; 2]; if self.halves { slots } else { 0 }],
            unit_sums: Sums::new(self.weight, if self.halves { 0 } else { slots }),
            tables: self.used.iter().enumerate().map(table).collect(),
        }
    }

    fn sum(&self, rows: Range<usize>) -> Tallies {
        let mut total = self.zero();
        let mut block = Block::new(self);
        for range in blocks_of(rows) {
            block.fill(self, range.clone());
            self.add_unit_columns(&mut total, &block, range.clone());
            for (table, places) in total.tables.iter_mut().zip(&block.places) {
                for place in places {
                    table.rows[place.unit as usize] += 1;
                    let row = place.row as usize;
                    table.all.add(*place, 0, block.weight[row], block.base[row]);
                }
            }
            for index in 0..self.input.variables.len() {
                self.add_variable(&mut total.tables, &mut block, range.clone(), index);
            }
        }
        total
    }

    /// Σ w x by unit.
    fn add_unit_columns(&self, total: &mut Tallies, block: &Block, range: Range<usize>) {
        let Some((adjustment, cells)) = self.input.adjustment else {
            return;
        };
        let columns = cells.columns();
        let weights = &self.input.design.weights[range.clone()];
        let records = &adjustment.record_of[range.clone()];
        let slots = &self.input.slots.of_row[range];
        for (row, (&record, &weight)) in records.iter().zip(weights).enumerate() {
            let slot = slots[row] as usize;
            // All rows of a class have the same auxiliaries; their sum needs no pass.
            if weight == 0.0 || slot >= self.input.slots.units.len() {
                continue;
            }
            let unit = slot * columns;
            for &column in cells.members(record as usize) {
                if self.halves {
                    let sum = &mut total.unit_halves[unit + column as usize];
                    add(sum, block.weight[row]);
                } else {
                    total.unit_sums.add(unit + column as usize, weight);
                }
            }
        }
    }

    /// One study variable on all domains that it is used on.
    fn add_variable(
        &self,
        tables: &mut [Table],
        block: &mut Block,
        range: Range<usize>,
        index: usize,
    ) {
        let mut filled = false;
        for (at, used) in self.used.iter().enumerate() {
            let Some(slot) = used.iter().position(|&used| used == index) else {
                continue;
            };
            if !filled {
                let variable = &self.input.variables[index];
                block.fill_variable(variable, self.grids[index].is_none(), range.clone());
                filled = true;
            }
            let places = &block.places[at];
            match &mut tables[at].variables[slot] {
                Tally::Shares(sums) => {
                    sums.add(places, &block.outcome, &block.weight, &block.base);
                }
                Tally::Values(sums) => sums.add(
                    places,
                    (&block.a, &block.b),
                    &self.input.design.weights[range.clone()],
                    &self.input.design.base[range.clone()],
                ),
            }
        }
    }
}

impl Tally {
    fn merge(self, other: Self) -> Self {
        match (self, other) {
            (Self::Shares(own), Self::Shares(other)) => Self::Shares(own.merge(&other)),
            (Self::Values(own), Self::Values(other)) => Self::Values(own.merge(other)),
            // Both have the tallies that the same study variable asks for.
            (own, _) => own,
        }
    }
}

impl Tallies {
    fn merge(self, other: Self) -> Self {
        let mut unit_halves = self.unit_halves;
        let more = unit_halves.iter_mut().zip(other.unit_halves);
        more.for_each(|(own, other)| add(own, other));
        let merge = |(own, other): (Table, Table)| Table {
            all: own.all.merge(&other.all),
            variables: own
                .variables
                .into_iter()
                .zip(other.variables)
                .map(|(own, other)| own.merge(other))
                .collect(),
            rows: own
                .rows
                .into_iter()
                .zip(other.rows)
                .map(|(own, other)| own + other)
                .collect(),
        };
        Self {
            unit_halves,
            unit_sums: self.unit_sums.merge(other.unit_sums),
            tables: self
                .tables
                .into_iter()
                .zip(other.tables)
                .map(merge)
                .collect(),
        }
    }
}

/// Working storage of a thread.
struct Block {
    level: Vec<u32>,
    /// Final and base weights in halves, if shares are summed in these.
    weight: Vec<Halves>,
    base: Vec<Halves>,
    outcome: Vec<Outcome>,
    a: Vec<f64>,
    b: Vec<f64>,
    /// For each of the domains, the rows that it counts.
    places: Vec<Vec<Place>>,
}

impl Block {
    fn new(pass: &Pass<'_>) -> Self {
        Self {
            level: Vec::with_capacity(BLOCK),
            weight: Vec::with_capacity(BLOCK),
            base: Vec::with_capacity(BLOCK),
            outcome: vec![Outcome::Missing; BLOCK],
            a: vec![0.0; BLOCK],
            b: vec![0.0; BLOCK],
            places: vec![Vec::with_capacity(BLOCK); pass.input.domains.len()],
        }
    }

    /// What all study variables need to know of the rows of `range`.
    fn fill(&mut self, pass: &Pass<'_>, range: Range<usize>) {
        let weights = &pass.input.design.weights[range.clone()];
        self.level.resize(range.len(), 0);
        let slots = &pass.input.slots.of_row[range.clone()];
        for (halves, grid, weights) in [
            (&mut self.weight, pass.weight, weights),
            (
                &mut self.base,
                pass.base,
                &pass.input.design.base[range.clone()],
            ),
        ] {
            halves.clear();
            halves.extend(weights.iter().map(|weight| grid.halves(*weight)));
        }
        for ((domains, (units, cells)), places) in pass
            .input
            .domains
            .iter()
            .zip(pass.input.pairs)
            .zip(&mut self.places)
        {
            domains.fill(range.clone(), &mut self.level);
            let records = pass
                .input
                .adjustment
                .map(|(adjustment, _)| &adjustment.record_of[range.clone()]);
            places.clear();
            for (row, &weight) in weights.iter().enumerate() {
                let level = self.level[row];
                if level == MISSING || weight == 0.0 {
                    continue;
                }
                let cell = cells
                    .as_ref()
                    .zip(records)
                    .map_or(0, |(cells, records)| cells.id(records[row], level));
                places.push(Place {
                    row: row as u32,
                    unit: units.id(slots[row], level),
                    cell,
                    level,
                });
            }
        }
    }

    /// The answers of the rows of `range`, as outcomes or as numbers.
    fn fill_variable(&mut self, variable: &StudyVariable, outcomes: bool, range: Range<usize>) {
        let rows = range.len();
        if outcomes {
            variable.fill_outcomes(range, &mut self.outcome[..rows]);
        } else {
            variable.fill_values(range, &mut self.a[..rows], &mut self.b[..rows]);
        }
    }
}
