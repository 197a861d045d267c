//! The squares of a study variable around the ratio of each domain.
//!
//! The variance under simple random sampling needs Σ w (a − R b)². Made of Σ w a², Σ w a b and
//! Σ w b² it would lose its digits where a is nearly R b, and how many depends on the domain. So the
//! rows are read once more when R is known.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "block kernel over levels below their count"
)]

use std::ops::Range;

use rayon::prelude::*;

use crate::estimation::columns::{BLOCK, MISSING, blocks_of, shares_of_threads};
use crate::estimation::moments::input::Input;
use crate::estimation::moments::totals::Totals;
use crate::estimation::summation::{Extent, Sums};

/// Writes Σ w (a − R b)² of each domain into the `totals` of a study variable on the domains with
/// index `at`.
pub(super) fn add_deviations(input: &Input<'_>, at: usize, variable: usize, totals: &mut Totals) {
    let domains = totals.by_domain.iter();
    let ratios: Vec<f64> = domains.map(|own| own.a / own.b).collect();
    // Nothing is known of the squares, so the grid is that of all numbers.
    let all = Extent::EMPTY.with(f64::from_bits(1)).with(f64::INFINITY);
    let zero = || Sums::new(all.grid(input.design.rows), ratios.len());
    let shift = totals.shift;
    let sum = |rows: Range<usize>| {
        let mut sums = zero();
        for_answers(input, (at, variable), rows, |level, weight, a, b| {
            for slot in [level, ratios.len() - 1] {
                let deviation = a - shift * b - ratios[slot] * b;
                sums.add(slot, weight * (deviation * deviation));
            }
        });
        sums
    };
    let ranges = shares_of_threads(input.design.rows).into_par_iter();
    let sums = ranges.map(sum).reduce_with(Sums::merge);
    let values = sums.unwrap_or_else(zero).values();
    for (own, deviations) in totals.by_domain.iter_mut().zip(values) {
        own.deviations = deviations;
    }
}

/// Calls `visit` with level, weight, a and b of each row that has a weight, a level and an answer.
fn for_answers(
    input: &Input<'_>,
    (at, variable): (usize, usize),
    rows: Range<usize>,
    mut visit: impl FnMut(usize, f64, f64, f64),
) {
    let (mut a, mut b, mut levels) = ([0.0; BLOCK], [0.0; BLOCK], [0; BLOCK]);
    for range in blocks_of(rows) {
        let rows = range.len();
        let (a, b, levels) = (&mut a[..rows], &mut b[..rows], &mut levels[..rows]);
        input.domains[at].fill(range.clone(), levels);
        input.variables[variable].fill_values(range.clone(), a, b);
        for (row, weight) in input.design.weights[range].iter().enumerate() {
            if levels[row] != MISSING && *weight != 0.0 && !a[row].is_nan() {
                visit(levels[row] as usize, *weight, a[row], b[row]);
            }
        }
    }
}
