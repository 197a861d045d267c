//! The one pass over the rows: integer sums by (PSU, domain), (weighting cell, domain) and domain.
//!
//! Rows are read in blocks that fit into the first-level cache, and every thread takes an equal
//! share of the blocks. For each row and each of the domains, the positions of its sums (its bins)
//! are found once and used for all study variables. Sums are of integers, so the order of the
//! threads does not matter.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "block kernels over numbers below their count"
)]

use std::ops::Range;

use rayon::prelude::*;

use crate::estimation::columns::{BLOCK, MISSING};
use crate::estimation::cross_classification::CrossClassification;
use crate::estimation::design::sample_design::Design;
use crate::estimation::domains::Domains;
use crate::estimation::moments::scales::{Scales, VariableScales};
use crate::estimation::moments::sums::Sums;
use crate::estimation::pairs::Pairs;
use crate::estimation::study_variable::{Outcome, StudyVariable};
use crate::estimation::summation::Scale;
use crate::estimation::weighting::adjustment::Adjustment;
use crate::estimation::weighting::cells::Cells;

/// What the pass reads, and where it counts.
pub(super) struct Pass<'a> {
    pub(super) design: &'a Design,
    /// The PSUs.
    pub(super) units: &'a CrossClassification,
    /// The adjustment of the weights, if there is one, with its cells.
    pub(super) adjustment: Option<(&'a Adjustment, &'a Cells)>,
    pub(super) domains: &'a [Domains],
    /// For each of `domains`, the pairs that occur.
    pub(super) pairs: &'a [(Pairs, Option<Pairs>)],
    pub(super) variables: &'a [StudyVariable],
    /// For each of `domains`, the study variables that are needed.
    pub(super) used: &'a [Vec<usize>],
    pub(super) scales: &'a Scales,
}

/// The integer sums of one thread.
pub(super) struct Totals {
    /// Σwx by PSU: PSUs × columns of X.
    pub(super) unit_columns: Vec<i64>,
    /// For each of the domains, the sums of the study variables in `used`.
    pub(super) tables: Vec<Vec<IntegerSums>>,
}

/// [`Sums`] as integers.
pub(super) struct IntegerSums {
    by_unit: Vec<[i64; 2]>,
    by_cell: Vec<[i64; 2]>,
    by_domain: Vec<[i64; 5]>,
}

impl IntegerSums {
    /// Adds the sums by domain of a share, for which a² = ab = a and b² = b.
    pub(super) fn derive_domains(&mut self, units: &Pairs) {
        for ((_, level), [b, a]) in units.pairs().iter().zip(&self.by_unit) {
            let domain = &mut self.by_domain[*level as usize];
            domain[1] += b;
            domain[2] += a;
            domain[3] += a;
            domain[4] += b;
        }
    }

    /// The sums as numbers.
    pub(super) fn into_sums(self, scales: &Scales, variable: usize) -> Sums {
        let own = scales.variables[variable];
        let pair =
            |scale: Scale| move |sums: [i64; 2]| [scale.value(sums[0]), scale.value(sums[1])];
        let square = |sum: i64| own.squares.value(sum);
        let domains = self.by_domain.into_iter();
        Sums {
            by_unit: self.by_unit.into_iter().map(pair(own.weighted)).collect(),
            by_cell: self.by_cell.into_iter().map(pair(own.base)).collect(),
            by_domain: domains
                .map(|[n, weight, aa, ab, bb]| {
                    let weight = scales.weight.value(weight);
                    [n as f64, weight, square(aa), square(ab), square(bb)]
                })
                .collect(),
        }
    }
}

impl Totals {
    /// Adds the sums of another thread.
    fn add(mut self, other: Self) -> Self {
        for (ours, theirs) in self.unit_columns.iter_mut().zip(other.unit_columns) {
            *ours += theirs;
        }
        let theirs = other.tables.into_iter().flatten();
        for (ours, theirs) in self.tables.iter_mut().flatten().zip(theirs) {
            add_sums(&mut ours.by_unit, &theirs.by_unit);
            add_sums(&mut ours.by_cell, &theirs.by_cell);
            add_sums(&mut ours.by_domain, &theirs.by_domain);
        }
        self
    }
}

/// Adds `theirs` to `ours`, element by element.
fn add_sums<const N: usize>(ours: &mut [[i64; N]], theirs: &[[i64; N]]) {
    for (ours, theirs) in ours.iter_mut().zip(theirs) {
        ours.iter_mut().zip(theirs).for_each(|(a, b)| *a += b);
    }
}

impl Pass<'_> {
    /// The sums over all rows, which every thread takes an equal share of.
    pub(super) fn run(&self) -> Totals {
        let rows = self.design.rows;
        let threads = rayon::current_num_threads().max(1);
        let size = rows.div_ceil(threads).next_multiple_of(BLOCK).max(BLOCK);
        let shares: Vec<Range<usize>> = (0..rows)
            .step_by(size)
            .map(|start| start..(start + size).min(rows))
            .collect();
        shares
            .into_par_iter()
            .map(|share| self.sum(share))
            .reduce(|| self.zero(), Totals::add)
    }

    /// Sums of zero for all domains and study variables.
    fn zero(&self) -> Totals {
        let used = self.used.iter().zip(self.pairs).zip(self.domains);
        let tables = used.map(|((used, (units, cells)), domains)| {
            let zero = |_: &usize| IntegerSums {
                by_unit: vec![[0; 2]; units.pairs().len()],
                by_cell: vec![[0; 2]; cells.as_ref().map_or(0, |cells| cells.pairs().len())],
                by_domain: vec![[0; 5]; domains.width()],
            };
            used.iter().map(zero).collect()
        });
        let columns = self.adjustment.map_or(0, |(_, cells)| cells.columns());
        Totals {
            unit_columns: vec![0; self.units.len() * columns],
            tables: tables.collect(),
        }
    }

    /// The sums over some rows.
    fn sum(&self, rows: Range<usize>) -> Totals {
        let mut totals = self.zero();
        let mut block = Block::new(self.domains.len());
        let mut start = rows.start;
        while start < rows.end {
            let range = start..(start + BLOCK).min(rows.end);
            start = range.end;
            self.prepare(&mut block, range.clone());
            self.add_auxiliaries(&block, range.clone(), &mut totals.unit_columns);
            for (at, variable) in self.variables.iter().enumerate() {
                self.add_variable(at, variable, &mut block, range.clone(), &mut totals);
            }
        }
        totals
    }

    /// Adds Σwx by PSU.
    fn add_auxiliaries(&self, block: &Block, range: Range<usize>, unit_columns: &mut [i64]) {
        let Some((adjustment, cells)) = self.adjustment else {
            return;
        };
        let columns = cells.columns();
        let records = &adjustment.record_of[range];
        for ((&unit, &record), &weight) in block.unit.iter().zip(records).zip(&block.weight_fixed) {
            if weight != 0 {
                let row = &mut unit_columns[unit as usize * columns..][..columns];
                for &column in cells.members(record as usize) {
                    row[column as usize] += weight;
                }
            }
        }
    }

    /// Adds the sums of one study variable in all domains that need it.
    fn add_variable(
        &self,
        at: usize,
        variable: &StudyVariable,
        block: &mut Block,
        range: Range<usize>,
        totals: &mut Totals,
    ) {
        let calibrated = self.adjustment.is_some();
        let mut decoded = false;
        for (domains, used) in self.used.iter().enumerate() {
            let Some(slot) = used.iter().position(|&used| used == at) else {
                continue;
            };
            if !decoded {
                block.decode(variable, range.clone());
                decoded = true;
            }
            let sums = &mut totals.tables[domains][slot];
            let bins = &block.bins[domains];
            if variable.is_share() {
                add_share(sums, bins, block, calibrated);
            } else {
                add_values(sums, bins, block, calibrated, self.scales.variables[at]);
            }
        }
    }

    /// Reads the weights of a block of rows, and finds the bins of each row in each of the domains.
    fn prepare(&self, block: &mut Block, range: Range<usize>) {
        let rows = range.len();
        block.unit.resize(rows, 0);
        block.level.resize(rows, 0);
        self.units.fill(range.clone(), &mut block.unit);
        let (weights, base) = (
            &self.design.weights[range.clone()],
            &self.design.base[range.clone()],
        );
        replace(&mut block.weight, weights.iter().copied());
        replace(&mut block.base, base.iter().copied());
        let scales = self.scales;
        let weights = weights.iter().map(|&weight| scales.weight.integer(weight));
        replace(&mut block.weight_fixed, weights);
        let base = base.iter().map(|&base| scales.base.integer(base));
        replace(&mut block.base_fixed, base);
        let records = self
            .adjustment
            .map(|(adjustment, _)| &adjustment.record_of[range.clone()]);
        for (at, domains) in self.domains.iter().enumerate() {
            domains.fill(range.clone(), &mut block.level);
            let (units, cells) = &self.pairs[at];
            let cells = cells.as_ref().zip(records);
            let bins = &mut block.bins[at];
            bins.clear();
            for row in 0..rows {
                let level = block.level[row];
                if level == MISSING || block.weight[row] == 0.0 {
                    continue;
                }
                bins.push(Bins {
                    row: row as u32,
                    unit: units.id(block.unit[row], level),
                    cell: cells.map_or(0, |(cells, records)| cells.id(records[row], level)),
                    level,
                });
            }
        }
    }
}

/// Replaces the values of a vector without a new allocation.
fn replace<T>(values: &mut Vec<T>, with: impl Iterator<Item = T>) {
    values.clear();
    values.extend(with);
}

/// A block of rows, decoded.
struct Block {
    unit: Vec<u32>,
    level: Vec<u32>,
    weight: Vec<f64>,
    base: Vec<f64>,
    weight_fixed: Vec<i64>,
    base_fixed: Vec<i64>,
    /// Of the current study variable, if it is a share.
    outcome: Vec<Outcome>,
    /// Of the current study variable, if it is not a share.
    a: Vec<f64>,
    b: Vec<f64>,
    /// For each of the domains, the bins of the rows in them.
    bins: Vec<Vec<Bins>>,
}

/// Where a row of the block is counted: positions in the sums of a study variable.
#[derive(Clone, Copy)]
struct Bins {
    row: u32,
    unit: u32,
    cell: u32,
    level: u32,
}

impl Block {
    fn new(domains: usize) -> Self {
        Self {
            unit: Vec::with_capacity(BLOCK),
            level: Vec::with_capacity(BLOCK),
            weight: Vec::with_capacity(BLOCK),
            base: Vec::with_capacity(BLOCK),
            weight_fixed: Vec::with_capacity(BLOCK),
            base_fixed: Vec::with_capacity(BLOCK),
            outcome: vec![Outcome::MISSING; BLOCK],
            a: vec![0.0; BLOCK],
            b: vec![0.0; BLOCK],
            bins: vec![Vec::with_capacity(BLOCK); domains],
        }
    }

    /// Reads a study variable for the rows of the block.
    fn decode(&mut self, variable: &StudyVariable, range: Range<usize>) {
        let rows = range.len();
        if variable.is_share() {
            variable.fill_outcomes(range, &mut self.outcome[..rows]);
        } else {
            variable.fill_values(range, &mut self.a[..rows], &mut self.b[..rows]);
        }
    }
}

/// Adds a share: its masks select the weights, so no product is needed.
fn add_share(sums: &mut IntegerSums, bins: &[Bins], block: &Block, calibrated: bool) {
    for bins in bins {
        let row = bins.row as usize;
        let outcome = block.outcome[row];
        let weight = block.weight_fixed[row];
        let (b, a) = (weight & outcome.valid, weight & outcome.counts);
        let unit = &mut sums.by_unit[bins.unit as usize];
        unit[0] += b;
        unit[1] += a;
        if calibrated {
            let base = block.base_fixed[row];
            let cell = &mut sums.by_cell[bins.cell as usize];
            cell[0] += base & outcome.valid;
            cell[1] += base & outcome.counts;
        }
        sums.by_domain[bins.level as usize][0] -= outcome.valid;
    }
}

/// Adds a study variable of any values.
fn add_values(
    sums: &mut IntegerSums,
    bins: &[Bins],
    block: &Block,
    calibrated: bool,
    scales: VariableScales,
) {
    for bins in bins {
        let row = bins.row as usize;
        let (a, b) = (block.a[row], block.b[row]);
        if a.is_nan() {
            continue;
        }
        let weight = block.weight[row];
        let unit = &mut sums.by_unit[bins.unit as usize];
        unit[0] += scales.weighted.integer(weight * b);
        unit[1] += scales.weighted.integer(weight * a);
        if calibrated {
            let base = block.base[row];
            let cell = &mut sums.by_cell[bins.cell as usize];
            cell[0] += scales.base.integer(base * b);
            cell[1] += scales.base.integer(base * a);
        }
        let domain = &mut sums.by_domain[bins.level as usize];
        domain[0] += 1;
        domain[1] += block.weight_fixed[row];
        domain[2] += scales.squares.integer(weight * a * a);
        domain[3] += scales.squares.integer(weight * a * b);
        domain[4] += scales.squares.integer(weight * b * b);
    }
}
