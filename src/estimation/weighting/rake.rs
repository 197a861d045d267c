//! Raking: iterative proportional fitting of the contingency table (Deming & Stephan 1940).
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "tables of known shape, codes below their count"
)]

use serde_json::json;

use crate::estimation::error::{Code, Error};
use crate::estimation::weighting::cells::Cells;
use crate::estimation::weighting::fit::Fit;

/// Sweeps without an improvement of one per cent after which raking has failed.
const PATIENCE: u32 = 20;

/// Below this misfit further sweeps only move rounding errors.
const POLISHED: f64 = 1e-13;

/// Cyclically w ← w · T_c / Σ_c w over the dimensions until, at the end of a sweep, max |Σw − T|/T ≤ `tolerance`; then on
/// to the fixed point, which costs nothing on a table. A dimension of crosses alone is post-stratification in one sweep.
///
/// # Errors
/// `RAKING_NOT_CONVERGED` with the worst category, misfit and sweeps, after `max_sweeps` or when the misfit has not fallen
/// by 1 % over 20 sweeps. Never a warning: R returns such weights without a word.
pub fn rake(cells: &Cells, max_sweeps: u32, tolerance: f64) -> Result<Fit, Error> {
    let mut weights = cells.base.clone();
    let mut sweeps = 0;
    let mut mark = (f64::INFINITY, 0);
    let (mut best, mut misfit);
    loop {
        for dimension in 0..cells.dimensions {
            sweep(cells, dimension, &mut weights);
        }
        sweeps += 1;
        (misfit, best) = cells.misfit(&weights);
        if misfit < mark.0 * 0.99 {
            mark = (misfit, sweeps);
        }
        if misfit <= POLISHED
            || sweeps >= max_sweeps
            || sweeps - mark.1 >= PATIENCE
            || misfit.is_nan()
        {
            break;
        }
    }
    if misfit.is_nan() || misfit > tolerance {
        let worst = cells.describe(best);
        return Err(Error::new(
            Code::RakingNotConverged,
            format!(
                "after {sweeps} sweeps a margin is still missed by {misfit:.3e} (worst: {worst})"
            ),
            json!({"sweeps": sweeps, "max_misfit": misfit, "tolerance": tolerance, "worst": worst}),
        ));
    }
    let factor = (0..weights.len()).map(|cell| {
        if cells.occupied(cell) {
            weights[cell] / cells.base[cell]
        } else {
            1.0
        }
    });
    Ok(Fit {
        factor: factor.collect(),
        sweeps,
        max_misfit: misfit,
    })
}

fn sweep(cells: &Cells, dimension: usize, weights: &mut [f64]) {
    let mut sums = vec![0.0; cells.columns()];
    let occupied = |cell: usize| cells.occupied(cell);
    for cell in (0..weights.len()).filter(|&cell| occupied(cell)) {
        sums[cells.members(cell)[dimension] as usize] += weights[cell];
    }
    for cell in (0..weights.len()).filter(|&cell| occupied(cell)) {
        let category = cells.members(cell)[dimension] as usize;
        weights[cell] *= cells.categories[category].target / sums[category];
    }
}
