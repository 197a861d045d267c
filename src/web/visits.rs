//! `/api/v1/visits`: takes visits to cases as JSON from the devices of enumerators.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Payload};
use actix_web::{HttpRequest, HttpResponse, ResponseError};
use jiff::Timestamp;
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::collection::disposition::{CheckedVisit, VISIT_MODES, VisitFields, check};
use crate::http::limits::Limits;
use crate::locale::{Language, text};
use crate::questionnaire::answer::Mode;
use crate::store::{Visit, VisitsOutcome};
use crate::web::api::{is_array, items, status_of_array};
use crate::web::app::App;
use crate::web::credential::Credential;
use crate::web::door::Door;
use crate::web::error::{AppError, ErrorKind};
use crate::web::problem::{FaultDetail, Problem, ProblemType};
use crate::web::reader::language;
use crate::web::sent::malformed;

/// A visit as JSON, before it is checked.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct SentVisit {
    survey: String,
    mode: String,
    psu: String,
    case: u32,
    attempt: u32,
    outcome: String,
    visited_at: String,
}

/// POST `/api/v1/visits`: takes one visit, or an array of visits. Each item of an array has its own
/// outcome. The enumerator is the token's.
///
/// # Errors
/// The checks of [`Door::read`]; a single visit that is invalid or cannot be stored.
pub async fn post_visits(
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
        app: &app,
        door: &door,
        request: &request,
        credential: &credential,
        language: language(None, &request),
    };
    if is_array(&body) {
        return upload.store_array(&body).await;
    }
    let (status, answer) = upload.store(&body).await?;
    Ok(HttpResponse::build(status).json(answer))
}

/// An upload whose body was read.
struct Upload<'a> {
    app: &'a App,
    door: &'a Door<'a>,
    request: &'a HttpRequest,
    credential: &'a Credential,
    language: Language,
}

impl Upload<'_> {
    async fn store_array(&self, body: &[u8]) -> Result<HttpResponse, AppError> {
        let items = items(body, "visits")?;
        let (mut statuses, mut answers) = (Vec::new(), Vec::new());
        for (index, item) in items.into_iter().enumerate() {
            let (status, answer) = match self.store_item(index, item).await {
                Ok((_, answer)) => (StatusCode::OK, answer),
                Err(error) => {
                    let problem = serde_json::to_value(error.problem());
                    (error.status_code(), problem.unwrap_or_default())
                }
            };
            statuses.push(status);
            answers.push(answer);
        }
        Ok(HttpResponse::build(status_of_array(&statuses)).json(answers))
    }

    async fn store_item(
        &self,
        index: usize,
        item: &RawValue,
    ) -> Result<(StatusCode, Value), AppError> {
        // `Door::read` has counted the first item already.
        if index > 0 {
            self.door.limits.admit_sender(self.request)?;
        }
        self.store(item.get().as_bytes()).await
    }

    /// Stores one visit: 201 if it is new, 200 if it was stored before.
    async fn store(&self, json: &[u8]) -> Result<(StatusCode, Value), AppError> {
        let sent: SentVisit =
            serde_json::from_slice(json).map_err(|error| AppError::from(malformed(&error)))?;
        let visit = self.checked(&sent)?;
        let now = Timestamp::now().as_microsecond();
        let row = Visit::new(&sent.survey, &visit, (&visit.enumerator, now));
        let store = self.app.store.clone();
        let stored = actix_web::web::block(move || store.add_visits(vec![row], false, None)).await;
        let status = match stored {
            Ok(Ok(VisitsOutcome::Stored(is_new))) => match is_new.contains(&true) {
                true => StatusCode::CREATED,
                false => StatusCode::OK,
            },
            Ok(Ok(VisitsOutcome::Differ(_))) => {
                let detail = "This attempt is stored with other values.";
                let mut problem = Problem::new(StatusCode::CONFLICT, ProblemType::Conflict, detail);
                problem
                    .faults
                    .push(self.fault("outcome", "visits.fault_known"));
                return Err(problem.into());
            }
            _ => return Err(ErrorKind::Receipt.into()),
        };
        let answer = json!({
            "psu": visit.psu,
            "mode": visit.mode.as_str(),
            "case": visit.case,
            "attempt": visit.attempt,
            "status": status.as_u16(),
        });
        Ok((status, answer))
    }

    /// The visit, if all is right with it and the token allows it.
    fn checked(&self, sent: &SentVisit) -> Result<CheckedVisit, AppError> {
        let survey = self.door.surveys.survey(&sent.survey).ok_or_else(|| {
            let detail = "There is no such survey.";
            let mut problem = Problem::new(StatusCode::NOT_FOUND, ProblemType::NotFound, detail);
            problem
                .faults
                .push(self.fault("survey", "problem.no_survey"));
            AppError::from(problem)
        })?;
        let mode = Mode::from_name(&sent.mode).filter(|mode| VISIT_MODES.contains(mode));
        let mode = mode.ok_or_else(|| {
            let faults = vec![self.fault("mode", "visits.fault_mode")];
            AppError::from(Problem::unprocessable("There is no such mode.", faults))
        })?;
        let enumerator = self.credential.enumerator(&survey.id, mode)?;
        let (case, attempt) = (sent.case.to_string(), sent.attempt.to_string());
        let fields = VisitFields {
            mode: &sent.mode,
            psu: &sent.psu,
            case: &case,
            attempt: &attempt,
            outcome: &sent.outcome,
            visited_at: &sent.visited_at,
            enumerator: &enumerator,
        };
        let checked = check(&fields, |psu| survey.is_drawn(psu), Timestamp::now());
        checked.map_err(|faults| {
            let faults = faults.iter();
            let faults = faults.map(|own| self.fault(own.field, &format!("visits.{}", own.key)));
            Problem::unprocessable("A field cannot be accepted.", faults.collect()).into()
        })
    }

    fn fault(&self, field: &str, key: &str) -> FaultDetail {
        FaultDetail {
            code: field.to_owned(),
            message: text(self.language, key),
            pointer: format!("/{field}"),
        }
    }
}
