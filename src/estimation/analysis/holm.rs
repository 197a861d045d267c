//! Holm's correction of the verdicts over the levels of a domain.
//!
//! Ten counties with a verdict each at 5 % give some false verdict with a probability of up to 40
//! %. Holm's procedure keeps the probability of any false verdict at 5 % and is less strict than
//! dividing α by ten throughout.
#![expect(clippy::indexing_slicing, reason = "positions found in the same list")]

use crate::estimation::analysis::estimate::Estimate;
use crate::estimation::analysis::judge::{decision_bounds, set_verdict};
use crate::estimation::count::count;
use crate::estimation::interval::Proportion;
use crate::estimation::judgement::{Verdict, decide};
use crate::estimation::spec::estimate::EstimateSpec;

/// ln α between which the smallest deciding α is looked for: α from 10⁻¹³ to 0.499.
const LOWEST_LOG_ALPHA: f64 = -30.0;
const HIGHEST_ALPHA: f64 = 0.499;

/// Holm's step-down procedure over the levels of each `by`.
///
/// # Formula
///
/// ```text
/// P_(1) ≤ … ≤ P_(m)          the k-th is judged at α/(m − k + 1), from the first with
///                            P_(k) > α/(m − k + 1) on all are inconclusive
/// ```
///
/// P is the smallest α at which the one-sided bounds decide, found by bisection. Domains that are
/// suppressed, or whose whole population is in the sample, are not counted in m.
///
/// * `estimates`: one estimate of the specification, for the whole and for its domains; the verdict
///   of the whole stays as it is. Bounds are those at the corrected α.
///
/// # Source
///
/// Holm 1979, Scand. J. Stat. 6.
pub(super) fn holm(estimates: &mut [Estimate], spec: &EstimateSpec) {
    for family in families(estimates) {
        let mut order: Vec<(f64, usize)> = family
            .into_iter()
            .map(|at| (smallest_alpha(&estimates[at], spec), at))
            .collect();
        order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let mut decides = true;
        for (before, &(needed, at)) in order.iter().enumerate() {
            let alpha = spec.alpha / count(order.len() - before);
            decides &= needed <= alpha;
            let p = as_proportion(&estimates[at]);
            set_verdict(&mut estimates[at], spec, p, alpha);
            if !decides {
                estimates[at].verdict = Some(Verdict::Inconclusive);
            }
        }
    }
}

/// The positions of the domains with a verdict, those by the same columns together.
fn families(estimates: &[Estimate]) -> Vec<Vec<usize>> {
    let mut families: Vec<(Vec<&str>, Vec<usize>)> = Vec::new();
    for (at, estimate) in estimates.iter().enumerate() {
        let decided = !matches!(estimate.verdict, None | Some(Verdict::Suppressed));
        if estimate.domain.is_empty() || estimate.census || !decided {
            continue;
        }
        let columns = estimate.domain.iter();
        let columns: Vec<&str> = columns.map(|(column, _)| column.as_str()).collect();
        match families.iter_mut().find(|(known, _)| *known == columns) {
            Some((_, family)) => family.push(at),
            None => families.push((columns, vec![at])),
        }
    }
    families.into_iter().map(|(_, family)| family).collect()
}

/// What the bounds of an estimate are made from; for other estimates than shares only estimate,
/// variance and degrees of freedom are used.
fn as_proportion(estimate: &Estimate) -> Proportion {
    #[expect(clippy::as_conversions, reason = "no count of rows reaches 2^53")]
    let n = estimate.n as f64;
    Proportion {
        estimate: estimate.estimate,
        variance: estimate.std_error * estimate.std_error * estimate.variance_factor,
        n,
        df: estimate.df,
    }
}

/// The smallest α, 10⁻¹³ to 0.499, at which the bounds decide: *met* or *not met*. 1 if none does.
fn smallest_alpha(estimate: &Estimate, spec: &EstimateSpec) -> f64 {
    let Some(target) = spec.target else {
        return 1.0;
    };
    let p = as_proportion(estimate);
    let decides = |log_alpha: f64| {
        let (lower, upper) = decision_bounds(spec, p, log_alpha.exp());
        decide(target, lower, upper) != Verdict::Inconclusive
    };
    let (mut low, mut high) = (LOWEST_LOG_ALPHA, HIGHEST_ALPHA.ln());
    if !decides(high) {
        return 1.0;
    }
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if decides(middle) {
            high = middle;
        } else {
            low = middle;
        }
    }
    high.exp()
}
