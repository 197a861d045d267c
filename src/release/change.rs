//! The difference of two independent estimates: waves, or modes.

use crate::estimation::distribution::{t_quantile, t_upper};
use crate::release::figures::{Change, ChangeConclusion, Estimate, Presentation, Verdict};

/// The difference `after − before` of two independent estimates.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Difference {
    /// The difference.
    pub difference: f64,
    /// Its standard error, √(SE₁² + SE₂²): the samples are independent, so there is no covariance.
    pub std_error: f64,
    /// Degrees of freedom: PSUs minus strata of both samples together.
    pub df: f64,
    /// Two-sided 95 % interval.
    pub interval: (f64, f64),
    /// Two-sided p of the t-test.
    pub p_value: f64,
}

/// `after − before`, with its test (statistics.md's default: difference with pooled degrees of freedom, never overlap of
/// intervals). An undefined part gives an undefined difference.
pub fn difference(before: (f64, f64, f64), after: (f64, f64, f64)) -> Difference {
    let (before, before_error, before_df) = before;
    let (after, after_error, after_df) = after;
    let difference = after - before;
    let std_error = (before_error * before_error + after_error * after_error).sqrt();
    let df = before_df + after_df;
    let half = t_quantile(0.975, df) * std_error;
    let p_value = if std_error > 0.0 {
        (2.0 * t_upper((difference / std_error).abs(), df)).min(1.0)
    } else {
        f64::NAN
    };
    Difference {
        difference,
        std_error,
        df,
        interval: (difference - half, difference + half),
        p_value,
    }
}

/// What may be said of a wave against the one before.
pub fn change(previous: &str, before: &Estimate, after: &Estimate) -> Change {
    let found = difference(parts(before), parts(after));
    let conclusion = match found.p_value < 0.05 {
        true if found.difference > 0.0 => ChangeConclusion::Rose,
        true => ChangeConclusion::Fell,
        false => ChangeConclusion::NoSignificantChange,
    };
    // Delta method for g₂/g₁ − 1 of independent estimates.
    let relative = found.difference / before.estimate;
    let ratio = after.estimate / before.estimate;
    let variance = after.std_error * after.std_error + ratio * ratio * before.std_error * before.std_error;
    let relative_error = variance.sqrt() / before.estimate.abs();
    Change {
        previous: previous.to_owned(),
        difference: found.difference,
        std_error: found.std_error,
        interval: found.interval,
        p_value: found.p_value,
        relative: (relative, relative_error),
        conclusion,
    }
}

/// Whether a figure that must fall has fallen: met if the one-sided 95 % upper bound of the change is below zero, not met
/// if the lower bound is not, else inconclusive.
pub fn below_previous(before: &Estimate, after: &Estimate) -> Verdict {
    let found = difference(parts(before), parts(after));
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
            let p = difference(parts(before), parts(after)).p_value;
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

fn parts(estimate: &Estimate) -> (f64, f64, f64) {
    (estimate.estimate, estimate.std_error, estimate.df)
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
        assert_eq!(differing(&groups.iter().collect::<Vec<_>>()), [(0, 2), (1, 2)]);
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
