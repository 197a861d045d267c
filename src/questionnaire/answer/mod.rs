//! Answers parsed against the questionnaire: complete, or the list of all faults.
//!
//! There is one way in for every source: a form, a JSON object and a table row become the same sheet of given values, and
//! the same walk through the questionnaire judges it.

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use super::index::Index;
use super::{Areas, Questionnaire, Text};

mod fault;
mod json;
mod read;
pub(super) mod row;
mod sheet;
mod walk;

pub use fault::{Fault, FaultKind};
pub use json::{JsonAnswers, MOST_VALUES, TOO_MANY_VALUES};
pub use row::{check_header, columns, parse_row};
pub(super) use sheet::Sheet;
pub(super) use walk::Walk;

/// Parses the fields of a form: names and values already decoded, reserved fields (see [`is_reserved`]) already taken out.
pub fn parse<'f>(
    questionnaire: &Questionnaire,
    areas: &Areas,
    mode: Mode,
    fields: impl IntoIterator<Item = (&'f str, &'f str)>,
) -> Outcome {
    judge(
        questionnaire,
        areas,
        mode,
        Sheet::of_form(questionnaire, fields),
    )
}

/// Parses the `answers` of a JSON response: question code to value, list of values, or null.
pub fn parse_json(
    questionnaire: &Questionnaire,
    areas: &Areas,
    mode: Mode,
    answers: &JsonAnswers,
) -> Outcome {
    judge(
        questionnaire,
        areas,
        mode,
        Sheet::of_json(questionnaire, answers),
    )
}

fn judge(questionnaire: &Questionnaire, areas: &Areas, mode: Mode, sheet: Sheet<'_>) -> Outcome {
    let walk = Walk::of(questionnaire, areas, mode, &sheet);
    if let Some(question) = walk
        .screened_out
        .and_then(|place| questionnaire.question_at(place))
    {
        return Outcome::ScreenedOut {
            question: question.code.clone(),
            text: question.screen_out_text.clone(),
        };
    }
    let mut faults = walk.faults;
    faults.extend(sheet.faults);
    if !faults.is_empty() {
        return Outcome::Faults(faults);
    }
    let answers = walk.filled.into_iter().enumerate().map(|(place, filled)| {
        let question = questionnaire.question_at(place)?;
        filled.map(|filled| filled.into_value(question))
    });
    Outcome::Complete(Complete {
        mode,
        answers: answers.collect(),
        index: Arc::clone(&questionnaire.index),
    })
}

/// What became of the given values.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Every question asked is answered as it must be; ready to be stored.
    Complete(Complete),
    /// What the respondent must correct: all of it, in page order, unknown fields last.
    Faults(Vec<Fault>),
    /// The interview ends here with thanks, and nothing is stored.
    ScreenedOut {
        /// The question whose answer ended it.
        question: String,
        /// What is said; may be empty.
        text: Text,
    },
}

/// How a response was given.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mode {
    /// By the respondent, on the open page.
    Online,
    /// To an enumerator.
    Onsite,
    /// On paper, typed in by a clerk.
    Paper,
}

impl Mode {
    /// All modes.
    pub const ALL: [Mode; 3] = [Mode::Online, Mode::Onsite, Mode::Paper];

    /// `online`, `onsite`, `paper`: as stored, and as the variable `mode` of rules.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Online => "online",
            Self::Onsite => "onsite",
            Self::Paper => "paper",
        }
    }

    /// The mode of that name.
    pub fn from_name(name: &str) -> Option<Mode> {
        Self::ALL.into_iter().find(|mode| mode.as_str() == name)
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Fields that stand beside the answers in every form.
const FORM_FIELDS: [&str; 8] = [
    "response_id",
    "channel",
    "started_at",
    "finished_at",
    "website",
    "paradata",
    "lang",
    "text",
];

/// Names that exports, JSON responses and rules use beside the answers.
const COLUMNS: [&str; 15] = [
    "id",
    "survey",
    "wave",
    "mode",
    "duration",
    "enumerator",
    "device",
    "received_at",
    "flags",
    "weight",
    "stratum",
    "psu",
    "leaf_index",
    "nonce",
    "answers",
];

/// Whether `name` is a field of every form and no answer; callers of [`parse`] take such fields out.
pub fn is_reserved(name: &str) -> bool {
    FORM_FIELDS.contains(&name)
}

/// Whether no question may be called `name`, because forms, exports or rules use it; [`parse_row`] skips such columns.
pub fn is_reserved_column(name: &str) -> bool {
    is_reserved(name) || COLUMNS.contains(&name)
}

/// Answers that satisfy the questionnaire. Made by parsing only.
#[derive(Debug, Clone, PartialEq)]
pub struct Complete {
    mode: Mode,
    /// One place for each question.
    answers: Vec<Option<Value>>,
    index: Arc<Index>,
}

impl Complete {
    /// How the answers were given.
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// The answer to the question of that code; `None` if it is unanswered or not asked.
    pub fn get(&self, code: &str) -> Option<&Value> {
        self.answers.get(self.index.place(code)?)?.as_ref()
    }

    /// The answers that were given, with the codes of their questions, in page order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Value)> {
        let answers = self.answers.iter().enumerate();
        answers.filter_map(|(place, value)| {
            value.as_ref().map(|value| (self.index.code(place), value))
        })
    }

    /// How many questions are answered.
    pub fn len(&self) -> usize {
        self.answers.iter().flatten().count()
    }

    /// Whether no question is answered.
    pub fn is_empty(&self) -> bool {
        self.answers.iter().all(Option::is_none)
    }

    /// The form in which answers are stored and hashed: a compact JSON object in page order. Integers and integer codes are
    /// numbers; word codes, areas and texts strings; decimals strings with their digits; a `multiple` is an array in the
    /// order of its choices; what is unanswered is left out.
    pub fn canonical_json(&self) -> String {
        let mut json = String::with_capacity(16_usize.saturating_mul(self.answers.len()));
        json.push('{');
        for (code, value) in self.iter() {
            if json.len() > 1 {
                json.push(',');
            }
            json.push('"');
            json.push_str(code);
            json.push_str("\":");
            value.write_json(&mut json);
        }
        json.push('}');
        json
    }
}

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// The choice of a `single`.
    Choice(Code),
    /// The choices of a `multiple`, in the order of the questionnaire; at least one.
    Choices(Vec<Code>),
    /// A whole number.
    Integer(i64),
    /// A decimal as its digits: `-`, at least one digit, at most one point, no superfluous zeros in front.
    Decimal(String),
    /// Words: trimmed, lines parted by `\n`.
    Text(String),
    /// The code of an area.
    Area(String),
}

impl Value {
    /// The answer as a number: of an `integer`, a `decimal`, or a `single` with an integer code.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Choice(Code::Integer(code)) => Some(f64::from(*code)),
            // Exact: answers are at most 2^53 in size.
            Self::Integer(number) => number.to_string().parse().ok(),
            Self::Decimal(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// The answer as one text: the code, the digits, the words; the codes of a `multiple` joined by `;`.
    pub fn text(&self) -> Cow<'_, str> {
        match self {
            Self::Choice(Code::Word(text))
            | Self::Decimal(text)
            | Self::Text(text)
            | Self::Area(text) => Cow::Borrowed(text),
            Self::Choice(code) => Cow::Owned(code.to_string()),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            Self::Choices(codes) => Cow::Owned(
                codes
                    .iter()
                    .map(ToString::to_string)
                    .collect::<Vec<_>>()
                    .join(";"),
            ),
        }
    }

    /// Whether it is, or contains, the choice of that code.
    pub fn has_choice(&self, code: &str) -> bool {
        match self {
            Self::Choice(own) => own.is(code),
            Self::Choices(codes) => codes.iter().any(|own| own.is(code)),
            _ => false,
        }
    }

    fn write_json(&self, json: &mut String) {
        match self {
            Self::Choice(code) => code.write_json(json),
            Self::Choices(codes) => {
                json.push('[');
                for (place, code) in codes.iter().enumerate() {
                    json.push_str(if place == 0 { "" } else { "," });
                    code.write_json(json);
                }
                json.push(']');
            }
            Self::Integer(number) => push_number(json, *number),
            Self::Decimal(text) | Self::Text(text) | Self::Area(text) => push_string(json, text),
        }
    }
}

/// The code of a choice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// An integer.
    Integer(i32),
    /// A short word.
    Word(String),
}

impl Code {
    /// The code as its type.
    pub(super) fn of(code: &str) -> Code {
        code.parse()
            .map_or_else(|_| Code::Word(code.to_owned()), Code::Integer)
    }

    fn is(&self, code: &str) -> bool {
        match self {
            Self::Integer(own) => code.parse() == Ok(*own),
            Self::Word(own) => own == code,
        }
    }

    fn write_json(&self, json: &mut String) {
        match self {
            Self::Integer(code) => push_number(json, i64::from(*code)),
            Self::Word(code) => push_string(json, code),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(code) => write!(f, "{code}"),
            Self::Word(code) => f.write_str(code),
        }
    }
}

fn push_number(json: &mut String, number: i64) {
    json.push_str(itoa::Buffer::new().format(number));
}

/// Escapes what JSON demands and nothing else, so that equal answers have equal bytes.
fn push_string(json: &mut String, text: &str) {
    json.push('"');
    for character in text.chars() {
        match character {
            '"' => json.push_str("\\\""),
            '\\' => json.push_str("\\\\"),
            '\n' => json.push_str("\\n"),
            '\t' => json.push_str("\\t"),
            other => json.push(other),
        }
    }
    json.push('"');
}
