//! Names of columns and codes of answers, as a specification writes them: one or several.
//!
//! Codes in a specification are numbers or words; levels of a column are always text.
//! [`Label::matches`] compares them: `4` is the level `4` and also `4.0`, `"4"` only the level `4`.

use std::fmt;

use serde::{Deserialize, Serialize};

/// One column name or several: `"county"` or `["county", "sex"]`.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Names {
    /// One.
    One(String),
    /// Several.
    Many(Vec<String>),
}

impl Names {
    /// The names in order.
    #[must_use]
    pub fn as_slice(&self) -> &[String] {
        match self {
            Self::One(name) => std::slice::from_ref(name),
            Self::Many(names) => names,
        }
    }
}

/// A code of an answer: a number or a word.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Label {
    /// A whole number.
    Integer(i64),
    /// Any number.
    Number(f64),
    /// A word.
    Text(String),
}

impl Label {
    /// Whether `level`, the label of a column's level, is this code: the same text, or for a number
    /// the same value.
    ///
    /// # Example
    ///
    /// ```
    /// use minyi::estimation::spec::Label;
    ///
    /// assert!(Label::from(4).matches("4") && Label::from(4).matches("4.0"));
    /// assert!(!Label::from("4").matches("4.0"));
    /// ```
    #[must_use]
    pub fn matches(&self, level: &str) -> bool {
        match self {
            Self::Integer(code) => {
                level == code.to_string()
                    || level.trim().parse::<f64>().ok() == code.to_string().parse().ok()
            }
            Self::Number(code) => level.trim().parse::<f64>().ok() == Some(*code),
            Self::Text(code) => level == code,
        }
    }

    /// The code as a number; `None` for a word.
    #[must_use]
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Integer(code) => code.to_string().parse().ok(),
            Self::Number(code) => Some(*code),
            Self::Text(code) => code.trim().parse().ok(),
        }
    }
}

impl fmt::Display for Label {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(code) => code.fmt(formatter),
            Self::Number(code) => code.fmt(formatter),
            Self::Text(code) => code.fmt(formatter),
        }
    }
}

impl From<i64> for Label {
    fn from(code: i64) -> Self {
        Self::Integer(code)
    }
}

impl From<&str> for Label {
    fn from(code: &str) -> Self {
        Self::Text(code.to_owned())
    }
}

/// One code or several: `4` or `[4, 5]`.
#[derive(Debug, Clone, PartialEq, Deserialize, Serialize)]
#[serde(untagged)]
pub enum Labels {
    /// One.
    One(Label),
    /// Several.
    Many(Vec<Label>),
}

impl Labels {
    /// The codes in order.
    #[must_use]
    pub fn as_slice(&self) -> &[Label] {
        match self {
            Self::One(label) => std::slice::from_ref(label),
            Self::Many(labels) => labels,
        }
    }
}
