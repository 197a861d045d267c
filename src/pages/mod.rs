//! Values in, pages out. The only module that names maud.
//!
//! | file | page |
//! |---|---|
//! | [`questionnaire`] | the questionnaire: one self-contained document, with or without a respondent's faults |
//! | [`receipt`] | after sending; after being screened out |
//! | [`home`] | open surveys and latest results |
//! | [`results`] | the published figures of a survey |
//! | [`poster`] | a QR code to print |
//! | [`error`] | what went wrong and what to do |
//! | [`layout`] | the frame of all of them |

pub mod assets;
pub mod chart;
pub mod error;
pub mod home;
pub mod layout;
mod minify;
pub mod poster;
pub mod questionnaire;
pub mod receipt;
pub mod results;

use crate::locale::{Language, text_with};
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
    // A rule of the questionnaire brings its own words.
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
