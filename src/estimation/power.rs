//! How many interviews a verdict needs, and which share must be observed.
//!
//! The verdict is *met* if the one-sided bound reaches the target, so a share just above the target
//! is not enough. This file answers three questions: how many
//! interviews are needed ([`interviews_needed`]), what share must be observed ([`share_to_meet`]),
//! and with what probability such a share is observed ([`power`]).

use crate::estimation::distribution::{normal_quantile, normal_upper};
use crate::estimation::interval::{Method, Proportion, proportion};

/// The target that a sample is planned for, with the assumptions.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question {
    /// The target p₀ that should be reached, 0 to 1.
    pub target: f64,
    /// The true share p₁ that is assumed, 0 to 1.
    pub truth: f64,
    /// Design effect, at least 1 as a rule.
    pub design_effect: f64,
    /// One-sided error probability α of a false "met".
    pub alpha: f64,
    /// The interval that the verdict rests on: Korn–Graubard for a single item, logit for an average
    /// of items.
    pub interval: Method,
}

/// Number of interviews for which the verdict is *met* with probability `power`, if the true share
/// is p₁.
///
/// # Formula
///
/// ```text
/// n = deff · (z_{1−α} √(p₀(1−p₀)) + z_power √(p₁(1−p₁)))²/(p₁ − p₀)², rounded up
/// ```
///
/// Infinite if p₁ = p₀. The formula assumes that the variance is known; [`power`] does not assume
/// this.
///
/// # Example
///
/// ```
/// use minyi::estimation::interval::Method;
/// use minyi::estimation::power::{Question, interviews_needed};
///
/// let question = Question { target: 0.90, truth: 0.93, design_effect: 1.5, alpha: 0.05,
///     interval: Method::KornGraubard };
/// assert_eq!(interviews_needed(question, 0.80), 836.0);
/// ```
///
/// # Source
///
/// Fleiss, Levin & Paik 2003, *Statistical Methods for Rates and Proportions*, 3rd ed., §2.5.
#[must_use]
pub fn interviews_needed(question: Question, power: f64) -> f64 {
    let spread = |p: f64| (p * (1.0 - p)).sqrt();
    let reach = normal_quantile(1.0 - question.alpha) * spread(question.target)
        + normal_quantile(power) * spread(question.truth);
    let gap = question.truth - question.target;
    // A result that is whole but for rounding errors is not rounded up.
    (question.design_effect * reach * reach / (gap * gap) - 1e-9).ceil()
}

/// The smallest observed share that `n` interviews with `df` degrees of freedom judge *met*: where
/// the one-sided bound at α reaches the target. NaN if 100 % is not enough.
///
/// The variance of a share p is taken as p(1−p)·deff/n.
///
/// # Example
///
/// ```
/// use minyi::estimation::interval::Method;
/// use minyi::estimation::power::{Question, share_to_meet};
///
/// let question = Question { target: 0.90, truth: 0.93, design_effect: 1.5, alpha: 0.05,
///     interval: Method::KornGraubard };
/// let needed = share_to_meet(question, 150.0, 10.0);
/// assert!((needed - 0.957).abs() < 1e-3, "150 interviews must find 95.7 %");
/// assert!(share_to_meet(question, 20.0, 4.0).is_nan(), "20 cannot show it");
/// ```
#[must_use]
pub fn share_to_meet(question: Question, n: f64, df: f64) -> f64 {
    let lower_bound = |p: f64| {
        // At 100 % the variance is 0 and its degrees of freedom are lost; the limit keeps them.
        let p = p.min(1.0 - 1e-12);
        let share = Proportion {
            estimate: p,
            variance: p * (1.0 - p) * question.design_effect / n,
            n,
            df,
        };
        proportion(question.interval, share, 1.0 - 2.0 * question.alpha).0
    };
    if lower_bound(1.0) < question.target {
        return f64::NAN;
    }
    let (mut low, mut high) = (question.target, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if lower_bound(middle) >= question.target {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// The probability of *met* with `n` interviews and `df` degrees of freedom if the truth is p₁.
///
/// # Formula
///
/// ```text
/// P(p̂ ≥ needed), p̂ about normal with mean p₁ and variance p₁(1−p₁)·deff/n
/// ```
///
/// with `needed` of [`share_to_meet`]; 0 if no share is enough.
#[must_use]
pub fn power(question: Question, n: f64, df: f64) -> f64 {
    let needed = share_to_meet(question, n, df);
    if needed.is_nan() {
        return 0.0;
    }
    let variance = question.truth * (1.0 - question.truth) * question.design_effect / n;
    normal_upper((needed - question.truth) / variance.sqrt())
}

/// The design effect of clusters and unequal weights.
///
/// # Formula
///
/// ```text
/// [1 + (m − 1)ρ](1 + cv²)
/// ```
///
/// * `per_psu`: m, interviews per PSU
/// * `correlation`: ρ, the intraclass correlation of the answers, 0 to 1
/// * `weight_cv`: cv, the coefficient of variation of the weights, ≥ 0
///
/// # Example
///
/// ```
/// use minyi::estimation::power::design_effect;
///
/// assert_eq!(design_effect(11.0, 0.05, 0.0), 1.5);
/// assert_eq!(design_effect(1.0, 0.05, 0.5), 1.25);
/// ```
///
/// # Source
///
/// Kish 1965, *Survey Sampling*, §8.2 (clusters) and §11.7 (weights).
#[must_use]
pub fn design_effect(per_psu: f64, correlation: f64, weight_cv: f64) -> f64 {
    (1.0 + (per_psu - 1.0) * correlation).max(1.0) * (1.0 + weight_cv * weight_cv)
}

/// How much smaller the variance of the average of several items is than that of a single one.
///
/// # Formula
///
/// ```text
/// [1 + (k − 1)r]/k
/// ```
///
/// * `items`: k, the items that are averaged, at least 1
/// * `correlation`: r, the correlation of one person's answers to two items, 0 to 1
///
/// # Example
///
/// ```
/// use minyi::estimation::power::average_effect;
///
/// assert_eq!(average_effect(1.0, 0.3), 1.0);
/// assert_eq!(average_effect(4.0, 0.0), 0.25);
/// assert_eq!(average_effect(4.0, 1.0), 1.0);
/// ```
///
/// # Source
///
/// The variance of a mean of equally correlated variables, as in Spearman & Brown's formula.
#[must_use]
pub fn average_effect(items: f64, correlation: f64) -> f64 {
    (1.0 + (items - 1.0) * correlation) / items
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worked_examples_of_the_plan_come_out() {
        let question = Question {
            target: 0.90,
            truth: 0.93,
            design_effect: 1.5,
            alpha: 0.05,
            interval: Method::KornGraubard,
        };
        assert_eq!(interviews_needed(question, 0.80), 836.0);
        for (n, df, needed) in [
            (100.0, 4.0, 0.984),
            (100.0, 9.0, 0.971),
            (150.0, 10.0, 0.957),
        ] {
            assert!(
                (share_to_meet(question, n, df) - needed).abs() < 1.2e-3,
                "{n} {df}: {}",
                share_to_meet(question, n, df)
            );
        }
        assert!(power(question, 836.0, 100.0) > 0.75 && power(question, 836.0, 100.0) < 0.85);
        assert!(share_to_meet(question, 20.0, 4.0).is_nan());
    }
}
