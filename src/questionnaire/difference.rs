//! The differences between two questionnaires, such as two waves of a survey.

use std::fmt;

/// One difference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// What has changed.
    pub subject: Subject,
    /// How it has changed.
    pub change: Change,
}

/// The part of a questionnaire that has changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// The questionnaire as a whole.
    Questionnaire,
    /// The section with this code.
    Section(String),
    /// The question with this code.
    Question(String),
}

/// A change. `before` and `after` are `None` where there was, or is, nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// The section or question is new.
    Added,
    /// The section or question is gone.
    Removed,
    /// The question is in another section.
    MovedToSection {
        /// Code of the section before.
        before: String,
        /// Code of the section now.
        after: String,
    },
    /// The section or question has another place in the order.
    Moved {
        /// Code of the one that now comes before it; `None` if it is now the first.
        behind: Option<String>,
    },
    /// A text has changed in one language.
    Text {
        /// The key of the text, such as `title`, `hint` or `note of choice 5`.
        part: String,
        /// Language code.
        language: String,
        /// The text before; empty if there was none.
        before: String,
        /// The text now; empty if there is none.
        after: String,
        /// The question or choice that had the new text before. Then its meaning has changed, and
        /// not only its words.
        taken_from: Option<String>,
    },
    /// A choice is new.
    ChoiceAdded {
        /// Its code.
        code: String,
        /// Its Chinese label.
        label: String,
    },
    /// A choice is gone.
    ChoiceRemoved {
        /// Its code.
        code: String,
        /// Its Chinese label.
        label: String,
    },
    /// No choice has the same code as before.
    Scale {
        /// The codes before.
        before: Vec<String>,
        /// The codes now.
        after: Vec<String>,
    },
    /// The choices have another order.
    ChoiceOrder {
        /// The codes before, without those that are gone.
        before: Vec<String>,
        /// The codes now, without those that are new.
        after: Vec<String>,
    },
    /// `missing` or `exclusive` of a choice has changed.
    ChoiceFlag {
        /// The code of the choice.
        code: String,
        /// `missing` or `exclusive`.
        flag: &'static str,
        /// Its value now.
        now: bool,
    },
    /// The question has another kind.
    Kind {
        /// The kind before, such as `single`.
        before: &'static str,
        /// The kind now.
        after: &'static str,
    },
    /// A limit, such as `max`, or another setting, such as `unit` or `role`, has changed.
    Setting {
        /// The key in the file.
        key: &'static str,
        /// The value before.
        before: Option<String>,
        /// The value now.
        after: Option<String>,
    },
    /// A rule has changed. Other spaces or parentheses are no change.
    Rule {
        /// `ask_if`, `valid_if` or `screen_out_if`.
        key: &'static str,
        /// The rule before.
        before: Option<String>,
        /// The rule now.
        after: Option<String>,
    },
    /// `required` or `interviewer_only` of a question has changed.
    Flag {
        /// `required` or `interviewer_only`.
        flag: &'static str,
        /// Its value now.
        now: bool,
    },
}

impl Difference {
    /// Whether it does not bear on what was asked, so that it makes no new version: whom to ask. The
    /// other things of this kind, such as the days of collection, are never compared.
    pub fn is_administrative(&self) -> bool {
        matches!(&self.change, Change::Text { part, .. } if part == "contact")
            && self.subject == Subject::Questionnaire
    }

    /// Whether only words have changed, so that answers before and after mean the same: texts,
    /// hints, labels, titles and intros. Codes, kinds, choices, rules, limits and the order are no
    /// wording, and neither is a text that another question or choice had before.
    pub fn is_wording(&self) -> bool {
        matches!(
            self.change,
            Change::Text {
                taken_from: None,
                ..
            }
        )
    }
}

/// One line in English, such as `a3: text (zh) changed: "…" -> "…"`. Of a long text it has the
/// part that differs.
impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.subject {
            Subject::Questionnaire => f.write_str("questionnaire")?,
            Subject::Section(code) => write!(f, "section {code}")?,
            Subject::Question(code) => f.write_str(code)?,
        }
        write!(f, ": {}", self.change)
    }
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let or_none = |value: &Option<String>| value.clone().unwrap_or_else(|| "none".to_owned());
        let no_longer = |now: bool| if now { "now" } else { "no longer" };
        match self {
            Self::Added => f.write_str("added"),
            Self::Removed => f.write_str("removed"),
            Self::MovedToSection { before, after } => {
                write!(f, "moved from section {before} to section {after}")
            }
            Self::Moved { behind: None } => f.write_str("moved: now the first"),
            Self::Moved {
                behind: Some(behind),
            } => write!(f, "moved: now after {behind}"),
            Self::Text {
                part,
                language,
                before,
                after,
                taken_from,
            } => {
                let (before, after) = (excerpt(before, after), excerpt(after, before));
                write!(f, "{part} ({language}) changed: {before:?} -> {after:?}")?;
                match taken_from {
                    Some(code) => write!(f, ", which was the text of {code}"),
                    None => Ok(()),
                }
            }
            Self::ChoiceAdded { code, label } => write!(f, "choice {code} added: {label:?}"),
            Self::ChoiceRemoved { code, label } => write!(f, "choice {code} removed: {label:?}"),
            Self::Scale { before, after } => {
                let (before, after) = (before.join(", "), after.join(", "));
                write!(f, "scale changed: {before} -> {after}")
            }
            Self::ChoiceOrder { before, after } => {
                let (before, after) = (before.join(", "), after.join(", "));
                write!(f, "order of choices changed: {before} -> {after}")
            }
            Self::ChoiceFlag { code, flag, now } => {
                write!(f, "choice {code} is {} {flag}", no_longer(*now))
            }
            Self::Kind { before, after } => write!(f, "kind changed: {before} -> {after}"),
            Self::Setting { key, before, after } | Self::Rule { key, before, after } => {
                let (before, after) = (or_none(before), or_none(after));
                write!(f, "{key} changed: {before} -> {after}")
            }
            Self::Flag { flag, now } => write!(f, "{} {flag}", no_longer(*now)),
        }
    }
}

/// The part of a long text that differs from `other`, with some characters before it.
fn excerpt(text: &str, other: &str) -> String {
    const LONG: usize = 80;
    const BEFORE: usize = 10;
    let same = text.chars().zip(other.chars());
    let same = same.take_while(|(own, other)| own == other).count();
    let is_long = text.chars().count() > LONG || other.chars().count() > LONG;
    let start = if is_long {
        same.saturating_sub(BEFORE)
    } else {
        0
    };
    let mut excerpt = String::from(if start > 0 { "…" } else { "" });
    excerpt.extend(text.chars().skip(start).take(LONG));
    if text.chars().count() > start.saturating_add(LONG) {
        excerpt.push('…');
    }
    excerpt
}
