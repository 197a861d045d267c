//! The published figures: pages and tables.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};

use crate::http::document::{Document, Effort};
use crate::pages;
use crate::pages::layout::Reader;
use crate::release::figures::Figures;
use crate::release::{Published, tables};
use crate::web::address::Address;
use crate::web::app::App;
use crate::web::error::{AppError, ErrorKind};
use crate::web::page::html;

/// What can be made of figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum View {
    Page(Reader),
    Csv,
    JsonStat,
}

/// Documents made of published figures: made when first asked for, kept until the figures change.
#[derive(Default)]
pub struct Results {
    made: RwLock<HashMap<(String, View), (Published, Arc<Document>)>>,
}

impl Results {
    fn known(&self, survey: &str, view: View, published: &Published) -> Option<Arc<Document>> {
        let made = self.made.read().ok()?;
        let (of, document) = made.get(&(survey.to_owned(), view))?;
        of.is(published).then(|| Arc::clone(document))
    }

    fn keep(&self, survey: &str, view: View, published: Published, document: Arc<Document>) {
        if let Ok(mut made) = self.made.write() {
            made.insert((survey.to_owned(), view), (published, document));
        }
    }
}

fn make(view: View, figures: &Figures) -> Document {
    let (body, content_type) = match view {
        View::Page(reader) => (
            pages::results::page(reader, figures)
                .into_string()
                .into_bytes(),
            "text/html; charset=utf-8",
        ),
        View::Csv => (tables::csv(figures), "text/csv; charset=utf-8"),
        View::JsonStat => (tables::json_stat(figures), "application/json"),
    };
    Document::new(
        body,
        content_type,
        "public, max-age=60",
        None,
        Effort::Quick,
    )
}

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
        Some((id, "json")) => (id, View::JsonStat),
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
        return Ok(document.respond(&request));
    }
    let figures = published.clone();
    // A page of a hundred kilobytes takes milliseconds, in which a worker should answer others.
    let made = actix_web::web::block(move || make(view, figures.figures())).await;
    let document = Arc::new(made.map_err(|_| ErrorKind::Internal)?);
    app.results.keep(id, view, published, Arc::clone(&document));
    Ok(document.respond(&request))
}
