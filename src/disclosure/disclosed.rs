//! An estimate that may be shown, or the reason why it may not.

use crate::estimation::{Estimate, Verdict};

/// What the readers of a figure may see of an estimate.
#[derive(Debug, Clone, PartialEq)]
pub enum Disclosed {
    /// The estimate with its precision.
    Shown(Box<Estimate>),
    /// Nothing: neither the estimate nor its precision nor how many answers it rests on.
    Suppressed {
        /// Why.
        reason: Reason,
        /// Whether the estimate has a target, of which nothing can be said.
        is_judged: bool,
    },
}

/// Why an estimate is not shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// Nobody answered, or too few did: fewer than 30 answers, or their weights are so unequal that
    /// they are worth fewer than 30.
    FewAnswers,
    /// The interval is too wide for the estimate to say anything.
    WideInterval,
    /// The sample has as many PSUs as strata there, so the precision is not known.
    NoPrecision,
}

impl Disclosed {
    /// What is left of an estimate for which there is nothing to estimate from.
    #[must_use]
    pub fn nothing() -> Self {
        Self::Suppressed {
            reason: Reason::FewAnswers,
            is_judged: false,
        }
    }

    /// The estimate, if it may be shown.
    #[must_use]
    pub fn shown(&self) -> Option<&Estimate> {
        match self {
            Self::Shown(estimate) => Some(estimate),
            Self::Suppressed { .. } => None,
        }
    }

    /// Whether nothing may be shown.
    #[must_use]
    pub fn is_suppressed(&self) -> bool {
        matches!(self, Self::Suppressed { .. })
    }

    /// What is said of the target, if there is one.
    #[must_use]
    pub fn verdict(&self) -> Option<Verdict> {
        match self {
            Self::Shown(estimate) => estimate.verdict,
            Self::Suppressed { is_judged, .. } => is_judged.then_some(Verdict::Suppressed),
        }
    }
}

impl Reason {
    /// The stable word for it, in files and as a key of texts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::FewAnswers => "few_answers",
            Self::WideInterval => "wide_interval",
            Self::NoPrecision => "no_precision",
        }
    }
}
