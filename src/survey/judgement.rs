//! `[judgement]` of a plan: how intervals and verdicts are made.

use serde::Deserialize;

use crate::estimation::interval::Method;
use crate::estimation::spec::DegreesOfFreedom;

/// How intervals and verdicts are made.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Judgement {
    /// Error probability of each one-sided bound of a verdict.
    pub alpha: f64,
    /// Whether domains get verdicts.
    pub domains: DomainVerdicts,
    /// Interval of single items.
    pub item_interval: Method,
    /// Interval of indicators that average items, and of ratios.
    pub indicator_interval: IndicatorInterval,
    /// Degrees of freedom of intervals and verdicts.
    pub df: DegreesOfFreedom,
    /// What "don't know" does to a share.
    pub dont_know: DontKnow,
}

impl Default for Judgement {
    fn default() -> Self {
        Self {
            alpha: 0.05,
            domains: DomainVerdicts::Holm,
            item_interval: Method::KornGraubard,
            indicator_interval: IndicatorInterval::Default,
            df: DegreesOfFreedom::Satterthwaite,
            dont_know: DontKnow::Missing,
        }
    }
}

/// Whether the levels of a domain get verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum DomainVerdicts {
    /// With Holm's correction, where the headline has a verdict.
    Holm,
    /// None.
    None,
}

/// The interval of an indicator.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum IndicatorInterval {
    /// Logit, with the variance corrected for a small calibrated sample. Simulation found it best:
    /// see [`estimation::interval`](crate::estimation::interval).
    Default,
    /// Logit without the correction.
    Logit,
    /// Korn–Graubard, as for items.
    KornGraubard,
}

/// What "don't know" does to a share.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DontKnow {
    /// It is outside the base.
    Missing,
    /// It is in the base and does not count.
    NotCounted,
}
