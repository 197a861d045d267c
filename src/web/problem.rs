//! RFC 9457 problem details: what the API says when it refuses.

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use serde::Serialize;

/// A refusal, as `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Problem {
    /// A relative reference that names the kind of problem.
    #[serde(rename = "type")]
    pub kind: String,
    /// The kind in words.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// What is wrong this time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Everything the respondent can fix.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<FaultDetail>,
}

/// One thing to fix.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct FaultDetail {
    /// Question or field.
    pub code: String,
    /// What is wrong, in the reader's language.
    pub message: String,
    /// JSON pointer into the request.
    pub pointer: String,
}

impl Problem {
    /// A problem of that status, named `name` (such as `faults`), with what is wrong.
    pub fn new(status: StatusCode, name: &str, detail: impl Into<String>) -> Problem {
        Problem {
            kind: format!("/problems/{name}"),
            title: status.canonical_reason().unwrap_or("Error").to_owned(),
            status: status.as_u16(),
            detail: Some(detail.into()),
            faults: Vec::new(),
        }
    }

    /// The same problem with the faults that led to it.
    pub fn with_faults(mut self, faults: Vec<FaultDetail>) -> Problem {
        self.faults = faults;
        self
    }

    /// The answer that carries it.
    pub fn respond(&self) -> HttpResponse {
        let status = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let mut response = HttpResponse::build(status);
        response.content_type("application/problem+json");
        if matches!(self.status, 429 | 503) {
            response.insert_header(("Retry-After", "5"));
        }
        response.body(serde_json::to_vec(self).unwrap_or_default())
    }
}
