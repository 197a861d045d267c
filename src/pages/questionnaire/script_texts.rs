//! The texts that the script shows.

use serde_json::{Map, Value};

use super::view::View;
use crate::questionnaire::{Kind, Question};

/// Keys under `form` in the locale files.
const FORM: [&str; 16] = [
    "error_prefix",
    "errors",
    "fault_line",
    "comma",
    "step",
    "step_most",
    "step_last",
    "next",
    "again",
    "send",
    "retry",
    "sending",
    "not_sent",
    "fast",
    "no_answer",
    "screened_out",
];

impl View<'_> {
    /// The texts as JSON that is safe inside a `script` element.
    pub(super) fn script_texts(&self) -> String {
        let sections = self.questionnaire.sections.iter();
        let questions = sections.flat_map(|section| &section.questions);
        let faults = questions
            .filter(|question| !question.interviewer_only)
            .flat_map(faults)
            .map(|key| (key, self.text(&format!("fault.{key}"))));
        let form = FORM.map(|key| (key, self.text(&format!("form.{key}"))));
        let texts: Map<String, Value> = faults
            .chain(form)
            .map(|(key, text)| (key.to_owned(), text.into()))
            .collect();
        Value::Object(texts).to_string().replace('<', "\\u003c")
    }
}

/// Keys under `fault` of what the script can find wrong with an answer to `question`.
fn faults(question: &Question) -> impl Iterator<Item = &'static str> {
    let own: &[&str] = match &question.kind {
        Kind::Single(_) | Kind::Area { .. } => &["missing"],
        Kind::Multiple { .. } => &["missing", "too_few_choices", "too_many_choices"],
        Kind::Text { .. } => &["missing_written"],
        Kind::Integer { .. } => &[
            "missing_written",
            "not_a_number",
            "not_a_whole_number",
            "below_min",
            "above_max",
        ],
        Kind::Decimal { .. } => &[
            "missing_written",
            "not_a_number",
            "too_many_decimals",
            "below_min",
            "above_max",
        ],
        Kind::Note => &[],
    };
    let invalid = question.valid_if.is_some().then_some("invalid");
    own.iter().copied().chain(invalid)
}
