//! The functions F that turn a linear combination of the auxiliaries into a factor g = w/d.

use crate::estimation::spec::weighting::Distance;

/// Largest exponent whose exponential is finite with room to spare.
const MAX_EXPONENT: f64 = 700.0;

/// F(u) and its slope F′(u) (Deville & Särndal 1992, JASA 87; Deville, Särndal & Sautory 1993,
/// JASA 88).
///
/// * linear: F = 1 + u
/// * exponential: F = eᵘ
/// * logit with bounds L < 1 < U: F = [L(U−1) + U(1−L)e^{Au}]/[U−1 + (1−L)e^{Au}],
///   A = (U−L)/((U−1)(1−L)); without bounds as exponential
///
/// Linear and exponential with bounds are cut off at L and U, where the slope is 0.
#[must_use]
pub fn factor_and_slope(distance: Distance, bounds: Option<(f64, f64)>, u: f64) -> (f64, f64) {
    let (factor, slope) = match (distance, bounds) {
        (Distance::Linear, _) => (1.0 + u, 1.0),
        (Distance::Logit, Some((lower, upper))) => return logit(lower, upper, u),
        (Distance::Exponential, _) | (Distance::Logit, None) => {
            let factor = u.exp();
            (factor, factor)
        }
    };
    match bounds {
        Some((lower, _)) if factor < lower => (lower, 0.0),
        Some((_, upper)) if factor > upper => (upper, 0.0),
        _ => (factor, slope),
    }
}

fn logit(lower: f64, upper: f64, u: f64) -> (f64, f64) {
    let a = (upper - lower) / ((upper - 1.0) * (1.0 - lower));
    let growth = (a * u).clamp(-MAX_EXPONENT, MAX_EXPONENT).exp();
    let denominator = upper - 1.0 + (1.0 - lower) * growth;
    let factor = (lower * (upper - 1.0) + upper * (1.0 - lower) * growth) / denominator;
    let slope = (upper - factor) * (factor - lower) * a / (upper - lower);
    (factor, slope)
}
