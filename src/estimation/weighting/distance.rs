//! The functions F that turn a linear combination of the auxiliaries into a factor g = w/d.
//!
//! F is the inverse of the derivative of the distance G. All have F(0) = 1 and F′(0) = 1, so all
//! calibrated estimators are asymptotically the regression estimator and share its variance
//! (Deville & Särndal 1992, JASA 87).

use crate::estimation::spec::weighting::Distance;

/// Largest exponent whose exponential is finite with room to spare.
const MAX_EXPONENT: f64 = 700.0;

/// F(u) and its slope F′(u) for u = x′η.
///
/// | distance | F(u) | g |
/// |---|---|---|
/// | linear | 1 + u | any |
/// | exponential | eᵘ | above 0 |
/// | logit | [L(U−1) + U(1−L)e^{Au}]/[U−1 + (1−L)e^{Au}], A = (U−L)/((U−1)(1−L)) | L to U |
///
/// * `bounds`: L < 1 < U. Linear and exponential are cut off at L and U, where the slope is 0;
///   logit without bounds is exponential.
///
/// # Example
///
/// ```
/// use minyi::estimation::spec::Distance;
/// use minyi::estimation::weighting::distance::factor_and_slope;
///
/// for distance in [Distance::Linear, Distance::Exponential, Distance::Logit] {
///     assert_eq!(factor_and_slope(distance, Some((0.5, 3.0)), 0.0), (1.0, 1.0));
/// }
/// assert_eq!(factor_and_slope(Distance::Linear, Some((0.5, 3.0)), 4.0), (3.0, 0.0));
/// ```
///
/// # Source
///
/// Deville & Särndal 1992, JASA 87; Deville, Särndal & Sautory 1993, JASA 88.
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

/// F of the logit distance with bounds, and its slope A(U − F)(F − L)/(U − L).
fn logit(lower: f64, upper: f64, u: f64) -> (f64, f64) {
    let a = (upper - lower) / ((upper - 1.0) * (1.0 - lower));
    let growth = (a * u).clamp(-MAX_EXPONENT, MAX_EXPONENT).exp();
    let denominator = upper - 1.0 + (1.0 - lower) * growth;
    let factor = (lower * (upper - 1.0) + upper * (1.0 - lower) * growth) / denominator;
    let slope = (upper - factor) * (factor - lower) * a / (upper - lower);
    (factor, slope)
}
