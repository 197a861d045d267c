//! One place turns errors into pages and problems; the client never sees the cause, the log always does.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

use crate::locale::Language;
use crate::pages;
use crate::store::SubmitError;
use crate::web::guard::BodyError;
use crate::web::problem::Problem;

/// What can go wrong on the way to a page.
#[derive(Debug)]
pub enum ErrorPage {
    /// No such address.
    NotFound,
    /// A body that is not a form.
    NotAForm,
    /// A body of another type than a form.
    MediaType,
    /// A body that was not read.
    Body(BodyError),
    /// A response that was not stored.
    Store(SubmitError),
    /// A fault of ours.
    Internal,
}

/// The page that tells the reader what happened and what to do.
pub fn page(language: Language, error: ErrorPage) -> HttpResponse {
    let (status, key) = match &error {
        ErrorPage::NotFound => (StatusCode::NOT_FOUND, "not_found"),
        ErrorPage::NotAForm => (StatusCode::BAD_REQUEST, "not_a_form"),
        ErrorPage::MediaType => (StatusCode::UNSUPPORTED_MEDIA_TYPE, "not_a_form"),
        ErrorPage::Body(body) => (body.status(), "body"),
        ErrorPage::Store(SubmitError::Conflict) => (StatusCode::CONFLICT, "conflict"),
        ErrorPage::Store(SubmitError::NotText) => (StatusCode::BAD_REQUEST, "not_a_form"),
        ErrorPage::Store(SubmitError::Busy | SubmitError::Full) => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
        ErrorPage::Store(_) => (StatusCode::SERVICE_UNAVAILABLE, "busy"),
        ErrorPage::Internal => (StatusCode::INTERNAL_SERVER_ERROR, "internal"),
    };
    let mut response = HttpResponse::build(status);
    response.content_type("text/html; charset=utf-8");
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.insert_header(("Retry-After", "5"));
    }
    response.body(pages::error::page(language, status.as_u16(), key).into_string())
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
            "Nothing was stored. Send the same response again later.",
        ),
    }
}

/// 404 for anything no route knows.
pub async fn not_found(request: actix_web::HttpRequest) -> HttpResponse {
    if request.path().starts_with("/api/") {
        return Problem::new(
            StatusCode::NOT_FOUND,
            "not-found",
            "There is nothing at this address.",
        )
        .respond();
    }
    page(
        crate::web::questionnaire::language(None, &request),
        ErrorPage::NotFound,
    )
}
