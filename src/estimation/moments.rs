//! All linear estimates from one pass over the rows.
//!
//! With z = (a − R b)/B̂ the linearised value of a ratio R on a domain D, the residual of a calibrated estimate is
//! e = z − x'β with β = (X'DX)⁻X'Dz, and the total of w·e in PSU k is
//!
//! u_k = [Σ_{k∩D} w a − R Σ_{k∩D} w b]/B̂ − (Σ_k w x)'β.
//!
//! So the rows are needed only for Σwa and Σwb by (PSU, domain), Σda and Σdb by (weighting cell, domain), and Σwx by PSU.
//! Domains are columns of these tables, not further passes: cost grows with rows × items, plus cells, not with domains.
//! All sums are of integers ([`Scale`]), so they do not depend on the order of rows or the number of threads, and tables
//! from several machines could simply be added.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "block kernels over numbers below their count"
)]

use rayon::prelude::*;

use super::columns::{BLOCK, MISSING};
use super::crossing::{Crossing, Pairs};
use super::design::{Design, Units};
use super::linear::Factor;
use super::series::{Outcome, Partition, Series};
use super::summation::Scale;
use super::variance::stage_covariance;
use super::weighting::cells::Cells;
use super::weighting::{Adjustment, Residual};

/// Sums over the rows, and the projection on the auxiliaries.
pub struct Moments<'a> {
    design: &'a Design,
    partitions: &'a [Partition],
    projection: Option<Projection<'a>>,
    tables: Vec<Table>,
}

struct Projection<'a> {
    cells: &'a Cells,
    factor: Factor,
    /// Σ w x by PSU: units × columns of X.
    unit_totals: Vec<f64>,
}

/// The sums of the series of one partition.
struct Table {
    units: Pairs,
    cells: Option<Pairs>,
    series: Vec<Option<Sums>>,
    /// Whether a unit has rows with weight in the domain, per pair of `units`.
    level_offsets: Vec<Vec<usize>>,
}

#[derive(Clone)]
struct Sums {
    /// (Σ w b, Σ w a) by pair of units.
    by_unit: Vec<[f64; 2]>,
    /// (Σ d b, Σ d a) by pair of cells.
    by_cell: Vec<[f64; 2]>,
    /// n, Σ w, Σ w a², Σ w a b, Σ w b² by domain.
    by_domain: Vec<[f64; 5]>,
}

/// An estimate of one ratio, total or combination on one domain.
#[derive(Debug, Clone, PartialEq)]
pub struct Figure {
    /// Rows in the domain with an answer.
    pub n: f64,
    /// The estimate.
    pub estimate: f64,
    /// Its design variance.
    pub variance: f64,
    /// The variance of a simple random sample of n with replacement.
    pub reference: f64,
    /// Degrees of freedom.
    pub df: f64,
}

/// A domain of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Every row that the partition holds.
    Whole,
    /// One level.
    Level(usize),
}

/// Whether [`Moments`] can serve a design: single-stage clusters, at most one adjustment, categorical and exact.
#[must_use]
pub fn serves(design: &Design) -> bool {
    let clustered = design.stages.len() == 1 && matches!(design.first().units, Units::Clusters(_));
    let simple = match design.adjustments.as_slice() {
        [] => true,
        [one] => one.residual == Residual::LeastSquares && one.cells.is_some(),
        _ => false,
    };
    clustered && simple
}

impl<'a> Moments<'a> {
    /// Sums every series of `used` (for each partition, the indices of its series) in one pass.
    #[must_use]
    pub fn new(
        design: &'a Design,
        partitions: &'a [Partition],
        series: &[Series],
        used: &[Vec<usize>],
    ) -> Option<Self> {
        let Units::Clusters(units) = &design.first().units else {
            return None;
        };
        let adjustment = design.adjustments.first();
        let cells = adjustment.and_then(|adjustment| adjustment.cells.as_deref());
        let pairs: Vec<(Pairs, Option<Pairs>)> = partitions
            .par_iter()
            .map(|partition| occurring(design, units, adjustment, cells, partition))
            .collect();
        let scales = Scales::new(design, series);
        let pass = Pass {
            design,
            units,
            adjustment,
            cells,
            partitions,
            pairs: &pairs,
            series,
            used,
            scales: &scales,
        };
        let total = pass.run();
        let unit_totals = cells.map(|_| {
            total
                .unit_columns
                .iter()
                .map(|&sum| scales.weight.value(sum))
                .collect::<Vec<f64>>()
        });
        let projection = adjustment
            .zip(cells)
            .zip(unit_totals)
            .map(|((adjustment, cells), unit_totals)| Projection {
                cells,
                factor: Factor::new(
                    &adjustment.records.cross_product(&adjustment.records.base),
                    cells.columns(),
                ),
                unit_totals,
            });
        let mut tables = Vec::new();
        for ((partition, (units, cells)), sums) in pairs.into_iter().enumerate().zip(total.tables) {
            let width = partitions[partition].width();
            let mut level_offsets = vec![Vec::new(); width];
            for (at, (_, level)) in units.pairs().iter().enumerate() {
                level_offsets[*level as usize].push(at);
            }
            let mut by_series = vec![None; series.len()];
            for (&index, mut sums) in used[partition].iter().zip(sums) {
                if series[index].is_share() {
                    sums.derive_domains(&units);
                }
                by_series[index] = Some(sums.finish(&scales, index));
            }
            tables.push(Table {
                units,
                cells,
                series: by_series,
                level_offsets,
            });
        }
        Some(Self {
            design,
            partitions,
            projection,
            tables,
        })
    }

    /// Σ coefficient · (Σwa/Σwb) over `parts` (series, coefficient), on a domain. `None` if a part has no row there.
    #[must_use]
    pub fn ratio(&self, partition: usize, domain: Domain, parts: &[(usize, f64)]) -> Option<Figure> {
        let table = &self.tables[partition];
        let mut total = vec![0.0; self.design.first().len()];
        let mut right = vec![
            0.0;
            self.projection
                .as_ref()
                .map_or(0, |projection| projection.cells.columns())
        ];
        let (mut estimate, mut reference, mut n) = (0.0, 0.0, 0.0);
        for &(series, coefficient) in parts {
            let sums = table.series[series].as_ref()?;
            let (b, a) = table.totals(sums, domain);
            let [rows, weight, aa, ab, bb] = table.domain(sums, domain);
            if rows == 0.0 || b == 0.0 {
                return None;
            }
            let ratio = a / b;
            estimate += coefficient * ratio;
            n = rows;
            let spread = (aa - 2.0 * ratio * ab + ratio * ratio * bb).max(0.0) / weight * rows / (rows - 1.0);
            let mean = b / weight;
            reference = spread / rows / (mean * mean);
            table.add_units(sums, domain, coefficient / b, ratio, &mut total);
            if let Some(projection) = &self.projection {
                table.add_columns(sums, domain, coefficient / b, ratio, projection.cells, &mut right);
            }
        }
        if parts.len() > 1 {
            reference = f64::NAN;
        }
        Some(self.figure(partition, domain, n, estimate, reference, total, right))
    }

    /// Σwa on a domain.
    #[must_use]
    pub fn total(&self, partition: usize, domain: Domain, series: usize) -> Option<Figure> {
        let table = &self.tables[partition];
        let sums = table.series[series].as_ref()?;
        let (_, a) = table.totals(sums, domain);
        let [n, weight, aa, _, _] = table.domain(sums, domain);
        if n == 0.0 {
            return None;
        }
        let mut total = vec![0.0; self.design.first().len()];
        let mut right = vec![
            0.0;
            self.projection
                .as_ref()
                .map_or(0, |projection| projection.cells.columns())
        ];
        table.add_units(sums, domain, 1.0, 0.0, &mut total);
        if let Some(projection) = &self.projection {
            table.add_columns(sums, domain, 1.0, 0.0, projection.cells, &mut right);
        }
        let mean = a / weight;
        let reference = (aa / weight - mean * mean).max(0.0) * n / (n - 1.0) / n * weight * weight;
        Some(self.figure(partition, domain, n, a, reference, total, right))
    }

    /// Rows of a series on a domain with an answer.
    #[must_use]
    pub fn rows(&self, partition: usize, domain: Domain, series: usize) -> f64 {
        let table = &self.tables[partition];
        table.series[series]
            .as_ref()
            .map_or(0.0, |sums| table.domain(sums, domain)[0])
    }

    /// Degrees of freedom of a domain: PSUs − strata among its rows with weight.
    #[must_use]
    pub fn degrees_of_freedom(&self, partition: usize, domain: Domain) -> f64 {
        self.design
            .degrees_of_freedom(&self.tables[partition].members(domain, self.design.first().len()))
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one figure, named")]
    fn figure(
        &self,
        partition: usize,
        domain: Domain,
        n: f64,
        estimate: f64,
        reference: f64,
        mut total: Vec<f64>,
        right: Vec<f64>,
    ) -> Figure {
        let first = self.design.first();
        if let Some(projection) = &self.projection {
            let beta = projection.factor.solve(&right);
            let width = beta.len();
            for (unit, total) in total.iter_mut().enumerate() {
                let row = &projection.unit_totals[unit * width..(unit + 1) * width];
                *total -= row.iter().zip(&beta).map(|(x, beta)| x * beta).sum::<f64>();
            }
        }
        let members = self.tables[partition].members(domain, first.len());
        let scale = vec![1.0; first.strata.len()];
        // A calibrated design keeps every row, so no stratum becomes lonely by a domain.
        let touched = self.projection.is_none().then_some(members.as_slice());
        let variance = stage_covariance(
            first,
            &total,
            &total,
            self.design.lonely,
            self.design.adjust_domain_lonely,
            touched,
            &scale,
        );
        Figure {
            n,
            estimate,
            variance,
            reference,
            df: self.design.degrees_of_freedom(&members),
        }
    }

    /// The partitions served.
    #[must_use]
    pub const fn partitions(&self) -> &'a [Partition] {
        self.partitions
    }
}

impl Table {
    fn totals(&self, sums: &Sums, domain: Domain) -> (f64, f64) {
        let add = |(b, a): (f64, f64), pair: &[f64; 2]| (b + pair[0], a + pair[1]);
        match domain {
            Domain::Whole => sums.by_unit.iter().fold((0.0, 0.0), add),
            Domain::Level(level) => self.level_offsets[level]
                .iter()
                .map(|&at| &sums.by_unit[at])
                .fold((0.0, 0.0), add),
        }
    }

    fn domain(&self, sums: &Sums, domain: Domain) -> [f64; 5] {
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

    fn add_units(&self, sums: &Sums, domain: Domain, scale: f64, ratio: f64, total: &mut [f64]) {
        let mut add = |at: usize| {
            let [b, a] = sums.by_unit[at];
            total[self.units.pairs()[at].0 as usize] += scale * (a - ratio * b);
        };
        match domain {
            Domain::Whole => (0..sums.by_unit.len()).for_each(&mut add),
            Domain::Level(level) => self.level_offsets[level].iter().copied().for_each(&mut add),
        }
    }

    fn add_columns(
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

    fn members(&self, domain: Domain, units: usize) -> Vec<bool> {
        let mut members = vec![false; units];
        for (unit, level) in self.units.pairs() {
            if domain == Domain::Whole || domain == Domain::Level(*level as usize) {
                members[*unit as usize] = true;
            }
        }
        members
    }
}

/// Which (unit, domain) and (cell, domain) pairs have rows with weight.
fn occurring(
    design: &Design,
    units: &Crossing,
    adjustment: Option<&Adjustment>,
    cells: Option<&Cells>,
    partition: &Partition,
) -> (Pairs, Option<Pairs>) {
    let width = partition.width();
    let (height, cell_count) = (units.len(), cells.map_or(0, |cells| cells.crossing.len()));
    let mut unit_keys = Keys::new(height * width);
    let mut cell_keys = Keys::new(cell_count * width);
    let (mut unit, mut level) = (vec![0; BLOCK], vec![0; BLOCK]);
    for range in super::columns::blocks(design.rows) {
        let (unit, level) = (&mut unit[..range.len()], &mut level[..range.len()]);
        units.fill(range.clone(), unit);
        partition.fill(range.clone(), level);
        let weights = &design.weights[range.clone()];
        for ((&unit, &level), &weight) in unit.iter().zip(level.iter()).zip(weights) {
            if level != MISSING && weight != 0.0 {
                unit_keys.mark(unit as usize * width + level as usize);
            }
        }
        if let Some(adjustment) = adjustment.filter(|_| cells.is_some()) {
            for ((&cell, &level), &weight) in
                adjustment.record_of[range].iter().zip(level.iter()).zip(weights)
            {
                if level != MISSING && weight != 0.0 {
                    cell_keys.mark(cell as usize * width + level as usize);
                }
            }
        }
    }
    let units = Pairs::new(unit_keys.into_vec(), height, width);
    (
        units,
        cells.map(|_| Pairs::new(cell_keys.into_vec(), cell_count, width)),
    )
}

/// A set of small numbers.
enum Keys {
    Dense(Vec<bool>),
    Sparse(std::collections::HashSet<u64>),
}

impl Keys {
    fn new(possible: usize) -> Self {
        if possible <= 1 << 26 {
            Self::Dense(vec![false; possible])
        } else {
            Self::Sparse(std::collections::HashSet::new())
        }
    }

    fn mark(&mut self, key: usize) {
        match self {
            Self::Dense(seen) => seen[key] = true,
            Self::Sparse(seen) => {
                seen.insert(key as u64);
            }
        }
    }

    fn into_vec(self) -> Vec<u64> {
        match self {
            Self::Dense(seen) => seen
                .iter()
                .enumerate()
                .filter(|(_, seen)| **seen)
                .map(|(key, _)| key as u64)
                .collect(),
            Self::Sparse(seen) => seen.into_iter().collect(),
        }
    }
}

/// Fixed-point scales of the pass.
struct Scales {
    weight: Scale,
    base: Scale,
    series: Vec<SeriesScales>,
}

#[derive(Clone, Copy)]
struct SeriesScales {
    weighted: Scale,
    base: Scale,
    squares: Scale,
}

impl Scales {
    fn new(design: &Design, series: &[Series]) -> Self {
        let largest = |values: &[f64]| values.par_iter().copied().reduce(|| 0.0, f64::max);
        let (weight, base) = (largest(&design.weights), largest(&design.base));
        let rows = design.rows;
        let of_series = |series: &Series| {
            if series.is_share() {
                let weighted = Scale::new(weight, rows);
                return SeriesScales {
                    weighted,
                    base: Scale::new(base, rows),
                    squares: weighted,
                };
            }
            let (mut a, mut b) = (vec![0.0; BLOCK], vec![0.0; BLOCK]);
            let mut bound = 0.0_f64;
            for range in super::columns::blocks(rows) {
                let (a, b) = (&mut a[..range.len()], &mut b[..range.len()]);
                series.fill_values(range, a, b);
                bound = a
                    .iter()
                    .chain(b.iter())
                    .filter(|v| !v.is_nan())
                    .fold(bound, |bound, v| bound.max(v.abs()));
            }
            SeriesScales {
                weighted: Scale::new(weight * bound, rows),
                base: Scale::new(base * bound, rows),
                squares: Scale::new(weight * bound * bound, rows),
            }
        };
        Self {
            weight: Scale::new(weight, rows),
            base: Scale::new(base, rows),
            series: series.par_iter().map(of_series).collect(),
        }
    }
}

struct Pass<'a> {
    design: &'a Design,
    units: &'a Crossing,
    adjustment: Option<&'a Adjustment>,
    cells: Option<&'a Cells>,
    partitions: &'a [Partition],
    pairs: &'a [(Pairs, Option<Pairs>)],
    series: &'a [Series],
    used: &'a [Vec<usize>],
    scales: &'a Scales,
}

/// Integer sums of one thread.
struct Totals {
    unit_columns: Vec<i64>,
    tables: Vec<Vec<IntegerSums>>,
}

struct IntegerSums {
    by_unit: Vec<[i64; 2]>,
    by_cell: Vec<[i64; 2]>,
    by_domain: Vec<[i64; 5]>,
}

impl IntegerSums {
    /// The sums by domain of a share, for which a² = a b = a and b² = b.
    fn derive_domains(&mut self, units: &Pairs) {
        for ((_, level), [b, a]) in units.pairs().iter().zip(&self.by_unit) {
            let domain = &mut self.by_domain[*level as usize];
            domain[1] += b;
            domain[2] += a;
            domain[3] += a;
            domain[4] += b;
        }
    }

    fn finish(self, scales: &Scales, series: usize) -> Sums {
        let own = scales.series[series];
        let pair = |scale: Scale| move |sums: [i64; 2]| [scale.value(sums[0]), scale.value(sums[1])];
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
    fn run(&self) -> Totals {
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

    fn zero(&self) -> Totals {
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
                        by_cell: vec![[0; 2]; cells.as_ref().map_or(0, |cells| cells.pairs().len())],
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

    fn sum(&self, rows: std::ops::Range<usize>) -> Totals {
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

    fn prepare(&self, block: &mut Block, range: std::ops::Range<usize>) {
        let len = range.len();
        block.unit.resize(len, 0);
        block.level.resize(len, 0);
        self.units.fill(range.clone(), &mut block.unit);
        block.weight.clear();
        block
            .weight
            .extend_from_slice(&self.design.weights[range.clone()]);
        block.base.clear();
        block.base.extend_from_slice(&self.design.base[range.clone()]);
        block.weight_fixed.clear();
        block.weight_fixed.extend(
            block
                .weight
                .iter()
                .map(|&weight| self.scales.weight.integer(weight)),
        );
        block.base_fixed.clear();
        block
            .base_fixed
            .extend(block.base.iter().map(|&base| self.scales.base.integer(base)));
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
struct Block {
    unit: Vec<u32>,
    level: Vec<u32>,
    weight: Vec<f64>,
    base: Vec<f64>,
    weight_fixed: Vec<i64>,
    base_fixed: Vec<i64>,
    outcome: Vec<Outcome>,
    a: Vec<f64>,
    b: Vec<f64>,
    ids: Vec<Vec<Place>>,
}

/// Where a row of the block is counted.
#[derive(Clone, Copy)]
struct Place {
    row: u32,
    unit: u32,
    cell: u32,
    level: u32,
}

impl Block {
    fn new(partitions: usize) -> Self {
        Self {
            unit: Vec::with_capacity(BLOCK),
            level: Vec::with_capacity(BLOCK),
            weight: Vec::with_capacity(BLOCK),
            base: Vec::with_capacity(BLOCK),
            weight_fixed: Vec::with_capacity(BLOCK),
            base_fixed: Vec::with_capacity(BLOCK),
            outcome: vec![Outcome { valid: 0, counts: 0 }; BLOCK],
            a: vec![0.0; BLOCK],
            b: vec![0.0; BLOCK],
            ids: vec![Vec::with_capacity(BLOCK); partitions],
        }
    }
}

fn add_shares(sums: &mut IntegerSums, ids: &[Place], block: &Block, calibrated: bool) {
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

fn add_values(
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
    fn add(mut self, other: Self) -> Self {
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

fn add_rows<const N: usize>(ours: &mut [[i64; N]], theirs: &[[i64; N]]) {
    for (ours, theirs) in ours.iter_mut().zip(theirs) {
        ours.iter_mut().zip(theirs).for_each(|(a, b)| *a += b);
    }
}
