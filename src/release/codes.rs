//! Codes of answers, as a specification takes them.

use crate::estimation::spec::Label;
use crate::questionnaire::{Choice, Kind as QuestionKind};
use crate::survey::Survey;

/// Codes of the plan as codes of a specification.
pub fn labels(codes: &[toml::Value]) -> Vec<Label> {
    let label = |code: &toml::Value| match code {
        toml::Value::Integer(code) => Label::Integer(*code),
        toml::Value::Float(code) => Label::Number(*code),
        toml::Value::String(code) => Label::Text(code.clone()),
        other => Label::Text(other.to_string()),
    };
    codes.iter().map(label).collect()
}

/// The codes that items may hold, as the questionnaire states them.
#[derive(Default)]
pub struct ItemCodes {
    /// Codes that the questionnaire marks missing. They are outside the base.
    pub missing: Vec<Label>,
    /// All other codes. They are listed so that a code that nobody has chosen yet is no error.
    /// Empty if an item is not of the kind `single`.
    pub valid: Vec<Label>,
}

impl ItemCodes {
    /// The codes of `items`, each once.
    pub fn new<'i>(survey: &Survey, items: impl IntoIterator<Item = &'i String>) -> ItemCodes {
        let mut codes = ItemCodes::default();
        let mut all_are_single = true;
        for item in items {
            let question = survey.questionnaire.question(item);
            let Some(QuestionKind::Single(choices)) = question.map(|question| &question.kind)
            else {
                all_are_single = false;
                continue;
            };
            for choice in choices {
                let list = match choice.missing {
                    true => &mut codes.missing,
                    false => &mut codes.valid,
                };
                let code = code(choice);
                if !list.contains(&code) {
                    list.push(code);
                }
            }
        }
        if !all_are_single {
            codes.valid.clear();
        }
        codes
    }
}

/// The code of a choice as a code of a specification: a number where it is a whole number.
fn code(choice: &Choice) -> Label {
    let number = choice.code.parse().map(Label::Integer);
    number.unwrap_or_else(|_| Label::Text(choice.code.clone()))
}
