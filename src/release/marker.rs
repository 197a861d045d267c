//! The shorthand in square brackets that stands in files where a number does not.

use crate::disclosure::{Disclosed, Reason};

/// What stands in a cell without a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Marker {
    /// `[c]`: confidential.
    Confidential,
    /// `[u]`: too unreliable to be shown.
    Unreliable,
    /// `[low]`: rounds to zero, but is not zero.
    Low,
    /// `[x]`: not available.
    NotAvailable,
    /// `[z]`: not applicable.
    NotApplicable,
}

impl Marker {
    /// Every marker, in the order of the notes.
    pub const ALL: [Marker; 5] = [
        Marker::Confidential,
        Marker::Unreliable,
        Marker::Low,
        Marker::NotAvailable,
        Marker::NotApplicable,
    ];

    /// What stands for an estimate that is suppressed for this reason.
    #[must_use]
    pub fn of(reason: Reason) -> Marker {
        match reason {
            Reason::FewAnswers | Reason::Confidential => Marker::Confidential,
            Reason::WideInterval | Reason::NoPrecision => Marker::Unreliable,
        }
    }

    /// What stands for an estimate; `None` if it is shown.
    #[must_use]
    pub fn of_estimate(estimate: &Disclosed) -> Option<Marker> {
        match estimate {
            Disclosed::Shown(_) => None,
            Disclosed::Suppressed { reason, .. } => Some(Marker::of(*reason)),
        }
    }

    /// In cells: `[c]`.
    #[must_use]
    pub fn shorthand(self) -> &'static str {
        match self {
            Marker::Confidential => "[c]",
            Marker::Unreliable => "[u]",
            Marker::Low => "[low]",
            Marker::NotAvailable => "[x]",
            Marker::NotApplicable => "[z]",
        }
    }

    /// Without brackets: `c`, the status in JSON-stat and the last part of the key of its text.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.shorthand().trim_matches(['[', ']'])
    }
}
