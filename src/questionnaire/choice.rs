//! The choices of a question.

use super::text::Text;

/// One possible answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Choice {
    /// An integer or a short word, as written in the file.
    pub code: String,
    /// The text that the respondent chooses.
    pub label: Text,
    /// An explanation below the label; may be empty.
    pub note: Text,
    /// "Don't know" or "refused": not counted in the base of any figure.
    pub missing: bool,
    /// Cannot be combined with another choice in a `multiple`.
    pub exclusive: bool,
}

impl Choice {
    /// The code as a number, if it is an integer.
    pub fn number(&self) -> Option<f64> {
        self.code.parse::<i32>().ok().map(f64::from)
    }
}

/// Whether all codes are integers. Rules compare such a scale as numbers, every other as texts.
pub fn is_numeric(choices: &[Choice]) -> bool {
    choices.iter().all(|choice| choice.number().is_some())
}
