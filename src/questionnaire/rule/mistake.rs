//! A mistake in a rule.

use std::fmt;

/// What is wrong with a rule, and what to write instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleMistake {
    /// The byte of the rule at which the mistake is.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub cure: String,
}

impl RuleMistake {
    pub(super) fn at(
        offset: usize,
        message: impl Into<String>,
        cure: impl Into<String>,
    ) -> RuleMistake {
        RuleMistake {
            offset,
            message: message.into(),
            cure: cure.into(),
        }
    }
}

/// `message; cure`.
impl fmt::Display for RuleMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.cure)
    }
}

impl std::error::Error for RuleMistake {}
