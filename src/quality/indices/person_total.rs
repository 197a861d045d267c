//! Person-total correlation: whether a person ranks items as most people do.

use super::correlation::pearson;

/// The correlation of a person's answers with the means of the items.
///
/// # Formula
///
/// ```text
/// r of (x_i, x̄_i) over the items that the person answered
/// ```
///
/// * `answers`: one for each item; NaN for a missing one
/// * `means`: of the items over all people ([`Moments::mean`](super::moments::Moments))
///
/// −1 to 1. Near 0 or below for random answers. NaN for fewer than two answers, and if they are all
/// equal.
///
/// # Source
///
/// Donlon & Fischer 1968, Educ. Psychol. Meas. 28, 105–113; equal to `careless-py` 1.1.0
/// `person_total`.
#[must_use]
pub fn person_total(answers: &[f64], means: &[f64]) -> f64 {
    pearson(answers.iter().copied().zip(means.iter().copied()), 2)
}
