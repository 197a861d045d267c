//! The difference of two independent estimates: waves, or modes.

use crate::estimation::comparison::{self, Direction, Side};
use crate::estimation::distribution::t_quantile;
use crate::release::figures::{Change, ChangeConclusion, Estimate, Presentation, Verdict};

/// What may be said of a wave against the one before; `share` says that both are proportions.
pub fn change(previous: &str, before: &Estimate, after: &Estimate, share: bool) -> Change {
    let found = comparison::change(side(before), side(after), share, 0.95);
    Change {
        previous: previous.to_owned(),
        difference: found.difference,
        std_error: found.std_error,
        interval: (found.lower, found.upper),
        p_value: found.p_value,
        relative: (found.relative, found.relative_std_error),
        conclusion: match found.direction {
            Direction::Risen => ChangeConclusion::Rose,
            Direction::Fallen => ChangeConclusion::Fell,
            Direction::Unchanged => ChangeConclusion::NoSignificantChange,
        },
    }
}

/// Whether a figure that must fall has fallen: met if the one-sided 95 % upper bound of the change is below zero, not met
/// if the lower bound is not, else inconclusive.
pub fn below_previous(before: &Estimate, after: &Estimate) -> Verdict {
    let found = comparison::change(side(before), side(after), false, 0.95);
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

/// The pairs (by position) of independent estimates that differ at 5 % after Holm's correction over all pairs: what a
/// ranking may be read from. Suppressed estimates differ from nothing.
pub fn differing(estimates: &[&Estimate]) -> Vec<(usize, usize)> {
    let shown = |estimate: &Estimate| estimate.presentation != Presentation::Suppress;
    let mut pairs: Vec<(f64, usize, usize)> = Vec::new();
    for (first, before) in estimates.iter().enumerate() {
        for (second, after) in estimates.iter().enumerate().skip(first + 1) {
            let p = comparison::change(side(before), side(after), false, 0.95).p_value;
            if shown(before) && shown(after) && p.is_finite() {
                pairs.push((p, first, second));
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

fn side(estimate: &Estimate) -> Side {
    Side {
        estimate: estimate.estimate,
        std_error: estimate.std_error,
        df: estimate.df,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(estimate: f64, std_error: f64) -> Estimate {
        Estimate {
            n: 600,
            estimate,
            std_error,
            df: 60.0,
            lower: estimate - 2.0 * std_error,
            upper: estimate + 2.0 * std_error,
            level: 0.95,
            design_effect: None,
            n_effective: None,
            verdict: None,
            decision: None,
            presentation: Presentation::Publish,
        }
    }

    #[test]
    fn only_pairs_that_differ_after_holm_are_told_apart() {
        // z = 2.12 alone is p = 0.038: it stands for one pair, but not as the smallest of three.
        let groups = [about(0.90, 0.01), about(0.93, 0.01), about(0.915, 0.01)];
        assert!(differing(&groups.iter().collect::<Vec<_>>()).is_empty());
        let groups = [about(0.90, 0.01), about(0.905, 0.01), about(0.79, 0.01)];
        assert_eq!(
            differing(&groups.iter().collect::<Vec<_>>()),
            [(0, 2), (1, 2)]
        );
        let pair = [about(0.90, 0.01), about(0.93, 0.01)];
        assert_eq!(differing(&pair.iter().collect::<Vec<_>>()), [(0, 1)]);
    }

    #[test]
    fn a_suppressed_estimate_differs_from_nothing() {
        let mut hidden = about(0.2, 0.01);
        hidden.presentation = Presentation::Suppress;
        assert!(differing(&[&hidden, &about(0.9, 0.01)]).is_empty());
        assert!(differing(&[]).is_empty());
    }
}
