//! `/api/v1`: responses as JSON from enumerators' devices, and the questionnaires they need.

use std::time::Duration;

use actix_web::http::{StatusCode, header};
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};
use uuid::Uuid;
use validator::{Validate, ValidationError};

use crate::locale::Language;
use crate::questionnaire::answer::{
    self, JsonAnswers, MOST_VALUES, Mode, Outcome, TOO_MANY_VALUES,
};
use crate::release;
use crate::store::{Receipt, Timing};
use crate::web::app::{App, Collection};
use crate::web::body::Bodies;
use crate::web::error::rate_problem;
use crate::web::limits::Limits;
use crate::web::problem::{FaultDetail, Problem};
use crate::web::questionnaire::language;

/// Most responses in one body.
const MOST_RESPONSES: usize = 1000;

/// Most responses of one body that wait for the writer at once: not so many that they fill its queue.
const MOST_WAITING: usize = 64;

/// What uploads may cost: a day's interviews of one enumerator, and the time to send them over a village's network.
pub(super) fn bodies() -> Bodies {
    Bodies::new(1024 * 1024, Duration::from_secs(120), 64 * 1024 * 1024)
}

/// One response as it is sent.
#[derive(Debug, Deserialize, Validate)]
#[serde(deny_unknown_fields)]
struct Sent {
    id: Uuid,
    #[validate(length(min = 1, max = 80))]
    survey: String,
    mode: String,
    #[serde(default)]
    #[validate(custom(function = "is_label"))]
    channel: Option<String>,
    answers: JsonAnswers,
    #[serde(default)]
    #[validate(length(max = 40))]
    started_at: Option<String>,
    #[serde(default)]
    #[validate(length(max = 40))]
    finished_at: Option<String>,
    #[serde(default)]
    #[validate(custom(function = "is_label"))]
    enumerator: Option<String>,
    #[serde(default)]
    #[validate(custom(function = "is_label"))]
    device: Option<String>,
}

fn is_label(text: &str) -> Result<(), ValidationError> {
    match release::is_label(text) {
        true => Ok(()),
        false => Err(ValidationError::new("label")),
    }
}

/// What became of one response.
enum Stored {
    New(Receipt),
    Repeated(Receipt),
}

/// POST `/api/v1/responses`: one response, or an array of them answered item by item.
pub async fn post_responses(
    request: HttpRequest,
    app: Data<App>,
    limits: Data<Limits>,
    payload: Payload,
) -> HttpResponse {
    let from = From {
        language: language(None, &request),
        limits: &limits,
        request: &request,
    };
    let json_type = request
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
        .is_some_and(|kind| {
            kind.split(';')
                .next()
                .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
        });
    if !json_type {
        return Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "media-type",
            "Send application/json.",
        )
        .respond();
    }
    let body = match app
        .uploads
        .read(&request, payload, || limits.sender(&request))
        .await
    {
        Ok(body) => body,
        Err(error) => return Problem::new(error.status(), "body", error.to_string()).respond(),
    };
    let array = body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[');
    if !array {
        let sent = serde_json::from_slice(&body).map_err(|error| malformed(&error));
        return match sent {
            Ok(sent) => single(store(&app, &from, sent).await),
            Err(problem) => problem.respond(),
        };
    }
    let items: Vec<&RawValue> = match serde_json::from_slice(&body) {
        Ok(items) => items,
        Err(error) => return malformed(&error).respond(),
    };
    if items.len() > MOST_RESPONSES {
        let detail = format!("Send at most {MOST_RESPONSES} responses at once.");
        return Problem::new(StatusCode::PAYLOAD_TOO_LARGE, "body", detail).respond();
    }
    // Without waiting for each, so that one commit carries many, but in order, so that of two with one id the first is
    // stored: `buffered` and the permits are first come, first served, and nothing waits in `store` before it submits.
    let answers = stream::iter(items)
        .map(async |item| {
            let _permit = app.in_arrays.acquire().await;
            let stored = match serde_json::from_str(item.get()).map_err(|error| malformed(&error)) {
                Ok(sent) => store(&app, &from, sent).await,
                Err(problem) => Err(problem),
            };
            match stored {
                // As text at once: a thousand problems as trees would take ten times the memory.
                Ok(Stored::New(receipt)) => to_raw_value(&receipt_json(&receipt, 201)),
                Ok(Stored::Repeated(receipt)) => to_raw_value(&receipt_json(&receipt, 200)),
                Err(problem) => to_raw_value(&problem),
            }
            .unwrap_or_else(|_| RawValue::NULL.to_owned())
        })
        .buffered(MOST_WAITING);
    let answers: Vec<Box<RawValue>> = answers.collect().await;
    HttpResponse::Ok().json(answers)
}

fn single(stored: Result<Stored, Problem>) -> HttpResponse {
    match stored {
        Ok(Stored::New(receipt)) => HttpResponse::Created().json(receipt_json(&receipt, 201)),
        Ok(Stored::Repeated(receipt)) => HttpResponse::Ok().json(receipt_json(&receipt, 200)),
        Err(problem) => problem.respond(),
    }
}

/// Who sends, and in which language faults are told.
struct From<'a> {
    language: Language,
    limits: &'a Limits,
    request: &'a HttpRequest,
}

async fn store(app: &App, from: &From<'_>, sent: Sent) -> Result<Stored, Problem> {
    let language = from.language;
    from.limits
        .admit_sender(from.request)
        .map_err(rate_problem)?;
    if let Err(errors) = sent.validate() {
        let faults = errors.field_errors().into_iter().map(|(field, errors)| {
            let label = errors.iter().any(|error| error.code == "label");
            let message = if label {
                "problem.field_label"
            } else {
                "problem.field_length"
            };
            FaultDetail {
                code: field.to_string(),
                message: crate::locale::text(language, message),
                pointer: format!("/{field}"),
            }
        });
        return Err(unprocessable("A field cannot be taken.").with_faults(faults.collect()));
    }
    let Some(survey) = app.survey(&sent.survey) else {
        return Err(
            unprocessable("There is no such survey.").with_faults(vec![FaultDetail {
                code: "survey".into(),
                message: crate::locale::text(language, "problem.no_survey"),
                pointer: "/survey".into(),
            }]),
        );
    };
    let Some(mode) = Mode::from_name(&sent.mode) else {
        return Err(
            unprocessable("The mode is online, onsite or paper.").with_faults(vec![FaultDetail {
                code: "mode".into(),
                message: crate::locale::text(language, "problem.no_mode"),
                pointer: "/mode".into(),
            }]),
        );
    };
    let now = Timestamp::now();
    if app.collection(survey, now) != Collection::Open {
        return Err(Problem::new(
            StatusCode::FORBIDDEN,
            "closed",
            "The survey does not take responses today.",
        ));
    }
    let moment = |text: &Option<String>, name: &str| match text {
        None => Ok(None),
        Some(text) => text.parse::<Timestamp>().map(Some).map_err(|_| {
            unprocessable("A time is not RFC 3339.").with_faults(vec![FaultDetail {
                code: name.into(),
                message: crate::locale::text(language, "problem.no_time"),
                pointer: format!("/{name}"),
            }])
        }),
    };
    let timing = Timing::new(
        now,
        moment(&sent.started_at, "started_at")?,
        moment(&sent.finished_at, "finished_at")?,
    );
    let complete = match answer::parse_json(
        &survey.questionnaire,
        &app.catalogue.areas,
        mode,
        &sent.answers,
    ) {
        Outcome::Complete(complete) => complete,
        Outcome::Faults(faults) => {
            let faults = faults.iter().map(|fault| FaultDetail {
                code: fault.code.clone(),
                message: crate::pages::fault_message(language, &survey.questionnaire, fault),
                pointer: fault.pointer.clone(),
            });
            return Err(
                unprocessable("Some answers cannot be accepted.").with_faults(faults.collect())
            );
        }
        Outcome::ScreenedOut { text, .. } => {
            return Err(Problem::new(
                StatusCode::UNPROCESSABLE_ENTITY,
                "screened-out",
                text.get(language.code()),
            ));
        }
    };
    let channel = sent.channel.as_deref().unwrap_or_default();
    from.limits
        .admit_channel(from.request, &survey.id, channel)
        .map_err(rate_problem)?;
    let mut response = release::new_response(sent.id, survey, channel, &complete, timing);
    response.enumerator = sent.enumerator.unwrap_or_default();
    response.device = sent.device.unwrap_or_default();
    match app.submit(response).await {
        Ok(receipt) if receipt.repeated => Ok(Stored::Repeated(receipt)),
        Ok(receipt) => Ok(Stored::New(receipt)),
        Err(error) => Err(crate::web::error::store_problem(&error)),
    }
}

fn receipt_json(receipt: &Receipt, status: u16) -> Value {
    json!({
        "id": receipt.id, "status": status, "leaf_index": receipt.leaf_index, "leaf_hash": receipt.leaf_hash,
        "received_at": Timestamp::from_microsecond(receipt.received_at).map_or_else(|_| String::new(), |time| time.to_string()),
    })
}

fn unprocessable(detail: &str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "faults", detail)
}

fn malformed(error: &serde_json::Error) -> Problem {
    // The message of a data error may quote the value, which is an answer: only its place is told, and names of fields.
    let place = format!("at line {}, column {}", error.line(), error.column());
    if !error.is_data() {
        return Problem::new(
            StatusCode::BAD_REQUEST,
            "json",
            format!("The JSON cannot be read {place}."),
        );
    }
    let message = error.to_string();
    if message.starts_with(TOO_MANY_VALUES) {
        return unprocessable(&format!(
            "Send at most {MOST_VALUES} answers in one response."
        ));
    }
    let field = ["missing field `", "unknown field `"]
        .iter()
        .find_map(|start| {
            let rest = message.strip_prefix(start)?;
            Some((
                start.split(' ').next().unwrap_or_default(),
                rest.split('`').next()?.to_owned(),
            ))
        });
    match field {
        Some((what, name)) => {
            let fault = FaultDetail {
                code: name.clone(),
                message: format!("{what} field"),
                pointer: format!("/{name}"),
            };
            unprocessable("A field is missing or unknown.").with_faults(vec![fault])
        }
        None => unprocessable(&format!("A value is of the wrong type {place}.")),
    }
}

/// GET `/api/v1/surveys`.
pub async fn surveys(app: Data<App>) -> HttpResponse {
    let now = Timestamp::now();
    let list: Vec<Value> = app
        .catalogue
        .surveys
        .values()
        .map(|survey| {
            let questionnaire = &survey.questionnaire;
            let state = match app.collection(survey, now) {
                Collection::NotYet => "not_yet",
                Collection::Open => "open",
                Collection::Closed => "closed",
            };
            json!({
                "id": survey.id, "survey": questionnaire.survey, "wave": questionnaire.wave, "title": questionnaire.title.0,
                "opens": questionnaire.opens, "closes": questionnaire.closes, "state": state,
            })
        })
        .collect();
    HttpResponse::Ok().json(list)
}

/// GET `/api/v1/surveys/{survey}`.
pub async fn survey(app: Data<App>, id: Path<String>) -> HttpResponse {
    match app.survey(&id) {
        Some(survey) => HttpResponse::Ok().json(crate::questionnaire::describe::to_json(
            &survey.questionnaire,
            &app.catalogue.areas,
            &survey.questionnaire_hash,
        )),
        None => Problem::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "There is no such survey.",
        )
        .respond(),
    }
}
