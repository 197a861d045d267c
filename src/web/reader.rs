//! For whom a page is made: language and size of the text.

use actix_web::HttpRequest;
use actix_web::http::{Uri, header};

use crate::locale::Language;
use crate::pages::layout::Reader;

/// What `text` says in an address or a form for large text.
pub const LARGE: &str = "large";

/// The reader who asks for a language and a size of the text by name; Chinese in standard text where
/// nothing, or nothing known, is asked for.
pub fn of(language: Option<&str>, text: Option<&str>) -> Reader {
    Reader {
        language: language
            .and_then(Language::from_code)
            .unwrap_or(Language::ZH),
        large: text == Some(LARGE),
    }
}

/// The reader of a page by its address, for an error that comes before the query is read.
pub fn of_uri(uri: &Uri) -> Reader {
    let query = uri.query().unwrap_or_default();
    of(value(query, "lang="), value(query, "text="))
}

/// The reader of a page that no cache keeps: as [`of_uri`], and by the browser's languages where the
/// address names none.
pub fn of_request(request: &HttpRequest) -> Reader {
    let named = value(request.query_string(), "lang=");
    Reader {
        language: language(named, request),
        ..of_uri(request.uri())
    }
}

fn value<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name))
}

/// The language named by `named`, else the first known one of Accept-Language, else Chinese.
pub fn language(named: Option<&str>, request: &HttpRequest) -> Language {
    if let Some(language) = named.and_then(Language::from_code) {
        return language;
    }
    let accepts = request.headers().get(header::ACCEPT_LANGUAGE);
    let accepts = accepts.and_then(|value| value.to_str().ok());
    accepts
        .into_iter()
        .flat_map(|accepts| accepts.split(','))
        .filter_map(|tag| Language::from_code(tag.trim().get(..2)?))
        .next()
        .unwrap_or(Language::ZH)
}
