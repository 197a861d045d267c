//! RFC 9457 problem details: the errors of the API.

use actix_web::HttpResponse;
use actix_web::http::{StatusCode, header};
use serde::{Serialize, Serializer};

use crate::http::request;

/// Defines the enum of problem types and the list of them.
macro_rules! problem_types {
    ($($(#[$doc:meta])* $variant:ident = $name:literal,)+) => {
        /// The kinds of problems. `/api` explains each, by the texts `api.problem_…` and
        /// `api.cure_…` in the locale files.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum ProblemType {
            $($(#[$doc])* $variant,)+
        }

        impl ProblemType {
            /// Every type.
            pub const ALL: &[ProblemType] = &[$(ProblemType::$variant),+];

            /// Its name in URLs, such as `not-found`.
            pub fn name(self) -> &'static str {
                match self {
                    $(ProblemType::$variant => $name,)+
                }
            }
        }
    };
}

problem_types! {
    /// Some fields or answers are invalid; the problem lists them.
    Faults = "faults",
    /// The body is not JSON.
    Json = "json",
    /// An answer ends the interview: the survey does not ask this person.
    ScreenedOut = "screened-out",
    /// The survey does not take responses today.
    Closed = "closed",
    /// The questionnaire has changed since it was fetched.
    Version = "version",
    /// The id belongs to another response.
    Conflict = "conflict",
    /// A text contains a NUL character.
    NotText = "not-text",
    /// The sender or the channel is over its limit.
    Rate = "rate",
    /// The database does not take responses now.
    Busy = "busy",
    /// The body is too large, too slow or not complete.
    Body = "body",
    /// The body has another media type.
    MediaType = "media-type",
    /// The body has a `Content-Encoding`.
    ContentEncoding = "content-encoding",
    /// The request needs a token that is in force.
    Unauthorized = "unauthorized",
    /// The token is not for this mode or this survey.
    Forbidden = "forbidden",
    /// The body is not a form.
    NotAForm = "not-a-form",
    /// A browser sends the request for a page of another site.
    CrossSite = "cross-site",
    /// The query of the URL cannot be decoded.
    Address = "address",
    /// The path does not have this method.
    Method = "method",
    /// The URL does not exist.
    NotFound = "not-found",
    /// The survey has no figures yet.
    NoFigures = "no-figures",
    /// The figures are being computed.
    Computing = "computing",
    /// The receipt cannot be looked up now.
    Receipt = "receipt",
    /// A file of a release is not what was stored.
    Altered = "altered",
    /// The server is at fault.
    Internal = "internal",
}

impl Serialize for ProblemType {
    /// As a relative URL. [`crate::web::site::problem`] redirects it to the explanation.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&format_args!("/problems/{}", self.name()))
    }
}

/// An error, as `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Problem {
    /// The kind of problem, as a relative URL.
    #[serde(rename = "type")]
    pub kind: ProblemType,
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
    /// A problem with this status. `detail` says what is wrong with the request.
    pub fn new(status: StatusCode, kind: ProblemType, detail: impl Into<String>) -> Problem {
        Problem {
            kind,
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
        let problem = Problem::new(
            StatusCode::UNPROCESSABLE_ENTITY,
            ProblemType::Faults,
            detail,
        );
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
