//! A submission becomes a response, or the list of its faults: one order of checks for a form, a
//! device's JSON, a row of a file and a fictional respondent.

use uuid::Uuid;

use crate::collection::label::{is_device, is_label};
use crate::collection::response::{Response, Timing};
use crate::questionnaire::answer::{self, Complete, Fault, JsonAnswers, Mode, Outcome};
use crate::questionnaire::{Areas, Kind, Text};
use crate::survey::Survey;

/// What a door has read, before it is judged.
#[derive(Debug, Clone)]
pub struct Submission<'a> {
    /// The sender's id of the response.
    pub id: Uuid,
    /// How the answers were given.
    pub mode: Mode,
    /// The door inside the mode; empty for the open link.
    pub channel: &'a str,
    /// The PSU that the response was drawn in; empty if none.
    pub psu: &'a str,
    /// Who interviewed; empty online.
    pub enumerator: &'a str,
    /// The device; empty if unknown.
    pub device: &'a str,
    /// When.
    pub timing: Timing,
    /// Why the response may need a second look, found by the door; separated by spaces.
    pub flags: &'a str,
    /// The answers as they were given.
    pub answers: Answers<'a>,
}

/// Answers in the form of their door.
#[derive(Debug, Clone, Copy)]
pub enum Answers<'a> {
    /// Names and values of a form, decoded.
    Form(&'a [(&'a str, &'a str)]),
    /// The `answers` of a JSON response.
    Json(&'a JsonAnswers),
    /// Column names and cells of a table row; codes or labels.
    Row(&'a [(&'a str, &'a str)]),
}

/// What becomes of a submission.
#[derive(Debug, Clone, PartialEq)]
pub enum Intake {
    /// Ready to be stored.
    Accepted(Box<Response>),
    /// Everything that the sender must correct.
    Faults(Vec<Fault>),
    /// The interview ends with thanks; nothing is stored.
    ScreenedOut {
        /// The question whose answer ended it.
        question: String,
        /// What is said; may be empty.
        text: Text,
    },
}

/// Judges a submission to `survey`: its labels, then its answers, all faults together.
pub fn intake(survey: &Survey, areas: &Areas, submission: &Submission<'_>) -> Intake {
    let labels = [
        ("channel", is_label(submission.channel)),
        ("psu", is_label(submission.psu)),
        ("enumerator", is_label(submission.enumerator)),
        ("device", is_device(submission.device)),
    ];
    let wrong = labels.into_iter().filter(|(_, fits)| !fits);
    let mut faults: Vec<Fault> = wrong.map(|(name, _)| Fault::field(name)).collect();
    let questionnaire = &survey.questionnaire;
    let outcome = match submission.answers {
        Answers::Form(fields) => {
            let fields = fields.iter().copied();
            answer::parse(questionnaire, areas, submission.mode, fields)
        }
        Answers::Json(answers) => {
            answer::parse_json(questionnaire, areas, submission.mode, answers)
        }
        Answers::Row(cells) => answer::parse_row(questionnaire, areas, submission.mode, cells),
    };
    match outcome {
        Outcome::ScreenedOut { question, text } if faults.is_empty() => {
            Intake::ScreenedOut { question, text }
        }
        Outcome::Complete(complete) if faults.is_empty() => {
            Intake::Accepted(Box::new(response(survey, submission, &complete)))
        }
        Outcome::Faults(found) => {
            faults.extend(found);
            Intake::Faults(faults)
        }
        _ => Intake::Faults(faults),
    }
}

/// The id in `text`: a UUID in any of its usual forms, also with ODK's prefix `uuid:`. The nil UUID
/// is what a program sends that made none, so it is refused.
pub fn response_id(text: &str) -> Option<Uuid> {
    let text = text.trim();
    let text = text.strip_prefix("uuid:").unwrap_or(text);
    Uuid::parse_str(text).ok().filter(|id| !id.is_nil())
}

fn response(survey: &Survey, submission: &Submission<'_>, complete: &Complete) -> Response {
    let area = survey
        .questionnaire
        .questions()
        .find(|(_, question)| matches!(question.kind, Kind::Area { .. }));
    let area = area.and_then(|(_, question)| complete.get(&question.code));
    Response {
        id: submission.id,
        survey: survey.id.clone(),
        questionnaire_hash: survey.questionnaire_hash.clone(),
        mode: complete.mode().as_str().to_owned(),
        channel: submission.channel.to_owned(),
        psu: submission.psu.to_owned(),
        area: area.map_or_else(String::new, |area| area.text().into_owned()),
        timing: submission.timing,
        enumerator: submission.enumerator.to_owned(),
        device: submission.device.to_owned(),
        flags: submission.flags.to_owned(),
        answers: complete.canonical_json(),
    }
}
