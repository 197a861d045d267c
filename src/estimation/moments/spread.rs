//! How far the answers within classes of units lie from their mean.
//!
//! The units of a class have one row each (see [`slots`](super::slots)). The variance of an estimate
//! needs, for each class and domain, Σ (y − ȳ)² of
//!
//! y = Σ_j s_j (a_j − R_j b_j)
//!
//! over the terms j of the estimate, with y = 0 for a row without an answer. For one share the
//! numbers of answers tell it ([`of_counts`]). Anything else takes one more pass over the rows, in
//! which all estimates of all domains are made together.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "block kernels over numbers below their count"
)]

use std::ops::Range;

use rayon::prelude::*;

use crate::estimation::columns::{BLOCK, MISSING, blocks_of, shares_of_threads};
use crate::estimation::cut_sums::CutSums;
use crate::estimation::domains::Domains;
use crate::estimation::moments::slots::Slots;
use crate::estimation::pairs::Pairs;
use crate::estimation::study_variable::{Outcome, StudyVariable};
use crate::estimation::summation::{Extent, Grid, Sums};

/// Sums that one pass holds at most, for each thread (64 MiB).
const SUMS: usize = 1 << 22;

/// One estimate on the levels of one of the domains, or on all of them as one domain.
pub(super) struct Job {
    /// Index of the domains.
    pub(super) at: usize,
    pub(super) terms: Vec<Term>,
    /// ȳ of each pair of class and level.
    pub(super) centres: Vec<f64>,
}

/// One term of an estimate.
pub(super) struct Term {
    /// Index of the study variable.
    pub(super) variable: usize,
    /// What is taken from a, per b, before; see [`Totals`](super::totals::Totals).
    pub(super) shift: f64,
    /// By level; one for all levels as one domain.
    pub(super) levels: Vec<Coefficients>,
}

/// What makes a term of a and b: s (a − R b).
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Coefficients {
    /// s.
    pub(super) scale: f64,
    /// R.
    pub(super) ratio: f64,
}

impl Coefficients {
    fn of(self, a: f64, b: f64) -> f64 {
        self.scale * (a - self.ratio * b)
    }

    /// By outcome of a share.
    fn of_outcomes(self, shift: f64) -> [f64; 3] {
        let mut values = [0.0; 3];
        values[Outcome::Other as usize] = self.of(0.0 - shift, 1.0);
        values[Outcome::Counts as usize] = self.of(1.0 - shift, 1.0);
        values
    }
}

/// Σ (y − ȳ)² of one share, from the number of rows, of those with an answer, and of those whose
/// answer counts. `centre`: ȳ.
pub(super) fn of_counts(
    own: Coefficients,
    shift: f64,
    (rows, answered, counted): (f64, f64, f64),
    centre: f64,
) -> f64 {
    let square = |y: f64| (y - centre) * (y - centre);
    let values = own.of_outcomes(shift);
    counted * square(values[Outcome::Counts as usize])
        + (answered - counted) * square(values[Outcome::Other as usize])
        + (rows - answered) * square(0.0)
}

/// What the pass reads.
pub(super) struct Spread<'a> {
    pub(super) rows: usize,
    pub(super) weights: &'a [f64],
    pub(super) slots: &'a Slots,
    pub(super) domains: &'a [Domains],
    /// For each of `domains`, the pairs of slot and level.
    pub(super) pairs: Vec<&'a Pairs>,
    /// For each of `domains`, the first pair of a class.
    pub(super) first: Vec<usize>,
    pub(super) variables: &'a [StudyVariable],
}

impl Spread<'_> {
    /// Σ (y − ȳ)² of each job, by pair of class and level.
    pub(super) fn of(&self, jobs: &[Job]) -> Vec<Vec<f64>> {
        let mut all = Vec::new();
        let mut rest = jobs;
        while !rest.is_empty() {
            let mut sums = 0;
            let fits = rest.iter().take_while(|job| {
                sums += job.centres.len();
                sums <= SUMS
            });
            let (now, later) = rest.split_at(fits.count().max(1));
            all.extend(self.together(now));
            rest = later;
        }
        all
    }

    /// The jobs in one pass.
    fn together(&self, jobs: &[Job]) -> Vec<Vec<f64>> {
        let kernels: Vec<Kernel<'_>> = jobs.iter().map(|job| self.kernel(job)).collect();
        let zero = || -> Vec<Squares> { kernels.iter().map(Kernel::zero).collect() };
        let pass = |rows: Range<usize>| {
            let mut sums = zero();
            self.visit(&kernels, rows, |at, places, y| {
                kernels[at].add(&mut sums[at], places, y)
            });
            sums
        };
        let merge = |a: Vec<Squares>, b: Vec<Squares>| {
            let pairs = a.into_iter().zip(b);
            pairs.map(|(a, b)| a.merge(b)).collect()
        };
        let ranges = shares_of_threads(self.rows).into_par_iter();
        let sums = ranges.map(pass).reduce_with(merge).unwrap_or_else(zero);
        sums.into_iter().map(Squares::values).collect()
    }

    /// How the squares of a job are summed.
    fn kernel<'j>(&self, job: &'j Job) -> Kernel<'j> {
        let mut terms = job.terms.iter();
        if terms.all(|term| self.variables[term.variable].is_share()) {
            let outcomes = job.terms.iter().map(|term| {
                let levels = term.levels.iter();
                levels.map(|own| own.of_outcomes(term.shift)).collect()
            });
            let levels = (0..job.terms.first().map_or(0, |term| term.levels.len())).map(|level| {
                let terms = job.terms.iter();
                terms
                    .map(|term| term.levels[level].scale.abs())
                    .sum::<f64>()
            });
            // R is 0 to 1, so y and ȳ are at most Σ |s|.
            let most = 2.0 * levels.fold(0.0, f64::max);
            return Kernel {
                job,
                outcomes: outcomes.collect(),
                grid: SquareGrid::Cut(most * most),
            };
        }
        let mut kernel = Kernel {
            job,
            outcomes: Vec::new(),
            grid: SquareGrid::Cut(0.0),
        };
        let extent = |rows: Range<usize>| {
            let mut extent = Extent::EMPTY;
            self.visit(std::slice::from_ref(&kernel), rows, |_, places, y| {
                for (place, y) in places.iter().zip(y) {
                    extent = extent.with(kernel.square(*place, *y));
                }
            });
            extent
        };
        let ranges = shares_of_threads(self.rows).into_par_iter();
        let extent = ranges.map(extent).reduce(|| Extent::EMPTY, Extent::union);
        kernel.grid = SquareGrid::Exact(extent.grid(self.rows));
        kernel
    }

    /// Calls `visit` with the y of each kernel in each block of `rows`: index of the kernel, places
    /// and values of the rows that are in classes and in one of its domains.
    fn visit(
        &self,
        kernels: &[Kernel<'_>],
        rows: Range<usize>,
        mut visit: impl FnMut(usize, &[ClassPlace], &[f64]),
    ) {
        let mut places: Vec<Option<Vec<ClassPlace>>> = vec![None; self.domains.len()];
        let mut outcomes: Vec<Option<Vec<Outcome>>> = vec![None; self.variables.len()];
        let mut y = [0.0; BLOCK];
        for range in blocks_of(rows) {
            places.iter_mut().for_each(|places| *places = None);
            outcomes.iter_mut().for_each(|outcomes| *outcomes = None);
            for (index, kernel) in kernels.iter().enumerate() {
                let at = kernel.job.at;
                let places = places[at].get_or_insert_with(|| self.places(at, range.clone()));
                let y = &mut y[..places.len()];
                y.fill(0.0);
                for (order, term) in kernel.job.terms.iter().enumerate() {
                    let variable = &self.variables[term.variable];
                    match kernel.outcomes.get(order) {
                        Some(levels) => {
                            let outcomes = outcomes[term.variable].get_or_insert_with(|| {
                                let mut outcomes = vec![Outcome::Missing; range.len()];
                                variable.fill_outcomes(range.clone(), &mut outcomes);
                                outcomes
                            });
                            add_outcomes(y, places, levels, outcomes);
                        }
                        None => add_values(y, places, term, variable, range.clone()),
                    }
                }
                visit(index, places, y);
            }
        }
    }

    /// The rows of a block that are in classes and in one of the domains.
    fn places(&self, at: usize, range: Range<usize>) -> Vec<ClassPlace> {
        let first_class = self.slots.units.len() as u32;
        let mut levels = [0; BLOCK];
        let levels = &mut levels[..range.len()];
        self.domains[at].fill(range.clone(), levels);
        let slots = &self.slots.of_row[range.clone()];
        let weights = &self.weights[range];
        let rows = (0_u32..).zip(levels.iter()).zip(slots).zip(weights);
        rows.filter(|(((_, level), slot), weight)| {
            **level != MISSING && **slot >= first_class && **weight != 0.0
        })
        .map(|(((row, level), slot), _)| ClassPlace {
            row,
            level: *level,
            pair: self.pairs[at].id(*slot, *level) - self.first[at] as u32,
        })
        .collect()
    }
}

/// Where a row of a block is counted.
#[derive(Debug, Clone, Copy)]
struct ClassPlace {
    /// The row in its block.
    row: u32,
    /// Its level.
    level: u32,
    /// Number of its pair of class and level.
    pair: u32,
}

/// Adds the values of one share.
fn add_outcomes(y: &mut [f64], places: &[ClassPlace], levels: &[[f64; 3]], outcomes: &[Outcome]) {
    let rows = y.iter_mut().zip(places);
    match levels {
        [own] => rows.for_each(|(y, place)| *y += own[outcomes[place.row as usize] as usize]),
        _ => rows.for_each(|(y, place)| {
            *y += levels[place.level as usize][outcomes[place.row as usize] as usize];
        }),
    }
}

/// Adds the values of one term.
fn add_values(
    y: &mut [f64],
    places: &[ClassPlace],
    term: &Term,
    variable: &StudyVariable,
    range: Range<usize>,
) {
    let (mut a, mut b) = (vec![0.0; range.len()], vec![0.0; range.len()]);
    variable.fill_values(range, &mut a, &mut b);
    for (y, place) in y.iter_mut().zip(places) {
        let (a, b) = (a[place.row as usize], b[place.row as usize]);
        if !a.is_nan() {
            let own = match term.levels.as_slice() {
                [own] => own,
                levels => &levels[place.level as usize],
            };
            *y += own.of(a - term.shift * b, b);
        }
    }
}

/// A job with what its pass needs.
struct Kernel<'a> {
    job: &'a Job,
    /// For each term its value by level and outcome; none if a term is no share.
    outcomes: Vec<Vec<[f64; 3]>>,
    grid: SquareGrid,
}

/// How squares are written as integers.
enum SquareGrid {
    /// Up to a bound; what is below 2⁻¹⁰⁶ of it is cut off.
    Cut(f64),
    /// Exactly.
    Exact(Grid),
}

/// Sums of squares.
enum Squares {
    Cut(CutSums),
    Exact(Sums),
}

impl Kernel<'_> {
    fn zero(&self) -> Squares {
        let slots = self.job.centres.len();
        match &self.grid {
            SquareGrid::Cut(most) => Squares::Cut(CutSums::new(*most, slots)),
            SquareGrid::Exact(grid) => Squares::Exact(Sums::new(*grid, slots)),
        }
    }

    /// (y − ȳ)².
    fn square(&self, place: ClassPlace, y: f64) -> f64 {
        let distance = y - self.job.centres[place.pair as usize];
        distance * distance
    }

    fn add(&self, sums: &mut Squares, places: &[ClassPlace], y: &[f64]) {
        let rows = places.iter().zip(y);
        match sums {
            Squares::Cut(sums) => {
                rows.for_each(|(place, y)| sums.add(place.pair as usize, self.square(*place, *y)));
            }
            Squares::Exact(sums) => {
                rows.for_each(|(place, y)| sums.add(place.pair as usize, self.square(*place, *y)));
            }
        }
    }
}

impl Squares {
    fn merge(self, other: Self) -> Self {
        match (self, other) {
            (Self::Cut(own), Self::Cut(other)) => Self::Cut(own.merge(&other)),
            (Self::Exact(own), Self::Exact(other)) => Self::Exact(own.merge(other)),
            // Both are of the same kernel.
            (own, _) => own,
        }
    }

    fn values(self) -> Vec<f64> {
        match self {
            Self::Cut(sums) => sums.values(),
            Self::Exact(sums) => sums.values(),
        }
    }
}
