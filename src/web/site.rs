//! The home page, posters, assets, and pages for operators and robots.

use std::sync::LazyLock;

use actix_web::http::header;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;
use serde_json::Value;

use crate::collection::Fieldwork;
use crate::http::form;
use crate::pages;
use crate::web::address::Address;
use crate::web::app::App;
use crate::web::archive;
use crate::web::error::{AppError, ErrorKind};
use crate::web::page::html;
use crate::web::problem::ProblemType;

/// The API as OpenAPI 3.1.
const OPENAPI: &str = include_str!("openapi.json");

/// GET `/`: open surveys, latest results.
pub async fn home(app: Data<App>, address: Address) -> HttpResponse {
    let now = Timestamp::now();
    let surveys = app.surveys();
    let all = surveys.catalogue.surveys.values();
    let open: Vec<_> = all
        .filter(|survey| surveys.fieldwork(survey, now) == Fieldwork::Open)
        .map(|survey| (survey.id.as_str(), &survey.questionnaire))
        .collect();
    let register = app.releases.register();
    let language = address.reader().language;
    let releases = archive::cards(&register, language, now.as_microsecond());
    html(pages::home::page(address.reader(), &open, &releases))
}

/// GET `/s/{survey}/poster?c=CHANNEL&size=a5`: a poster with a QR code for one channel.
///
/// # Errors
/// No such survey.
pub async fn poster(
    app: Data<App>,
    id: Path<String>,
    address: Address,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let survey = surveys.survey(&id).ok_or(ErrorKind::NotFound)?;
    let channel = address.channel.as_deref().unwrap_or_default();
    let mut url = format!("{}/s/{id}", app.site.public_url);
    if !channel.is_empty() {
        url.push_str("?c=");
        url.push_str(&form::encode(channel));
    }
    let plan = survey.plan.as_ref();
    let poster = pages::poster::Poster {
        address: &url,
        channel,
        is_announced: plan.is_some_and(|plan| plan.channel(channel).is_some()),
        small: address.size.as_deref() == Some("a5"),
    };
    let reader = address.reader();
    Ok(html(pages::poster::page(
        reader,
        &survey.questionnaire,
        &poster,
    )))
}

/// GET `/assets/{file}`: embedded files. Each name contains a hash of the content.
///
/// # Errors
/// No such file.
pub async fn asset(
    request: HttpRequest,
    app: Data<App>,
    file: Path<String>,
) -> Result<HttpResponse, AppError> {
    let document = app.asset(&file).ok_or(ErrorKind::NotFound)?;
    Ok(document.respond(&request))
}

/// GET `/favicon.svg`: the icon of the site.
pub async fn favicon() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("image/svg+xml")
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
        .body(pages::assets::FAVICON)
}

/// GET `/openapi.json`.
pub async fn openapi() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(OPENAPI)
}

/// GET `/api`: the API explained for people, with every problem type.
pub async fn api(app: Data<App>, address: Address) -> HttpResponse {
    static DOCUMENT: LazyLock<Value> =
        LazyLock::new(|| serde_json::from_str(OPENAPI).unwrap_or_default());
    let now = Timestamp::now();
    let surveys = app.surveys();
    let mut all = surveys.catalogue.surveys.values();
    let open = all.find(|survey| surveys.fieldwork(survey, now) == Fieldwork::Open);
    let survey = open.or(surveys.catalogue.surveys.values().next());
    let problems: Vec<&str> = ProblemType::ALL.iter().map(|kind| kind.name()).collect();
    html(pages::api::page(
        address.reader(),
        &pages::api::Api {
            public_url: &app.site.public_url,
            survey: survey.map_or("satisfaction-2026", |survey| &survey.id),
            document: &DOCUMENT,
            problems: &problems,
        },
    ))
}

/// GET `/problems/{name}`: redirects from the `type` of a problem to its explanation.
///
/// # Errors
/// No such problem type.
pub async fn problem(name: Path<String>, address: Address) -> Result<HttpResponse, AppError> {
    let is_known = ProblemType::ALL.iter().any(|kind| kind.name() == *name);
    if !is_known {
        return Err(ErrorKind::NotFound.into());
    }
    let url = format!("{}#problem-{name}", address.reader().link("/api"));
    Ok(HttpResponse::PermanentRedirect()
        .insert_header((header::LOCATION, url))
        .finish())
}

/// GET `/healthz`: 200 while the process answers.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("ok\n")
}

/// GET `/readyz`: 200 if responses can be stored, else 503.
pub async fn readyz(app: Data<App>) -> HttpResponse {
    let (mut response, text) = match app.store.ready() {
        true => (HttpResponse::Ok(), "ready\n"),
        false => (HttpResponse::ServiceUnavailable(), "not ready\n"),
    };
    response
        .content_type("text/plain; charset=utf-8")
        .body(text)
}

/// GET `/robots.txt`: search engines may find the survey, but not the API or staff pages.
pub async fn robots() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
        .body("User-agent: *\nDisallow: /api/\nDisallow: /office/\n")
}
