//! One answer as a typed value, and its canonical JSON.

use std::borrow::Cow;
use std::fmt;

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub enum Value {
    /// The code of the choice in a `single`.
    Choice(Code),
    /// The codes of the choices in a `multiple`, in the order of the questionnaire; at least one.
    Choices(Vec<Code>),
    /// A whole number.
    Integer(i64),
    /// A decimal as text: perhaps `-`, at least one digit, at most one point, no leading zeros.
    Decimal(String),
    /// A text without blanks at its ends; `\n` separates lines.
    Text(String),
    /// The code of an area.
    Area(String),
}

impl Value {
    /// The answer as a number, if it is an `integer`, a `decimal` or an integer code of a `single`.
    pub fn number(&self) -> Option<f64> {
        match self {
            Self::Choice(Code::Integer(code)) => Some(f64::from(*code)),
            // Exact: answers are at most 2^53 in size.
            Self::Integer(number) => number.to_string().parse().ok(),
            Self::Decimal(digits) => digits.parse().ok(),
            _ => None,
        }
    }

    /// The answer as one text; the codes of a `multiple` are joined by `;`.
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

    /// Whether it is, or contains, the choice with that code.
    pub fn has_choice(&self, code: &str) -> bool {
        match self {
            Self::Choice(own) => own.is(code),
            Self::Choices(codes) => codes.iter().any(|own| own.is(code)),
            _ => false,
        }
    }

    /// Appends the canonical JSON.
    pub(super) fn write_json(&self, json: &mut String) {
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
    /// Reads an integer as an integer and everything else as a word.
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

/// Escapes only what JSON demands, so that equal answers have equal bytes.
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
