//! Pages and tables of published figures, cached until the figures change.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use actix_web::{HttpRequest, HttpResponse};

use crate::formats::{csv, json_stat};
use crate::http::document::{Document, Effort};
use crate::http::guard::open_to_all;
use crate::locale::Language;
use crate::pages;
use crate::pages::layout::Reader;
use crate::release::Published;
use crate::release::figures::Figures;

/// The forms in which figures are served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum View {
    /// The page for a reader.
    Page(Reader),
    /// The tables as CSV.
    Csv,
    /// The tables as JSON-stat with labels in a language.
    JsonStat(Language),
}

impl View {
    /// Answers `request`. Pages of any site may read the tables.
    pub fn respond(self, document: &Document, request: &HttpRequest) -> HttpResponse {
        match self {
            View::Page(_) => document.respond(request),
            View::Csv | View::JsonStat(_) => open_to_all(document.respond(request)),
        }
    }
}

/// A cache of documents. They are made at the first request.
#[derive(Default)]
pub struct ResultsDocuments {
    documents: RwLock<HashMap<(String, View), Cached>>,
}

/// A document and its figures.
struct Cached {
    figures: Published,
    document: Arc<Document>,
}

impl ResultsDocuments {
    /// The cached document of these figures; `None` if there is none, or one of earlier figures.
    pub fn cached(&self, survey: &str, view: View, figures: &Published) -> Option<Arc<Document>> {
        let documents = self.documents.read().ok()?;
        let cached = documents.get(&(survey.to_owned(), view))?;
        let is_current = cached.figures.is(figures);
        is_current.then(|| Arc::clone(&cached.document))
    }

    /// Caches a document instead of that of earlier figures.
    pub fn cache(&self, survey: &str, view: View, figures: Published, document: Arc<Document>) {
        if let Ok(mut documents) = self.documents.write() {
            let cached = Cached { figures, document };
            documents.insert((survey.to_owned(), view), cached);
        }
    }
}

/// Makes the document of a view. `public_url` is the URL of the site.
pub fn make(view: View, public_url: &str, figures: &Figures) -> Document {
    let (body, content_type) = match view {
        View::Page(reader) => (
            pages::results::page(reader, public_url, figures)
                .into_string()
                .into_bytes(),
            "text/html; charset=utf-8",
        ),
        View::Csv => (csv::figures_csv(figures), "text/csv; charset=utf-8"),
        View::JsonStat(language) => (json_stat::dataset(figures, language), "application/json"),
    };
    Document::new(
        body,
        content_type,
        "public, max-age=60",
        None,
        Effort::Quick,
    )
}
