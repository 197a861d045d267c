//! What is wrong with an answer, in words.

use super::{Language, text_with};
use crate::questionnaire::Questionnaire;
use crate::questionnaire::answer::Fault;

/// What is wrong with an answer, in the reader's language.
pub fn fault_message(language: Language, questionnaire: &Questionnaire, fault: &Fault) -> String {
    let values = fault.kind.values(language.code());
    let values: Vec<(&str, &str)> = values
        .iter()
        .map(|(name, value)| (*name, value.as_str()))
        .collect();
    let key = fault.kind.key();
    // A rule of the questionnaire may come with its own message.
    if key == "invalid"
        && let Some((_, own)) = values
            .iter()
            .find(|(name, own)| *name == "text" && !own.is_empty())
    {
        return (*own).to_owned();
    }
    let kind = questionnaire
        .question(&fault.code)
        .map(|question| question.kind.name());
    if key == "missing" && matches!(kind, Some("integer" | "decimal" | "text")) {
        return text_with(language, "fault.missing_written", &values);
    }
    text_with(language, &format!("fault.{key}"), &values)
}
