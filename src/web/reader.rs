//! The reader of a page: language and text size.

use actix_web::HttpRequest;
use actix_web::http::{Uri, header};

use crate::locale::Language;
use crate::pages::layout::Reader;

/// The value of `text`, in a URL or a form, for large text.
pub const LARGE: &str = "large";

/// The reader with this language code and this text size. Chinese and standard text if they are
/// missing or unknown.
pub fn of(language: Option<&str>, text: Option<&str>) -> Reader {
    Reader {
        language: language
            .and_then(Language::from_code)
            .unwrap_or(Language::ZH),
        large: text == Some(LARGE),
    }
}

/// The reader by a page's URL, for errors that happen before the query is decoded.
pub fn of_uri(uri: &Uri) -> Reader {
    let query = uri.query().unwrap_or_default();
    of(value(query, "lang="), value(query, "text="))
}

/// As [`of_uri`], but if the URL has no language, by the browser's languages. Only for pages that
/// are not cached.
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

/// The language with the code `named`; else the first known language of Accept-Language; else
/// Chinese.
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
