//! Raking: iterative proportional fitting of the contingency table of the weighting variables.
//!
//! It works on cells and not on rows, so a sweep over a city's 1,200 cells takes microseconds and
//! the rows are read once before and once after. The result is the calibration with the exponential
//! distance (Deville, Särndal & Sautory 1993, JASA 88).
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "tables of known shape, codes below their count"
)]

use serde_json::json;

use crate::estimation::error::{Code, Error};
use crate::estimation::weighting::cells::Cells;
use crate::estimation::weighting::fit::{Fit, ROUNDING_MISFIT};

/// Sweeps after which raking has failed if the misfit has not fallen by one per cent.
const MAX_STALLED_SWEEPS: u32 = 20;

/// Weights that meet the total T_c of every category c of every dimension.
///
/// # Formula
///
/// ```text
/// one sweep: for each dimension, w ← w · T_c/Σ_c w for its categories c
/// ```
///
/// Sweeps are repeated until, at the end of one, no |Σ_c w − T_c|/T_c is above rounding errors.
/// With one dimension this is post-stratification, which takes one sweep.
///
/// * `max_sweeps`: largest number of sweeps
/// * `tolerance`: largest misfit |Σ_c w − T_c|/T_c that is accepted, such as 10⁻⁸
///
/// # Errors
///
/// `RAKING_NOT_CONVERGED` with the worst category, its misfit and the number of sweeps, after
/// `max_sweeps` or when the misfit has not fallen by 1 % in 20 sweeps. R returns such weights
/// without a warning.
///
/// # Source
///
/// Deming & Stephan 1940, Ann. Math. Stat. 11.
pub fn rake(cells: &Cells, max_sweeps: u32, tolerance: f64) -> Result<Fit, Error> {
    let mut weights = cells.base.clone();
    let mut sweeps = 0;
    let (mut best_misfit, mut best_sweep) = (f64::INFINITY, 0);
    let (mut misfit, mut worst);
    loop {
        for dimension in 0..cells.dimensions {
            fit_dimension(cells, dimension, &mut weights);
        }
        sweeps += 1;
        (misfit, worst) = cells.misfit(&weights);
        if misfit < best_misfit * 0.99 {
            (best_misfit, best_sweep) = (misfit, sweeps);
        }
        if misfit <= ROUNDING_MISFIT
            || misfit.is_nan()
            || sweeps >= max_sweeps
            || sweeps - best_sweep >= MAX_STALLED_SWEEPS
        {
            break;
        }
    }
    if misfit.is_nan() || misfit > tolerance {
        let worst = cells.describe(worst);
        return Err(Error::new(
            Code::RakingNotConverged,
            format!(
                "after {sweeps} sweeps a margin is still missed by {misfit:.3e} (worst: {})",
                worst.text
            ),
            json!({
                "sweeps": sweeps, "max_misfit": misfit, "tolerance": tolerance,
                "worst": worst.detail,
            }),
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

/// w ← w · T_c/Σ_c w over the categories c of one dimension.
fn fit_dimension(cells: &Cells, dimension: usize, weights: &mut [f64]) {
    let occupied: Vec<usize> = (0..weights.len())
        .filter(|&cell| cells.occupied(cell))
        .collect();
    let category = |cell: usize| cells.members(cell)[dimension] as usize;
    let mut sums = vec![0.0; cells.columns()];
    for &cell in &occupied {
        sums[category(cell)] += weights[cell];
    }
    for &cell in &occupied {
        weights[cell] *= cells.categories[category(cell)].target / sums[category(cell)];
    }
}
