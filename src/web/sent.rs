//! A response as a program sends it: JSON that is checked field by field.

use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;
use validator::{Validate, ValidationError, ValidationErrors};

use actix_web::http::StatusCode;

use crate::collection::label::{is_device, is_label};
use crate::collection::{
    self, Answers, Fieldwork, Intake, Response, Submission, Timing, response_id,
};
use crate::locale::{Language, text};
use crate::pages;
use crate::questionnaire::Questionnaire;
use crate::questionnaire::answer::{Fault, JsonAnswers, MOST_VALUES, Mode, TOO_MANY_VALUES};
use crate::survey::Survey;
use crate::web::credential::Credential;
use crate::web::error::AppError;
use crate::web::invitation::Invitation;
use crate::web::problem::{FaultDetail, Problem, ProblemType};
use crate::web::surveys::Surveys;

/// A response as JSON, before it is checked.
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
    /// The code of the invitation of an online response.
    #[serde(default)]
    #[validate(custom(function = "is_field"))]
    invitation: Option<String>,
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

/// Returns the error `code` unless the value is valid. Its message is `problem.{code}` in the
/// locale files.
fn valid_or(is_valid: bool, code: &'static str) -> Result<(), ValidationError> {
    match is_valid {
        true => Ok(()),
        false => Err(ValidationError::new(code)),
    }
}

fn is_id(id: &str) -> Result<(), ValidationError> {
    valid_or(response_id(id).is_some(), "no_id")
}

fn is_field(label: &str) -> Result<(), ValidationError> {
    valid_or(is_label(label), "field_label")
}

fn is_device_field(device: &str) -> Result<(), ValidationError> {
    valid_or(is_device(device), "field_device")
}

fn is_time(time: &str) -> Result<(), ValidationError> {
    valid_or(time.parse::<Timestamp>().is_ok(), "no_time")
}

/// Who sends a response.
pub struct Sender<'a> {
    /// What the request proves itself with.
    pub credential: &'a Credential,
    /// The language of the messages.
    pub language: Language,
    /// The invitation, if the response names one that is not spent.
    pub invitation: Option<Invitation>,
}

/// The problem of an invitation that cannot be used.
pub fn invitation_refused(language: Language) -> Problem {
    let fault = FaultDetail {
        code: "invitation".to_owned(),
        message: text(language, "problem.invitation"),
        pointer: "/invitation".to_owned(),
    };
    Problem::unprocessable("The invitation cannot be used.", vec![fault])
}

impl Sent {
    /// The code of the invitation that the response names.
    pub fn invitation(&self) -> Option<&str> {
        let code = self.invitation.as_deref();
        code.filter(|code| !code.trim().is_empty())
    }

    /// Parses one response.
    ///
    /// # Errors
    /// Invalid JSON; missing or unknown fields; values of the wrong type.
    pub fn parse(json: &[u8]) -> Result<Sent, AppError> {
        serde_json::from_slice(json).map_err(|error| malformed(&error).into())
    }

    /// Checks the response and makes it ready to be stored.
    ///
    /// # Errors
    /// All invalid fields, or all invalid answers; an unknown survey or one that is not open;
    /// a version of the questionnaire that is not known, see [`crate::web::versions::Versions::look_up`]; a mode that the credential does not allow; an interview that ends at a screening question.
    pub fn into_response(
        self,
        surveys: &Surveys,
        sender: &Sender<'_>,
        now: Timestamp,
    ) -> Result<Response, AppError> {
        let language = sender.language;
        if let Err(errors) = self.validate() {
            let faults = field_faults(&errors, language);
            return Err(Problem::unprocessable("A field cannot be accepted.", faults).into());
        }
        let (survey, mode) = self.survey_and_mode(surveys, language, now)?;
        let time = |text: &Option<String>| text.as_deref().and_then(|time| time.parse().ok());
        let field = |text: &Option<String>| text.clone().unwrap_or_default();
        let (channel, mut psu) = (field(&self.channel), field(&self.psu));
        let invitation = sender.invitation.as_ref();
        let invitation = invitation.filter(|_| mode == Mode::Online);
        if let Some(invitation) = invitation {
            psu.clone_from(&invitation.psu);
        } else if self.invitation().is_some() && mode != Mode::Online {
            return Err(invitation_refused(language).into());
        }
        // The sender's word does not count: the token says who the enumerator is.
        let enumerator = sender.credential.enumerator(&survey.id, mode)?;
        let device = field(&self.device);
        let version = surveys.versions.find(survey, self.version.as_deref());
        let version = version.ok_or_else(|| self.unknown_version())?;
        let submission = Submission {
            version: &version,
            id: response_id(&self.id).unwrap_or(Uuid::nil()),
            mode,
            channel: &channel,
            psu: &psu,
            invitation: invitation.map(|invitation| &invitation.hash),
            enumerator: &enumerator,
            device: &device,
            timing: Timing::new(now, time(&self.started_at), time(&self.finished_at)),
            flags: "",
            answers: Answers::Json(&self.answers),
        };
        match collection::intake(survey, &surveys.catalogue.areas, &submission) {
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

    /// The problem for a response of which it is not known which version it answers.
    fn unknown_version(&self) -> AppError {
        let detail = match self.version {
            Some(_) => "The questionnaire has changed since it was fetched. Fetch it again.",
            None => {
                "The questionnaire was in use in more than one version. Send `version`, as the \
                 questionnaire states it."
            }
        };
        Problem::new(StatusCode::CONFLICT, ProblemType::Version, detail).into()
    }

    /// The survey and the version that the response names.
    pub fn named(&self) -> (&str, Option<&str>) {
        (&self.survey, self.version.as_deref())
    }

    /// The survey and the mode that the response names, if they take this response now.
    fn survey_and_mode<'a>(
        &self,
        surveys: &'a Surveys,
        language: Language,
        now: Timestamp,
    ) -> Result<(&'a Survey, Mode), AppError> {
        let fault = |field: &str, message: &str| FaultDetail {
            code: field.to_owned(),
            message: text(language, message),
            pointer: format!("/{field}"),
        };
        let survey = surveys.survey(&self.survey).ok_or_else(|| {
            let detail = "There is no such survey.";
            let mut problem = Problem::new(StatusCode::NOT_FOUND, ProblemType::NotFound, detail);
            problem.faults.push(fault("survey", "problem.no_survey"));
            AppError::from(problem)
        })?;
        let mode = Mode::from_name(&self.mode).ok_or_else(|| {
            let faults = vec![fault("mode", "problem.no_mode")];
            AppError::from(Problem::unprocessable("There is no such mode.", faults))
        })?;
        if surveys.fieldwork(survey, now) != Fieldwork::Open {
            let detail = "The survey does not take responses today.";
            return Err(Problem::new(StatusCode::FORBIDDEN, ProblemType::Closed, detail).into());
        }
        Ok((survey, mode))
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

/// The problem for JSON that is not a response, or not an array of responses.
///
/// serde's message may quote a value, which may be an answer. So the problem states only line and
/// column, or the name of a field.
pub fn malformed(error: &serde_json::Error) -> Problem {
    let position = format!("at line {}, column {}", error.line(), error.column());
    if !error.is_data() {
        let detail = format!("The JSON is invalid {position}.");
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
            let detail = format!("A value has the wrong type {position}.");
            Problem::unprocessable(&detail, Vec::new())
        }
    }
}
