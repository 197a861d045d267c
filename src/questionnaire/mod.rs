//! The instrument as data: what is asked, of whom, in which words, and what counts as an answer.
//!
//! Pure: knows no web, database, clock or filesystem. Text in, [`Questionnaire`] or mistakes out; a form in,
//! [`answer::Complete`] or faults out.
//!
//! | file | does |
//! |---|---|
//! | [`load`] | `questionnaire.toml` and `areas.toml` checked as a whole, every mistake with file, line and cure |
//! | [`rule`] | the language of `ask_if`, `valid_if`, `screen_out_if`: parsed, type-checked, evaluated, compiled for browsers |
//! | [`journey`] | which questions a respondent is asked; derived from the answers, never stored |
//! | [`answer`] | a form, a JSON object or a table row parsed to complete answers or to all faults |
//! | [`codebook`] | the variables of the data, for exporters |
//! | [`describe`] | the questionnaire as JSON |

use std::collections::BTreeMap;
use std::sync::Arc;

pub mod answer;
pub mod codebook;
pub mod describe;
mod index;
pub mod journey;
pub mod load;
pub mod rule;

pub use answer::is_reserved;
use index::Index;
pub use load::{Mistake, load, load_areas};
pub use rule::Rule;

/// A text in every language of the instrument, keyed by language code (`zh`, `en`). Clones share the words: a label stands
/// beside each of many thousand rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Text(pub Arc<BTreeMap<String, String>>);

impl From<BTreeMap<String, String>> for Text {
    fn from(texts: BTreeMap<String, String>) -> Text {
        Text(Arc::new(texts))
    }
}

impl Text {
    /// The text in `language`, or in Chinese where that language is missing, or empty.
    pub fn get(&self, language: &str) -> &str {
        self.0
            .get(language)
            .or_else(|| self.0.get("zh"))
            .map_or("", String::as_str)
    }

    /// Whether no language has a text.
    pub fn is_empty(&self) -> bool {
        self.0.values().all(String::is_empty)
    }
}

/// One edition of a survey's instrument, checked as a whole.
#[derive(Debug, Clone, PartialEq)]
pub struct Questionnaire {
    /// The survey that is asked again and again, such as `satisfaction`.
    pub survey: String,
    /// The edition, such as `2026`.
    pub wave: String,
    /// 调查表名称.
    pub title: Text,
    /// 表号.
    pub form_number: String,
    /// 制定机关.
    pub agency: Text,
    /// 批准文号; empty means a demonstration that may not collect in earnest.
    pub approval_number: String,
    /// 有效期至, as `YYYY-MM`.
    pub valid_until: String,
    /// First day of collection, local date `YYYY-MM-DD`.
    pub opens: String,
    /// Last day of collection, local date `YYYY-MM-DD`, included.
    pub closes: String,
    /// Who asks, why, and what for.
    pub intro: Text,
    /// How long it takes, in words.
    pub duration: Text,
    /// Who may answer.
    pub eligibility: Text,
    /// The statistics-law promise.
    pub confidentiality: Text,
    /// Notice under the personal information law; blank lines part paragraphs.
    pub privacy: Text,
    /// Whom to ask.
    pub contact: Text,
    /// Said after sending.
    pub thanks: Text,
    /// Whether a person or a shop is observed.
    pub unit: ObservationUnit,
    /// The parts of the questionnaire, in page order; at least one.
    pub sections: Vec<Section>,
    index: Arc<Index>,
}

impl Questionnaire {
    /// `satisfaction-2026`: the name of the folder and of the page.
    pub fn id(&self) -> String {
        format!("{}-{}", self.survey, self.wave)
    }

    /// All questions with their sections, in page order.
    pub fn questions(&self) -> impl Iterator<Item = (&Section, &Question)> {
        self.sections.iter().flat_map(|section| {
            section
                .questions
                .iter()
                .map(move |question| (section, question))
        })
    }

    /// The question of that code.
    pub fn question(&self, code: &str) -> Option<&Question> {
        self.question_at(self.place(code)?)
    }

    /// The position of the question of that code, counted from 0 through all sections.
    pub fn place(&self, code: &str) -> Option<usize> {
        self.index.place(code)
    }

    /// The question at a position counted from 0 through all sections.
    pub fn question_at(&self, place: usize) -> Option<&Question> {
        let (section, question) = self.index.address(place)?;
        self.sections.get(section)?.questions.get(question)
    }
}

/// What one response describes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ObservationUnit {
    /// A resident.
    #[default]
    Person,
    /// A shop.
    Shop,
}

/// A titled part of the questionnaire.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Short stable name.
    pub code: String,
    /// Heading.
    pub title: Text,
    /// Words under the heading; may be empty.
    pub intro: Text,
    /// Asked only if this holds.
    pub ask_if: Option<Rule>,
    /// In page order; at least one.
    pub questions: Vec<Question>,
}

/// One question.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Short stable name: form field, column, variable.
    pub code: String,
    /// What an answer looks like.
    pub kind: Kind,
    /// The question as put to the respondent.
    pub text: Text,
    /// Small print under it; may be empty.
    pub hint: Text,
    /// Asked and unanswered is a fault.
    pub required: bool,
    /// Asked only if this holds.
    pub ask_if: Option<Rule>,
    /// An answer for which this is false is a fault; not judged while there is none.
    pub valid_if: Option<Rule>,
    /// What the respondent reads when `valid_if` is false; may be empty.
    pub valid_text: Text,
    /// The interview ends, with nothing stored, if the question is asked and this holds.
    pub screen_out_if: Option<Rule>,
    /// What is said then; may be empty.
    pub screen_out_text: Text,
    /// Indicators of the city plan that the item speaks of.
    pub indicators: Vec<u16>,
    /// Background role for weighting and domains, such as `sex`.
    pub role: Option<String>,
    /// Shown and accepted only when an enumerator or a clerk fills in the form.
    pub interviewer_only: bool,
}

/// The kinds of question, with what each needs.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Exactly one of the choices.
    Single(Vec<Choice>),
    /// Any number of the choices, between the limits.
    Multiple {
        /// What can be chosen.
        choices: Vec<Choice>,
        /// Fewest, 0 if free.
        min_choices: u32,
        /// Most, the number of choices if free.
        max_choices: u32,
    },
    /// A whole number.
    Integer {
        /// Smallest allowed.
        min: i64,
        /// Largest allowed.
        max: i64,
        /// Unit of measure; may be empty.
        unit: Text,
    },
    /// A number with decimals.
    Decimal {
        /// Smallest allowed.
        min: f64,
        /// Largest allowed.
        max: f64,
        /// Most digits after the point.
        decimals: u32,
        /// Unit of measure; may be empty.
        unit: Text,
    },
    /// Free words.
    Text {
        /// Most characters (Unicode scalar values).
        max_length: u32,
    },
    /// One of the areas of `areas.toml`.
    Area {
        /// Kinds of area on offer, such as `county`.
        kinds: Vec<String>,
    },
    /// Words only; nothing to answer.
    Note,
}

impl Question {
    /// The choices of a `single` or `multiple`; else none.
    pub fn choices(&self) -> &[Choice] {
        match &self.kind {
            Kind::Single(choices) | Kind::Multiple { choices, .. } => choices,
            _ => &[],
        }
    }

    /// The choice of that code.
    pub fn choice(&self, code: &str) -> Option<&Choice> {
        self.choices().iter().find(|choice| choice.code == code)
    }
}

impl Kind {
    /// The word of the file: `single`, `multiple`, `integer`, `decimal`, `text`, `area`, `note`.
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Single(_) => "single",
            Self::Multiple { .. } => "multiple",
            Self::Integer { .. } => "integer",
            Self::Decimal { .. } => "decimal",
            Self::Text { .. } => "text",
            Self::Area { .. } => "area",
            Self::Note => "note",
        }
    }

    /// Smallest and largest number that the file allows; none where it gives none.
    pub fn limits(&self) -> (Option<serde_json::Number>, Option<serde_json::Number>) {
        match self {
            Self::Integer { min, max, .. } => {
                let given = |limit: i64, none: i64| (limit != none).then(|| limit.into());
                (
                    given(*min, -Self::INTEGER_LIMIT),
                    given(*max, Self::INTEGER_LIMIT),
                )
            }
            Self::Decimal { min, max, .. } => {
                let given = |limit: f64, none: f64| {
                    if limit == none {
                        None
                    } else {
                        serde_json::Number::from_f64(limit)
                    }
                };
                (
                    given(*min, -Self::DECIMAL_LIMIT),
                    given(*max, Self::DECIMAL_LIMIT),
                )
            }
            _ => (None, None),
        }
    }

    /// Smallest `integer` where the file gives none, and the negative of the largest: exact as a number of JavaScript.
    pub const INTEGER_LIMIT: i64 = 9_007_199_254_740_991;

    /// Size of the smallest and largest `decimal` where the file gives none.
    pub const DECIMAL_LIMIT: f64 = 1e15;
}

/// One possible answer.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Choice {
    /// An integer or a short word, as written in the file.
    pub code: String,
    /// What the respondent reads.
    pub label: Text,
    /// Small print under it; may be empty.
    pub note: Text,
    /// Don't know, refused: outside the base of every figure.
    pub missing: bool,
    /// Cannot be combined with others in a `multiple`.
    pub exclusive: bool,
}

impl Choice {
    /// The code as a number, if it is an integer.
    pub fn number(&self) -> Option<f64> {
        self.code.parse::<i32>().ok().map(f64::from)
    }
}

/// Whether all codes are integers: such a scale compares as numbers in rules, every other as texts.
pub fn is_numeric(choices: &[Choice]) -> bool {
    choices.iter().all(|choice| choice.number().is_some())
}

/// One area of the city.
#[derive(Debug, Clone, PartialEq)]
pub struct Area {
    /// Statistical code, such as `411702`, or a local one such as `ZMD-GXQ`.
    pub code: String,
    /// Name.
    pub name: Text,
    /// `city`, `county`, `zone` or `township`.
    pub kind: String,
    /// The area whose population margin it belongs to.
    pub parent: Option<String>,
    /// Column and row on the tile map.
    pub grid: Option<(u16, u16)>,
}

/// All areas, in file order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Areas(pub Vec<Area>);

impl Areas {
    /// The area of that code.
    pub fn get(&self, code: &str) -> Option<&Area> {
        self.0.iter().find(|area| area.code == code)
    }

    /// The areas of these kinds, in file order.
    pub fn of_kinds<'a>(&'a self, kinds: &'a [String]) -> impl Iterator<Item = &'a Area> {
        self.0.iter().filter(|area| kinds.contains(&area.kind))
    }
}
