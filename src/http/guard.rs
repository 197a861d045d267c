//! Wraps every request: gives it a number, refuses coded bodies, handles panics, counts failures,
//! adds the common headers.

use std::num::NonZeroU32;
use std::panic::AssertUnwindSafe;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_http::body::{BoxBody, EitherBody, MessageBody};
use actix_web::HttpResponse;
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode, Uri};
use actix_web::middleware::Next;
use actix_web::web::Data;
use futures_util::FutureExt;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::http::body::Unread;
use crate::http::connection::Answering;
use crate::http::limits::Limits;
use crate::http::request;

const CROSS_ORIGIN_RESOURCE_POLICY: HeaderName =
    HeaderName::from_static("cross-origin-resource-policy");

/// Lets pages of any site read `response`. For open tables and the API's public documents.
pub fn open_to_all(mut response: HttpResponse) -> HttpResponse {
    let headers = response.headers_mut();
    headers.insert(
        header::ACCESS_CONTROL_ALLOW_ORIGIN,
        HeaderValue::from_static("*"),
    );
    headers.insert(
        CROSS_ORIGIN_RESOURCE_POLICY,
        HeaderValue::from_static("cross-origin"),
    );
    response
}

/// The site's Content-Security-Policy. A document with inline style or script sets its own, with
/// their hashes.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; \
     script-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; \
     frame-ancestors 'none'; base-uri 'none'";

/// What the guard must know about the site.
#[derive(Clone, Copy)]
pub struct Site {
    /// Whether citizens reach the site by https. Then browsers are told to use nothing else.
    pub is_https: bool,
    /// Makes the answer after a handler panicked.
    pub panicked: fn() -> HttpResponse,
    /// Makes the answer to a body with a `Content-Encoding`.
    pub coded_body: fn() -> HttpResponse,
}

/// Gives the request a number, refuses a coded body, answers a panic with an error page, counts
/// failures, and adds the headers that every answer has.
///
/// The server does not decompress bodies. A compressed body is refused with 415, because it would
/// be parsed as if it were plain.
///
/// # Errors
/// A panic, as the answer to it.
pub async fn guard(
    site: Site,
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody + 'static>>, actix_web::Error> {
    // HEAD is answered like GET; the codec leaves the body out (RFC 9110, 9.3.2).
    if request.method() == Method::HEAD {
        request.head_mut().method = Method::GET;
    }
    let coded = request
        .headers()
        .get(header::CONTENT_ENCODING)
        .is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    let id = request
        .app_data::<Data<Limits>>()
        .filter(|limits| limits.is_from_proxy(request.request()))
        .and_then(|_| request::given_id(request.headers()))
        .unwrap_or_else(request::fresh_id);
    let uri = request.uri().clone();
    let _answering = Answering::begin(&request);
    let unread = Unread::share(&mut request);
    let answer = async {
        match coded {
            true => Ok::<_, actix_web::Error>(
                request
                    .into_response((site.coded_body)())
                    .map_into_right_body(),
            ),
            false => Ok(next.call(request).await?.map_into_left_body()),
        }
    };
    let answer = request::during(
        id.clone(),
        uri.clone(),
        AssertUnwindSafe(answer).catch_unwind(),
    );
    let mut response = match answer.await {
        Ok(answer) => answer?,
        // The message of the panic is on stderr.
        Err(_) => return Err(panic_error(site, id, uri, unread).await),
    };
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        let route = response.request().match_pattern().unwrap_or_default();
        record_failure(&route, response.request().method(), status, &id);
    }
    add_headers(response.headers_mut(), id, site);
    Ok(match unread {
        Some(unread) => response
            .map_body(|_, body| EitherBody::right(unread.keep_until_sent(BoxBody::new(body)))),
        None => response,
    })
}

/// The error whose response is the answer after a panic.
async fn panic_error(
    site: Site,
    id: HeaderValue,
    uri: Uri,
    unread: Option<Unread>,
) -> actix_web::Error {
    let page = async { (site.panicked)() };
    let mut page = request::during(id.clone(), uri, page).await;
    record_failure("", &Method::default(), page.status(), &id);
    add_headers(page.headers_mut(), id, site);
    if let Some(unread) = unread {
        page = page.map_body(|_, body| unread.keep_until_sent(body));
    }
    InternalError::from_response("a handler panicked", page).into()
}

/// Adds the headers that every answer has.
fn add_headers(headers: &mut HeaderMap, id: HeaderValue, site: Site) {
    headers.insert(request::REQUEST_ID, id);
    const ALWAYS: [(HeaderName, &str); 4] = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "same-origin"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("permissions-policy"),
            "camera=(), geolocation=(), microphone=(), payment=()",
        ),
    ];
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    const UNLESS_SET: [(HeaderName, &str); 4] = [
        (header::X_FRAME_OPTIONS, "DENY"),
        (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (CROSS_ORIGIN_RESOURCE_POLICY, "same-origin"),
    ];
    for (name, value) in UNLESS_SET {
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    }
    if site.is_https {
        let year = HeaderValue::from_static("max-age=31536000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, year);
    }
}

/// Limits the log lines about failed requests.
///
/// When the queue or the disk is full, thousands of requests fail each second, and the log must not
/// fill the disk. The first hundred get a line each; then five lines a second, each with the number
/// of failures that got none. The metric counts every failure.
struct FailureLog {
    lines: DefaultDirectRateLimiter,
    unlogged: AtomicU64,
}

static FAILURE_LOG: LazyLock<FailureLog> = LazyLock::new(|| {
    const LINES_A_SECOND: NonZeroU32 = NonZeroU32::new(5).unwrap();
    const AT_ONCE: NonZeroU32 = NonZeroU32::new(100).unwrap();
    FailureLog {
        lines: RateLimiter::direct(Quota::per_second(LINES_A_SECOND).allow_burst(AT_ONCE)),
        unlogged: AtomicU64::new(0),
    }
});

impl FailureLog {
    /// Whether this failure gets a line; then the number of failures since the last line.
    fn line(&self) -> Option<u64> {
        if self.lines.check().is_ok() {
            Some(self.unlogged.swap(0, Ordering::Relaxed))
        } else {
            self.unlogged.fetch_add(1, Ordering::Relaxed);
            None
        }
    }
}

/// Counts an error by route and status, and logs it if the server is at fault. The route is the
/// pattern (`/s/{survey}`), never the path that was sent.
fn record_failure(route: &str, method: &Method, status: StatusCode, id: &HeaderValue) {
    // A load balancer asks every second, and "not ready" is not a failure of the request.
    if route == "/readyz" {
        return;
    }
    if status.is_server_error()
        && let Some(passed_over) = FAILURE_LOG.line()
    {
        let request = id.to_str().unwrap_or_default();
        let status = status.as_u16();
        tracing::error!(request, %method, route, status, passed_over, "a request failed");
    }
    let (route, status) = (route.to_owned(), status.as_str().to_owned());
    metrics::counter!("minyi_http_errors_total", "route" => route, "status" => status).increment(1);
}

#[cfg(test)]
mod tests {
    use actix_web::body::to_bytes;
    use actix_web::dev::Service;
    use actix_web::middleware::from_fn;
    use actix_web::test::{TestRequest, init_service};
    use actix_web::{App, HttpResponse, web};

    use super::*;

    async fn broken() -> HttpResponse {
        panic!("on purpose")
    }

    fn panicked() -> HttpResponse {
        let path = request::uri().path().to_owned();
        HttpResponse::InternalServerError().body(format!("{path} {}", request::id()))
    }

    #[actix_web::test]
    async fn the_answer_to_a_panic_names_the_request_and_the_next_request_is_served() {
        let site = Site {
            is_https: false,
            panicked,
            coded_body: || HttpResponse::UnsupportedMediaType().finish(),
        };
        let app = App::new()
            .wrap(from_fn(move |request, next| guard(site, request, next)))
            .route("/broken", web::get().to(broken))
            .route(
                "/fine",
                web::get().to(async || HttpResponse::Ok().body("fine")),
            );
        let service = init_service(app).await;
        let get = async |path: &str| {
            let answer = service
                .call(TestRequest::get().uri(path).to_request())
                .await;
            let answer = match answer {
                Ok(answer) => answer.into_parts().1.map_into_boxed_body(),
                Err(error) => error.error_response(),
            };
            let id = answer.headers().get(request::REQUEST_ID).unwrap();
            let id = id.to_str().unwrap().to_owned();
            (
                answer.status().as_u16(),
                id,
                to_bytes(answer.into_body()).await.unwrap(),
            )
        };
        let (status, id, page) = get("/broken").await;
        assert_eq!(status, 500);
        assert_eq!(page, format!("/broken {id}"));
        assert_eq!(get("/fine").await.2, "fine");
    }
}
