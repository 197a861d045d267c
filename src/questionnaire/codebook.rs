//! The codebook: every variable of the data with its texts, codes and conditions, for exports.

use std::sync::Arc;

use super::answer::columns::choice_column;
use super::area::Areas;
use super::instrument::{Kind, Question, Questionnaire, Section};
use super::rule::compiled::Rule;
use super::text::Text;

/// One column of the data.
#[derive(Debug, Clone, PartialEq)]
pub struct Variable {
    /// Name of the column: the code of the question, or `code__choice` for a choice of a
    /// `multiple`.
    pub name: String,
    /// Code of the question.
    pub question: String,
    /// Code of the choice, in the columns of a `multiple`.
    pub choice: Option<String>,
    /// The question as the respondent reads it; in the columns of a `multiple` with the label of
    /// the choice.
    pub label: Text,
    /// `single`, `multiple`, `integer`, `decimal`, `text`, `area`.
    pub kind: &'static str,
    /// The codes that the column can contain, with their labels; empty for numbers and texts.
    pub values: Vec<VariableValue>,
    /// Code of the section.
    pub section: String,
    /// Title of the section.
    pub section_title: Text,
    /// The rules that must all be true for the question to be asked, as the file writes them: that
    /// of the section, then its own.
    pub ask_if: Vec<String>,
    /// Whether an answer is required where the question is asked.
    pub required: bool,
    /// Whether it is asked only where an enumerator or a clerk fills in the form.
    pub interviewer_only: bool,
    /// Smallest allowed number.
    pub min: Option<String>,
    /// Largest allowed number.
    pub max: Option<String>,
    /// Most digits after the point: 0 for an `integer`; `None` for other kinds than numbers.
    pub decimals: Option<u32>,
    /// Most characters of a `text`.
    pub max_length: Option<u32>,
    /// Unit of measure; may be empty.
    pub unit: Text,
    /// Numbers of the indicators of the city plan that the question measures.
    pub indicators: Vec<u16>,
    /// The background variable that it measures, such as `sex`.
    pub role: Option<String>,
}

/// A code that a column can contain.
#[derive(Debug, Clone, PartialEq)]
pub struct VariableValue {
    /// The code as stored; `0` and `1` in the columns of a `multiple`.
    pub code: String,
    /// What it means; empty in the columns of a `multiple`, where 1 is chosen and 0 is not.
    pub label: Text,
    /// "Don't know" or "refused": user-missing in statistical programs.
    pub missing: bool,
}

/// All variables, in page order; a `multiple` is one for each choice.
pub fn codebook(questionnaire: &Questionnaire, areas: &Areas) -> Vec<Variable> {
    let mut variables = Vec::new();
    for (section, question) in questionnaire.questions() {
        match &question.kind {
            Kind::Note => {}
            Kind::Multiple { choices, .. } => {
                for choice in choices {
                    let mut variable = variable(section, question, areas);
                    variable.name = choice_column(&question.code, &choice.code);
                    variable.choice = Some(choice.code.clone());
                    for (language, label) in Arc::make_mut(&mut variable.label.0) {
                        label.push_str(if language == "zh" { "：" } else { ": " });
                        label.push_str(choice.label.get(language));
                    }
                    variables.push(variable);
                }
            }
            _ => variables.push(variable(section, question, areas)),
        }
    }
    variables
}

fn variable(section: &Section, question: &Question, areas: &Areas) -> Variable {
    let (min, max) = question.kind.limits();
    Variable {
        name: question.code.clone(),
        question: question.code.clone(),
        choice: None,
        label: question.text.clone(),
        kind: question.kind.name(),
        values: values(question, areas),
        section: section.code.clone(),
        section_title: section.title.clone(),
        ask_if: section
            .ask_if
            .iter()
            .chain(&question.ask_if)
            .map(|rule: &Rule| rule.source.clone())
            .collect(),
        required: question.required,
        interviewer_only: question.interviewer_only,
        min: min.map(|min| min.to_string()),
        max: max.map(|max| max.to_string()),
        decimals: match question.kind {
            Kind::Integer { .. } => Some(0),
            Kind::Decimal { decimals, .. } => Some(decimals),
            _ => None,
        },
        max_length: match question.kind {
            Kind::Text { max_length } => Some(max_length),
            _ => None,
        },
        unit: match &question.kind {
            Kind::Integer { unit, .. } | Kind::Decimal { unit, .. } => unit.clone(),
            _ => Text::default(),
        },
        indicators: question.indicators.clone(),
        role: question.role.clone(),
    }
}

fn values(question: &Question, areas: &Areas) -> Vec<VariableValue> {
    let plain = |code: &str, label: Text| VariableValue {
        code: code.to_owned(),
        label,
        missing: false,
    };
    match &question.kind {
        Kind::Single(choices) => choices
            .iter()
            .map(|choice| VariableValue {
                missing: choice.missing,
                ..plain(&choice.code, choice.label.clone())
            })
            .collect(),
        Kind::Multiple { .. } => vec![plain("0", Text::default()), plain("1", Text::default())],
        Kind::Area { kinds } => areas
            .of_kinds(kinds)
            .map(|area| plain(&area.code, area.name.clone()))
            .collect(),
        _ => Vec::new(),
    }
}
