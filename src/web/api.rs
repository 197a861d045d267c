//! `/api/v1`: takes responses as JSON, and describes the questionnaires to programs.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use futures_util::stream::{self, StreamExt};
use jiff::Timestamp;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

use crate::collection::Fieldwork;
use crate::http::guard::open_to_all;
use crate::http::limits::Limits;
use crate::questionnaire::describe;
use crate::store::Receipt;
use crate::web::app::App;
use crate::web::credential::Credential;
use crate::web::door::Door;
use crate::web::error::{AppError, ErrorKind};
use crate::web::problem::Problem;
use crate::web::reader::language;
use crate::web::sent::{Sender, Sent, invitation_refused, malformed};

/// Most responses, or visits, in one body.
const MOST_ITEMS: usize = 1000;

/// Most responses of one body that wait for the writer at once, so that one body does not fill the
/// writer's queue.
const MOST_WAITING: usize = 64;

/// POST `/api/v1/responses`: takes one response, or an array of responses. Each item of an array
/// has its own outcome.
///
/// # Errors
/// The checks of [`Door::read`]; a single response that is invalid or cannot be stored.
pub async fn post_responses(
    request: HttpRequest,
    app: Data<App>,
    limits: Data<Limits>,
    payload: Payload,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let door = Door {
        media_type: "application/json",
        bodies: &app.upload_bodies,
        limits: &limits,
        surveys: &surveys,
    };
    let credential = Credential::of(&app, &request).await?;
    let body = door.read(&app, &request, payload).await?;
    let upload = Upload {
        credential: &credential,
        app: &app,
        door: &door,
        request: &request,
    };
    if is_array(&body) {
        return upload.store_array(&body).await;
    }
    let receipt = upload.store(&body).await?;
    Ok(HttpResponse::build(status_of(&receipt)).json(receipt_json(&receipt)))
}

/// An upload whose body was read.
struct Upload<'a> {
    credential: &'a Credential,
    app: &'a App,
    door: &'a Door<'a>,
    request: &'a HttpRequest,
}

impl Upload<'_> {
    async fn store(&self, json: &[u8]) -> Result<Receipt, AppError> {
        let language = language(None, self.request);
        let sent = Sent::parse(json)?;
        let (named, version) = sent.named();
        let surveys = self.door.surveys;
        if let Some(survey) = surveys.survey(named) {
            let store = &self.app.store;
            surveys.versions.look_up(store, survey, version).await;
        }
        let invitation = match sent.invitation() {
            Some(code) => Some(self.app.invitation(named, code).await?),
            None => None,
        };
        let is_refused = matches!(invitation, Some(None));
        let sender = Sender {
            credential: self.credential,
            language,
            invitation: invitation.flatten(),
        };
        let response = sent.into_response(surveys, &sender, Timestamp::now())?;
        let stored = match is_refused {
            true => {
                let (app, request) = (self.app, self.request);
                self.door
                    .refuse_invitation(app, request, self.credential, response)
                    .await
            }
            false => {
                self.door
                    .store(self.app, self.request, self.credential, response)
                    .await
            }
        };
        stored.map_err(|error| match error.is_invitation_spent() {
            true => invitation_refused(language).into(),
            false => error,
        })
    }

    /// Stores the responses of an array. Each has its own outcome.
    ///
    /// Many wait for the writer at the same time, so that one commit stores many. They are
    /// submitted in order, so that the first of two with the same id is stored: `buffered` and the
    /// permits keep the order, and no item waits for anything else before it is submitted.
    async fn store_array(&self, body: &[u8]) -> Result<HttpResponse, AppError> {
        let items = items(body, "responses")?;
        let answers = stream::iter(items.into_iter().enumerate())
            .map(async |(index, item)| {
                let _permit = self.app.array_permits.acquire().await;
                // Serialized at once: a thousand problems as values take ten times the memory.
                let (status, answer) = match self.store_item(index, item).await {
                    Ok(receipt) => (StatusCode::OK, to_raw_value(&receipt_json(&receipt))),
                    Err(error) => (error.status_code(), to_raw_value(&error.problem())),
                };
                (status, answer.unwrap_or_else(|_| RawValue::NULL.to_owned()))
            })
            .buffered(MOST_WAITING);
        let (statuses, answers): (Vec<StatusCode>, Vec<Box<RawValue>>) = answers.unzip().await;
        Ok(HttpResponse::build(status_of_array(&statuses)).json(answers))
    }

    async fn store_item(&self, index: usize, item: &RawValue) -> Result<Receipt, AppError> {
        // `Door::read` has counted the first item already.
        if index > 0 {
            self.door.limits.admit_sender(self.request)?;
        }
        self.store(item.get().as_bytes()).await
    }
}

/// Whether a body is an array.
pub(super) fn is_array(body: &[u8]) -> bool {
    body.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'[')
}

/// The items of an array; `what` they are, for the message that there are too many.
///
/// # Errors
/// JSON that is no array; more than [`MOST_ITEMS`].
pub(super) fn items<'b>(body: &'b [u8], what: &str) -> Result<Vec<&'b RawValue>, AppError> {
    let items: Vec<&RawValue> =
        serde_json::from_slice(body).map_err(|error| AppError::from(malformed(&error)))?;
    if items.len() > MOST_ITEMS {
        let detail = format!("Send at most {MOST_ITEMS} {what} at once.");
        return Err(Problem::unprocessable(&detail, Vec::new()).into());
    }
    Ok(items)
}

/// The status for an array: 200 if at least one response is stored. Else the status that all items
/// share, or 422.
pub(super) fn status_of_array(statuses: &[StatusCode]) -> StatusCode {
    match statuses {
        [] => StatusCode::OK,
        _ if statuses.contains(&StatusCode::OK) => StatusCode::OK,
        [first, rest @ ..] if rest.iter().all(|status| status == first) => *first,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

/// 201 for a new response, 200 for a response that was stored before.
fn status_of(receipt: &Receipt) -> StatusCode {
    match receipt.repeated {
        true => StatusCode::OK,
        false => StatusCode::CREATED,
    }
}

fn receipt_json(receipt: &Receipt) -> Value {
    let received_at = Timestamp::from_microsecond(receipt.received_at);
    json!({
        "id": receipt.id,
        "status": status_of(receipt).as_u16(),
        "leaf_index": receipt.leaf_index,
        "leaf_hash": receipt.leaf_hash,
        "received_at": received_at.map_or_else(|_| String::new(), |time| time.to_string()),
    })
}

/// GET `/api/v1/surveys`.
pub async fn surveys(app: Data<App>) -> HttpResponse {
    let now = Timestamp::now();
    let surveys = app.surveys();
    let all = surveys.catalogue.surveys.values();
    let list: Vec<Value> = all
        .map(|survey| {
            let questionnaire = &survey.questionnaire;
            let state = match surveys.fieldwork(survey, now) {
                Fieldwork::NotYet => "not_yet",
                Fieldwork::Open => "open",
                Fieldwork::Closed => "closed",
            };
            json!({
                "id": survey.id,
                "survey": questionnaire.survey,
                "wave": questionnaire.wave,
                "title": questionnaire.title.0,
                "opens": questionnaire.opens,
                "closes": questionnaire.closes,
                "state": state,
            })
        })
        .collect();
    open_to_all(HttpResponse::Ok().json(list))
}

/// GET `/api/v1/surveys/{survey}`.
///
/// # Errors
/// No such survey.
pub async fn survey(app: Data<App>, id: Path<String>) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let survey = surveys.survey(&id).ok_or(ErrorKind::NotFound)?;
    let described = describe::to_json(
        &survey.questionnaire,
        &surveys.catalogue.areas,
        &survey.questionnaire_hash,
    );
    Ok(open_to_all(HttpResponse::Ok().json(described)))
}
