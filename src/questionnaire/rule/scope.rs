//! The variables that a rule may name, with their types.

use super::expression::Variable;
use super::mistake::RuleMistake;
use crate::questionnaire::word::nearest;

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
    /// A question with a mistake of its own. It goes with every type, so that one mistake is not
    /// reported twice.
    Any,
}

impl Type {
    /// The type in the words of a message.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Number => "a number",
            Self::Text => "a text",
            Self::Boolean => "true or false",
            Self::NumberSet | Self::TextSet => "a set of choices",
            Self::Any => "of unknown type",
        }
    }

    /// Whether a value of this type may be used where the other is needed.
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
    /// A scope of these variables, in this order, and the predefined `mode`.
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

    /// Adds a question; its type is `None` if it has no answer (`note`). Its place is the number of
    /// questions added before.
    pub fn add(&mut self, code: &str, kind: Option<Type>) {
        self.known.push((code.to_owned(), kind));
    }

    /// Names a question that comes later, so that the mistake of using it can say so.
    pub fn add_later(&mut self, code: &str) {
        self.later.push(code.to_owned());
    }

    /// The variable of that name, with its type.
    ///
    /// # Errors
    /// A mistake at byte `at` of the rule, where the rule names it.
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
            Some((_, (_, None))) => Err(RuleMistake::at(
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
                Err(RuleMistake::at(
                    at,
                    message,
                    format!("name an earlier question, or move `{code}` before this one"),
                ))
            }
            None => Err(RuleMistake::at(
                at,
                format!("the rule names `{code}`, which is no question"),
                self.cure(code),
            )),
        }
    }

    /// The cure for a name that is no question.
    fn cure(&self, code: &str) -> String {
        let lowercase = code.to_ascii_lowercase();
        if ["and", "or", "not", "in", "true", "false"].contains(&lowercase.as_str()) {
            return format!("write `{lowercase}`");
        }
        let names = self.known.iter().map(|(name, _)| name.as_str());
        match nearest(code, names) {
            Some(name) => format!("did you mean `{name}`? A text needs quotes: `'{code}'`"),
            None => format!(
                "use the code of an earlier question, or put quotes around a text: `'{code}'`"
            ),
        }
    }
}
