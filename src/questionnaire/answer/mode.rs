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
}

impl Mode {
    /// All modes.
    pub const ALL: [Mode; 3] = [Mode::Online, Mode::Onsite, Mode::Paper];

    /// `online`, `onsite` or `paper`: as stored, and as the variable `mode` of rules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Onsite => "onsite",
            Self::Paper => "paper",
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
