//! The published figures: pages and tables.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::pages;
use crate::web::address::Address;
use crate::web::app::App;
use crate::web::error::{self, ErrorPage};
use crate::web::problem::Problem;

/// GET `/results`.
pub async fn index(app: Data<App>, address: Address) -> HttpResponse {
    let reader = address.reader();
    let computing = app.catalogue.surveys.keys().any(|id| app.computing(id));
    let published = app.all_published();
    if published.is_empty() && computing {
        return error::page(reader, ErrorPage::Computing);
    }
    let figures: Vec<_> = published
        .iter()
        .map(|published| &published.figures)
        .collect();
    html(pages::results::index(reader, &figures).into_string())
}

/// GET `/results/{survey}` and, with a suffix, its tables.
pub async fn survey(
    request: HttpRequest,
    app: Data<App>,
    name: Path<String>,
    address: Address,
) -> HttpResponse {
    let reader = address.reader();
    let (id, suffix) = match name.rsplit_once('.') {
        Some((id, suffix @ ("csv" | "json"))) => (id, suffix),
        _ => (name.as_str(), ""),
    };
    if app.survey(id).is_none() {
        return error::page(reader, ErrorPage::NotFound);
    }
    // Asked first: figures may be there a moment later.
    let computing = app.computing(id);
    let Some(published) = app.published(id) else {
        if computing {
            if suffix.is_empty() {
                return error::page(reader, ErrorPage::Computing);
            }
            let detail = "The server has just started and computes the figures. Ask again after the time that Retry-After gives.";
            return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "computing", detail).respond();
        }
        if suffix.is_empty() {
            let title = app
                .survey(id)
                .map(|survey| survey.questionnaire.title.clone())
                .unwrap_or_default();
            return html(pages::results::none_yet(reader, id, &title).into_string());
        }
        return Problem::new(
            StatusCode::NOT_FOUND,
            "no-figures",
            "No figures have been computed for this survey yet.",
        )
        .respond();
    };
    match suffix {
        "csv" => published.csv.respond(&request),
        "json" => published.json.respond(&request),
        _ => match published.page(reader) {
            Some(page) => page.respond(&request),
            None => error::page(reader, ErrorPage::Internal),
        },
    }
}

fn html(page: String) -> HttpResponse {
    HttpResponse::Ok()
        .content_type("text/html; charset=utf-8")
        .body(page)
}
