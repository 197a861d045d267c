//! The difference of two estimates: of two waves, or of sampled and volunteers. If one of the estimates
//! is suppressed, the difference is not published, because the suppressed estimate could be
//! computed from the difference.

use crate::disclosure::Disclosed;
use crate::estimation::comparison::{self, UnitTotal, covariance, dependent_change};
use crate::estimation::distribution::t_quantile;
use crate::estimation::{Estimate, Verdict};
use crate::release::figures::Change;

/// Confidence of the intervals of differences.
const LEVEL: f64 = 0.95;

/// An estimate with what each PSU contributes to it.
type Contributed<'a, T> = (&'a T, &'a [UnitTotal]);

/// The change from the wave `previous`, with the covariance of shared PSUs. `share`: whether both estimates are proportions.
pub fn change(
    previous: &str,
    before: Contributed<'_, Disclosed>,
    after: Contributed<'_, Disclosed>,
    share: bool,
) -> Option<Change> {
    let shared = covariance(before.1, after.1);
    let difference = difference(before.0, after.0, shared, share)?;
    Some(Change {
        previous: previous.to_owned(),
        difference,
    })
}

/// `second` minus `first`, with a test of the difference. `share`: whether both estimates are
/// proportions; `covariance`: that of the two estimates. `None` if an estimate is suppressed or its precision is unknown.
pub fn difference(
    first: &Disclosed,
    second: &Disclosed,
    covariance: f64,
    share: bool,
) -> Option<comparison::Change> {
    let (first, second) = (first.shown()?, second.shown()?);
    let (first, second) = (first.into(), second.into());
    let found = dependent_change(first, second, covariance, share, LEVEL);
    let numbers = [found.difference, found.std_error, found.p_value];
    numbers
        .iter()
        .all(|number| number.is_finite())
        .then_some(found)
}

/// Whether a figure that must fall has fallen: met if the one-sided 95 % upper bound of the change
/// is below zero; not met if the one-sided 95 % lower bound is zero or more; else inconclusive.
/// Suppressed if the estimate of the previous wave is suppressed or the change has no standard
/// error.
pub fn below_previous(
    before: Contributed<'_, Disclosed>,
    after: Contributed<'_, Estimate>,
) -> Verdict {
    let shared = covariance(before.1, after.1);
    let Some(before) = before.0.shown() else {
        return Verdict::Suppressed;
    };
    let found = dependent_change(before.into(), after.0.into(), shared, false, LEVEL);
    if !found.std_error.is_finite() {
        return Verdict::Suppressed;
    }
    let half = t_quantile(0.95, found.df) * found.std_error;
    if found.difference + half < 0.0 {
        Verdict::Met
    } else if found.difference - half >= 0.0 {
        Verdict::NotMet
    } else {
        Verdict::Inconclusive
    }
}

/// The pairs (by position) of independent estimates that differ at 5 % after Holm's correction over
/// all pairs: what a ranking may be read from. Suppressed estimates differ from nothing.
pub fn differing(estimates: &[&Disclosed]) -> Vec<(usize, usize)> {
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for (first, before) in estimates.iter().enumerate() {
        for (second, after) in estimates.iter().enumerate().skip(first + 1) {
            if let Some(difference) = difference(before, after, 0.0, false) {
                pairs.push((difference.p_value, first, second));
            }
        }
    }
    pairs.sort_by(|a, b| a.0.total_cmp(&b.0));
    let left = (1..=pairs.len()).rev();
    let counts = left.map(|left| f64::from(u32::try_from(left).unwrap_or(u32::MAX)));
    let differing = pairs
        .iter()
        .zip(counts)
        .take_while(|((p, _, _), left)| p * left < 0.05);
    let mut differing: Vec<(usize, usize)> = differing
        .map(|((_, first, second), _)| (*first, *second))
        .collect();
    differing.sort_unstable();
    differing
}
