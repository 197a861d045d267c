//! The home page, posters, assets, and what operators and robots ask for.

use actix_web::http::header;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use jiff::Timestamp;

use crate::locale::Language;
use crate::pages;
use crate::web::address::Address;
use crate::web::app::{App, Collection};
use crate::web::error::{self, ErrorPage};

/// GET `/`: open surveys, latest results.
pub async fn home(app: Data<App>, address: Address) -> HttpResponse {
    let now = Timestamp::now();
    let surveys = app.catalogue.surveys.values();
    let open: Vec<_> = surveys
        .filter(|survey| app.collection(survey, now) == Collection::Open)
        .map(|survey| (survey.id.as_str(), &survey.questionnaire))
        .collect();
    let published = app.all_published();
    let figures: Vec<_> = published
        .iter()
        .map(|published| &published.figures)
        .collect();
    html(pages::home::page(address.reader(), &open, &figures).into_string())
}

/// GET `/s/{survey}/poster?c=CHANNEL&size=a5`: a QR poster for one channel.
pub async fn poster(app: Data<App>, id: Path<String>, address: Address) -> HttpResponse {
    let reader = address.reader();
    let Some(survey) = app.survey(&id) else {
        return error::page(reader, ErrorPage::NotFound);
    };
    let channel = address.channel.as_deref().unwrap_or_default();
    let mut url = format!("{}/s/{id}", app.site.public_url);
    if !channel.is_empty() {
        url.push_str("?c=");
        url.push_str(&crate::web::form::encode(channel));
    }
    let small = address.size.as_deref() == Some("a5");
    html(pages::poster::page(reader, &survey.questionnaire, &url, channel, small).into_string())
}

/// GET `/assets/{file}`: embedded, named by their content, kept for ever.
pub async fn asset(request: HttpRequest, app: Data<App>, file: Path<String>) -> HttpResponse {
    match app.asset(&file) {
        Some(document) => document.respond(&request),
        None => error::page(Language::ZH, ErrorPage::NotFound),
    }
}

/// GET `/openapi.json`.
pub async fn openapi() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("application/json")
        .insert_header((header::CACHE_CONTROL, "public, max-age=3600"))
        .body(include_str!("openapi.json"))
}

/// GET `/healthz`: the process answers.
pub async fn healthz() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .body("ok\n")
}

/// GET `/readyz`: responses can be stored.
pub async fn readyz(app: Data<App>) -> HttpResponse {
    if app.store.ready() {
        HttpResponse::Ok()
            .content_type("text/plain; charset=utf-8")
            .body("ready\n")
    } else {
        HttpResponse::ServiceUnavailable()
            .content_type("text/plain; charset=utf-8")
            .body("not ready\n")
    }
}

/// GET `/robots.txt`: whoever looks for the survey may find it; interfaces and staff pages are no pages for a search engine.
pub async fn robots() -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/plain; charset=utf-8")
        .insert_header((header::CACHE_CONTROL, "public, max-age=86400"))
        .body("User-agent: *\nDisallow: /api/\nDisallow: /office/\n")
}

fn html(page: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(page)
}
