//! Newton's method for the calibration equations.
//!
//! The equations X′(d·F(Xη)) = T have as many unknowns as X has columns, some 30 for the margins of
//! a city, and the method converges in four to eight steps. The columns of X are dependent (each
//! dimension adds up to the same total), so each step uses a generalised inverse: the Cholesky
//! factor with pivoting, which keeps a basis.

use crate::estimation::linear_algebra::cholesky::Factor;
use crate::estimation::spec::weighting::Distance;
use crate::estimation::weighting::distance::factor_and_slope;
use crate::estimation::weighting::fit::{Fit, ROUNDING_MISFIT};
use crate::estimation::weighting::records::Records;

/// Steps without improvement after which the search has failed.
const MAX_STALLED_STEPS: u32 = 3;

/// Halvings of a step that does not bring the totals nearer.
const MAX_HALVINGS: u32 = 30;

/// What weights are looked for, and how hard.
#[derive(Debug, Clone, Copy)]
pub struct Calibration {
    /// The distance between base and final weights.
    pub distance: Distance,
    /// Smallest and largest g = w/d.
    pub bounds: Option<(f64, f64)>,
    /// Largest number of steps.
    pub max_steps: u32,
    /// Largest |Σw − T|/T of any total at the end.
    pub tolerance: f64,
}

/// Why no weights were found.
#[derive(Debug, Clone, Copy)]
pub struct Failure {
    /// Largest |Σw − T|/T that remained.
    pub misfit: f64,
    /// The total it belongs to.
    pub worst: usize,
    /// Steps taken.
    pub steps: u32,
}

/// Solves X′w = T for w = d·F(Xη).
///
/// # Formula
///
/// ```text
/// η ← η + (X′ diag(d F′) X)⁻ (T − X′dF), from η = 0
/// ```
///
/// A step that does not bring the totals nearer is halved, up to 30 times.
///
/// # Errors
///
/// [`Failure`] if a total is missed by more than `how.tolerance` (relative to the total) at the
/// end.
///
/// # Source
///
/// Deville, Särndal & Sautory 1993, JASA 88.
pub fn newton(records: &Records, how: Calibration) -> Result<Fit, Failure> {
    let mut state = State::at(records, how, vec![0.0; records.targets.len()]);
    let (mut steps, mut stalled) = (0, 0);
    while state.misfit > ROUNDING_MISFIT && steps < how.max_steps && stalled < MAX_STALLED_STEPS {
        steps += 1;
        let direction = state.direction(records);
        if let Some(nearer) = state.nearer(records, how, &direction) {
            state = nearer;
            stalled = 0;
            continue;
        }
        // Near the solution only rounding errors are left. Far from it, all factors may be at
        // their bounds, where slopes are 0: the full step may lead out of there.
        stalled += 1;
        if state.misfit <= how.tolerance {
            break;
        }
        let full = State::at(records, how, state.moved(&direction, 1.0));
        if !full.misfit.is_finite() {
            break;
        }
        state = full;
    }
    if state.misfit <= how.tolerance {
        return Ok(Fit {
            factor: state.factor,
            sweeps: steps,
            max_misfit: state.misfit,
        });
    }
    Err(Failure {
        misfit: state.misfit,
        worst: state.worst,
        steps,
    })
}

/// One η with everything that follows from it.
struct State {
    eta: Vec<f64>,
    /// F, one per record.
    factor: Vec<f64>,
    /// F′, one per record.
    slope: Vec<f64>,
    /// X′w.
    totals: Vec<f64>,
    /// Largest |X′w − T|/T, and the total it belongs to.
    misfit: f64,
    worst: usize,
    /// √Σ ((X′w − T)/T)².
    distance: f64,
}

impl State {
    /// The factors, totals and misfit at `eta`. A misfit that is not a number counts as infinite.
    fn at(records: &Records, how: Calibration, eta: Vec<f64>) -> Self {
        let (factor, slope): (Vec<f64>, Vec<f64>) = (0..records.base.len())
            .map(|record| factor_and_slope(how.distance, how.bounds, records.product(record, &eta)))
            .unzip();
        let weights: Vec<f64> = records
            .base
            .iter()
            .zip(&factor)
            .map(|(d, f)| if *d == 0.0 { 0.0 } else { d * f })
            .collect();
        let totals = records.totals(&weights);
        let (mut misfit, mut worst, mut squares) = (0.0_f64, 0, 0.0);
        for (at, (total, target)) in totals.iter().zip(&records.targets).enumerate() {
            let gap = (total - target).abs() / target.abs().max(f64::MIN_POSITIVE);
            squares += gap * gap;
            if gap > misfit || gap.is_nan() {
                misfit = if gap.is_nan() { f64::INFINITY } else { gap };
                worst = at;
            }
        }
        let distance = if misfit.is_finite() {
            squares.sqrt()
        } else {
            f64::INFINITY
        };
        Self {
            eta,
            factor,
            slope,
            totals,
            misfit,
            worst,
            distance,
        }
    }

    /// Newton's direction (X′ diag(dF′) X)⁻ (T − X′w).
    fn direction(&self, records: &Records) -> Vec<f64> {
        let slopes: Vec<f64> = records
            .base
            .iter()
            .zip(&self.slope)
            .map(|(d, slope)| d * slope)
            .collect();
        let gap: Vec<f64> = records
            .targets
            .iter()
            .zip(&self.totals)
            .map(|(target, total)| target - total)
            .collect();
        Factor::new(&records.cross_product(&slopes), gap.len()).solve(&gap)
    }

    /// η + length · direction.
    fn moved(&self, direction: &[f64], length: f64) -> Vec<f64> {
        self.eta
            .iter()
            .zip(direction)
            .map(|(eta, step)| eta + length * step)
            .collect()
    }

    /// The first of the full, half, quarter … step that brings the totals nearer.
    fn nearer(&self, records: &Records, how: Calibration, direction: &[f64]) -> Option<Self> {
        let mut length = 1.0;
        for _ in 0..MAX_HALVINGS {
            let next = Self::at(records, how, self.moved(direction, length));
            if next.distance < self.distance * (1.0 - 1e-4 * length) {
                return Some(next);
            }
            length *= 0.5;
        }
        None
    }
}
