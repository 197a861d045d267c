//! The modes of collection.

use std::fmt;

/// How a response was collected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// The respondent filled in the web page.
    Online,
    /// An enumerator asked the questions.
    Onsite,
    /// The respondent filled in a paper form, and a clerk typed it in.
    Paper,
    /// An enumerator asked the questions by telephone.
    Phone,
    /// An enumerator asked people where they passed by, such as at a market.
    Intercept,
}

impl Mode {
    /// All modes.
    pub const ALL: [Mode; 5] = [
        Mode::Online,
        Mode::Onsite,
        Mode::Paper,
        Mode::Phone,
        Mode::Intercept,
    ];

    /// `online`, `onsite`, `paper`, `phone` or `intercept`: as stored, and as the variable `mode` of rules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Onsite => "onsite",
            Self::Paper => "paper",
            Self::Phone => "phone",
            Self::Intercept => "intercept",
        }
    }

    /// The mode with that name.
    pub fn from_name(name: &str) -> Option<Mode> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
