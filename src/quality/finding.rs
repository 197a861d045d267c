//! What a rule found.

/// What a rule found about one subject.
#[derive(Debug, Clone, PartialEq)]
pub struct Finding {
    /// Stable id of the rule; also its key in the locale files.
    pub rule: &'static str,
    /// Version of the rule; another formula or limit is another version.
    pub version: u16,
    /// What it concerns.
    pub subject: Subject,
    /// The responses that it concerns: rows of [`Responses`](super::Responses), ascending.
    pub rows: Vec<u32>,
    /// Whether the rule proposes to hold them. If not, it only flags.
    pub is_proposed: bool,
    /// What was measured, with the limit that was passed; the keys are those of the rule.
    pub measures: Vec<Measure>,
}

/// What a finding concerns.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Single responses, or a cluster of them.
    Responses,
    /// A channel; empty for the open link.
    Channel(String),
    /// An enumerator, or who typed paper forms.
    Enumerator(String),
    /// A day of the city's time, `2026-06-03`.
    Day(String),
}

/// One number behind a finding.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Measure {
    /// What it is.
    pub key: &'static str,
    /// Its value.
    pub value: f64,
}
