//! Even-odd consistency: whether a person answers the two halves of each scale alike.

use super::correlation::pearson;

/// Factors that a person must have answered for [`across_factors`]: r of two is always ±1.
pub const LEAST_FACTORS: usize = 3;

/// Even-odd consistency across factors, with the correction of Spearman and Brown.
///
/// # Formula
///
/// ```text
/// o_f, e_f: means of the 1st, 3rd, … and of the 2nd, 4th, … item of factor f
/// r = correlation of (o_f, e_f) over factors        value = −max(−1, 2r/(1 + r))
/// ```
///
/// * `factors`: the answers of a person to the items of each factor, reversed items turned; NaN for
///   a missing one
/// * `least`: fewer factors with both halves have no value; [`LEAST_FACTORS`] by default. With one
///   factor there is none.
///
/// −1 for the most consistent to 1 for the least: a high value hints at careless answers. NaN if
/// the means of a half do not vary over factors, as for a person who is satisfied with everything.
///
/// # Source
///
/// Johnson 2005, J. Res. Pers. 39, 103–129; equal to `evenodd` of the R package `careless` 1.2.2.
pub fn across_factors<'a>(
    factors: impl IntoIterator<Item = &'a [f64]> + Clone,
    least: usize,
) -> f64 {
    let r = pearson(
        factors
            .into_iter()
            .map(|factor| (half_mean(factor, 0), half_mean(factor, 1)))
            .collect::<Vec<_>>(),
        least.max(2),
    );
    if r.is_nan() {
        return r;
    }
    -(2.0 * r / (1.0 + r)).max(-1.0)
}

/// Even-odd consistency within factors: the mean of each factor's own correlation.
///
/// # Formula
///
/// ```text
/// r_f = correlation of (x₁, x₂), (x₃, x₄), … of factor f        value = mean of r_f
/// ```
///
/// A last item without a partner is left out. r_f is 0 if a side does not vary, and has no value for
/// fewer than two complete pairs.
///
/// * `factors`: the answers of a person to the items of each factor; NaN for a missing one
///
/// −1 to 1; NaN if no factor has a value (`careless-py` writes 0 then).
///
/// # Source
///
/// `careless-py` 1.1.0 `evenodd`. It is not the index of the literature, which is
/// [`across_factors`].
pub fn within_factors<'a>(factors: impl IntoIterator<Item = &'a [f64]>) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for factor in factors {
        let pairs = factor
            .chunks_exact(2)
            .filter_map(|pair| pair.first().copied().zip(pair.last().copied()));
        let complete = pairs
            .clone()
            .filter(|(x, y)| !x.is_nan() && !y.is_nan())
            .count();
        if complete < 2 {
            continue;
        }
        let r = pearson(pairs, 2);
        sum += if r.is_nan() { 0.0 } else { r };
        n += 1.0;
    }
    sum / n
}

/// The mean of every second answer from `start` on; NaN without one.
fn half_mean(factor: &[f64], start: usize) -> f64 {
    let (mut sum, mut n) = (0.0, 0.0);
    for x in factor.iter().skip(start).step_by(2) {
        if !x.is_nan() {
            sum += x;
            n += 1.0;
        }
    }
    sum / n
}
