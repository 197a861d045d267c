//! The parser of answers: complete answers, or the list of all faults.

use super::complete::Complete;
use super::fault::Fault;
use super::json::JsonAnswers;
use super::mode::Mode;
use super::sheet::Sheet;
use super::walk::Walk;
use crate::questionnaire::area::Areas;
use crate::questionnaire::instrument::Questionnaire;
use crate::questionnaire::text::Text;

/// Parses the decoded fields of a form, without the reserved ones (see
/// [`is_reserved`](super::reserved::is_reserved)).
pub fn parse<'f>(
    questionnaire: &Questionnaire,
    areas: &Areas,
    mode: Mode,
    fields: impl IntoIterator<Item = (&'f str, &'f str)>,
) -> Outcome {
    judge(
        questionnaire,
        areas,
        mode,
        Sheet::of_form(questionnaire, fields),
    )
}

/// Parses the `answers` of a JSON response: for each question code a value, a list of values or
/// null.
pub fn parse_json(
    questionnaire: &Questionnaire,
    areas: &Areas,
    mode: Mode,
    answers: &JsonAnswers,
) -> Outcome {
    judge(
        questionnaire,
        areas,
        mode,
        Sheet::of_json(questionnaire, answers),
    )
}

/// The codes of the questions, notes included, that these fields of a form lead to, in page order.
/// An answer with a fault counts as no answer.
pub fn asked<'q, 'f>(
    questionnaire: &'q Questionnaire,
    areas: &Areas,
    mode: Mode,
    fields: impl IntoIterator<Item = (&'f str, &'f str)>,
) -> Vec<&'q str> {
    let sheet = Sheet::of_form(questionnaire, fields);
    let walk = Walk::of(questionnaire, areas, mode, &sheet);
    let questions = questionnaire.questions().zip(walk.asked);
    questions
        .filter(|(_, asked)| *asked)
        .map(|((_, question), _)| question.code.as_str())
        .collect()
}

/// Judges the values of `sheet`.
pub(super) fn judge(
    questionnaire: &Questionnaire,
    areas: &Areas,
    mode: Mode,
    sheet: Sheet<'_>,
) -> Outcome {
    let walk = Walk::of(questionnaire, areas, mode, &sheet);
    if let Some(question) = walk
        .screened_out
        .and_then(|place| questionnaire.question_at(place))
    {
        return Outcome::ScreenedOut {
            question: question.code.clone(),
            text: question.screen_out_text.clone(),
        };
    }
    let mut faults = walk.faults;
    faults.extend(sheet.faults);
    if !faults.is_empty() {
        return Outcome::Faults(faults);
    }
    let answers = walk.filled.into_iter().enumerate().map(|(place, filled)| {
        let question = questionnaire.question_at(place)?;
        filled.map(|filled| filled.into_value(question))
    });
    Outcome::Complete(Complete::new(questionnaire, mode, answers.collect()))
}

/// The result of parsing answers.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// Every answer is right and none is missing; ready to be stored.
    Complete(Complete),
    /// Everything that the respondent must correct, in page order; unknown fields come last.
    Faults(Vec<Fault>),
    /// The interview ends here, and nothing is stored.
    ScreenedOut {
        /// The question whose answer ended it.
        question: String,
        /// The text for the respondent; may be empty.
        text: Text,
    },
}
