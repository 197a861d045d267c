//! The provisional figures: the page of results and its tables, for staff only.

use actix_web::HttpResponse;
use actix_web::http::header;
use actix_web::web::{Data, Path};

use crate::formats::{csv as figures_csv, json_stat as figures_json};
use crate::pages;
use crate::release::figures::Figures;
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::office::actor::Actor;
use crate::web::office::home;
use crate::web::page::html;

/// GET `/office/{survey}/figures`.
///
/// # Errors
/// No such survey.
pub async fn page(
    app: Data<App>,
    actor: Actor,
    survey: Path<String>,
) -> Result<HttpResponse, AppError> {
    let surveys = app.surveys();
    let found = surveys.survey(&survey).ok_or(ErrorKind::NotFound)?;
    let page = match app.provisional.figures(&survey) {
        Some(figures) => {
            pages::office::figures::page(actor.frame(), &app.site.public_url, &figures)
        }
        None => pages::office::figures::none_yet(
            actor.frame(),
            &found.questionnaire,
            home::absence(&app, &survey),
        ),
    };
    Ok(html(page))
}

/// GET `/office/{survey}/figures.csv`.
///
/// # Errors
/// No such survey, or no figures.
pub async fn csv(
    app: Data<App>,
    _actor: Actor,
    id: Path<String>,
) -> Result<HttpResponse, AppError> {
    let figures = figures(&app, &id)?;
    let body = figures_csv::figures_csv(&figures);
    Ok(table(body, "text/csv; charset=utf-8"))
}

/// GET `/office/{survey}/figures.json`: JSON-stat.
///
/// # Errors
/// No such survey, or no figures.
pub async fn json_stat(
    app: Data<App>,
    actor: Actor,
    id: Path<String>,
) -> Result<HttpResponse, AppError> {
    let figures = figures(&app, &id)?;
    let body = figures_json::dataset(&figures, actor.reader.language);
    Ok(table(body, "application/json"))
}

fn figures(app: &App, id: &str) -> Result<std::sync::Arc<Figures>, AppError> {
    let computing = app.provisional.is_computing(id);
    let figures = app.provisional.figures(id);
    let missing = match computing {
        true => ErrorKind::Computing,
        false => ErrorKind::NotFound,
    };
    figures.ok_or_else(|| missing.into())
}

fn table(body: Vec<u8>, media_type: &str) -> HttpResponse {
    HttpResponse::Ok()
        .content_type(media_type)
        .insert_header((header::CACHE_CONTROL, "no-store"))
        .body(body)
}
