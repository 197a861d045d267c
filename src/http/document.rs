//! Documents that are compressed at the first request and served many times, with strong ETags.

use std::sync::OnceLock;

use actix_http::body::BoxBody;
use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderName, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use libdeflater::{CompressionLvl, Compressor};
use sha2::{Digest, Sha256};

/// One document in three codings.
#[derive(Debug, Clone)]
pub struct Document {
    /// Best coding first.
    variants: [Variant; 3],
    /// Without compression.
    body: Bytes,
    effort: Effort,
}

/// A document in one coding, with its headers.
#[derive(Debug, Clone)]
struct Variant {
    /// `None` for the document without compression.
    coding: Option<Coding>,
    /// Made at the first request, because a server starts with many documents and few are requested
    /// in each coding.
    body: OnceLock<Bytes>,
    /// A strong ETag.
    etag: HeaderValue,
    /// Headers of 200 and 304.
    validators: Vec<(HeaderName, HeaderValue)>,
    /// Headers of 200 only.
    description: Vec<(HeaderName, HeaderValue)>,
}

#[derive(Debug, Clone, Copy)]
enum Coding {
    Brotli,
    Gzip,
}

impl Coding {
    /// The name in Accept-Encoding and Content-Encoding.
    fn name(self) -> &'static str {
        match self {
            Coding::Brotli => "br",
            Coding::Gzip => "gzip",
        }
    }

    fn compress(self, body: &[u8], effort: Effort) -> Bytes {
        match self {
            Coding::Brotli => brotli(body, effort),
            Coding::Gzip => gzip(body, effort),
        }
    }
}

/// How much time to spend on compressing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Smallest result. For documents that are served a hundred thousand times.
    Best,
    /// Fast. For documents that are made again every few minutes.
    Quick,
}

impl Document {
    /// A document with the content `body`. `policy` is its Content-Security-Policy if it differs from the site's.
    pub fn new(
        mut body: Vec<u8>,
        content_type: &'static str,
        cache_control: &'static str,
        policy: Option<&str>,
        effort: Effort,
    ) -> Document {
        // The buffer may have twice the size of the body, and the body is kept for a long time.
        body.shrink_to_fit();
        let digest: String = Sha256::digest(&body)
            .iter()
            .take(12)
            .map(|byte| format!("{byte:02x}"))
            .collect();
        let policy = policy.and_then(|policy| HeaderValue::from_str(policy).ok());
        let variant = |coding: Option<Coding>, short: &str| {
            let etag = HeaderValue::from_str(&format!("\"{digest}-{short}\""))
                .unwrap_or(HeaderValue::from_static("\"-\""));
            let mut validators = vec![
                (header::ETAG, etag.clone()),
                (
                    header::CACHE_CONTROL,
                    HeaderValue::from_static(cache_control),
                ),
                (header::VARY, HeaderValue::from_static("Accept-Encoding")),
            ];
            validators.extend(
                policy
                    .clone()
                    .map(|policy| (header::CONTENT_SECURITY_POLICY, policy)),
            );
            let mut description =
                vec![(header::CONTENT_TYPE, HeaderValue::from_static(content_type))];
            description.extend(coding.map(|coding| {
                let name = HeaderValue::from_static(coding.name());
                (header::CONTENT_ENCODING, name)
            }));
            Variant {
                coding,
                body: OnceLock::new(),
                etag,
                validators,
                description,
            }
        };
        Document {
            variants: [
                variant(Some(Coding::Brotli), "br"),
                variant(Some(Coding::Gzip), "gz"),
                variant(None, "id"),
            ],
            body: Bytes::from(body),
            effort,
        }
    }

    /// The content without compression.
    pub fn plain(&self) -> &[u8] {
        &self.body
    }

    /// The content in the coding of `variant`.
    fn coded(&self, variant: &Variant) -> Bytes {
        let Some(coding) = variant.coding else {
            return self.body.clone();
        };
        let compress = || coding.compress(&self.body, self.effort);
        variant.body.get_or_init(compress).clone()
    }

    /// The answer to `request`: 200 in the best coding it accepts, or 304.
    pub fn respond(&self, request: &HttpRequest) -> HttpResponse {
        self.respond_with(request, StatusCode::OK)
    }

    /// As [`Document::respond`], with `status` instead of 200.
    pub fn respond_with(&self, request: &HttpRequest, status: StatusCode) -> HttpResponse {
        let accepts = request
            .headers()
            .get(header::ACCEPT_ENCODING)
            .map_or(&b""[..], HeaderValue::as_bytes);
        let [best @ .., identity] = &self.variants;
        let accepted = |variant: &&Variant| {
            variant
                .coding
                .is_some_and(|coding| accepts_coding(accepts, coding.name().as_bytes()))
        };
        let variant = best.iter().find(accepted).unwrap_or(identity);
        let unchanged = request
            .headers()
            .get(header::IF_NONE_MATCH)
            .is_some_and(|known| contains(known.as_bytes(), variant.etag.as_bytes()));
        let mut response = if unchanged {
            HttpResponse::new(StatusCode::NOT_MODIFIED)
        } else {
            HttpResponse::with_body(status, BoxBody::new(self.coded(variant)))
        };
        let headers = response.headers_mut();
        let description = variant.description.iter().filter(|_| !unchanged);
        for (name, value) in variant.validators.iter().chain(description) {
            headers.insert(name.clone(), value.clone());
        }
        response
    }
}

/// Whether an Accept-Encoding value names `coding` without `q=0`.
fn accepts_coding(accepts: &[u8], coding: &[u8]) -> bool {
    accepts.split(|byte| *byte == b',').any(|offer| {
        let mut parts = offer.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        let is_named = parts
            .next()
            .is_some_and(|name| name.eq_ignore_ascii_case(coding));
        is_named && !parts.any(is_zero_quality)
    })
}

/// Whether a parameter is `q=0`, with up to three decimals (RFC 9110, 12.4.2).
fn is_zero_quality(parameter: &[u8]) -> bool {
    let value = match parameter {
        [b'q' | b'Q', b'=', value @ ..] => value,
        _ => return false,
    };
    value.first() == Some(&b'0') && value.iter().skip(1).all(|byte| matches!(byte, b'.' | b'0'))
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    memchr::memmem::find(haystack, needle).is_some() || haystack == b"*"
}

fn brotli(body: &[u8], effort: Effort) -> Bytes {
    let quality = if effort == Effort::Best { 11 } else { 5 };
    let parameters = brotli::enc::BrotliEncoderParams {
        quality,
        lgwin: 18,
        ..Default::default()
    };
    let mut coded = Vec::with_capacity(body.len() / 4);
    match brotli::BrotliCompress(&mut &*body, &mut coded, &parameters) {
        Ok(_) => {
            coded.shrink_to_fit();
            Bytes::from(coded)
        }
        // Writing to memory does not fail. If it did, a large body would be better than an empty
        // one.
        Err(_) => Bytes::copy_from_slice(body),
    }
}

/// Gzip by libdeflate. Its best level is 5 % smaller than zlib's; without that the questionnaire
/// would exceed its size limit.
fn gzip(body: &[u8], effort: Effort) -> Bytes {
    let level = if effort == Effort::Best { 12 } else { 5 };
    let level = CompressionLvl::new(level).unwrap_or_default();
    let mut compressor = Compressor::new(level);
    let mut coded = vec![0; compressor.gzip_compress_bound(body.len())];
    match compressor.gzip_compress(body, &mut coded) {
        Ok(length) => {
            coded.truncate(length);
            coded.shrink_to_fit();
            Bytes::from(coded)
        }
        // The buffer is large enough for any body.
        Err(_) => Bytes::copy_from_slice(body),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_coding_is_used_only_if_it_is_accepted() {
        assert!(accepts_coding(b"gzip, deflate, br", b"br"));
        assert!(accepts_coding(b"br;q=0.8", b"br"));
        assert!(accepts_coding(b"BR;q=0.001", b"br"));
        for refused in [
            "br;q=0, gzip",
            "br;q=0.000, gzip",
            "gzip, br; Q=0.0",
            "br;q=0.",
        ] {
            assert!(!accepts_coding(refused.as_bytes(), b"br"), "{refused}");
        }
        assert!(!accepts_coding(b"", b"gzip"));
        assert!(!accepts_coding(b"brx", b"br"));
    }
}
