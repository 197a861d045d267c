//! The one pass over the rows: integer sums by (PSU, domain), (weighting cell, domain) and domain.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "block kernels over numbers below their count"
)]

use rayon::prelude::*;

use crate::estimation::columns::{BLOCK, MISSING};
use crate::estimation::crossing::{Crossing, Pairs};
use crate::estimation::design::sample_design::Design;
use crate::estimation::domain::Partition;
use crate::estimation::moments::scales::{Scales, SeriesScales};
use crate::estimation::moments::sums::Sums;
use crate::estimation::series::{Outcome, Series};
use crate::estimation::summation::Scale;
use crate::estimation::weighting::adjustment::Adjustment;
use crate::estimation::weighting::cells::Cells;

pub(super) struct Pass<'a> {
    pub(super) design: &'a Design,
    pub(super) units: &'a Crossing,
    pub(super) adjustment: Option<&'a Adjustment>,
    pub(super) cells: Option<&'a Cells>,
    pub(super) partitions: &'a [Partition],
    pub(super) pairs: &'a [(Pairs, Option<Pairs>)],
    pub(super) series: &'a [Series],
    pub(super) used: &'a [Vec<usize>],
    pub(super) scales: &'a Scales,
}

/// Integer sums of one thread.
pub(super) struct Totals {
    pub(super) unit_columns: Vec<i64>,
    pub(super) tables: Vec<Vec<IntegerSums>>,
}

pub(super) struct IntegerSums {
    pub(super) by_unit: Vec<[i64; 2]>,
    pub(super) by_cell: Vec<[i64; 2]>,
    pub(super) by_domain: Vec<[i64; 5]>,
}

impl IntegerSums {
    /// The sums by domain of a share, for which a² = a b = a and b² = b.
    pub(super) fn derive_domains(&mut self, units: &Pairs) {
        for ((_, level), [b, a]) in units.pairs().iter().zip(&self.by_unit) {
            let domain = &mut self.by_domain[*level as usize];
            domain[1] += b;
            domain[2] += a;
            domain[3] += a;
            domain[4] += b;
        }
    }

    pub(super) fn finish(self, scales: &Scales, series: usize) -> Sums {
        let own = scales.series[series];
        let pair =
            |scale: Scale| move |sums: [i64; 2]| [scale.value(sums[0]), scale.value(sums[1])];
        Sums {
            by_unit: self.by_unit.into_iter().map(pair(own.weighted)).collect(),
            by_cell: self.by_cell.into_iter().map(pair(own.base)).collect(),
            by_domain: self
                .by_domain
                .into_iter()
                .map(|[n, weight, aa, ab, bb]| {
                    let square = |sum: i64| own.squares.value(sum);
                    [
                        n as f64,
                        scales.weight.value(weight),
                        square(aa),
                        square(ab),
                        square(bb),
                    ]
                })
                .collect(),
        }
    }
}

impl Pass<'_> {
    pub(super) fn run(&self) -> Totals {
        let rows = self.design.rows;
        let threads = rayon::current_num_threads().max(1);
        let size = rows.div_ceil(threads).next_multiple_of(BLOCK).max(BLOCK);
        let chunks: Vec<std::ops::Range<usize>> = (0..rows)
            .step_by(size)
            .map(|start| start..(start + size).min(rows))
            .collect();
        chunks
            .into_par_iter()
            .map(|chunk| self.sum(chunk))
            .reduce(|| self.zero(), Totals::add)
    }

    pub(super) fn zero(&self) -> Totals {
        let width = self.cells.map_or(0, Cells::columns);
        let tables = self
            .used
            .iter()
            .zip(self.pairs)
            .zip(self.partitions)
            .map(|((used, (units, cells)), partition)| {
                used.iter()
                    .map(|_| IntegerSums {
                        by_unit: vec![[0; 2]; units.pairs().len()],
                        by_cell: vec![
                            [0; 2];
                            cells.as_ref().map_or(0, |cells| cells.pairs().len())
                        ],
                        by_domain: vec![[0; 5]; partition.width()],
                    })
                    .collect()
            })
            .collect();
        Totals {
            unit_columns: vec![0; self.units.len() * width],
            tables,
        }
    }

    pub(super) fn sum(&self, rows: std::ops::Range<usize>) -> Totals {
        let mut total = self.zero();
        let mut block = Block::new(self.partitions.len());
        let mut start = rows.start;
        while start < rows.end {
            let range = start..(start + BLOCK).min(rows.end);
            start = range.end;
            self.prepare(&mut block, range.clone());
            if let (Some(adjustment), Some(cells)) = (self.adjustment, self.cells) {
                let width = cells.columns();
                for ((&unit, &record), &weight) in block
                    .unit
                    .iter()
                    .zip(&adjustment.record_of[range.clone()])
                    .zip(&block.weight_fixed)
                {
                    if weight != 0 {
                        let row = &mut total.unit_columns[unit as usize * width..][..width];
                        for &column in cells.members(record as usize) {
                            row[column as usize] += weight;
                        }
                    }
                }
            }
            for (index, series) in self.series.iter().enumerate() {
                let mut filled = false;
                for (partition, used) in self.used.iter().enumerate() {
                    let Some(slot) = used.iter().position(|&used| used == index) else {
                        continue;
                    };
                    if !filled {
                        if series.is_share() {
                            series.fill_outcomes(range.clone(), &mut block.outcome[..range.len()]);
                        } else {
                            series.fill_values(
                                range.clone(),
                                &mut block.a[..range.len()],
                                &mut block.b[..range.len()],
                            );
                        }
                        filled = true;
                    }
                    let sums = &mut total.tables[partition][slot];
                    let ids = &block.ids[partition];
                    if series.is_share() {
                        add_shares(sums, ids, &block, self.cells.is_some());
                    } else {
                        add_values(
                            sums,
                            ids,
                            &block,
                            self.cells.is_some(),
                            self.scales.series[index],
                            range.len(),
                        );
                    }
                }
            }
        }
        total
    }

    pub(super) fn prepare(&self, block: &mut Block, range: std::ops::Range<usize>) {
        let len = range.len();
        block.unit.resize(len, 0);
        block.level.resize(len, 0);
        self.units.fill(range.clone(), &mut block.unit);
        block.weight.clear();
        block
            .weight
            .extend_from_slice(&self.design.weights[range.clone()]);
        block.base.clear();
        block
            .base
            .extend_from_slice(&self.design.base[range.clone()]);
        block.weight_fixed.clear();
        block.weight_fixed.extend(
            block
                .weight
                .iter()
                .map(|&weight| self.scales.weight.integer(weight)),
        );
        block.base_fixed.clear();
        block.base_fixed.extend(
            block
                .base
                .iter()
                .map(|&base| self.scales.base.integer(base)),
        );
        for (at, partition) in self.partitions.iter().enumerate() {
            partition.fill(range.clone(), &mut block.level);
            let (units, cells) = &self.pairs[at];
            let records = self
                .adjustment
                .map(|adjustment| &adjustment.record_of[range.clone()]);
            let ids = &mut block.ids[at];
            ids.clear();
            for row in 0..len {
                let level = block.level[row];
                if level == MISSING || block.weight[row] == 0.0 {
                    continue;
                }
                let cell = cells
                    .as_ref()
                    .zip(records)
                    .map_or(0, |(cells, records)| cells.id(records[row], level));
                ids.push(Place {
                    row: row as u32,
                    unit: units.id(block.unit[row], level),
                    cell,
                    level,
                });
            }
        }
    }
}

/// Working storage of a thread.
pub(super) struct Block {
    pub(super) unit: Vec<u32>,
    pub(super) level: Vec<u32>,
    pub(super) weight: Vec<f64>,
    pub(super) base: Vec<f64>,
    pub(super) weight_fixed: Vec<i64>,
    pub(super) base_fixed: Vec<i64>,
    pub(super) outcome: Vec<Outcome>,
    pub(super) a: Vec<f64>,
    pub(super) b: Vec<f64>,
    pub(super) ids: Vec<Vec<Place>>,
}

/// Where a row of the block is counted.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) row: u32,
    pub(super) unit: u32,
    pub(super) cell: u32,
    pub(super) level: u32,
}

impl Block {
    pub(super) fn new(partitions: usize) -> Self {
        Self {
            unit: Vec::with_capacity(BLOCK),
            level: Vec::with_capacity(BLOCK),
            weight: Vec::with_capacity(BLOCK),
            base: Vec::with_capacity(BLOCK),
            weight_fixed: Vec::with_capacity(BLOCK),
            base_fixed: Vec::with_capacity(BLOCK),
            outcome: vec![
                Outcome {
                    valid: 0,
                    counts: 0
                };
                BLOCK
            ],
            a: vec![0.0; BLOCK],
            b: vec![0.0; BLOCK],
            ids: vec![Vec::with_capacity(BLOCK); partitions],
        }
    }
}

pub(super) fn add_shares(sums: &mut IntegerSums, ids: &[Place], block: &Block, calibrated: bool) {
    for place in ids {
        let row = place.row as usize;
        let outcome = block.outcome[row];
        let weight = block.weight_fixed[row];
        let (b, a) = (weight & outcome.valid, weight & outcome.counts);
        let unit = &mut sums.by_unit[place.unit as usize];
        unit[0] += b;
        unit[1] += a;
        if calibrated {
            let base = block.base_fixed[row];
            let cell = &mut sums.by_cell[place.cell as usize];
            cell[0] += base & outcome.valid;
            cell[1] += base & outcome.counts;
        }
        sums.by_domain[place.level as usize][0] -= outcome.valid;
    }
}

pub(super) fn add_values(
    sums: &mut IntegerSums,
    ids: &[Place],
    block: &Block,
    calibrated: bool,
    scales: SeriesScales,
    len: usize,
) {
    debug_assert!(len <= BLOCK);
    for place in ids {
        let row = place.row as usize;
        let (a, b) = (block.a[row], block.b[row]);
        if a.is_nan() {
            continue;
        }
        let weight = block.weight[row];
        let unit = &mut sums.by_unit[place.unit as usize];
        unit[0] += scales.weighted.integer(weight * b);
        unit[1] += scales.weighted.integer(weight * a);
        if calibrated {
            let base = block.base[row];
            let cell = &mut sums.by_cell[place.cell as usize];
            cell[0] += scales.base.integer(base * b);
            cell[1] += scales.base.integer(base * a);
        }
        let domain = &mut sums.by_domain[place.level as usize];
        domain[0] += 1;
        domain[1] += block.weight_fixed[row];
        domain[2] += scales.squares.integer(weight * a * a);
        domain[3] += scales.squares.integer(weight * a * b);
        domain[4] += scales.squares.integer(weight * b * b);
    }
}

impl Totals {
    pub(super) fn add(mut self, other: Self) -> Self {
        self.unit_columns
            .iter_mut()
            .zip(other.unit_columns)
            .for_each(|(a, b)| *a += b);
        for (ours, theirs) in self
            .tables
            .iter_mut()
            .flatten()
            .zip(other.tables.into_iter().flatten())
        {
            add_rows(&mut ours.by_unit, &theirs.by_unit);
            add_rows(&mut ours.by_cell, &theirs.by_cell);
            add_rows(&mut ours.by_domain, &theirs.by_domain);
        }
        self
    }
}

pub(super) fn add_rows<const N: usize>(ours: &mut [[i64; N]], theirs: &[[i64; N]]) {
    for (ours, theirs) in ours.iter_mut().zip(theirs) {
        ours.iter_mut().zip(theirs).for_each(|(a, b)| *a += b);
    }
}
