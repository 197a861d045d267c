//! The provisional figures: the page of results, for staff only.

use actix_web::HttpResponse;
use actix_web::web::{Data, Path};

use crate::pages;
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
    let page = match app.publication.provisional(&survey) {
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
