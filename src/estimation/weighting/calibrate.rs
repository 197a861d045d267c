//! Calibration: the weights nearest to the base weights that meet every population total.
//!
//! "Nearest" is a distance G(w, d) summed over the rows; its choice matters little for the
//! estimates and much for the range of the weights. Bounds on g = w/d are part of the problem, so
//! totals and bounds are both exact. If no weights meet them, the error says which bounds of the
//! same shape would do.

use serde_json::json;

use crate::estimation::error::{Code, Error};
use crate::estimation::spec::weighting::Distance;
use crate::estimation::weighting::fit::{Fit, TotalName};
use crate::estimation::weighting::newton::{Calibration, Failure, newton};
use crate::estimation::weighting::records::Records;

/// Halvings of the interval in which the tightest feasible bounds are looked for.
const BOUND_STEPS: u32 = 20;

/// Bounds that many times as wide as those asked for are not tried.
const MAX_WIDENING: f64 = 1e4;

/// The calibrated weights.
///
/// # Formula
///
/// ```text
/// min Σ G(w, d) subject to X′w = T          solution: w = d·F(x′η)
/// ```
///
/// F of [`factor_and_slope`], η of [`newton`].
///
/// * `records`: the rows, grouped by x
/// * `how`: distance, bounds of g and when to stop
/// * `name`: names a total in an error
///
/// # Example
///
/// Two groups of ten people each, of which the first has a population of 15 and the second of 5:
///
/// ```
/// use minyi::estimation::spec::Distance;
/// use minyi::estimation::weighting::calibrate::calibrate;
/// use minyi::estimation::weighting::fit::TotalName;
/// use minyi::estimation::weighting::newton::Calibration;
/// use minyi::estimation::weighting::records::Records;
///
/// let records = Records {
///     base: vec![10.0, 10.0],
///     member: vec![0, 1],
///     dimensions: 1,
///     values: Vec::new(),
///     numeric: 0,
///     targets: vec![15.0, 5.0],
/// };
/// let how = Calibration {
///     distance: Distance::Exponential,
///     bounds: None,
///     max_steps: 50,
///     tolerance: 1e-8,
/// };
/// let name = |at: usize| TotalName { text: at.to_string(), detail: at.into() };
/// let fit = calibrate(&records, how, name)?;
/// assert!((fit.factor[0] - 1.5).abs() < 1e-8 && (fit.factor[1] - 0.5).abs() < 1e-8);
/// # Ok::<(), minyi::estimation::Error>(())
/// ```
///
/// # Errors
///
/// * `CALIBRATION_BOUNDS_REQUIRED` for the logit distance without finite bounds
/// * `SPEC_INVALID` for bounds that do not lie on both sides of 1
/// * `CALIBRATION_INFEASIBLE` with the worst total and the tightest feasible bounds of the same
///   shape, if there are any
/// * `NEGATIVE_WEIGHT` if the linear distance gives a weight below zero
///
/// # Source
///
/// Deville & Särndal 1992, JASA 87; Deville, Särndal & Sautory 1993, JASA 88.
///
/// [`factor_and_slope`]: crate::estimation::weighting::distance::factor_and_slope
pub fn calibrate(
    records: &Records,
    how: Calibration,
    name: impl Fn(usize) -> TotalName,
) -> Result<Fit, Error> {
    check_bounds(how)?;
    newton(records, how)
        .map_err(|failure| infeasible(records, how, failure, name))
        .and_then(|fit| refuse_negative(records, fit))
}

/// Bounds must lie on both sides of 1, or base weights that meet the totals already would be
/// refused.
fn check_bounds(how: Calibration) -> Result<(), Error> {
    if let Some((lower, upper)) = how.bounds
        && !(lower < 1.0 && upper > 1.0)
    {
        return Err(Error::spec(format!(
            "bounds [{lower}, {upper}] must lie on both sides of 1"
        )));
    }
    let finite = how
        .bounds
        .is_some_and(|(lower, upper)| lower.is_finite() && upper.is_finite());
    if how.distance == Distance::Logit && !finite {
        return Err(Error::new(
            Code::CalibrationBoundsRequired,
            "the logit distance needs finite bounds, such as bounds = [0.3, 3.0]",
            json!({"suggested_bounds": [0.3, 3.0]}),
        ));
    }
    Ok(())
}

/// The error with the worst total and, if there are any, bounds that would do.
fn infeasible(
    records: &Records,
    how: Calibration,
    failure: Failure,
    name: impl Fn(usize) -> TotalName,
) -> Error {
    let tightest = tightest_bounds(records, how);
    let advice = tightest.map_or_else(
        || "no bounds help: the totals contradict each other or the sample".to_owned(),
        |(lower, upper)| {
            format!("the tightest feasible bounds of this shape are about [{lower:.4}, {upper:.4}]")
        },
    );
    let worst = name(failure.worst);
    Error::new(
        Code::CalibrationInfeasible,
        format!(
            "no weights within the bounds meet the totals (worst misfit {:.3e} at {}); {advice}",
            failure.misfit, worst.text
        ),
        json!({
            "max_misfit": failure.misfit, "worst": worst.detail, "steps": failure.steps,
            "bounds": how.bounds, "tightest_feasible_bounds": tightest,
        }),
    )
}

/// Widens the bounds [L, U] around 1 in proportion until weights exist, then narrows them down to
/// the edge of feasibility. `None` without bounds or if no width helps.
fn tightest_bounds(records: &Records, how: Calibration) -> Option<(f64, f64)> {
    let (lower, upper) = how.bounds?;
    let widened = |scale: f64| {
        (
            (1.0 - (1.0 - lower) * scale).max(0.0),
            1.0 + (upper - 1.0) * scale,
        )
    };
    let feasible = |scale: f64| {
        let bounds = Some(widened(scale));
        newton(records, Calibration { bounds, ..how }).is_ok()
    };
    let (mut tight, mut wide) = (1.0, 2.0);
    while !feasible(wide) {
        tight = wide;
        wide *= 2.0;
        if wide > MAX_WIDENING {
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

/// Refuses weights below zero, which only the linear distance without bounds can give.
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
            "linear calibration gives {} groups a weight below zero (smallest g = \
             {smallest:.4}); use the exponential distance or bounds",
            negative.len()
        ),
        json!({"groups": negative.len(), "smallest_g": smallest}),
    ))
}
