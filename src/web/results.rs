//! The published figures: pages and tables.

use std::sync::Arc;

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::pages;
use crate::release::Published;
use crate::web::address::Address;
use crate::web::app::App;
use crate::web::documents::{View, make};
use crate::web::error::{AppError, ErrorKind};
use crate::web::page::html;

/// GET `/results`.
///
/// # Errors
/// [`ErrorKind::Computing`] while nothing has been computed yet.
pub async fn index(app: Data<App>, address: Address) -> Result<HttpResponse, AppError> {
    let published = app.publication.all_published();
    if published.is_empty() && app.publication.is_computing_any() {
        return Err(ErrorKind::Computing.into());
    }
    let figures: Vec<_> = published.iter().map(Published::figures).collect();
    Ok(html(pages::results::index(address.reader(), &figures)))
}

/// GET `/results/{survey}` and, with a suffix, its tables.
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
    let survey = app.survey(id).ok_or(ErrorKind::NotFound)?;
    // Asked first: figures may be there a moment later.
    let computing = app.publication.is_computing(id);
    let Some(published) = app.publication.published(id) else {
        return match view {
            _ if computing => Err(ErrorKind::Computing.into()),
            View::Page(reader) => {
                let title = &survey.questionnaire.title;
                Ok(html(pages::results::none_yet(reader, id, title)))
            }
            _ => Err(ErrorKind::NoFigures.into()),
        };
    };
    if let Some(document) = app.results.known(id, view, &published) {
        return Ok(view.respond(&document, &request));
    }
    let (figures, url) = (published.clone(), app.site.public_url.clone());
    // A page of a hundred kilobytes takes milliseconds, in which a worker should answer others.
    let made = actix_web::web::block(move || make(view, &url, figures.figures())).await;
    let document = Arc::new(made.map_err(|_| ErrorKind::Internal)?);
    app.results.keep(id, view, published, Arc::clone(&document));
    Ok(view.respond(&document, &request))
}
