//! Back-checks: some people are asked again, and the answers are compared.

use crate::estimation::count::count;

use crate::quality::finding::{Finding, Measure, Subject};
use crate::quality::responses::Responses;

use super::binomial::at_least;
use super::sets::sets;

/// Rule: errors found by back-checks.
pub const BACK_CHECKS: &str = "enumerator_back_checks";

/// The share of answers that may differ when honest people are asked again: they forget, and change
/// their minds. 10 % by default, the usual limit for facts that do not change, such as age band or
/// whether the visit took place.
pub const ALLOWED_ERROR_RATE: f64 = 0.10;

/// The back-checks of one enumerator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BackCheck {
    /// The label of the enumerator.
    pub enumerator: String,
    /// Answers that were asked again.
    pub checked: usize,
    /// Those of them that were wrong, at most `checked`.
    pub wrong: usize,
}

/// The enumerators whose error rate is above the allowed one and above that of the others.
///
/// # Formula
///
/// ```text
/// P_e = P(Bin(checked, p₀) ≥ wrong)     p₀ = max(allowed, (wrong + 1)/(checked + 2) of all others)
/// Holm over the enumerators at `alpha`
/// ```
///
/// * `allowed`: 0 to 1; [`ALLOWED_ERROR_RATE`] by default
/// * `alpha`: probability of flagging any enumerator with the allowed rate; 0.01 by default
///
/// A finding has the enumerator's rows of `responses` and proposes to hold them. Enumerators with
/// nothing checked are left out; if `wrong` is above `checked`, all are taken as wrong.
#[must_use]
pub fn back_checks(
    responses: &Responses,
    checks: &[BackCheck],
    allowed: f64,
    alpha: f64,
) -> Vec<Finding> {
    let checks: Vec<(&BackCheck, usize)> = checks
        .iter()
        .filter(|check| check.checked > 0)
        .map(|check| (check, check.wrong.min(check.checked)))
        .collect();
    let all_checked: usize = checks.iter().map(|(check, _)| check.checked).sum();
    let all_wrong: usize = checks.iter().map(|(_, wrong)| wrong).sum();
    let mut order: Vec<(f64, f64, &BackCheck, usize)> = checks
        .iter()
        .map(|&(check, wrong)| {
            let others = count(all_wrong - wrong + 1) / count(all_checked - check.checked + 2);
            let rate = if all_checked == check.checked {
                allowed
            } else {
                others.max(allowed)
            };
            (at_least(wrong, check.checked, rate), rate, check, wrong)
        })
        .collect();
    order.sort_by(|a, b| {
        a.0.total_cmp(&b.0)
            .then(a.2.enumerator.cmp(&b.2.enumerator))
    });
    let sets = sets(responses);
    let m = order.len();
    let mut found: Vec<Finding> = order
        .into_iter()
        .enumerate()
        .take_while(|(before, (p, ..))| *p <= alpha / count(m - before))
        .map(|(_, (_, rate, check, wrong))| Finding {
            rule: BACK_CHECKS,
            version: 1,
            subject: Subject::Enumerator(check.enumerator.clone()),
            rows: sets
                .iter()
                .find(|set| set.enumerator == check.enumerator)
                .map(|set| set.rows.clone())
                .unwrap_or_default(),
            is_proposed: true,
            measures: [
                ("checked", count(check.checked)),
                ("wrong", count(wrong)),
                ("error_rate", count(wrong) / count(check.checked)),
                ("error_rate_limit", rate),
            ]
            .map(|(key, value)| Measure { key, value })
            .to_vec(),
        })
        .collect();
    found.sort_by(|a, b| a.subject.cmp(&b.subject));
    found
}
