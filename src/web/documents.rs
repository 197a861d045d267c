//! Documents made of published figures, kept until the figures change.

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

/// What can be made of figures.
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
    /// The answer to `request`; tables are open to pages of any site.
    pub fn respond(self, document: &Document, request: &HttpRequest) -> HttpResponse {
        match self {
            View::Page(_) => document.respond(request),
            View::Csv | View::JsonStat(_) => open_to_all(document.respond(request)),
        }
    }
}

/// Documents made of published figures: made when first asked for, kept until the figures change.
#[derive(Default)]
pub struct ResultsDocuments {
    made: RwLock<HashMap<(String, View), Made>>,
}

/// A document and the figures that it was made of.
struct Made {
    of: Published,
    document: Arc<Document>,
}

impl ResultsDocuments {
    /// The document of these very figures, if it was made.
    pub fn known(&self, survey: &str, view: View, published: &Published) -> Option<Arc<Document>> {
        let made = self.made.read().ok()?;
        let Made { of, document } = made.get(&(survey.to_owned(), view))?;
        of.is(published).then(|| Arc::clone(document))
    }

    /// Keeps a document in place of the one made of earlier figures.
    pub fn keep(&self, survey: &str, view: View, published: Published, document: Arc<Document>) {
        if let Ok(mut made) = self.made.write() {
            made.insert(
                (survey.to_owned(), view),
                Made {
                    of: published,
                    document,
                },
            );
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
