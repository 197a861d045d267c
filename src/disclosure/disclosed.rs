//! An estimate that may be shown, or the reason why it may not.

use serde::{Deserialize, Serialize};

use crate::estimation::{Estimate, Verdict};

/// What the readers of a figure may see of an estimate.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// Nobody answered, or too few did: fewer than 30 answers, or their weights are so unequal that
    /// they are worth fewer than 30.
    FewAnswers,
    /// The interval is too wide for the estimate to say anything.
    WideInterval,
    /// The sample has as many PSUs as strata there, so the precision is not known.
    NoPrecision,
    /// The estimate, alone or with others, would give away what a person or a shop answered. Whether
    /// it is that estimate itself or one from which another could be computed is not said, because
    /// the difference would tell.
    Confidential,
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

    /// The marker that stands in a file in place of a value, or beside it: that of the reason if
    /// nothing may be shown, `[low]` if `value` is not 0 but is shown as 0 with `decimals` decimals.
    /// `None` if the number says it all.
    #[must_use]
    pub fn marker(&self, value: f64, decimals: usize) -> Option<&'static str> {
        match self {
            Self::Suppressed { reason, .. } => Some(reason.marker()),
            Self::Shown(_) => low_marker(value, decimals),
        }
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

/// `[low]` if `value` is not 0, but is printed as 0 with `decimals` decimals.
#[must_use]
pub fn low_marker(value: f64, decimals: usize) -> Option<&'static str> {
    let smallest = 0.5 * 10_f64.powi(-i32::try_from(decimals).unwrap_or(0));
    (value != 0.0 && value.abs() < smallest).then_some("[low]")
}

impl Reason {
    /// The stable word for it, in files and as a key of texts.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::FewAnswers => "few_answers",
            Self::WideInterval => "wide_interval",
            Self::NoPrecision => "no_precision",
            Self::Confidential => "confidential",
        }
    }

    /// The marker that stands in a file in place of the number: `[c]` where it would say too much of
    /// those who were asked, `[u]` where it would say too little of the city.
    #[must_use]
    pub fn marker(self) -> &'static str {
        match self {
            Self::FewAnswers | Self::Confidential => "[c]",
            Self::WideInterval | Self::NoPrecision => "[u]",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_rounds_to_zero_but_is_not_is_marked() {
        assert_eq!(low_marker(0.04, 1), Some("[low]"));
        assert_eq!(low_marker(-0.04, 1), Some("[low]"));
        assert_eq!(low_marker(0.05, 1), None);
        assert_eq!(low_marker(0.0, 1), None);
    }

    #[test]
    fn primary_and_secondary_have_one_marker_and_unreliable_another() {
        let markers = [
            Reason::FewAnswers,
            Reason::Confidential,
            Reason::WideInterval,
            Reason::NoPrecision,
        ]
        .map(Reason::marker);
        assert_eq!(markers, ["[c]", "[c]", "[u]", "[u]"]);
        assert_eq!(Disclosed::nothing().marker(f64::NAN, 1), Some("[c]"));
    }
}
