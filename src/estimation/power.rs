//! How many interviews a verdict needs, and what a verdict needs of the interviews.

use crate::estimation::distribution::{normal_quantile, normal_upper};
use crate::estimation::interval::{self, Proportion};

/// The question a sample is planned for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Question {
    /// The target p₀ that should be reached.
    pub target: f64,
    /// The true share p₁ that is assumed.
    pub truth: f64,
    /// Design effect.
    pub design_effect: f64,
    /// One-sided error probability α of a false "met".
    pub alpha: f64,
}

/// Interviews so that "met" is found with probability `power` if the truth is p₁:
/// n = deff (z_α √(p₀q₀) + z_β √(p₁q₁))²/(p₁ − p₀)² (Fleiss, Levin & Paik 2003, §2.5). Infinite if p₁ = p₀.
#[must_use]
pub fn interviews_needed(question: Question, power: f64) -> f64 {
    let spread = |p: f64| (p * (1.0 - p)).sqrt();
    let reach = normal_quantile(1.0 - question.alpha) * spread(question.target)
        + normal_quantile(power) * spread(question.truth);
    let gap = question.truth - question.target;
    (question.design_effect * reach * reach / (gap * gap) - 1e-9).ceil()
}

/// The smallest observed share that n interviews with df degrees of freedom judge "met": where the one-sided
/// Korn–Graubard bound reaches the target. NaN if even 100 % is not enough.
#[must_use]
pub fn share_to_meet(question: Question, n: f64, df: f64) -> f64 {
    let bound = |p: f64| {
        let variance = p * (1.0 - p) * question.design_effect / n;
        let at = Proportion {
            estimate: p,
            variance,
            n,
            df,
        };
        if p >= 1.0 {
            // The limit from below: the variance keeps its degrees of freedom.
            let near = Proportion {
                estimate: 1.0 - 1e-12,
                variance: 1e-12 * question.design_effect / n,
                n,
                df,
            };
            return interval::korn_graubard(near, 1.0 - 2.0 * question.alpha).0;
        }
        interval::korn_graubard(at, 1.0 - 2.0 * question.alpha).0
    };
    if bound(1.0) < question.target {
        return f64::NAN;
    }
    let (mut low, mut high) = (question.target, 1.0);
    for _ in 0..60 {
        let middle = 0.5 * (low + high);
        if bound(middle) >= question.target {
            high = middle;
        } else {
            low = middle;
        }
    }
    high
}

/// The probability of "met" with n interviews and df degrees of freedom if the truth is p₁: that the observed share, about
/// normal with variance p₁q₁·deff/n, reaches [`share_to_meet`].
#[must_use]
pub fn power(question: Question, n: f64, df: f64) -> f64 {
    let needed = share_to_meet(question, n, df);
    if needed.is_nan() {
        return 0.0;
    }
    let spread = (question.truth * (1.0 - question.truth) * question.design_effect / n).sqrt();
    normal_upper((needed - question.truth) / spread)
}

/// The design effect of clusters and weights: [1 + (m − 1)ρ](1 + cv²) with m interviews per PSU, intraclass correlation ρ
/// and the coefficient of variation of the weights (Kish 1965, §8.2 and §11.7).
#[must_use]
pub fn design_effect(per_psu: f64, correlation: f64, weight_cv: f64) -> f64 {
    (1.0 + (per_psu - 1.0) * correlation).max(1.0) * (1.0 + weight_cv * weight_cv)
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
