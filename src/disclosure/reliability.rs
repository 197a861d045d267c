//! The rule of reliability: an estimate is shown unless its presentation standard says *suppress*.

use crate::disclosure::disclosed::{Disclosed, Reason};
use crate::estimation::{Estimate, Presentation};

/// What may be shown of `estimate`, as its presentation standard says.
///
/// An estimate that is not a number is suppressed too: there is nothing to show.
///
/// # Source
///
/// Parker et al. 2017, Vital Health Stat 2(175), for shares; Statistics Canada's practice for means
/// and ratios. See [`crate::estimation::judgement`].
#[must_use]
pub fn disclose(estimate: &Estimate) -> Disclosed {
    let is_reliable = estimate.presentation != Presentation::Suppress;
    if is_reliable && estimate.estimate.is_finite() {
        return Disclosed::Shown(Box::new(estimate.clone()));
    }
    Disclosed::Suppressed {
        reason: reason(estimate),
        is_judged: estimate.verdict.is_some(),
    }
}

fn reason(estimate: &Estimate) -> Reason {
    let says = |word| estimate.reasons.contains(&word);
    if says("no_answer") || says("sample_below_30") || !estimate.estimate.is_finite() {
        Reason::FewAnswers
    } else if says("df_zero") {
        Reason::NoPrecision
    } else {
        Reason::WideInterval
    }
}
