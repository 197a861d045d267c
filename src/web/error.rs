//! One place turns errors into pages and problems; the client never sees the cause, the log always does.

use actix_web::http::{StatusCode, header};
use actix_web::{HttpRequest, HttpResponse};

use crate::pages;
use crate::pages::layout::Reader;
use crate::store::SubmitError;
use crate::web::address::Address;
use crate::web::body::BodyError;
use crate::web::limits::TooMany;
use crate::web::problem::Problem;
use crate::web::request_id;

/// What can go wrong on the way to a page.
#[derive(Debug)]
pub enum ErrorPage {
    /// No such address.
    NotFound,
    /// An address that cannot be read.
    Address,
    /// A body that is not a form.
    NotAForm,
    /// A body of another type than a form.
    MediaType,
    /// A body that was not read.
    Body(BodyError),
    /// A response that was not stored.
    Store(SubmitError),
    /// More than one sender or one channel may send.
    TooMany(TooMany),
    /// Figures that a server which has just started has still to compute.
    Computing,
    /// A receipt that cannot be looked up now.
    Receipt,
    /// A fault of ours.
    Internal,
}

/// The page that tells the reader what happened and what to do.
pub fn page(reader: impl Into<Reader>, error: ErrorPage) -> HttpResponse {
    let (status, key) = match &error {
        ErrorPage::NotFound => (StatusCode::NOT_FOUND, "not_found"),
        ErrorPage::Address => (StatusCode::BAD_REQUEST, "address"),
        ErrorPage::NotAForm => (StatusCode::BAD_REQUEST, "not_a_form"),
        ErrorPage::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_a_form"),
        ErrorPage::Body(body @ BodyError::TooMany) => (body.status(), "busy"),
        ErrorPage::Body(body) => (body.status(), "body"),
        ErrorPage::Store(SubmitError::Conflict) => (StatusCode::CONFLICT, "conflict"),
        ErrorPage::Store(SubmitError::NotText) => (StatusCode::BAD_REQUEST, "not_a_form"),
        ErrorPage::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
        ErrorPage::TooMany(_) => (StatusCode::TOO_MANY_REQUESTS, "busy"),
        ErrorPage::Computing => (StatusCode::SERVICE_UNAVAILABLE, "computing"),
        ErrorPage::Receipt => (StatusCode::SERVICE_UNAVAILABLE, "receipt"),
        ErrorPage::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
    };
    let mut response = HttpResponse::build(status);
    response.content_type("text/html; charset=utf-8");
    let ours = status.is_server_error() && !matches!(error, ErrorPage::Computing);
    match error {
        ErrorPage::TooMany(wait) => {
            response.insert_header((header::RETRY_AFTER, wait.seconds()));
        }
        ErrorPage::Computing | ErrorPage::Receipt => {
            response.insert_header((header::RETRY_AFTER, 5));
            response.insert_header((header::REFRESH, 5));
        }
        _ if status == StatusCode::SERVICE_UNAVAILABLE => {
            response.insert_header((header::RETRY_AFTER, 5));
        }
        _ => {}
    }
    let id = Some(request_id::current()).filter(|_| ours);
    response
        .body(pages::error::page(reader.into(), status.as_u16(), key, id.as_deref()).into_string())
}

/// Whether an address is one of the API, whose errors are problem details.
pub fn is_api(path: &str) -> bool {
    path.starts_with("/api/")
}

/// The reader of a page by its query, for an error that comes before the query is read.
pub fn reader(query: &str) -> Reader {
    let said = |name| value(query, name).map(str::to_owned);
    let address = Address {
        lang: said("lang="),
        text: said("text="),
        ..Address::default()
    };
    address.reader()
}

fn value<'q>(query: &'q str, name: &str) -> Option<&'q str> {
    query.split('&').find_map(|pair| pair.strip_prefix(name))
}

/// The answer to a request that a fault of ours has ended.
pub fn internal(api: bool, reader: Reader) -> HttpResponse {
    if api {
        let detail = "The fault is ours. Send the same request again later.";
        return Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", detail).respond();
    }
    page(reader, ErrorPage::Internal)
}

/// The problem details of a response that was refused for its sender's or channel's rate.
pub fn rate_problem(wait: TooMany) -> Problem {
    let mut problem = Problem::new(
        StatusCode::TOO_MANY_REQUESTS,
        "rate",
        "Nothing was stored. Send the same response again after the time that Retry-After gives.",
    );
    problem.retry_after = Some(wait.seconds());
    problem
}

/// The problem details of a response that was not stored.
pub fn store_problem(error: &SubmitError) -> Problem {
    match error {
        SubmitError::Conflict => Problem::new(
            StatusCode::CONFLICT,
            "conflict",
            "A response with this id but other content is stored already.",
        ),
        SubmitError::NotText => Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            "not-text",
            "A text holds a NUL character. Send it without.",
        ),
        _ => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "busy",
            "The response may not have been stored. Send the same one, with the same id, again later.",
        ),
    }
}

/// 404 for anything no route knows.
pub async fn not_found(request: HttpRequest) -> HttpResponse {
    if is_api(request.path()) {
        return Problem::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "There is nothing at this address.",
        )
        .respond();
    }
    let reader = Reader {
        // No cache keeps this page, so the browser may be asked what the address does not say.
        language: crate::web::questionnaire::language(
            value(request.query_string(), "lang="),
            &request,
        ),
        ..reader(request.query_string())
    };
    page(reader, ErrorPage::NotFound)
}
