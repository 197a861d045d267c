//! One error of all handlers: a page for people, RFC 9457 problem details for programs.
//!
//! The client never sees the cause; the log names the request, and the store logs its own errors.

use actix_web::http::{StatusCode, Uri, header};
use actix_web::{HttpRequest, HttpResponse, ResponseError};

use crate::http::body::BodyError;
use crate::http::limits::TooMany;
use crate::http::request;
use crate::pages;
use crate::pages::layout::Reader;
use crate::store::SubmitError;
use crate::web::problem::{Problem, ProblemType};
use crate::web::reader;

/// Why a request is not answered with what it asked for.
#[derive(Debug)]
pub struct AppError {
    kind: ErrorKind,
    /// The reader of the page; `None` to take it from the URL.
    reader: Option<Reader>,
}

/// What went wrong.
#[derive(Debug)]
pub enum ErrorKind {
    /// The URL does not exist.
    NotFound,
    /// The path is known, but not with this method. Holds the value of `Allow`.
    Method(&'static str),
    /// The query of the URL cannot be decoded.
    Address,
    /// A browser sends it for a page of another site.
    CrossSite,
    /// The request has no token that is in force, and needs one.
    Unauthorized,
    /// The token does not allow this mode or this survey.
    Forbidden,
    /// The request has no session in force, and its form would be lost by a redirect.
    LoggedOut,
    /// The person's role does not allow it.
    OtherRole,
    /// The form is of another session.
    StaleForm,
    /// The body is not a form.
    NotAForm,
    /// The body has another media type. Holds the expected one.
    MediaType(&'static str),
    /// The body was not read.
    Body(BodyError),
    /// The body has a `Content-Encoding`.
    CodedBody,
    /// The response was not stored.
    Store(SubmitError),
    /// The sender or the channel is over its limit.
    TooMany(TooMany),
    /// The server has just started and is still computing the figures.
    Computing,
    /// The survey has no figures yet.
    NoFigures,
    /// A file of a release is not what was stored.
    Altered,
    /// A receipt cannot be looked up now.
    Receipt,
    /// A problem that only the API has, with its details.
    Problem(Box<Problem>),
    /// The server is at fault.
    Internal,
}

impl From<ErrorKind> for AppError {
    fn from(kind: ErrorKind) -> AppError {
        AppError { kind, reader: None }
    }
}

impl From<Problem> for AppError {
    fn from(problem: Problem) -> AppError {
        ErrorKind::Problem(Box::new(problem)).into()
    }
}

impl From<SubmitError> for AppError {
    fn from(error: SubmitError) -> AppError {
        ErrorKind::Store(error).into()
    }
}

impl From<BodyError> for AppError {
    fn from(error: BodyError) -> AppError {
        ErrorKind::Body(error).into()
    }
}

impl From<TooMany> for AppError {
    fn from(wait: TooMany) -> AppError {
        ErrorKind::TooMany(wait).into()
    }
}

impl std::fmt::Display for AppError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.kind.problem_type().name())
    }
}

impl std::error::Error for AppError {}

impl AppError {
    /// The same error with a page for `reader`, if a form states more about the reader than its
    /// URL.
    pub fn for_reader(self, reader: Reader) -> AppError {
        let reader = Some(reader);
        AppError { reader, ..self }
    }

    /// Whether the invitation cannot be used.
    pub fn is_invitation_spent(&self) -> bool {
        matches!(self.kind, ErrorKind::Store(SubmitError::InvitationSpent))
    }

    /// The error as problem details.
    pub fn problem(&self) -> Problem {
        self.kind.problem()
    }

    fn page(&self, uri: &Uri) -> HttpResponse {
        let status = self.kind.status();
        let mut response = HttpResponse::build(status);
        response.content_type("text/html; charset=utf-8");
        if let Some(seconds) = self.kind.retry_after() {
            response.insert_header((header::RETRY_AFTER, seconds));
        }
        if let ErrorKind::Computing | ErrorKind::Receipt = self.kind {
            response.insert_header((header::REFRESH, 5));
        }
        if let ErrorKind::Method(allow) = self.kind {
            response.insert_header((header::ALLOW, allow));
        }
        let reader = self.reader.unwrap_or_else(|| reader::of_uri(uri));
        let is_fault = status.is_server_error() && !matches!(self.kind, ErrorKind::Computing);
        let id = is_fault.then(request::id);
        let page = pages::error::page(reader, status.as_u16(), self.kind.page_key(), id.as_deref());
        response.body(page.into_string())
    }
}

impl ErrorKind {
    /// The HTTP status.
    fn status(&self) -> StatusCode {
        match self {
            ErrorKind::NotFound | ErrorKind::NoFigures => StatusCode::NOT_FOUND,
            ErrorKind::Method(_) => StatusCode::METHOD_NOT_ALLOWED,
            ErrorKind::Unauthorized | ErrorKind::LoggedOut => StatusCode::UNAUTHORIZED,
            ErrorKind::CrossSite
            | ErrorKind::Forbidden
            | ErrorKind::OtherRole
            | ErrorKind::StaleForm => StatusCode::FORBIDDEN,
            ErrorKind::Address | ErrorKind::NotAForm => StatusCode::BAD_REQUEST,
            ErrorKind::MediaType(_) | ErrorKind::CodedBody => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            ErrorKind::Body(body) => body.status(),
            ErrorKind::Store(SubmitError::Conflict) => StatusCode::CONFLICT,
            ErrorKind::Store(SubmitError::NotText | SubmitError::InvitationSpent) => {
                StatusCode::UNPROCESSABLE_ENTITY
            }
            ErrorKind::Store(_) | ErrorKind::Computing | ErrorKind::Receipt => {
                StatusCode::SERVICE_UNAVAILABLE
            }
            ErrorKind::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            ErrorKind::Problem(problem) => {
                StatusCode::from_u16(problem.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
            }
            ErrorKind::Internal | ErrorKind::Altered => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// Seconds after which the same request may succeed.
    fn retry_after(&self) -> Option<u32> {
        match self {
            ErrorKind::TooMany(wait) => Some(wait.seconds()),
            _ if self.status() == StatusCode::SERVICE_UNAVAILABLE => Some(5),
            _ => None,
        }
    }

    /// The type of the problem.
    fn problem_type(&self) -> ProblemType {
        match self {
            ErrorKind::NotFound => ProblemType::NotFound,
            ErrorKind::Method(_) => ProblemType::Method,
            ErrorKind::Address => ProblemType::Address,
            ErrorKind::CrossSite => ProblemType::CrossSite,
            ErrorKind::Unauthorized | ErrorKind::LoggedOut => ProblemType::Unauthorized,
            ErrorKind::Forbidden | ErrorKind::OtherRole | ErrorKind::StaleForm => {
                ProblemType::Forbidden
            }
            ErrorKind::NotAForm => ProblemType::NotAForm,
            ErrorKind::MediaType(_) => ProblemType::MediaType,
            ErrorKind::Body(_) => ProblemType::Body,
            ErrorKind::CodedBody => ProblemType::ContentEncoding,
            ErrorKind::Store(SubmitError::Conflict) => ProblemType::Conflict,
            ErrorKind::Store(SubmitError::InvitationSpent) => ProblemType::Faults,
            ErrorKind::Store(SubmitError::NotText) => ProblemType::NotText,
            ErrorKind::Store(_) => ProblemType::Busy,
            ErrorKind::TooMany(_) => ProblemType::Rate,
            ErrorKind::Computing => ProblemType::Computing,
            ErrorKind::NoFigures => ProblemType::NoFigures,
            ErrorKind::Receipt => ProblemType::Receipt,
            ErrorKind::Problem(problem) => problem.kind,
            ErrorKind::Internal => ProblemType::Internal,
            ErrorKind::Altered => ProblemType::Altered,
        }
    }

    /// The name of the page's texts under `error` in the locale files.
    fn page_key(&self) -> &'static str {
        match self {
            ErrorKind::NotFound | ErrorKind::NoFigures => "not_found",
            ErrorKind::Method(_) => "method",
            ErrorKind::Address => "address",
            ErrorKind::CrossSite => "cross_site",
            ErrorKind::LoggedOut => "logged_out",
            ErrorKind::OtherRole => "other_role",
            ErrorKind::StaleForm => "stale_form",
            ErrorKind::Unauthorized
            | ErrorKind::Forbidden
            | ErrorKind::NotAForm
            | ErrorKind::MediaType(_)
            | ErrorKind::CodedBody
            | ErrorKind::Problem(_)
            | ErrorKind::Store(SubmitError::NotText | SubmitError::InvitationSpent) => "not_a_form",
            ErrorKind::Body(BodyError::TooMany) | ErrorKind::TooMany(_) => "busy",
            ErrorKind::Body(_) => "body",
            ErrorKind::Store(SubmitError::Conflict) => "conflict",
            ErrorKind::Store(_) => "busy",
            ErrorKind::Computing => "computing",
            ErrorKind::Receipt => "receipt",
            ErrorKind::Internal => "internal",
            ErrorKind::Altered => "altered",
        }
    }

    fn problem(&self) -> Problem {
        let detail = match self {
            ErrorKind::Problem(problem) => return (**problem).clone(),
            ErrorKind::NotFound => "There is nothing at this address.".to_owned(),
            ErrorKind::Method(allow) => format!("This address takes {allow}."),
            ErrorKind::Address => "The address holds characters that cannot be read.".to_owned(),
            ErrorKind::CrossSite => "Another site may not send this.".to_owned(),
            ErrorKind::Unauthorized => "Only online responses are taken without a token. Send \
                                        Authorization: Bearer TOKEN with a token in force."
                .to_owned(),
            ErrorKind::Forbidden => "The token is not for this mode or this survey.".to_owned(),
            ErrorKind::LoggedOut => "Log in again, then send the form again.".to_owned(),
            ErrorKind::OtherRole => "Your role does not allow this.".to_owned(),
            ErrorKind::StaleForm => "Open the form again, then send it.".to_owned(),
            ErrorKind::NotAForm => "The body is not a form.".to_owned(),
            ErrorKind::MediaType(kind) => format!("Send {kind}."),
            ErrorKind::Body(body) => body.to_string(),
            ErrorKind::CodedBody => "Send the body without Content-Encoding.".to_owned(),
            ErrorKind::Store(SubmitError::Conflict) => {
                "A response with this id but other content is stored already.".to_owned()
            }
            ErrorKind::Store(SubmitError::InvitationSpent) => {
                "The invitation cannot be used.".to_owned()
            }
            ErrorKind::Store(SubmitError::NotText) => {
                "A text contains a NUL character. Send it without.".to_owned()
            }
            ErrorKind::Store(_) => "The response may not have been stored. Send the same one, \
                                    with the same id, again later."
                .to_owned(),
            ErrorKind::TooMany(_) => "Nothing was stored. Send the same response again after the \
                                      time that Retry-After gives."
                .to_owned(),
            ErrorKind::Computing => "The server has just started and computes the figures. Ask \
                                     again after the time that Retry-After gives."
                .to_owned(),
            ErrorKind::NoFigures => "Nothing has been published of this survey yet.".to_owned(),
            ErrorKind::Receipt => "The receipt cannot be looked up now.".to_owned(),
            ErrorKind::Altered => {
                "The stored bytes are not those that were published: they do not \
                                   match the log. They are not shown."
                    .to_owned()
            }
            ErrorKind::Internal => {
                "The server is at fault. Send the same request again later.".to_owned()
            }
        };
        let mut problem = Problem::new(self.status(), self.problem_type(), detail);
        problem.retry_after = self.retry_after();
        if let ErrorKind::Method(allow) = self {
            problem.allow = Some(allow);
        }
        problem
    }
}

impl ResponseError for AppError {
    fn status_code(&self) -> StatusCode {
        self.kind.status()
    }

    fn error_response(&self) -> HttpResponse {
        let uri = request::uri();
        match is_for_programs(uri.path()) {
            true => self.kind.problem().respond(),
            false => self.page(&uri),
        }
    }
}

/// Whether this path is for programs: the API and the tables.
fn is_for_programs(path: &str) -> bool {
    path.starts_with("/api/")
        || path.starts_with("/results/")
            && [".csv", ".json", ".xlsx"]
                .iter()
                .any(|end| path.ends_with(end))
}

/// The answer after a handler panicked.
pub fn panicked() -> HttpResponse {
    AppError::from(ErrorKind::Internal).error_response()
}

/// The answer to a body with a `Content-Encoding`.
pub fn coded_body() -> HttpResponse {
    AppError::from(ErrorKind::CodedBody).error_response()
}

/// Answers every path without a route.
///
/// # Errors
/// Always: [`ErrorKind::NotFound`].
pub async fn not_found(request: HttpRequest) -> Result<HttpResponse, AppError> {
    let reader = reader::of_request(&request);
    Err(AppError::from(ErrorKind::NotFound).for_reader(reader))
}
