//! Calibration: the weights nearest to the base weights that meet every total (Deville & Särndal 1992, JASA 87;
//! Deville, Särndal & Sautory 1993, JASA 88).
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "tables of known shape, codes below their count"
)]

use serde_json::{Value, json};

use crate::estimation::error::{Code, Error};
use crate::estimation::linear::Factor;
use crate::estimation::spec::weighting::Distance;
use crate::estimation::weighting::fit::Fit;
use crate::estimation::weighting::records::Records;

/// Below this misfit further steps only move rounding errors.
const POLISHED: f64 = 1e-13;

/// Halvings of the bracket in which the tightest feasible bound is looked for.
const BOUND_STEPS: u32 = 20;

/// min Σ G(w, d) subject to X'w = T by Newton's method: w = d F(x'η), η ← η + (X' diag(d F') X)⁻ (T − X' d F), the step
/// halved while it does not help. F: linear 1 + u; exponential eᵘ; logit [L(U−1) + U(1−L)e^{Au}]/[U−1 + (1−L)e^{Au}] with
/// A = (U−L)/((U−1)(1−L)); linear and exponential with bounds: clipped to [L, U], F' = 0 outside.
///
/// # Errors
/// `CALIBRATION_BOUNDS_REQUIRED` for logit without finite bounds, `SPEC_INVALID` for bounds that do not straddle 1,
/// `CALIBRATION_INFEASIBLE` with the worst total and the tightest feasible bounds of the same shape, `NEGATIVE_WEIGHT`.
pub fn calibrate(
    records: &Records,
    distance: Distance,
    bounds: Option<(f64, f64)>,
    max_steps: u32,
    tolerance: f64,
    describe: impl Fn(usize) -> Value,
) -> Result<Fit, Error> {
    if let Some((lower, upper)) = bounds
        && !(lower < 1.0 && upper > 1.0 && !lower.is_nan())
    {
        return Err(Error::spec(format!(
            "bounds [{lower}, {upper}] must lie on both sides of 1"
        )));
    }
    if distance == Distance::Logit
        && !bounds.is_some_and(|(lower, upper)| lower.is_finite() && upper.is_finite())
    {
        return Err(Error::new(
            Code::CalibrationBoundsRequired,
            "the logit distance needs finite bounds, e.g. bounds = [0.3, 3.0]",
            json!({"suggested_bounds": [0.3, 3.0]}),
        ));
    }
    match newton(records, distance, bounds, max_steps, tolerance) {
        Ok(fit) => refuse_negative(records, fit),
        Err(failure) => {
            let tightest =
                bounds.and_then(|bounds| tightest(records, distance, bounds, max_steps, tolerance));
            let advice = tightest.map_or_else(
                || "no bounds help: the totals contradict each other or the sample".to_owned(),
                |(lower, upper)| {
                    format!("the tightest feasible bounds of this shape are about [{lower:.4}, {upper:.4}]")
                },
            );
            let worst = describe(failure.worst);
            Err(Error::new(
                Code::CalibrationInfeasible,
                format!(
                    "no weights within the bounds meet the totals (worst misfit {:.3e} at {worst}); {advice}",
                    failure.misfit
                ),
                json!({"max_misfit": failure.misfit, "worst": worst, "steps": failure.steps, "bounds": bounds, "tightest_feasible_bounds": tightest}),
            ))
        }
    }
}

struct Failure {
    misfit: f64,
    worst: usize,
    steps: u32,
}

fn newton(
    records: &Records,
    distance: Distance,
    bounds: Option<(f64, f64)>,
    max_steps: u32,
    tolerance: f64,
) -> Result<Fit, Failure> {
    let size = records.targets.len();
    let mut eta = vec![0.0; size];
    let mut state = evaluate(records, distance, bounds, &eta);
    let mut steps = 0;
    let mut stalled = 0;
    while state.misfit > POLISHED && steps < max_steps && stalled < 3 {
        steps += 1;
        let slopes: Vec<f64> = records
            .base
            .iter()
            .zip(&state.slope)
            .map(|(d, slope)| d * slope)
            .collect();
        let factor = Factor::new(&records.cross_product(&slopes), size);
        let gap: Vec<f64> = records
            .targets
            .iter()
            .zip(&state.totals)
            .map(|(target, total)| target - total)
            .collect();
        let direction = factor.solve(&gap);
        let mut length = 1.0;
        let mut next = None;
        for _ in 0..30 {
            let trial: Vec<f64> = eta
                .iter()
                .zip(&direction)
                .map(|(eta, step)| eta + length * step)
                .collect();
            let reached = evaluate(records, distance, bounds, &trial);
            if reached.distance < state.distance * (1.0 - 1e-4 * length) {
                next = Some((trial, reached));
                break;
            }
            length *= 0.5;
        }
        match next {
            Some((trial, reached)) => {
                eta = trial;
                state = reached;
                stalled = 0;
            }
            None => {
                // At the rounding floor no step helps any more; far from it the full step may leave a flat part.
                stalled += 1;
                if state.misfit <= tolerance {
                    break;
                }
                eta = eta
                    .iter()
                    .zip(&direction)
                    .map(|(eta, step)| eta + step)
                    .collect();
                let reached = evaluate(records, distance, bounds, &eta);
                if !reached.misfit.is_finite() {
                    break;
                }
                state = reached;
            }
        }
    }
    if state.misfit <= tolerance {
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

struct State {
    factor: Vec<f64>,
    slope: Vec<f64>,
    totals: Vec<f64>,
    misfit: f64,
    worst: usize,
    distance: f64,
}

fn evaluate(
    records: &Records,
    distance: Distance,
    bounds: Option<(f64, f64)>,
    eta: &[f64],
) -> State {
    let (mut factor, mut slope) = (
        Vec::with_capacity(records.base.len()),
        Vec::with_capacity(records.base.len()),
    );
    for record in 0..records.base.len() {
        let u: f64 = records
            .entries(record)
            .map(|(column, value)| eta[column] * value)
            .sum();
        let (f, s) = link(distance, bounds, u);
        factor.push(f);
        slope.push(s);
    }
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
    State {
        factor,
        slope,
        totals,
        misfit,
        worst,
        distance,
    }
}

/// F(u) and F'(u).
fn link(distance: Distance, bounds: Option<(f64, f64)>, u: f64) -> (f64, f64) {
    let (value, slope) = match (distance, bounds) {
        (Distance::Linear, _) => (1.0 + u, 1.0),
        (Distance::Exponential, _) | (Distance::Logit, None) => {
            let value = u.exp();
            (value, value)
        }
        (Distance::Logit, Some((lower, upper))) => {
            let a = (upper - lower) / ((upper - 1.0) * (1.0 - lower));
            let growth = ((a * u).clamp(-700.0, 700.0)).exp();
            let below = upper - 1.0 + (1.0 - lower) * growth;
            let value = (lower * (upper - 1.0) + upper * (1.0 - lower) * growth) / below;
            return (
                value,
                (upper - value) * (value - lower) * a / (upper - lower),
            );
        }
    };
    match bounds {
        Some((lower, _)) if value < lower => (lower, 0.0),
        Some((_, upper)) if value > upper => (upper, 0.0),
        _ => (value, slope),
    }
}

/// Widens the bounds in proportion until weights exist, then closes in on the edge of feasibility.
fn tightest(
    records: &Records,
    distance: Distance,
    bounds: (f64, f64),
    max_steps: u32,
    tolerance: f64,
) -> Option<(f64, f64)> {
    let widened = |scale: f64| {
        (
            (1.0 - (1.0 - bounds.0) * scale).max(0.0),
            1.0 + (bounds.1 - 1.0) * scale,
        )
    };
    let feasible = |scale: f64| {
        newton(
            records,
            distance,
            Some(widened(scale)),
            max_steps,
            tolerance,
        )
        .is_ok()
    };
    let (mut tight, mut wide) = (1.0, 2.0);
    while !feasible(wide) {
        tight = wide;
        wide *= 2.0;
        if wide > 1e4 {
            return None;
        }
    }
    for _ in 0..BOUND_STEPS {
        let middle = 0.5 * (tight + wide);
        if feasible(middle) {
            wide = middle;
        } else {
            tight = middle;
        }
    }
    Some(widened(wide))
}

fn refuse_negative(records: &Records, fit: Fit) -> Result<Fit, Error> {
    let negative: Vec<f64> = fit
        .factor
        .iter()
        .zip(&records.base)
        .filter(|(factor, base)| **factor < 0.0 && **base > 0.0)
        .map(|(factor, _)| *factor)
        .collect();
    if negative.is_empty() {
        return Ok(fit);
    }
    let smallest = negative.iter().copied().fold(0.0, f64::min);
    Err(Error::new(
        Code::NegativeWeight,
        format!(
            "linear calibration gives {} groups a weight below zero (smallest g = {smallest:.4}); use the exponential distance or bounds",
            negative.len()
        ),
        json!({"groups": negative.len(), "smallest_g": smallest}),
    ))
}
