//! The verdict at close, by the functions that make the published one.

use crate::estimation::interval::{
    Method, Proportion, korn_graubard, korn_graubard_at_edge, proportion, wald,
};
use crate::estimation::judgement::{
    Presentation, Standard, Target, Verdict, decide, proportion_standard, variation_standard,
};

/// Confidence of the interval by which NCHS judges a share.
const NCHS_LEVEL: f64 = 0.95;

/// How an estimate is judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Judged {
    /// A share between 0 and 1, with this interval: Korn–Graubard for an item, logit for an average of
    /// items.
    Share(Method),
    /// A mean or another number, with the t interval.
    Mean,
}

/// How the verdict is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// What the estimate is held against.
    pub target: Target,
    /// Which interval.
    pub judged: Judged,
    /// Error probability of each one-sided bound, such as 0.05.
    pub alpha: f64,
    /// Confidence of the published interval, such as 0.95.
    pub level: f64,
    /// Fewest sampled responses for a verdict.
    pub minimum_sampled: Option<u64>,
    /// Fewest valid responses of all for a verdict.
    pub minimum_sample: Option<u64>,
}

/// An estimate at close.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outcome {
    /// The estimate with the variance and the df of interval and verdict.
    pub(super) share: Proportion,
    /// The variance without the plan's factor.
    pub(super) plain_variance: f64,
    /// Degrees of freedom of the design.
    pub(super) design_df: f64,
}

impl Rule {
    /// The two-sided published interval.
    pub(super) fn interval(&self, p: Proportion) -> (f64, f64) {
        match self.judged {
            Judged::Share(method) => proportion(method, p, self.level),
            Judged::Mean => wald(p.estimate, p.variance, p.df, self.level),
        }
    }

    /// The verdict if both minima are reached.
    pub(super) fn verdict(&self, outcome: Outcome) -> Verdict {
        if self.is_suppressed(outcome) {
            return Verdict::Suppressed;
        }
        let (lower, upper) = self.bounds(outcome.share);
        decide(self.target, lower, upper)
    }

    /// Whether the estimate may not be shown.
    pub(super) fn is_suppressed(&self, outcome: Outcome) -> bool {
        self.standard(outcome).presentation == Presentation::Suppress
    }

    /// The one-sided bounds. A share is never judged by the symmetric interval.
    pub(super) fn bounds(&self, p: Proportion) -> (f64, f64) {
        let level = 1.0 - 2.0 * self.alpha;
        match self.judged {
            Judged::Mean => wald(p.estimate, p.variance, p.df, level),
            Judged::Share(_) if p.is_at_edge() => korn_graubard_at_edge(p, level),
            Judged::Share(method @ (Method::Logit | Method::Wilson)) => {
                proportion(method, p, level)
            }
            Judged::Share(_) => korn_graubard(p, level),
        }
    }

    fn standard(&self, outcome: Outcome) -> Standard {
        let p = Proportion {
            variance: outcome.plain_variance,
            df: outcome.design_df,
            ..outcome.share
        };
        if self.judged == Judged::Mean {
            return variation_standard(p.estimate, p.variance.sqrt(), p.n, p.df);
        }
        let (lower, upper) = korn_graubard(p, NCHS_LEVEL);
        let n_effective = match p.is_at_edge() {
            true => p.n,
            false => p.estimate * (1.0 - p.estimate) / p.variance,
        };
        proportion_standard(p.estimate, lower, upper, p.n, n_effective, p.df)
    }
}
