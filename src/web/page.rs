//! Answers that are pages.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;

/// 200 with `page`.
pub fn html(page: impl Into<String>) -> HttpResponse {
    html_with(StatusCode::OK, page)
}

/// `status` with `page`.
pub fn html_with(status: StatusCode, page: impl Into<String>) -> HttpResponse {
    HttpResponse::build(status)
        .content_type("text/html; charset=utf-8")
        .body(page.into())
}
