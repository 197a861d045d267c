//! Intra-individual response variability (IRV).

use crate::estimation::count::count;

/// The standard deviation of a person's answers across items.
///
/// # Formula
///
/// ```text
/// IRV = √(Σ (xᵢ − x̄)²/k)        over the k answers that are there
/// ```
///
/// This is the form with k, as in `careless-py`; the R package `careless` divides by k − 1.
///
/// * `answers`: NaN for a missing one
///
/// 0 for one answer to everything; at most half of the range of the scale. NaN without an answer.
/// A low value hints at straight-lining, a high one at random answers; honest people who are
/// satisfied with everything have 0 too.
///
/// # Example
///
/// ```
/// use minyi::quality::indices::irv::irv;
///
/// assert_eq!(irv(&[1.0, 5.0, f64::NAN, 1.0, 5.0]), 2.0);
/// ```
///
/// # Source
///
/// Dunn, Heggestad, Shanock & Theilgard 2018, J. Bus. Psychol. 33, 105–121; equal to `careless-py`
/// 1.1.0 `irv`.
#[must_use]
pub fn irv(answers: &[f64]) -> f64 {
    let given = || answers.iter().copied().filter(|answer| !answer.is_nan());
    let k = count(given().count());
    let mean = given().sum::<f64>() / k;
    (given().map(|x| (x - mean) * (x - mean)).sum::<f64>() / k).sqrt()
}

/// The [`irv`] of the first, second and last third of the items.
///
/// The first thirds have one item more if the number of items is no multiple of three (numpy's
/// `array_split`, as in `careless-py`). A last third far below the first hints at tiredness.
///
/// * `answers`: in the order in which they were asked; NaN for a missing one
///
/// # Source
///
/// As [`irv`]; the mean of the three is `careless-py`'s `irv(split=True, num_split=3)`.
#[must_use]
pub fn irv_by_thirds(answers: &[f64]) -> [f64; 3] {
    let (first, rest) = answers.split_at(answers.len().div_ceil(3));
    let (second, last) = rest.split_at(rest.len().div_ceil(2));
    [irv(first), irv(second), irv(last)]
}
