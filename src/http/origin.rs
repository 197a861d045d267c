//! Refuses what another website makes a visitor's browser send.

use actix_web::HttpRequest;
use actix_web::http::header::{self, HeaderMap, HeaderName};

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Whether a browser sends `request` on behalf of another site than `public_url` or the host that the
/// request names.
///
/// Browsers set `Sec-Fetch-Site` (Fetch Metadata) and `Origin` (RFC 6454) themselves; no page can
/// forge them. Old engines and programs send neither: they pass. The scheme of the origin is not
/// compared with the host's, since a proxy may end TLS.
pub fn is_cross_site(request: &HttpRequest, public_url: &str) -> bool {
    let headers = request.headers();
    let site = headers.get(SEC_FETCH_SITE).map(|site| site.as_bytes());
    if matches!(site, Some(b"cross-site" | b"same-site")) {
        return true;
    }
    headers
        .get_all(header::ORIGIN)
        .any(|origin| !is_own(origin.as_bytes(), headers, public_url))
}

fn is_own(origin: &[u8], headers: &HeaderMap, public_url: &str) -> bool {
    let Ok(origin) = std::str::from_utf8(origin) else {
        return false;
    };
    let Some((_, place)) = origin.split_once("://") else {
        // `null`: a sandboxed frame, or a page of a file.
        return false;
    };
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok());
    origin.eq_ignore_ascii_case(origin_of(public_url))
        || host.is_some_and(|host| place.eq_ignore_ascii_case(host))
}

/// Scheme, host and port of a URL.
fn origin_of(url: &str) -> &str {
    let start = url.find("://").map_or(0, |scheme| scheme + 3);
    let end = url.get(start..).and_then(|rest| rest.find('/'));
    end.and_then(|end| url.get(..start + end)).unwrap_or(url)
}

#[cfg(test)]
mod tests {
    use actix_web::test::TestRequest;

    use super::*;

    fn refused(name: &'static str, value: &str) -> bool {
        let request = TestRequest::post()
            .insert_header((header::HOST, "survey.example.gov.cn:8443"))
            .insert_header((name, value))
            .to_http_request();
        is_cross_site(&request, "https://public.example.gov.cn/minyi")
    }

    #[test]
    fn only_the_sites_own_pages_and_programs_without_an_origin_may_post() {
        for own in ["same-origin", "none"] {
            assert!(!refused("sec-fetch-site", own), "{own}");
        }
        for other in ["cross-site", "same-site"] {
            assert!(refused("sec-fetch-site", other), "{other}");
        }
        let own = [
            "https://survey.example.gov.cn:8443",
            "http://SURVEY.example.gov.cn:8443",
            "https://public.example.gov.cn",
        ];
        assert!(own.iter().all(|origin| !refused("origin", origin)));
        let others = [
            "null",
            "",
            "https://survey.example.gov.cn",
            "https://survey.example.gov.cn:8443.elsewhere.example",
            "https://public.example.gov.cn.elsewhere.example",
            "https://elsewhere.example",
            "https://elsewhere.example?https://public.example.gov.cn",
        ];
        for origin in others {
            assert!(refused("origin", origin), "{origin}");
        }
        assert!(!is_cross_site(
            &TestRequest::post().to_http_request(),
            "http://a"
        ));
    }
}
