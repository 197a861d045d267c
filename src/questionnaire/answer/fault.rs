//! Faults: what a respondent can correct. They are values in a list, not errors.

use std::fmt;

use crate::questionnaire::text::Text;

/// One thing to correct.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The code of the question, or the name of a field that is no question.
    pub code: String,
    /// What is wrong.
    pub kind: FaultKind,
    /// Where it is: a JSON pointer such as `/answers/a1`; in a table the name of the column.
    pub pointer: String,
}

impl Fault {
    /// A fault of the answer to the question `code`.
    pub(super) fn answer(code: &str, kind: FaultKind) -> Fault {
        let pointer = format!("/answers/{}", code.replace('~', "~0").replace('/', "~1"));
        Fault {
            code: clipped(code),
            kind,
            pointer: clipped(&pointer),
        }
    }

    /// A PSU that was not drawn into the sample.
    #[must_use]
    pub fn not_drawn() -> Fault {
        Fault {
            code: "psu".to_owned(),
            kind: FaultKind::NotDrawn,
            pointer: "/psu".to_owned(),
        }
    }

    /// A reserved field, such as `response_id`, whose value cannot be used.
    pub fn field(name: &str) -> Fault {
        Fault {
            code: name.to_owned(),
            kind: FaultKind::InvalidField,
            pointer: format!("/{name}"),
        }
    }
}

/// The ways an answer can be wrong.
#[derive(Debug, Clone, PartialEq)]
pub enum FaultKind {
    /// The question is asked and must be answered.
    Missing,
    /// The value is the code of no choice.
    NotAChoice {
        /// The value, clipped.
        given: String,
    },
    /// The value is the code of no area that can be chosen.
    NotAnArea {
        /// The value, clipped.
        given: String,
    },
    /// The value is not written as a number.
    NotANumber {
        /// The value, clipped.
        given: String,
    },
    /// The value is a number, but not a whole one.
    NotAWholeNumber {
        /// The value, clipped.
        given: String,
    },
    /// The number is too small.
    BelowMin {
        /// Smallest allowed.
        min: String,
        /// Its unit; may be empty.
        unit: Text,
    },
    /// The number is too large.
    AboveMax {
        /// Largest allowed.
        max: String,
        /// Its unit; may be empty.
        unit: Text,
    },
    /// The number has too many digits after the point.
    TooManyDecimals {
        /// Most allowed.
        decimals: u32,
    },
    /// The text is too long.
    TooLong {
        /// Characters given.
        length: usize,
        /// Characters allowed.
        max_length: u32,
    },
    /// Too few choices are chosen.
    TooFewChoices {
        /// Fewest allowed.
        min_choices: u32,
    },
    /// Too many choices are chosen.
    TooManyChoices {
        /// Most allowed.
        max_choices: u32,
    },
    /// An exclusive choice is combined with others.
    Exclusive {
        /// Its label.
        choice: Text,
    },
    /// `valid_if` is false.
    Invalid {
        /// The text of the questionnaire for this case; may be empty.
        text: Text,
    },
    /// The question is not asked after these answers, or not in this mode.
    NotAsked,
    /// No question has this name.
    UnknownField,
    /// The answer, or one choice of it, is given more than once.
    DuplicateField,
    /// The text has a control character.
    ControlCharacter,
    /// The JSON value is of the wrong type, such as a list where one value belongs.
    WrongType,
    /// The PSU is not one that was drawn, or an online response has one without an invitation.
    NotDrawn,
    /// A reserved field cannot be used.
    InvalidField,
}

impl FaultKind {
    /// All values of [`FaultKind::key`]; a test checks that each has its translations.
    pub const KEYS: [&str; 19] = [
        "missing",
        "not_a_choice",
        "not_an_area",
        "not_a_number",
        "not_a_whole_number",
        "below_min",
        "above_max",
        "too_many_decimals",
        "too_long",
        "too_few_choices",
        "too_many_choices",
        "exclusive",
        "invalid",
        "not_asked",
        "unknown_field",
        "duplicate_field",
        "control_character",
        "wrong_type",
        "invalid_field",
    ];

    /// A stable name, for the keys of messages.
    pub const fn key(&self) -> &'static str {
        match self {
            Self::Missing => "missing",
            Self::NotAChoice { .. } => "not_a_choice",
            Self::NotAnArea { .. } => "not_an_area",
            Self::NotANumber { .. } => "not_a_number",
            Self::NotAWholeNumber { .. } => "not_a_whole_number",
            Self::BelowMin { .. } => "below_min",
            Self::AboveMax { .. } => "above_max",
            Self::TooManyDecimals { .. } => "too_many_decimals",
            Self::TooLong { .. } => "too_long",
            Self::TooFewChoices { .. } => "too_few_choices",
            Self::TooManyChoices { .. } => "too_many_choices",
            Self::Exclusive { .. } => "exclusive",
            Self::Invalid { .. } => "invalid",
            Self::NotAsked => "not_asked",
            Self::UnknownField => "unknown_field",
            Self::DuplicateField => "duplicate_field",
            Self::ControlCharacter => "control_character",
            Self::WrongType => "wrong_type",
            Self::InvalidField => "invalid_field",
            Self::NotDrawn => "not_drawn",
        }
    }

    /// The placeholders of its message in `language`: names and values.
    pub fn values(&self, language: &str) -> Vec<(&'static str, String)> {
        match self {
            Self::NotAChoice { given }
            | Self::NotAnArea { given }
            | Self::NotANumber { given }
            | Self::NotAWholeNumber { given } => vec![("given", given.clone())],
            Self::BelowMin { min, unit } => {
                vec![
                    ("min", min.clone()),
                    ("unit", unit.get(language).to_owned()),
                ]
            }
            Self::AboveMax { max, unit } => {
                vec![
                    ("max", max.clone()),
                    ("unit", unit.get(language).to_owned()),
                ]
            }
            Self::TooManyDecimals { decimals } => vec![("decimals", decimals.to_string())],
            Self::TooLong { length, max_length } => {
                vec![
                    ("length", length.to_string()),
                    ("max_length", max_length.to_string()),
                ]
            }
            Self::TooFewChoices { min_choices } => vec![("min_choices", min_choices.to_string())],
            Self::TooManyChoices { max_choices } => vec![("max_choices", max_choices.to_string())],
            Self::Exclusive { choice } => vec![("choice", choice.get(language).to_owned())],
            Self::Invalid { text } => vec![("text", text.get(language).to_owned())],
            Self::Missing
            | Self::NotAsked
            | Self::UnknownField
            | Self::DuplicateField
            | Self::ControlCharacter
            | Self::WrongType
            | Self::InvalidField
            | Self::NotDrawn => Vec::new(),
        }
    }
}

/// The message in English, without the code of the question. For tests and for programs that use
/// the library: minyi itself shows the texts of the locale files (`locale::fault`).
impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("an answer is required"),
            Self::NotAChoice { given } => write!(f, "\"{given}\" is none of the choices"),
            Self::NotAnArea { given } => write!(f, "\"{given}\" is none of the areas"),
            Self::NotANumber { given } => write!(f, "\"{given}\" is not a number"),
            Self::NotAWholeNumber { given } => write!(f, "\"{given}\" is not a whole number"),
            Self::BelowMin { min, .. } => write!(f, "the number must be at least {min}"),
            Self::AboveMax { max, .. } => write!(f, "the number must be at most {max}"),
            Self::TooManyDecimals { decimals } => {
                write!(f, "at most {decimals} digits may follow the point")
            }
            Self::TooLong { length, max_length } => {
                write!(
                    f,
                    "the text has {length} characters, {max_length} are allowed"
                )
            }
            Self::TooFewChoices { min_choices } => write!(f, "choose at least {min_choices}"),
            Self::TooManyChoices { max_choices } => write!(f, "choose at most {max_choices}"),
            Self::Exclusive { choice } => {
                write!(f, "\"{}\" cannot be combined with others", choice.get("en"))
            }
            Self::Invalid { text } if text.is_empty() => {
                f.write_str("the answer contradicts another")
            }
            Self::Invalid { text } => f.write_str(text.get("en")),
            Self::NotAsked => f.write_str("the question is not asked here and must stay empty"),
            Self::UnknownField => f.write_str("the questionnaire has no such question"),
            Self::DuplicateField => f.write_str("the answer is given more than once"),
            Self::ControlCharacter => f.write_str("the answer has a control character"),
            Self::WrongType => f.write_str("the value is of the wrong type"),
            Self::InvalidField => f.write_str("the field cannot be used"),
            Self::NotDrawn => f.write_str("the PSU was not drawn"),
        }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.kind)
    }
}

/// The first 60 characters of `given`: messages repeat the value, which can be 64 KiB long.
pub(super) fn clipped(given: &str) -> String {
    const LONGEST: usize = 60;
    match given.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}…", given.get(..end).unwrap_or_default()),
        None => given.to_owned(),
    }
}
