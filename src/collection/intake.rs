//! Turns a submission into a response, or a list of its faults. Forms, JSON, rows of files and
//! fictional respondents all get the same checks.

use jiff::civil::Date;
use uuid::Uuid;

use crate::collection::flag;
use crate::collection::invitation::InvitationHash;
use crate::collection::label::{is_device, is_label};
use crate::collection::response::{Response, Timing};
use crate::questionnaire::answer::{self, Complete, Fault, JsonAnswers, Mode, Outcome};
use crate::questionnaire::{Areas, Kind, Text};
use crate::survey::Survey;

/// A submission as it was received, before it is checked.
#[derive(Debug, Clone)]
pub struct Submission<'a> {
    /// The sender's id of the response.
    pub id: Uuid,
    /// The hash of the questionnaire version that was answered. Its wording may be older than that of
    /// the survey's questionnaire, by which the answers are checked.
    pub version: &'a str,
    /// How the answers were given.
    pub mode: Mode,
    /// The channel inside the mode: a QR code or an invitation; empty for the open link.
    pub channel: &'a str,
    /// The PSU that the response was drawn in; empty if it was not drawn.
    pub psu: &'a str,
    /// The invitation of an online response, issued for `psu`. Without one, an online response has
    /// no PSU.
    pub invitation: Option<&'a InvitationHash>,
    /// Name or number of the enumerator; empty online.
    pub enumerator: &'a str,
    /// The device; empty if unknown.
    pub device: &'a str,
    /// When it was started, finished and received.
    pub timing: Timing,
    /// Why the response may need a review, as far as the caller knows; separated by spaces.
    pub flags: &'a str,
    /// The answers as they were received.
    pub answers: Answers<'a>,
}

/// Answers in one of the forms in which they are received.
#[derive(Debug, Clone, Copy)]
pub enum Answers<'a> {
    /// Decoded names and values of a form.
    Form(&'a [(&'a str, &'a str)]),
    /// The `answers` of a JSON response.
    Json(&'a JsonAnswers),
    /// Column names and cells of a row; a cell contains codes or labels.
    Row(&'a [(&'a str, &'a str)]),
}

/// The result of the intake.
#[derive(Debug, Clone, PartialEq)]
pub enum Intake {
    /// A response that is ready to be stored.
    Accepted(Box<Response>),
    /// All faults that the sender must correct.
    Faults(Vec<Fault>),
    /// The interview ends at a screening question. Nothing is stored.
    ScreenedOut {
        /// The question whose answer ends it.
        question: String,
        /// The text to show; may be empty.
        text: Text,
    },
}

/// Checks the labels and the answers of a submission to `survey`. Returns all faults together.
pub fn intake(survey: &Survey, areas: &Areas, submission: &Submission<'_>) -> Intake {
    let labels = [
        ("channel", is_label(submission.channel)),
        ("psu", is_label(submission.psu)),
        ("enumerator", is_label(submission.enumerator)),
        ("device", is_device(submission.device)),
    ];
    let wrong = labels.into_iter().filter(|(_, is_valid)| !is_valid);
    let mut faults: Vec<Fault> = wrong.map(|(name, _)| Fault::field(name)).collect();
    if faults.is_empty() && !is_drawn(survey, submission) {
        faults.push(Fault::not_drawn());
    }
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

/// Whether the PSU of a submission may be counted as drawn: a selected one of the frame for an
/// interview or a paper form, and none for an online response without invitation. People who are
/// asked where they pass by may have none: then nobody drew the place. A survey without frame takes
/// any PSU.
fn is_drawn(survey: &Survey, submission: &Submission<'_>) -> bool {
    let psu = submission.psu;
    if submission.mode == Mode::Online && submission.invitation.is_none() {
        return psu.is_empty();
    }
    if submission.mode == Mode::Intercept && psu.is_empty() {
        return true;
    }
    survey.frame.is_empty() || survey.is_drawn(psu)
}

/// The id in `text`: a UUID in any of its usual forms, also with ODK's prefix `uuid:`. `None` for
/// the nil UUID, which programs send that did not create an id.
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
        questionnaire_hash: submission.version.to_owned(),
        mode: complete.mode().as_str().to_owned(),
        channel: submission.channel.to_owned(),
        psu: submission.psu.to_owned(),
        area: area.map_or_else(String::new, |area| area.text().into_owned()),
        timing: submission.timing,
        enumerator: submission.enumerator.to_owned(),
        device: submission.device.to_owned(),
        flags: flags(survey, submission),
        answers: complete.canonical_json(),
        invitation: submission.invitation.cloned(),
    }
}

/// The flags that the caller knows, and that of the times of an online response.
fn flags(survey: &Survey, submission: &Submission<'_>) -> String {
    let is_online = submission.mode == Mode::Online;
    let of_times = || flag::of_times(&submission.timing, opened_at(survey));
    match is_online.then(of_times).flatten() {
        None => submission.flags.to_owned(),
        Some(own) if submission.flags.is_empty() => own.to_owned(),
        Some(own) => format!("{} {own}", submission.flags),
    }
}

/// When the survey opened, microseconds UTC: midnight of its first day in China (UTC+8).
fn opened_at(survey: &Survey) -> Option<i64> {
    let first: Date = survey.questionnaire.opens.parse().ok()?;
    let midnight = jiff::tz::offset(8)
        .to_timestamp(first.at(0, 0, 0, 0))
        .ok()?;
    Some(midnight.as_microsecond())
}
