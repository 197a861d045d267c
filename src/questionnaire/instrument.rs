//! The questionnaire as data: its sections, questions and kinds of answer.

use std::sync::Arc;

use super::choice::{Choice, is_numeric};
use super::index::Index;
use super::rule::compiled::Rule;
use super::text::Text;

/// The questionnaire of one wave of a survey. It has no mistakes: only the loader makes one.
#[derive(Debug, Clone, PartialEq)]
pub struct Questionnaire {
    /// The survey that is repeated, such as `satisfaction`.
    pub survey: String,
    /// The wave, such as `2026`.
    pub wave: String,
    /// The name of the form (调查表名称).
    pub title: Text,
    /// The number of the form (表号).
    pub form_number: String,
    /// The agency that issues the form (制定机关).
    pub agency: Text,
    /// The approval number (批准文号). Empty: a demonstration, which may not collect real responses.
    pub approval_number: String,
    /// The last month in which the form is valid (有效期至), `YYYY-MM`.
    pub valid_until: String,
    /// First day of collection, local date `YYYY-MM-DD`.
    pub opens: String,
    /// Last day of collection, included; local date `YYYY-MM-DD`.
    pub closes: String,
    /// Who asks and for what purpose; may be empty, as every text below.
    pub intro: Text,
    /// How long it takes, in words.
    pub duration: Text,
    /// Who may answer.
    pub eligibility: Text,
    /// The promise of confidentiality under the statistics law.
    pub confidentiality: Text,
    /// The notice under the personal information law; blank lines separate paragraphs.
    pub privacy: Text,
    /// Where a respondent can ask questions.
    pub contact: Text,
    /// The text shown after the response is sent.
    pub thanks: Text,
    /// Whether one response describes a person or a shop.
    pub unit: ObservationUnit,
    /// The sections in page order; at least one.
    pub sections: Vec<Section>,
    pub(super) index: Arc<Index>,
}

impl Questionnaire {
    /// `{survey}-{wave}`, such as `satisfaction-2026`: the name of the folder and of the page.
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

    /// The question with that code.
    pub fn question(&self, code: &str) -> Option<&Question> {
        self.question_at(self.place(code)?)
    }

    /// The position of the question with that code, counted from 0 through all sections.
    pub fn place(&self, code: &str) -> Option<usize> {
        self.index.place(code)
    }

    /// The question at a position counted from 0 through all sections.
    pub fn question_at(&self, place: usize) -> Option<&Question> {
        let (section, question) = self.index.address(place)?;
        self.sections.get(section)?.questions.get(question)
    }

    /// The index of these sections.
    pub(super) fn index_of(sections: &[Section]) -> Arc<Index> {
        let mut index = Index::default();
        for (section, questions) in sections.iter().map(|own| &own.questions).enumerate() {
            for (place, question) in questions.iter().enumerate() {
                let numeric = is_numeric(question.choices());
                index.add(&question.code, (section, place), numeric);
            }
        }
        Arc::new(index)
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

/// A section: questions under one heading.
#[derive(Debug, Clone, PartialEq)]
pub struct Section {
    /// Short stable name.
    pub code: String,
    /// Heading.
    pub title: Text,
    /// A text under the heading; may be empty.
    pub intro: Text,
    /// Asked only if this rule is true.
    pub ask_if: Option<Rule>,
    /// The questions in page order; at least one.
    pub questions: Vec<Question>,
}

/// One question.
#[derive(Debug, Clone, PartialEq)]
pub struct Question {
    /// Short stable name: the form field, the column and the variable in rules.
    pub code: String,
    /// What an answer looks like.
    pub kind: Kind,
    /// The question as the respondent reads it.
    pub text: Text,
    /// An explanation below the question; may be empty.
    pub hint: Text,
    /// No answer is a fault where the question is asked.
    pub required: bool,
    /// Asked only if this rule is true.
    pub ask_if: Option<Rule>,
    /// An answer for which this rule is false is a fault.
    pub valid_if: Option<Rule>,
    /// The text for the respondent when `valid_if` is false; may be empty.
    pub valid_text: Text,
    /// If the question is asked and this rule is true, the interview ends and nothing is stored.
    pub screen_out_if: Option<Rule>,
    /// The text for the respondent then; may be empty.
    pub screen_out_text: Text,
    /// Numbers of the indicators of the city plan that the question measures.
    pub indicators: Vec<u16>,
    /// The background variable that it measures, for weighting and domains, such as `sex`.
    pub role: Option<String>,
    /// Asked only where an enumerator or a clerk fills in the form, never online.
    pub interviewer_only: bool,
}

/// The kinds of question, each with its own limits.
///
/// For a new kind, the compiler reports every `match` without a `_` arm. It does not report:
/// - `KINDS` and `KEYS_OF_KINDS` in `questionnaire/load/question.rs`;
/// - `match` with a `_` arm: `questionnaire/codebook.rs`, `questionnaire/describe.rs`,
///   `questionnaire/answer/columns.rs`, `pages/questionnaire/question.rs`, `release/dataset.rs`;
/// - `locale/fault.rs`, which has the names of the kinds that are typed;
/// - `web/openapi.json`, which lists the kinds and how each is answered;
/// - `tests/journeys/<kind>.json`, the test cases of each kind.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// Exactly one of the choices.
    Single(Vec<Choice>),
    /// Any number of the choices, between the limits.
    Multiple {
        /// The choices in page order.
        choices: Vec<Choice>,
        /// Smallest number of choices; 0 if the file gives none.
        min_choices: u32,
        /// Largest number of choices; all choices if the file gives none.
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
        /// Most digits after the decimal point.
        decimals: u32,
        /// Unit of measure; may be empty.
        unit: Text,
    },
    /// A text in the respondent's own words.
    Text {
        /// Most characters (Unicode scalar values).
        max_length: u32,
    },
    /// One of the areas of `areas.toml`.
    Area {
        /// The kinds of area that can be chosen, such as `county`.
        kinds: Vec<String>,
    },
    /// A text without an answer.
    Note,
}

impl Question {
    /// The choices of a `single` or `multiple`; empty for other kinds.
    pub fn choices(&self) -> &[Choice] {
        match &self.kind {
            Kind::Single(choices) | Kind::Multiple { choices, .. } => choices,
            _ => &[],
        }
    }

    /// The choice with that code.
    pub fn choice(&self, code: &str) -> Option<&Choice> {
        self.choices().iter().find(|choice| choice.code == code)
    }
}

impl Kind {
    /// The name in the file: `single`, `multiple`, `integer`, `decimal`, `text`, `area`, `note`.
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

    /// Smallest and largest number that the file gives; `None` where it gives none.
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

    /// Largest `integer` where the file gives none; its negative is the smallest. JavaScript
    /// represents every whole number up to it exactly (2^53 - 1).
    pub const INTEGER_LIMIT: i64 = 9_007_199_254_740_991;

    /// Largest `decimal` where the file gives none; its negative is the smallest.
    pub const DECIMAL_LIMIT: f64 = 1e15;
}
