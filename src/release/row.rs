//! One stored response as a row: its answers, its analysis variables, whether the plan excludes it.

use rayon::prelude::*;
use serde_json::{Map, Value};

use crate::collection::flag;
use crate::questionnaire::{Areas, Kind};
use crate::store::StoredResponse;
use crate::survey::Survey;
use crate::survey::categories;
use crate::survey::plan::{Indicator, IndicatorKind, Plan, Term, Variable};

/// Why a dataset cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatasetError {
    /// A stored answer cannot be read: the database was altered or is damaged.
    Damaged {
        /// Leaf index of the response.
        leaf_index: i64,
    },
    /// Responses in a cell for which the population file has no figure.
    NoPopulation {
        /// Population dimension.
        dimension: String,
        /// Category.
        category: String,
    },
    /// A rule of the plan cannot be read.
    Rule {
        /// The rule.
        rule: String,
        /// What is wrong with it.
        message: String,
    },
    /// Columns of unequal length or name: a fault of ours.
    Columns(String),
}

impl std::fmt::Display for DatasetError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            DatasetError::Damaged { leaf_index } => {
                write!(
                    f,
                    "the response at leaf {leaf_index} cannot be read; the database was altered or is damaged"
                )
            }
            DatasetError::NoPopulation {
                dimension,
                category,
            } => {
                write!(
                    f,
                    "population.csv has no row {dimension},{category}, but there are responses; add the row"
                )
            }
            DatasetError::Rule { rule, message } => {
                write!(f, "plan.toml: exclusion rule `{rule}`: {message}")
            }
            DatasetError::Columns(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for DatasetError {}

/// How many responses [`Reader::rows`] should get at a time. The parsed answers of more do not fit into
/// the cache of a core, and what comes after takes half as long again.
pub const AT_ONCE: usize = 128;

/// One response as the builder and the exporter see it.
pub struct Row<'a> {
    /// As stored.
    pub response: &'a StoredResponse,
    /// Its answers by question code.
    pub answers: Map<String, Value>,
    /// Its analysis variables by name, in plan order; `None` where the answer is missing.
    pub variables: Vec<Option<String>>,
    /// Why it does not count, if it does not.
    pub excluded: Option<Excluded>,
}

/// Why a response does not count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Excluded {
    /// The rule of the plan with this index.
    Rule(usize),
    /// Its times cannot be true, and a rule of the plan does not take those who are too fast. Else
    /// an impossible time would be the way around that rule.
    Times,
}

/// Reads responses one by one by a survey's plan.
pub struct Reader<'a> {
    survey: &'a Survey,
    areas: &'a Areas,
    rules: Vec<crate::questionnaire::Rule>,
}

impl<'a> Reader<'a> {
    /// A reader for `survey`.
    ///
    /// # Errors
    /// [`DatasetError::Rule`] for an exclusion rule that is none.
    pub fn new(survey: &'a Survey, areas: &'a Areas) -> Result<Reader<'a>, DatasetError> {
        let exclusions = survey.plan.iter().flat_map(|plan| &plan.exclusions);
        let rules = exclusions.map(|exclusion| {
            crate::questionnaire::Rule::of_response(&exclusion.rule).map_err(|mistake| {
                DatasetError::Rule {
                    rule: exclusion.rule.clone(),
                    message: mistake.to_string(),
                }
            })
        });
        Ok(Reader {
            survey,
            areas,
            rules: rules.collect::<Result<_, _>>()?,
        })
    }

    /// One stored response as a row.
    ///
    /// # Errors
    /// [`DatasetError::Damaged`] if its answers are not the JSON they were stored as.
    pub fn row<'r>(&self, response: &'r StoredResponse) -> Result<Row<'r>, DatasetError> {
        let damaged = || DatasetError::Damaged {
            leaf_index: response.leaf_index,
        };
        let answers: Map<String, Value> =
            serde_json::from_str(&response.answers).map_err(|_| damaged())?;
        let variables = self
            .survey
            .plan
            .iter()
            .flat_map(|plan| plan.variables.values());
        let variables = variables
            .map(|variable| self.variable(variable, &answers))
            .collect();
        Ok(Row {
            response,
            answers,
            variables,
            excluded: self.excluded(response),
        })
    }

    /// Why a response does not count by the rules of the plan, if it does not.
    #[must_use]
    pub fn excluded(&self, response: &StoredResponse) -> Option<Excluded> {
        let rule_of = |seconds| {
            let mut rules = self.rules.iter();
            rules.position(|rule| rule.holds_for_response(seconds, &response.mode))
        };
        let has_bad_time = flag::has(&response.flags, flag::BAD_TIME);
        match has_bad_time && rule_of(Some(0)).is_some() {
            true => Some(Excluded::Times),
            false => rule_of(response.duration).map(Excluded::Rule),
        }
    }

    /// Responses as rows, read on all cores.
    ///
    /// # Errors
    /// As [`Reader::row`], for the first response that has one.
    pub fn rows<'r>(&self, page: &'r [StoredResponse]) -> Result<Vec<Row<'r>>, DatasetError> {
        page.par_iter().map(|response| self.row(response)).collect()
    }

    /// The analysis variable that `answers` give, `None` where its answer is missing.
    pub fn variable(&self, variable: &Variable, answers: &Map<String, Value>) -> Option<String> {
        let answer = category(answers.get(&variable.question)?)?;
        if self.is_missing(&variable.question, &answer) {
            return None;
        }
        Some(categories::category(variable, self.areas, &answer))
    }

    fn is_missing(&self, question: &str, code: &str) -> bool {
        match self
            .survey
            .questionnaire
            .question(question)
            .map(|question| &question.kind)
        {
            Some(Kind::Single(choices)) => choices
                .iter()
                .any(|choice| choice.missing && choice.code == code),
            _ => false,
        }
    }
}

/// The ratio indicators of a plan.
pub fn ratio_indicators(plan: &Plan) -> impl Iterator<Item = &Indicator> {
    plan.indicators
        .iter()
        .filter(|indicator| indicator.kind == IndicatorKind::Ratio)
}

/// Σ factor × answer over the answered terms (what a shop does not sell is left blank); NaN if none is answered.
pub fn sum(terms: &[Term], answers: &Map<String, Value>) -> f64 {
    let parts = terms
        .iter()
        .filter_map(|term| Some(term.factor * number(answers.get(term.question.as_str())?)?));
    parts.reduce(|sum, part| sum + part).unwrap_or(f64::NAN)
}

/// An answer as a category: a code, an area, a number as written; several choices joined by `;`.
pub fn category(answer: &Value) -> Option<String> {
    match answer {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Array(values) => {
            let parts: Option<Vec<String>> = values.iter().map(category).collect();
            parts.map(|parts| parts.join(";"))
        }
        Value::Null | Value::Object(_) => None,
    }
}

/// An answer as a number.
pub(super) fn number(answer: &Value) -> Option<f64> {
    match answer {
        Value::Number(number) => number.as_f64(),
        Value::String(text) => text.parse().ok(),
        _ => None,
    }
}
