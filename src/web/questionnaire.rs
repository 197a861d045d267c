//! The citizen's way: the questionnaire page, the submission, the receipt.

use std::time::Duration;

use actix_web::http::StatusCode;
use actix_web::http::header;
use actix_web::web::{Data, Path, Payload};
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;
use uuid::Uuid;

use crate::locale::Language;
use crate::pages::layout::Reader;
use crate::pages::{self, questionnaire::Attempt};
use crate::questionnaire::answer::{self, Fault, Mode, Outcome};
use crate::questionnaire::{Text, is_reserved};
use crate::release::{self, survey::Survey};
use crate::store::{NewResponse, Receipt, Timing};
use crate::web::address::{Address, LARGE};
use crate::web::app::{App, Collection};
use crate::web::body::Bodies;
use crate::web::error::{self, ErrorPage};
use crate::web::form::{self, Field};
use crate::web::limits::Limits;

/// What forms may cost: 64 KiB, and the time that a phone needs to send one.
pub(super) fn bodies() -> Bodies {
    Bodies::new(64 * 1024, Duration::from_secs(20), 1024 * 1024)
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
pub async fn page(request: HttpRequest, app: Data<App>, address: Address) -> HttpResponse {
    let reader = address.reader();
    // Read where it stands: this page is asked for most, and takes no copy of anything.
    let id = request.match_info().query("survey");
    let Some(survey) = app.survey(id) else {
        return error::page(reader, ErrorPage::NotFound);
    };
    match (
        app.collection(survey, Timestamp::now()),
        app.questionnaire(id, reader),
    ) {
        (Collection::Open, Some(document)) => document.respond(&request),
        (collection, _) => closed(reader, survey, collection),
    }
}

/// POST `/s/{survey}`.
pub async fn submit(
    request: HttpRequest,
    app: Data<App>,
    id: Path<String>,
    address: Address,
    limits: Data<Limits>,
    payload: Payload,
) -> HttpResponse {
    let reader = address.reader();
    let Some(survey) = app.survey(&id) else {
        return error::page(reader, ErrorPage::NotFound);
    };
    let now = Timestamp::now();
    let collection = app.collection(survey, now);
    if collection != Collection::Open {
        return closed(reader, survey, collection);
    }
    if !is_form(&request) {
        return error::page(reader, ErrorPage::MediaType);
    }
    if let Err(wait) = limits.admit_sender(&request) {
        return error::page(reader, ErrorPage::TooMany(wait));
    }
    let body = match app
        .forms
        .read(&request, payload, || limits.sender(&request))
        .await
    {
        Ok(body) => body,
        Err(error) => return error::page(reader, ErrorPage::Body(error)),
    };
    let fields = match form::decode(&body) {
        Ok(fields) => fields,
        Err(_) => return error::page(reader, ErrorPage::NotAForm),
    };
    let field = |name| {
        fields
            .iter()
            .find(|(field, _)| field == name)
            .map(|(_, value)| value.as_ref())
    };
    // Without script the switch of text travels in the form, and so does the button that asks for another language.
    let reader = Reader {
        large: field("text") == Some(LARGE),
        ..reader
    };
    if let Some(language) = field("lang").and_then(Language::from_code) {
        let reader = Reader { language, ..reader };
        let attempt = Attempt {
            fields: &fields,
            faults: &[],
            address: Some(address.query(reader)),
        };
        return filled_in(StatusCode::OK, reader, survey, &app, &attempt);
    }
    let agent = request
        .headers()
        .get(header::USER_AGENT)
        .map_or(&b""[..], |agent| agent.as_bytes());
    let sent = Sent {
        body: &body,
        channel: address.channel.as_deref(),
        agent,
        now,
    };
    let response = match response(survey, &app, &fields, &sent) {
        Ok(response) => response,
        Err(refused) => return refused.respond(reader, survey, &app, &fields),
    };
    if let Err(wait) = limits.admit_channel(&request, &response.survey, &response.channel) {
        return error::page(reader, ErrorPage::TooMany(wait));
    }
    match app.submit(response).await {
        Ok(receipt) => see_receipt(&id, reader, &receipt),
        Err(error) => error::page(reader, ErrorPage::Store(error)),
    }
}

/// How long a receipt is looked for in a database that does not come back.
const RECEIPT_DEADLINE: Duration = Duration::from_secs(10);

/// GET `/s/{survey}/thanks`.
pub async fn thanks(app: Data<App>, id: Path<String>, address: Address) -> HttpResponse {
    let reader = address.reader();
    let response = address.response.and_then(|id| Uuid::parse_str(&id).ok());
    let (Some(survey), Some(response)) = (app.survey(&id), response) else {
        return error::page(reader, ErrorPage::NotFound);
    };
    let store = app.store.clone();
    let looked_up = actix_web::web::block(move || store.receipt(response));
    match tokio::time::timeout(RECEIPT_DEADLINE, looked_up).await {
        Ok(Ok(Ok(Some(receipt)))) => {
            let address = format!("{}/s/{id}", app.site.public_url);
            let path = format!("/s/{id}/thanks?r={response}");
            let view = pages::receipt::Receipt {
                questionnaire: &survey.questionnaire,
                path: &path,
                number: u64::try_from(receipt.leaf_index)
                    .unwrap_or(0)
                    .saturating_add(1),
                code: &receipt.leaf_hash,
                survey_url: &address,
            };
            html(
                StatusCode::OK,
                pages::receipt::page(reader, &view).into_string(),
            )
        }
        Ok(Ok(Ok(None))) => error::page(reader, ErrorPage::NotFound),
        _ => error::page(reader, ErrorPage::Receipt),
    }
}

/// Why a form is not a response.
enum Refused {
    Faults(Vec<Fault>),
    ScreenedOut(Text),
}

impl Refused {
    /// The same page with what is wrong and every value kept, or thanks.
    fn respond(
        &self,
        reader: Reader,
        survey: &Survey,
        app: &App,
        fields: &[Field<'_>],
    ) -> HttpResponse {
        match self {
            Refused::ScreenedOut(thanks) => html(
                StatusCode::OK,
                pages::receipt::screened_out(reader, &survey.questionnaire, thanks).into_string(),
            ),
            Refused::Faults(faults) => {
                let attempt = Attempt {
                    fields,
                    faults,
                    address: None,
                };
                filled_in(
                    StatusCode::UNPROCESSABLE_ENTITY,
                    reader,
                    survey,
                    app,
                    &attempt,
                )
            }
        }
    }
}

/// The page with what was sent in it; nobody's to keep.
fn filled_in(
    status: StatusCode,
    reader: Reader,
    survey: &Survey,
    app: &App,
    attempt: &Attempt<'_>,
) -> HttpResponse {
    let page = pages::questionnaire::document(
        reader,
        &survey.questionnaire,
        &app.catalogue.areas,
        attempt,
    );
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .insert_header((header::CONTENT_SECURITY_POLICY, page.policy))
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(page.html)
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
    let mut own: Vec<&str> = Vec::new();
    for (name, _) in fields.iter().filter(|(name, _)| is_reserved(name)) {
        if own.contains(&name.as_ref()) {
            return Err(Refused::Faults(vec![Fault::field(name)]));
        }
        own.push(name);
    }
    let answers = fields.iter().filter(|(name, _)| !is_reserved(name));
    let answers = answers.map(|(name, value)| (name.as_ref(), value.as_ref()));
    let complete = match answer::parse(
        &survey.questionnaire,
        &app.catalogue.areas,
        Mode::Online,
        answers,
    ) {
        Outcome::Complete(complete) => complete,
        Outcome::Faults(faults) => return Err(Refused::Faults(faults)),
        Outcome::ScreenedOut { text, .. } => return Err(Refused::ScreenedOut(text)),
    };
    let channel = reserved("channel").or(sent.channel).unwrap_or_default();
    if !release::is_label(channel) {
        return Err(Refused::Faults(vec![Fault::field("channel")]));
    }
    let id = match reserved("response_id") {
        Some(id) => Uuid::parse_str(id.trim())
            .map_err(|_| Refused::Faults(vec![Fault::field("response_id")]))?,
        None => app.derived_id(&survey.id, channel, sent.now, sent.body, sent.agent),
    };
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

fn see_receipt(id: &str, reader: Reader, receipt: &Receipt) -> HttpResponse {
    let address = reader.link(&format!("/s/{id}/thanks?r={}", receipt.id));
    HttpResponse::SeeOther()
        .insert_header((header::LOCATION, address))
        .finish()
}

fn closed(reader: Reader, survey: &Survey, collection: Collection) -> HttpResponse {
    let not_yet = collection == Collection::NotYet;
    let page = pages::receipt::closed(reader, &survey.questionnaire, not_yet).into_string();
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
