//! A response as a program sends it: JSON, checked field by field.

use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;
use validator::{Validate, ValidationError, ValidationErrors};

use actix_web::http::StatusCode;

use crate::collection::label::{is_device, is_label};
use crate::collection::{self, Answers, Intake, Response, Submission, Timing, response_id};
use crate::locale::{Language, text};
use crate::pages;
use crate::questionnaire::Questionnaire;
use crate::questionnaire::answer::{Fault, JsonAnswers, MOST_VALUES, Mode, TOO_MANY_VALUES};
use crate::web::app::{App, Fieldwork};
use crate::web::error::AppError;
use crate::web::problem::{FaultDetail, Problem, ProblemType};

/// One response.
#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
pub struct Sent {
    #[validate(length(max = 80), custom(function = "is_id"))]
    id: String,
    #[validate(length(min = 1, max = 80))]
    survey: String,
    /// The hash of the questionnaire that was answered.
    #[serde(default)]
    #[validate(length(max = 64))]
    version: Option<String>,
    mode: String,
    #[serde(default)]
    #[validate(custom(function = "is_field"))]
    channel: Option<String>,
    #[serde(default)]
    #[validate(custom(function = "is_field"))]
    psu: Option<String>,
    answers: JsonAnswers,
    #[serde(default)]
    #[validate(length(max = 40), custom(function = "is_time"))]
    started_at: Option<String>,
    #[serde(default)]
    #[validate(length(max = 40), custom(function = "is_time"))]
    finished_at: Option<String>,
    #[serde(default)]
    #[validate(custom(function = "is_field"))]
    enumerator: Option<String>,
    #[serde(default)]
    #[validate(custom(function = "is_device_field"))]
    device: Option<String>,
}

/// What `fits` does not accept is an error of that name, which is also the name of its message.
fn must(fits: bool, code: &'static str) -> Result<(), ValidationError> {
    match fits {
        true => Ok(()),
        false => Err(ValidationError::new(code)),
    }
}

fn is_id(id: &str) -> Result<(), ValidationError> {
    must(response_id(id).is_some(), "no_id")
}

fn is_field(label: &str) -> Result<(), ValidationError> {
    must(is_label(label), "field_label")
}

fn is_device_field(device: &str) -> Result<(), ValidationError> {
    must(is_device(device), "field_device")
}

fn is_time(time: &str) -> Result<(), ValidationError> {
    must(time.parse::<Timestamp>().is_ok(), "no_time")
}

impl Sent {
    /// Reads one response.
    ///
    /// # Errors
    /// JSON that cannot be read; fields that are missing or unknown, or values of a wrong type.
    pub fn parse(json: &[u8]) -> Result<Sent, AppError> {
        serde_json::from_slice(json).map_err(|error| malformed(&error).into())
    }

    /// The response, ready to be stored.
    ///
    /// # Errors
    /// Fields and answers that cannot be accepted, all of them; a survey that is not open; another
    /// version of its questionnaire; an interview that ends at a screening question.
    pub fn into_response(
        self,
        app: &App,
        language: Language,
        now: Timestamp,
    ) -> Result<Response, AppError> {
        if let Err(errors) = self.validate() {
            let faults = field_faults(&errors, language);
            return Err(Problem::unprocessable("A field cannot be accepted.", faults).into());
        }
        let fault = |field: &str, message: &str| FaultDetail {
            code: field.to_owned(),
            message: text(language, message),
            pointer: format!("/{field}"),
        };
        let survey = app.survey(&self.survey).ok_or_else(|| {
            let detail = "There is no such survey.";
            let mut problem = Problem::new(StatusCode::NOT_FOUND, ProblemType::NotFound, detail);
            problem.faults.push(fault("survey", "problem.no_survey"));
            AppError::from(problem)
        })?;
        let mode = Mode::from_name(&self.mode).ok_or_else(|| {
            let faults = vec![fault("mode", "problem.no_mode")];
            AppError::from(Problem::unprocessable("There is no such mode.", faults))
        })?;
        if app.fieldwork(survey, now) != Fieldwork::Open {
            let detail = "The survey does not take responses today.";
            return Err(Problem::new(StatusCode::FORBIDDEN, ProblemType::Closed, detail).into());
        }
        if self
            .version
            .as_deref()
            .is_some_and(|version| version != survey.questionnaire_hash)
        {
            let detail = "The questionnaire has changed since it was fetched. Fetch it again.";
            return Err(Problem::new(StatusCode::CONFLICT, ProblemType::Version, detail).into());
        }
        let time = |text: &Option<String>| text.as_deref().and_then(|time| time.parse().ok());
        let field = |text: &Option<String>| text.clone().unwrap_or_default();
        let (channel, psu) = (field(&self.channel), field(&self.psu));
        let (enumerator, device) = (field(&self.enumerator), field(&self.device));
        let submission = Submission {
            id: response_id(&self.id).unwrap_or(Uuid::nil()),
            mode,
            channel: &channel,
            psu: &psu,
            enumerator: &enumerator,
            device: &device,
            timing: Timing::new(now, time(&self.started_at), time(&self.finished_at)),
            flags: "",
            answers: Answers::Json(&self.answers),
        };
        match collection::intake(survey, &app.catalogue.areas, &submission) {
            Intake::Accepted(response) => Ok(*response),
            Intake::Faults(faults) => {
                let faults = answer_faults(&faults, language, &survey.questionnaire);
                Err(Problem::unprocessable("Some answers cannot be accepted.", faults).into())
            }
            Intake::ScreenedOut { text, .. } => {
                let (status, reason) =
                    (StatusCode::UNPROCESSABLE_ENTITY, text.get(language.code()));
                Err(Problem::new(status, ProblemType::ScreenedOut, reason).into())
            }
        }
    }
}

fn field_faults(errors: &ValidationErrors, language: Language) -> Vec<FaultDetail> {
    let mut faults: Vec<FaultDetail> = errors
        .field_errors()
        .into_iter()
        .map(|(field, errors)| {
            let own = errors.iter().find(|error| error.code != "length");
            let message = own.map_or("field_length", |error| error.code.as_ref());
            FaultDetail {
                code: field.to_string(),
                message: text(language, &format!("problem.{message}")),
                pointer: format!("/{field}"),
            }
        })
        .collect();
    faults.sort_by(|a, b| a.pointer.cmp(&b.pointer));
    faults
}

fn answer_faults(
    faults: &[Fault],
    language: Language,
    questionnaire: &Questionnaire,
) -> Vec<FaultDetail> {
    let detail = |fault: &Fault| FaultDetail {
        code: fault.code.clone(),
        message: pages::fault_message(language, questionnaire, fault),
        pointer: fault.pointer.clone(),
    };
    faults.iter().map(detail).collect()
}

/// Why JSON is not a response, or not an array of them. The message of a data error may quote the
/// value, which is an answer: the problem tells only its place, and the names of fields.
pub fn malformed(error: &serde_json::Error) -> Problem {
    let place = format!("at line {}, column {}", error.line(), error.column());
    if !error.is_data() {
        let detail = format!("The JSON cannot be read {place}.");
        return Problem::new(StatusCode::BAD_REQUEST, ProblemType::Json, detail);
    }
    let message = error.to_string();
    if message.starts_with(TOO_MANY_VALUES) {
        let detail = format!("Send at most {MOST_VALUES} answers in one response.");
        return Problem::unprocessable(&detail, Vec::new());
    }
    let field = ["missing field `", "unknown field `"]
        .iter()
        .find_map(|start| {
            let name = message.strip_prefix(start)?.split('`').next()?;
            Some((start.split(' ').next()?, name.to_owned()))
        });
    match field {
        Some((what, name)) => {
            let fault = FaultDetail {
                message: format!("{what} field"),
                pointer: format!("/{}", name.replace('~', "~0").replace('/', "~1")),
                code: name,
            };
            Problem::unprocessable("A field is missing or unknown.", vec![fault])
        }
        None => {
            let detail = format!("A value is of the wrong type {place}.");
            Problem::unprocessable(&detail, Vec::new())
        }
    }
}
