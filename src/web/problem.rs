//! RFC 9457 problem details: the errors of the API.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde::Serialize;

use crate::http::request;

/// An error, as `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Problem {
    /// The kind of problem, as a relative URL.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: &'static str,
    /// HTTP status.
    pub status: u16,
    /// What is wrong with this request.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// The number of the request, by which it is found in the log. Only for errors of the server.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub request: Option<Box<str>>,
    /// Seconds until the same request may be sent again.
    #[serde(skip)]
    pub retry_after: Option<u32>,
    /// The methods of the URL, for `Allow`.
    #[serde(skip)]
    pub allow: Option<&'static str>,
    /// All faults that the sender can correct.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultDetail>,
}

/// One fault to correct.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaultDetail {
    /// Code of the question, or name of the field.
    pub code: String,
    /// What is wrong, in the reader's language.
    pub message: String,
    /// JSON pointer into the request.
    pub pointer: String,
}

impl Problem {
    /// A problem of the kind `name`, such as `faults`. `detail` says what is wrong.
    pub fn new(status: StatusCode, name: &str, detail: impl Into<String>) -> Problem {
        Problem {
            kind: format!("/problems/{name}"),
            title: status.canonical_reason().unwrap_or("Error"),
            status: status.as_u16(),
            detail: Some(detail.into()),
            request: status.is_server_error().then(|| request::id().into()),
            retry_after: None,
            allow: None,
            faults: Vec::new(),
        }
    }

    /// A problem with status 422 and these faults.
    pub fn unprocessable(detail: &str, faults: Vec<FaultDetail>) -> Problem {
        let problem = Problem::new(StatusCode::UNPROCESSABLE_ENTITY, "faults", detail);
        Problem { faults, ..problem }
    }

    /// The answer with this problem.
    pub fn respond(&self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        response.content_type("application/problem+json");
        if let Some(seconds) = self.retry_after {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if let Some(methods) = self.allow {
            response.insert_header((header::ALLOW, methods));
        }
        response.body(serde_json::to_vec(self).unwrap_or_default())
    }
}
