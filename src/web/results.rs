//! The published figures: pages and tables.

use std::sync::Arc;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::pages::{self, results::Absence};
use crate::release::Published;
use crate::web::address::Address;
use crate::web::app::App;
use crate::web::documents::{View, make};
use crate::web::error::{AppError, ErrorKind};
use crate::web::page::html;

/// GET `/results`.
///
/// # Errors
/// [`ErrorKind::Computing`] until the first figures are computed.
pub async fn index(app: Data<App>, address: Address) -> Result<HttpResponse, AppError> {
    let published = app.publication.all_published();
    if published.is_empty() && app.publication.is_computing_any() {
        return Err(ErrorKind::Computing.into());
    }
    let figures: Vec<_> = published.iter().map(Published::figures).collect();
    Ok(html(pages::results::index(address.reader(), &figures)))
}

/// GET `/results/{survey}`: the page, or with the suffix `.csv` or `.json` a table.
///
/// # Errors
/// No such survey; no figures yet.
pub async fn survey(
    request: HttpRequest,
    app: Data<App>,
    name: Path<String>,
    address: Address,
) -> Result<HttpResponse, AppError> {
    let (id, view) = match name.rsplit_once('.') {
        Some((id, "csv")) => (id, View::Csv),
        Some((id, "json")) => (id, View::JsonStat(address.reader().language)),
        _ => (name.as_str(), View::Page(address.reader())),
    };
    let surveys = app.surveys();
    let survey = surveys.survey(id).ok_or(ErrorKind::NotFound)?;
    // Before `published`: otherwise figures that are published in between would look missing.
    let computing = app.publication.is_computing(id);
    let Some(published) = app.publication.published(id) else {
        return match view {
            _ if computing => Err(ErrorKind::Computing.into()),
            View::Page(reader) => {
                let title = &survey.questionnaire.title;
                let why = match app.publication.has_other_plan(id) {
                    true => Absence::OtherPlan,
                    false if app.publication.is_failed(id) => Absence::NotComputed,
                    false => Absence::FewResponses,
                };
                Ok(html(pages::results::none_yet(reader, id, title, why)))
            }
            _ => Err(ErrorKind::NoFigures.into()),
        };
    };
    if let Some(document) = app.results.cached(id, view, &published) {
        return Ok(view.respond(&document, &request));
    }
    let (figures, url) = (published.clone(), app.site.public_url.clone());
    // A page of a hundred kilobytes takes milliseconds; meanwhile the worker can answer others.
    let made = actix_web::web::block(move || make(view, &url, figures.figures())).await;
    let document = Arc::new(made.map_err(|_| ErrorKind::Internal)?);
    app.results
        .cache(id, view, published, Arc::clone(&document));
    Ok(view.respond(&document, &request))
}
