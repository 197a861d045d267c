//! What a rule may name, of which type it is, and how a mistake is said.

use std::fmt;

use super::Variable;

/// The type of a variable or of a part of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// `integer`, `decimal`, and `single` with integer codes only.
    Number,
    /// `text`, `area`, `mode`, and `single` with word codes.
    Text,
    /// True or false.
    Boolean,
    /// `multiple` with integer codes only.
    NumberSet,
    /// `multiple` with word codes.
    TextSet,
    /// A question whose own entry is at fault; goes with every type, so that one mistake is not reported twice.
    Any,
}

impl Type {
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Boolean => "true or false",
            Self::NumberSet | Self::TextSet => "a set of choices",
            Self::Any => "of unknown type",
        }
    }

    pub(super) fn goes_with(self, other: Type) -> bool {
        self == other || self == Self::Any || other == Self::Any
    }

    pub(super) const fn is_set(self) -> bool {
        matches!(self, Self::NumberSet | Self::TextSet)
    }
}

/// The variables that a rule may name.
#[derive(Debug, Clone, Default)]
pub struct Scope {
    known: Vec<(String, Option<Type>)>,
    later: Vec<String>,
}

impl Scope {
    /// A scope of these variables, in this order, and `mode`.
    pub fn of<'n>(variables: impl IntoIterator<Item = (&'n str, Type)>) -> Scope {
        let known = variables
            .into_iter()
            .map(|(code, kind)| (code.to_owned(), Some(kind)))
            .collect();
        Scope {
            known,
            later: Vec::new(),
        }
    }

    /// Adds a question; `None` for one without an answer (`note`). Its place is the number of questions added before.
    pub fn add(&mut self, code: &str, kind: Option<Type>) {
        self.known.push((code.to_owned(), kind));
    }

    /// Names a question that exists but stands later, so that a rule on it is told so.
    pub fn add_later(&mut self, code: &str) {
        self.later.push(code.to_owned());
    }

    /// The variable of that name with its type; `at` is where a rule names it.
    pub(super) fn variable(&self, code: &str, at: usize) -> Result<(Variable, Type), RuleMistake> {
        let known = self
            .known
            .iter()
            .enumerate()
            .find(|(_, (known, _))| known == code);
        match known {
            Some((place, (_, Some(kind)))) => Ok((
                Variable {
                    code: code.to_owned(),
                    place,
                },
                *kind,
            )),
            Some((_, (_, None))) => Err(mistake(
                at,
                format!("`{code}` is a note and has no answer"),
                "name a question that is answered",
            )),
            None if code == "mode" => Ok((
                Variable {
                    code: code.to_owned(),
                    place: Variable::MODE,
                },
                Type::Text,
            )),
            None if self.later.iter().any(|later| later == code) => {
                let message = format!("the rule names `{code}`, which is not asked before");
                Err(mistake(
                    at,
                    message,
                    format!("name an earlier question, or move `{code}` before this one"),
                ))
            }
            None => Err(mistake(
                at,
                format!("the rule names `{code}`, which is no question"),
                self.nearest(code),
            )),
        }
    }

    fn nearest(&self, code: &str) -> String {
        let lowercase = code.to_ascii_lowercase();
        if ["and", "or", "not", "in", "true", "false"].contains(&lowercase.as_str()) {
            return format!("write `{lowercase}`");
        }
        let names = self.known.iter().map(|(name, _)| name.as_str());
        match crate::questionnaire::load::nearest(code, names) {
            Some(name) => format!("did you mean `{name}`? A text needs quotes: `'{code}'`"),
            None => format!(
                "use the code of an earlier question, or put quotes around a text: `'{code}'`"
            ),
        }
    }
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleMistake {
    /// Byte of the rule at which it shows.
    pub offset: usize,
    /// What is wrong.
    pub message: String,
    /// What to write instead.
    pub cure: String,
}

/// `message; cure`.
impl fmt::Display for RuleMistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}; {}", self.message, self.cure)
    }
}

impl std::error::Error for RuleMistake {}

pub(super) fn mistake(
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
