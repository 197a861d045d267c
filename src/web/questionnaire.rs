//! The citizen's way: the questionnaire page, the submission, the receipt.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use crate::locale::Language;
use crate::pages;
use crate::questionnaire::answer::{self, Outcome};
use crate::questionnaire::is_reserved;
use crate::release::survey::Survey;
use crate::store::{NewResponse, Receipt, SubmitError};
use crate::web::app::{App, Collection, local_day};
use crate::web::document::{Document, Effort};
use crate::web::error::{self, ErrorPage};
use crate::web::form::{self, FormError};
use crate::web::guard;

/// Largest form accepted, bytes.
pub const FORM_LIMIT: usize = 64 * 1024;

/// Time for a phone to send a whole form.
pub const FORM_DEADLINE: Duration = Duration::from_secs(20);

/// What a questionnaire's address may carry.
#[derive(Debug, Default, Deserialize)]
pub struct Address {
    lang: Option<String>,
    c: Option<String>,
}

impl Address {
    /// The language asked for: by the address, else by the browser, else Chinese.
    pub fn language(&self, request: &HttpRequest) -> Language {
        language(self.lang.as_deref(), request)
    }
}

/// The language asked for by `named`, else the first known one of Accept-Language, else Chinese.
pub fn language(named: Option<&str>, request: &HttpRequest) -> Language {
    if let Some(language) = named.and_then(Language::from_code) {
        return language;
    }
    let accepts = request.headers().get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
    accepts
        .into_iter()
        .flat_map(|accepts| accepts.split(','))
        .filter_map(|tag| Language::from_code(tag.trim().get(..2)?))
        .next()
        .unwrap_or(Language::ZH)
}

/// GET `/s/{survey}`.
pub async fn page(request: HttpRequest, app: Data<App>, id: Path<String>, address: Query<Address>) -> HttpResponse {
    // The page is one for all: the language is the address's alone, so that any proxy may keep it.
    let language = address.lang.as_deref().and_then(Language::from_code).unwrap_or(Language::ZH);
    let Some(survey) = app.survey(&id) else {
        return error::page(language, ErrorPage::NotFound);
    };
    match (app.collection(survey, Timestamp::now()), app.questionnaire(&id, language)) {
        (Collection::Open, Some(document)) => document.respond(&request),
        (collection, _) => closed(language, survey, collection),
    }
}

/// POST `/s/{survey}`.
pub async fn submit(
    request: HttpRequest,
    app: Data<App>,
    id: Path<String>,
    address: Query<Address>,
    payload: Payload,
) -> HttpResponse {
    let language = address.language(&request);
    let Some(survey) = app.survey(&id) else {
        return error::page(language, ErrorPage::NotFound);
    };
    let now = Timestamp::now();
    let collection = app.collection(survey, now);
    if collection != Collection::Open {
        return closed(language, survey, collection);
    }
    if !is_form(&request) {
        return error::page(language, ErrorPage::NotAForm);
    }
    let body = match guard::body(payload, FORM_LIMIT, FORM_DEADLINE).await {
        Ok(body) => body,
        Err(error) => return error::page(language, ErrorPage::Body(error)),
    };
    let fields = match form::decode(&body) {
        Ok(fields) => fields,
        Err(FormError::TooManyFields | FormError::Escape | FormError::Utf8) => {
            return error::page(language, ErrorPage::NotAForm);
        }
    };
    let submission = match Submission::new(survey, &app, &fields, &address, &body, &request, now) {
        Ok(submission) => submission,
        Err(refused) => return refused.respond(language, survey, &app, &fields),
    };
    match app.store.submit(submission).await {
        Ok(receipt) => see_receipt(&id, language, &receipt),
        Err(error) => error::page(language, ErrorPage::Store(error)),
    }
}

/// What a receipt's address carries.
#[derive(Debug, Deserialize)]
pub struct ReceiptAddress {
    r: Option<Uuid>,
    lang: Option<String>,
}

/// GET `/s/{survey}/thanks`.
pub async fn thanks(request: HttpRequest, app: Data<App>, id: Path<String>, address: Query<ReceiptAddress>) -> HttpResponse {
    let language = language(address.lang.as_deref(), &request);
    let (Some(survey), Some(response)) = (app.survey(&id), address.r) else {
        return error::page(language, ErrorPage::NotFound);
    };
    let store = app.store.clone();
    let found = actix_web::web::block(move || store.receipt(response)).await;
    match found {
        Ok(Ok(Some(receipt))) => {
            let address = format!("{}/s/{id}", app.site.public_url);
            let view = pages::receipt::Receipt {
                questionnaire: &survey.questionnaire,
                number: receipt.leaf_index.saturating_add(1),
                code: &receipt.leaf_hash,
                survey_url: &address,
            };
            html(StatusCode::OK, pages::receipt::page(language, &view).into_string())
        }
        Ok(Ok(None)) => error::page(language, ErrorPage::NotFound),
        Ok(Err(_)) | Err(_) => error::page(language, ErrorPage::Internal),
    }
}

/// Why a form is not a response.
enum Refused {
    Faults(Vec<answer::Fault>),
    ScreenedOut(crate::questionnaire::Text),
}

struct Submission;

impl Submission {
    #[expect(clippy::new_ret_no_self, reason = "a submission is what the store takes")]
    fn new(
        survey: &Survey,
        app: &App,
        fields: &[(String, String)],
        address: &Address,
        body: &[u8],
        request: &HttpRequest,
        now: Timestamp,
    ) -> Result<NewResponse, Refused> {
        let reserved = |name: &str| {
            fields.iter().find(|(field, value)| field == name && !value.is_empty()).map(|(_, value)| value.as_str())
        };
        let answers = fields.iter().filter(|(name, _)| !is_reserved(name));
        let answers = answers.map(|(name, value)| (name.as_str(), value.as_str()));
        let complete = match answer::parse(&survey.questionnaire, &app.catalogue.areas, answer::Mode::Online, answers) {
            Outcome::Complete(complete) => complete,
            Outcome::Faults(faults) => return Err(Refused::Faults(faults)),
            Outcome::ScreenedOut { text, .. } => return Err(Refused::ScreenedOut(text)),
        };
        let id = match reserved("response_id") {
            Some(text) => Uuid::parse_str(text.trim()).map_err(|_| Refused::Faults(vec![answer::Fault::field("response_id")]))?,
            None => derived_id(app, survey, body, request, now),
        };
        let channel = reserved("channel").or(address.c.as_deref()).unwrap_or("open");
        let moment = |name| reserved(name).and_then(|text| text.parse::<Timestamp>().ok());
        Ok(NewResponse::of(
            id,
            survey,
            "online",
            clip(channel),
            &complete,
            crate::store::Timing::new(now, moment("started_at"), moment("finished_at")),
        ))
    }
}
