//! Rows that no estimate tells apart but by their answers, and the sums of shares from them.
//!
//! Rows of one slot with the same auxiliaries, weights and domains form a group. So the sums of a
//! share over any units, weighting cells and domains follow from how many rows of each group
//! answered what: the rows are counted once for each study variable, whatever the number of domains.
//! The sums are those of the pass over the rows, to the last digit, because they are exact.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "rows, groups, slots and levels are numbered below their count"
)]

use std::ops::Range;

use rayon::prelude::*;

use crate::estimation::columns::{BLOCK, MISSING, blocks};
use crate::estimation::design::sample_design::Design;
use crate::estimation::domains::Domains;
use crate::estimation::moments::input::Input;
use crate::estimation::moments::occurring::{DENSE_PAIRS, PairsOf};
use crate::estimation::moments::pass::Pass;
use crate::estimation::moments::row_groups::RowGroups;
use crate::estimation::moments::slots::{Slots, adjusted};
use crate::estimation::moments::totals::{Both, Summed, Totals};
use crate::estimation::numbering::KeySet;
use crate::estimation::pairs::Pairs;
use crate::estimation::study_variable::{Outcome, StudyVariable};
use crate::estimation::summation::{Extent, Grid, Sums};
use crate::estimation::weighting::adjustment::Adjustment;
use crate::estimation::weighting::cells::Cells;

/// Groups are used if they have at least this many rows on average.
const ROWS_OF_GROUP: usize = 4;

/// The groups of the rows with a weight.
pub(super) struct Groups {
    /// The group of every row; [`MISSING`] for rows without a weight.
    of_row: Vec<u32>,
    groups: Vec<Group>,
    /// Of the final weights, those before trimming, and those of [`Group::right`].
    weight: Grid,
    adjusted: Grid,
    right: Grid,
}

/// Rows that no estimate tells apart but by their answers.
struct Group {
    slot: u32,
    /// Their weighting cell; [`MISSING`] without adjustment.
    cell: u32,
    /// w: the final weight.
    weight: f64,
    /// a: the weight after the adjustment and before trimming.
    adjusted: f64,
    /// d w/a, with the base weight d: the weight in X′Dz, for the influence over a.
    right: f64,
    rows: u32,
    /// For each of the domains their level; [`MISSING`] outside the restriction.
    levels: Vec<u32>,
}

/// What tells groups apart: slot, weighting cell, bits of the base and of the final weight, and the
/// levels of all domains as the digits of one number.
type Key = (u32, u32, u64, u64, u64);

/// Where the groups are counted on one of the domains.
pub(super) struct Counted<'a> {
    units: &'a Pairs,
    cells: Option<&'a Pairs>,
    width: usize,
    /// The level of each group.
    levels: Vec<u32>,
    /// The pair of slot and level of each group, and that of weighting cell and level.
    unit_of: Vec<u32>,
    cell_of: Vec<u32>,
}

/// How many rows of a group answered what.
pub(super) type Answers = [u32; 3];

impl Groups {
    /// The groups of a design. `None` if too few rows share a group.
    pub(super) fn new(
        design: &Design,
        slots: &Slots,
        adjustment: Option<&Adjustment>,
        domains: &[Domains],
    ) -> Option<Self> {
        let record_of = adjustment.map(|adjustment| &adjustment.record_of);
        // One more digit for rows outside the restriction.
        let bases: Vec<u64> = domains.iter().map(|own| own.width() as u64 + 1).collect();
        bases
            .iter()
            .try_fold(1_u64, |all, base| all.checked_mul(*base))?;
        let keys_of = |range: Range<usize>, keys: &mut Vec<Option<Key>>| {
            let mut mixed = [0_u64; BLOCK];
            let mut levels = [0_u32; BLOCK];
            for (own, base) in domains.iter().zip(&bases) {
                let levels = &mut levels[..range.len()];
                own.fill(range.clone(), levels);
                for (mixed, level) in mixed.iter_mut().zip(levels) {
                    *mixed = *mixed * base + u64::from(*level).min(base - 1);
                }
            }
            keys.extend(range.zip(mixed).map(|(row, mixed)| {
                let weight = design.weights[row];
                let cell = record_of.map_or(MISSING, |records| records[row]);
                let base = design.base[row].to_bits();
                let key = (slots.of_row[row], cell, base, weight.to_bits(), mixed);
                (weight != 0.0).then_some(key)
            }));
        };
        let found = RowGroups::new(design.rows, design.rows / ROWS_OF_GROUP, keys_of)?;
        let keys = found.keys.iter().zip(&found.rows);
        let groups = keys.map(|(&(slot, cell, base, weight, mixed), &rows)| {
            let (base, weight) = (f64::from_bits(base), f64::from_bits(weight));
            let adjusted = adjusted(adjustment, (base, weight), cell);
            Group {
                slot,
                cell,
                weight,
                adjusted,
                right: match weight.to_bits() == adjusted.to_bits() {
                    true => base,
                    false => base * (weight / adjusted),
                },
                rows,
                levels: digits(mixed, &bases),
            }
        });
        let groups: Vec<Group> = groups.collect();
        let grid = |of: &dyn Fn(&Group) -> f64| {
            let weights = groups.iter().map(of);
            weights.fold(Extent::EMPTY, Extent::with).grid(design.rows)
        };
        Some(Self {
            of_row: found.of_row,
            weight: grid(&|own| own.weight),
            adjusted: grid(&|own| own.adjusted),
            right: grid(&|own| own.right),
            groups,
        })
    }

    /// The pairs of slot and level, and of weighting cell and level, that have rows with a weight.
    pub(super) fn pairs(
        &self,
        (at, width): (usize, usize),
        slots: &Slots,
        adjustment: Option<(&Adjustment, &Cells)>,
    ) -> PairsOf {
        let pairs = |height: usize, first: &dyn Fn(&Group) -> u32| {
            let mut keys = KeySet::new((height * width) as u64, DENSE_PAIRS);
            for group in self.groups.iter().filter(|own| own.levels[at] != MISSING) {
                let level = u64::from(group.levels[at]);
                keys.insert(u64::from(first(group)) * width as u64 + level);
            }
            Pairs::new(keys, height, width)
        };
        let cells = adjustment.map(|(_, cells)| pairs(cells.cells.len(), &|own| own.cell));
        (pairs(slots.len(), &|own| own.slot), cells)
    }

    /// Where the groups are counted on the domains with index `at`.
    pub(super) fn counted<'a>(&self, at: usize, pairs: &'a PairsOf, width: usize) -> Counted<'a> {
        let (units, cells) = pairs;
        let level = |own: &Group| own.levels[at];
        let id = |pairs: &Pairs, first: u32, own: &Group| match level(own) {
            MISSING => MISSING,
            level => pairs.id(first, level),
        };
        let groups = self.groups.iter();
        Counted {
            units,
            cells: cells.as_ref(),
            width,
            levels: groups.clone().map(level).collect(),
            unit_of: groups.clone().map(|own| id(units, own.slot, own)).collect(),
            cell_of: cells.as_ref().map_or(Vec::new(), |cells| {
                groups.map(|own| id(cells, own.cell, own)).collect()
            }),
        }
    }

    /// The number of rows with a weight, by pair of slot and level.
    pub(super) fn rows(&self, counted: &Counted<'_>) -> Vec<u32> {
        let mut rows = vec![0; counted.units.pairs().len()];
        for (group, unit) in self.groups.iter().zip(&counted.unit_of) {
            if *unit != MISSING {
                rows[*unit as usize] += group.rows;
            }
        }
        rows
    }

    /// Σ a x by unit of several rows and column of X.
    pub(super) fn unit_columns(&self, slots: &Slots, cells: &Cells) -> Vec<f64> {
        let columns = cells.columns();
        let mut sums = Sums::new(self.adjusted, slots.units.len() * columns);
        for group in &self.groups {
            let slot = group.slot as usize;
            if slot < slots.units.len() {
                for &column in cells.members(group.cell as usize) {
                    let at = slot * columns + column as usize;
                    sums.add_times(at, group.adjusted, group.rows);
                }
            }
        }
        sums.values()
    }

    /// The answers of each group to a share.
    pub(super) fn answers(&self, variable: &StudyVariable) -> Vec<Answers> {
        // The last is of the rows without a group.
        let mut answers = vec![[0; 3]; self.groups.len() + 1];
        let last = self.groups.len();
        let mut outcomes = [Outcome::Missing; BLOCK];
        for range in blocks(self.of_row.len()) {
            let outcomes = &mut outcomes[..range.len()];
            variable.fill_outcomes(range.clone(), outcomes);
            for (group, outcome) in self.of_row[range].iter().zip(outcomes.iter()) {
                answers[(*group as usize).min(last)][*outcome as usize] += 1;
            }
        }
        answers.truncate(last);
        answers
    }

    /// The sums of a share on one of the domains.
    pub(super) fn totals(&self, counted: &Counted<'_>, answers: &[Answers]) -> Totals {
        let zero = |grid: Grid, pairs: usize| Both {
            b: Sums::new(grid, pairs),
            a: Sums::new(grid, pairs),
        };
        let mut by_unit = zero(self.weight, counted.units.pairs().len());
        let cells = counted.cells.map_or(0, |cells| cells.pairs().len());
        let mut by_cell = zero(self.right, cells);
        let mut rows = vec![0_u64; counted.width];
        for (at, (group, answers)) in self.groups.iter().zip(answers).enumerate() {
            let level = counted.levels[at];
            if level == MISSING {
                continue;
            }
            let counts = answers[Outcome::Counts as usize];
            let answered = counts + answers[Outcome::Other as usize];
            rows[level as usize] += u64::from(answered);
            let unit = counted.unit_of[at] as usize;
            by_unit.b.add_times(unit, group.weight, answered);
            by_unit.a.add_times(unit, group.weight, counts);
            if let Some(&cell) = counted.cell_of.get(at) {
                by_cell.b.add_times(cell as usize, group.right, answered);
                by_cell.a.add_times(cell as usize, group.right, counts);
            }
        }
        Totals::new(0.0, counted.units, &by_unit, &by_cell, &rows, None)
    }
}

impl Groups {
    /// The sums over all rows: Σ a x by unit of several rows and, for each of the domains, those of
    /// its study variables. Only those that are no shares take a pass over the rows.
    pub(super) fn sums(&self, input: Input<'_>, used: &[Vec<usize>]) -> (Vec<f64>, Vec<Summed>) {
        let domains = input.domains.iter().zip(input.pairs).enumerate();
        let counted: Vec<Counted<'_>> = domains
            .map(|(at, (domains, pairs))| self.counted(at, pairs, domains.width()))
            .collect();
        let shares = self.shares(&counted, input.variables, used);
        let mut tables: Vec<Summed> = shares
            .into_iter()
            .zip(&counted)
            .map(|(variables, counted)| Summed {
                variables,
                rows: self.rows(counted),
            })
            .collect();
        let is_rest = |variable: &usize| !input.variables[*variable].is_share();
        let rest: Vec<Vec<usize>> = used
            .iter()
            .map(|used| used.iter().copied().filter(is_rest).collect())
            .collect();
        if rest.iter().any(|used| !used.is_empty()) {
            let (_, more) = Pass::new(input, &rest).run();
            for (own, more) in tables.iter_mut().zip(more) {
                own.variables.extend(more.variables);
            }
        }
        let cells = input.adjustment.map(|(_, cells)| cells);
        let unit_columns = cells.map(|cells| self.unit_columns(input.slots, cells));
        (unit_columns.unwrap_or_default(), tables)
    }

    /// The sums of the shares among `variables`: `used[at]` on the domains with index `at`.
    fn shares(
        &self,
        counted: &[Counted<'_>],
        variables: &[StudyVariable],
        used: &[Vec<usize>],
    ) -> Vec<Vec<(usize, Totals)>> {
        let by_variable: Vec<Vec<(usize, Totals)>> = (0..variables.len())
            .into_par_iter()
            .map(|index| {
                let is_used = |at: &usize| used[*at].contains(&index);
                let domains: Vec<usize> = (0..used.len()).filter(is_used).collect();
                if domains.is_empty() || !variables[index].is_share() {
                    return Vec::new();
                }
                let answers = self.answers(&variables[index]);
                let totals = domains.into_iter();
                totals
                    .map(|at| (at, self.totals(&counted[at], &answers)))
                    .collect()
            })
            .collect();
        let mut tables = vec![Vec::new(); used.len()];
        for (index, totals) in by_variable.into_iter().enumerate() {
            for (at, totals) in totals {
                tables[at].push((index, totals));
            }
        }
        tables
    }
}

/// The digits of a number whose bases are `bases`; [`MISSING`] for the largest digit.
fn digits(mut mixed: u64, bases: &[u64]) -> Vec<u32> {
    let mut digits: Vec<u32> = bases
        .iter()
        .rev()
        .map(|base| {
            let digit = mixed % base;
            mixed /= base;
            if digit == base - 1 {
                MISSING
            } else {
                digit as u32
            }
        })
        .collect();
    digits.reverse();
    digits
}
