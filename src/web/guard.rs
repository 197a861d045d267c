//! What every request passes: codings and faults of ours, and the headers every answer carries.

use std::num::NonZeroU32;
use std::panic::AssertUnwindSafe;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use actix_web::body::{BoxBody, EitherBody, MessageBody};
use actix_web::dev::{ServiceRequest, ServiceResponse};
use actix_web::error::InternalError;
use actix_web::http::header::{self, HeaderMap, HeaderName, HeaderValue};
use actix_web::http::{Method, StatusCode};
use actix_web::middleware::Next;
use actix_web::web::Data;
use futures_util::FutureExt;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};

use crate::web::body::Unread;
use crate::web::connection::Answering;
use crate::web::limits::Limits;
use crate::web::problem::Problem;
use crate::web::{error, request_id};

/// The site's Content-Security-Policy; a document with inline style or script brings its own, by hash.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; \
     connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// Numbers the request, refuses a coded body, answers a panic with the page for our faults, counts what went wrong, and
/// dresses every answer in the site's headers.
///
/// A coded body would be parsed as if it were plain (the server does not decode), so it is refused with 415.
pub async fn guard(
    mut request: ServiceRequest,
    next: Next<impl MessageBody + 'static>,
) -> Result<ServiceResponse<EitherBody<impl MessageBody + 'static>>, actix_web::Error> {
    let coded = request
        .headers()
        .get(header::CONTENT_ENCODING)
        .is_some_and(|coding| !coding.as_bytes().eq_ignore_ascii_case(b"identity"));
    let id = request
        .app_data::<Data<Limits>>()
        .filter(|limits| limits.is_from_proxy(request.request()))
        .and_then(|_| request_id::given(request.headers()))
        .unwrap_or_else(request_id::fresh);
    let _answering = Answering::begin(&request);
    let unread = Unread::keep(&mut request);
    let mut response = if coded {
        let problem = Problem::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "content-encoding",
            "Send the body without Content-Encoding.",
        );
        request
            .into_response(problem.respond())
            .map_into_right_body()
    } else {
        let (api, reader) = (
            error::is_api(request.path()),
            error::reader(request.query_string()),
        );
        let answer =
            AssertUnwindSafe(request_id::during(id.clone(), next.call(request))).catch_unwind();
        match answer.await {
            Ok(answer) => answer?.map_into_left_body(),
            // What was under way is lost, the connection and the server are not. The panic's own words are on stderr.
            Err(_) => {
                let mut page =
                    request_id::during(id.clone(), async { error::internal(api, reader) }).await;
                tell("", &Method::default(), page.status(), &id);
                dress(page.headers_mut(), id);
                if let Some(unread) = unread {
                    page = page.map_body(|_, body| unread.until_sent(body));
                }
                return Err(InternalError::from_response("a handler panicked", page).into());
            }
        }
    };
    let status = response.status();
    if status.is_client_error() || status.is_server_error() {
        let route = response.request().match_pattern().unwrap_or_default();
        tell(&route, response.request().method(), status, &id);
    }
    dress(response.headers_mut(), id);
    Ok(match unread {
        Some(unread) => {
            response.map_body(|_, body| EitherBody::right(unread.until_sent(BoxBody::new(body))))
        }
        None => response,
    })
}

/// The headers of every answer.
fn dress(headers: &mut HeaderMap, id: HeaderValue) {
    headers.insert(request_id::REQUEST_ID, id);
    const ALWAYS: [(HeaderName, &str); 5] = [
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
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    for (name, value) in ALWAYS {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if !headers.contains_key(header::CONTENT_SECURITY_POLICY) {
        headers.insert(
            header::CONTENT_SECURITY_POLICY,
            HeaderValue::from_static(CONTENT_SECURITY_POLICY),
        );
    }
    if !headers.contains_key(header::CACHE_CONTROL) {
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    }
}

/// Lines of the log about failed requests.
///
/// A crowd before a full queue or a full disk fails by the thousand a second, and its log must not fill the disk: the first
/// hundred are told one by one, a flood by five lines a second that say how many were passed over before them. The metric
/// counts every one.
struct Telling {
    lines: DefaultDirectRateLimiter,
    passed_over: AtomicU64,
}

static TELLING: LazyLock<Telling> = LazyLock::new(|| {
    const LINES_A_SECOND: NonZeroU32 = NonZeroU32::new(5).unwrap();
    const AT_ONCE: NonZeroU32 = NonZeroU32::new(100).unwrap();
    Telling {
        lines: RateLimiter::direct(Quota::per_second(LINES_A_SECOND).allow_burst(AT_ONCE)),
        passed_over: AtomicU64::new(0),
    }
});

impl Telling {
    /// How many failures were passed over since the last line, if this one gets a line.
    fn line(&self) -> Option<u64> {
        if self.lines.check().is_ok() {
            Some(self.passed_over.swap(0, Ordering::Relaxed))
        } else {
            self.passed_over.fetch_add(1, Ordering::Relaxed);
            None
        }
    }
}

/// Counts an error by route and status, and logs those of ours. The route is its pattern, never the path that was sent.
fn tell(route: &str, method: &Method, status: StatusCode, id: &HeaderValue) {
    // That a server is not ready is its answer, asked every second, not its failure.
    if route == "/readyz" {
        return;
    }
    if status.is_server_error()
        && let Some(passed_over) = TELLING.line()
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
        panic!("a fault of ours")
    }

    #[actix_web::test]
    async fn a_panic_is_answered_with_a_page_that_names_the_request_and_the_next_request_is_served()
    {
        let app = App::new()
            .wrap(from_fn(guard))
            .route("/broken", web::get().to(broken))
            .route("/api/broken", web::get().to(broken))
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
            let id = answer.headers().get(request_id::REQUEST_ID).unwrap();
            let id = id.to_str().unwrap().to_owned();
            (
                answer.status().as_u16(),
                id,
                to_bytes(answer.into_body()).await.unwrap(),
            )
        };
        let (status, id, page) = get("/broken").await;
        assert_eq!(status, 500);
        assert!(memchr::memmem::find(&page, id.as_bytes()).is_some());
        let (status, id, problem) = get("/api/broken").await;
        let problem: serde_json::Value = serde_json::from_slice(&problem).unwrap();
        assert_eq!(
            (status, problem["type"].as_str()),
            (500, Some("/problems/internal"))
        );
        assert_eq!(problem["request"], id);
        assert_eq!(get("/fine").await.2, "fine");
    }
}
