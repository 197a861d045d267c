//! The citizen's way: the questionnaire page, the submission, the receipt.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Data, Path, Payload, Query};
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;
use serde::Deserialize;
use uuid::Uuid;

use crate::locale::Language;
use crate::pages::{self, questionnaire::Attempt};
use crate::questionnaire::answer::{self, Fault, Mode, Outcome};
use crate::questionnaire::{Text, is_reserved};
use crate::release::{self, survey::Survey};
use crate::store::{NewResponse, Receipt, Timing};
use crate::web::app::{App, Collection};
use crate::web::error::{self, ErrorPage};
use crate::web::form::{self, Field};
use crate::web::guard;
use crate::web::limits::Limits;

/// Largest form accepted, bytes.
pub const FORM_LIMIT: usize = 64 * 1024;

/// Time for a phone to send a whole form.
pub const FORM_DEADLINE: Duration = Duration::from_secs(20);

/// Longest channel, bytes.
const MOST_CHANNEL: usize = 64;

/// What a questionnaire's address may carry.
#[derive(Debug, Default, Deserialize)]
pub struct Address {
    lang: Option<String>,
    c: Option<String>,
}

impl Address {
    /// The language of the page: the address's alone, so that any proxy may keep it and the answer to a form speaks as the
    /// form did.
    fn language(&self) -> Language {
        page_language(self.lang.as_deref())
    }
}

/// The language that an address names; Chinese where it names none. Never the browser's: a page is one for all.
pub(super) fn page_language(named: Option<&str>) -> Language {
    named.and_then(Language::from_code).unwrap_or(Language::ZH)
}

/// The language asked for by `named`, else the first known one of Accept-Language, else Chinese.
pub fn language(named: Option<&str>, request: &HttpRequest) -> Language {
    if let Some(language) = named.and_then(Language::from_code) {
        return language;
    }
    let accepts = request
        .headers()
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    accepts
        .into_iter()
        .flat_map(|accepts| accepts.split(','))
        .filter_map(|tag| Language::from_code(tag.trim().get(..2)?))
        .next()
        .unwrap_or(Language::ZH)
}

/// GET `/s/{survey}`.
pub async fn page(
    request: HttpRequest,
    app: Data<App>,
    id: Path<String>,
    address: Query<Address>,
) -> HttpResponse {
    let language = address.language();
    let Some(survey) = app.survey(&id) else {
        return error::page(language, ErrorPage::NotFound);
    };
    if let Some(with_channel) = channel_left_behind(&request, &id, &address) {
        return HttpResponse::SeeOther()
            .insert_header((header::LOCATION, with_channel))
            .finish();
    }
    match (
        app.collection(survey, Timestamp::now()),
        app.questionnaire(&id, language),
    ) {
        (Collection::Open, Some(document)) => document.respond(&request),
        (collection, _) => closed(language, survey, collection),
    }
}

/// The address that a language switch without script meant: the document is one for all channels, so its link cannot carry
/// the channel of the reader's address, but the browser says which page it left.
fn channel_left_behind(request: &HttpRequest, id: &str, address: &Address) -> Option<String> {
    let left = request
        .headers()
        .get(header::REFERER)
        .filter(|_| address.c.is_none())?;
    let (page, query) = left.to_str().ok()?.split_once('?')?;
    let site = page.strip_suffix(id)?.strip_suffix("/s/")?;
    let host = request.headers().get(header::HOST)?.to_str().ok()?;
    let channel = query.split('&').find(|pair| pair.starts_with("c="))?;
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"=%-._~+".contains(&byte);
    let own = site.split_once("://")?.1 == host && channel.bytes().all(plain);
    let language = address.lang.as_deref().unwrap_or_default();
    own.then(|| format!("/s/{id}?lang={}&{channel}", form::encode(language)))
}

/// POST `/s/{survey}`.
pub async fn submit(
    request: HttpRequest,
    app: Data<App>,
    id: Path<String>,
    address: Query<Address>,
    limits: Data<Limits>,
    payload: Payload,
) -> HttpResponse {
    let language = address.language();
    let Some(survey) = app.survey(&id) else {
        return error::page(language, ErrorPage::NotFound);
    };
    let now = Timestamp::now();
    let collection = app.collection(survey, now);
    if collection != Collection::Open {
        return closed(language, survey, collection);
    }
    if !is_form(&request) {
        return error::page(language, ErrorPage::MediaType);
    }
    if let Err(wait) = limits.admit_sender(&request) {
        return error::page(language, ErrorPage::TooMany(wait));
    }
    let body = match guard::body(&request, payload, FORM_LIMIT, FORM_DEADLINE).await {
        Ok(body) => body,
        Err(error) => return error::page(language, ErrorPage::Body(error)),
    };
    let fields = match form::decode(&body) {
        Ok(fields) => fields,
        Err(_) => return error::page(language, ErrorPage::NotAForm),
    };
    let agent = request
        .headers()
        .get(header::USER_AGENT)
        .map_or(&b""[..], |agent| agent.as_bytes());
    let sent = Sent {
        body: &body,
        channel: address.c.as_deref(),
        agent,
        now,
    };
    let response = match response(survey, &app, &fields, &sent) {
        Ok(response) => response,
        Err(refused) => return refused.respond(language, survey, &app, &fields),
    };
    if let Err(wait) = limits.admit_channel(&request, &response.survey, &response.channel) {
        return error::page(language, ErrorPage::TooMany(wait));
    }
    match app.store.submit(response).await {
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
pub async fn thanks(app: Data<App>, id: Path<String>, address: Query<ReceiptAddress>) -> HttpResponse {
    let language = page_language(address.lang.as_deref());
    let (Some(survey), Some(response)) = (app.survey(&id), address.r) else {
        return error::page(language, ErrorPage::NotFound);
    };
    let store = app.store.clone();
    let found = actix_web::web::block(move || store.receipt(response)).await;
    match found {
        Ok(Ok(Some(receipt))) => {
            let address = format!("{}/s/{id}", app.site.public_url);
            let path = format!("/s/{id}/thanks?r={response}");
            let view = pages::receipt::Receipt {
                questionnaire: &survey.questionnaire,
                path: &path,
                number: u64::try_from(receipt.leaf_index).unwrap_or(0).saturating_add(1),
                code: &receipt.leaf_hash,
                survey_url: &address,
            };
            html(
                StatusCode::OK,
                pages::receipt::page(language, &view).into_string(),
            )
        }
        Ok(Ok(None)) => error::page(language, ErrorPage::NotFound),
        Ok(Err(_)) | Err(_) => error::page(language, ErrorPage::Internal),
    }
}

/// Why a form is not a response.
enum Refused {
    Faults(Vec<Fault>),
    ScreenedOut(Text),
}

impl Refused {
    /// The same page with what is wrong and every value kept, or thanks.
    fn respond(&self, language: Language, survey: &Survey, app: &App, fields: &[Field<'_>]) -> HttpResponse {
        match self {
            Refused::ScreenedOut(thanks) => html(
                StatusCode::OK,
                pages::receipt::screened_out(language, &survey.questionnaire, thanks).into_string(),
            ),
            Refused::Faults(faults) => {
                let attempt = Attempt { fields, faults };
                let page = pages::questionnaire::document(
                    language,
                    &survey.questionnaire,
                    &app.catalogue.areas,
                    &attempt,
                );
                HttpResponse::UnprocessableEntity()
                    .content_type("text/html; charset=utf-8")
                    .insert_header((header::CONTENT_SECURITY_POLICY, page.policy))
                    .body(page.html)
            }
        }
    }
}

/// The form's fields as a response.
fn response(
    survey: &Survey,
    app: &App,
    fields: &[Field<'_>],
    sent: &Sent<'_>,
) -> Result<NewResponse, Refused> {
    let reserved = |name: &str| {
        fields
            .iter()
            .find(|(field, value)| field == name && !value.is_empty())
            .map(|(_, value)| value.as_ref())
    };
    let answers = fields.iter().filter(|(name, _)| !is_reserved(name));
    let answers = answers.map(|(name, value)| (name.as_ref(), value.as_ref()));
    let complete = match answer::parse(&survey.questionnaire, &app.catalogue.areas, Mode::Online, answers) {
        Outcome::Complete(complete) => complete,
        Outcome::Faults(faults) => return Err(Refused::Faults(faults)),
        Outcome::ScreenedOut { text, .. } => return Err(Refused::ScreenedOut(text)),
    };
    let id = match reserved("response_id") {
        Some(id) => {
            Uuid::parse_str(id.trim()).map_err(|_| Refused::Faults(vec![Fault::field("response_id")]))?
        }
        None => app.derived_id(&survey.id, sent.now, sent.body, sent.agent),
    };
    let channel = reserved("channel").or(sent.channel).unwrap_or_default();
    if channel.len() > MOST_CHANNEL || channel.chars().any(char::is_control) {
        return Err(Refused::Faults(vec![Fault::field("channel")]));
    }
    let moment = |name| reserved(name).and_then(|text| text.parse::<Timestamp>().ok());
    let timing = Timing::new(sent.now, moment("started_at"), moment("finished_at"));
    let mut response = release::new_response(id, survey, channel, &complete, timing);
    if reserved("website").is_some() {
        // No one sees this field but a program that fills in everything.
        "honeypot".clone_into(&mut response.flags);
    }
    Ok(response)
}

/// What a form came with.
struct Sent<'a> {
    body: &'a [u8],
    channel: Option<&'a str>,
    agent: &'a [u8],
    now: Timestamp,
}

fn see_receipt(id: &str, language: Language, receipt: &Receipt) -> HttpResponse {
    let mut address = format!("/s/{id}/thanks?r={}", receipt.id);
    if language != Language::ZH {
        address.push_str("&lang=");
        address.push_str(language.code());
    }
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, address))
        .finish()
}

fn closed(language: Language, survey: &Survey, collection: Collection) -> HttpResponse {
    let not_yet = collection == Collection::NotYet;
    let page = pages::receipt::closed(language, &survey.questionnaire, not_yet).into_string();
    html(StatusCode::FORBIDDEN, page)
}

fn is_form(request: &HttpRequest) -> bool {
    let kind = request
        .headers()
        .get(header::CONTENT_TYPE)
        .map_or(&b""[..], |kind| kind.as_bytes());
    let kind = kind.split(|byte| *byte == b';').next().unwrap_or_default();
    kind.trim_ascii()
        .eq_ignore_ascii_case(b"application/x-www-form-urlencoded")
}

fn html(status: StatusCode, page: String) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .body(page)
}
