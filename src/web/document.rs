//! Documents made once and served many times: compressed ahead, with strong validators.

use actix_web::http::StatusCode;
use actix_web::http::header::{self, HeaderValue};
use actix_web::web::Bytes;
use actix_web::{HttpRequest, HttpResponse};
use libdeflater::{CompressionLvl, Compressor};
use sha2::{Digest, Sha256};

/// How a body is coded on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Coding {
    Brotli,
    Gzip,
    Identity,
}

/// One document in its three codings.
#[derive(Debug, Clone)]
pub struct Document {
    content_type: &'static str,
    cache_control: &'static str,
    policy: Option<HeaderValue>,
    /// Coding, body and strong ETag, best coding first.
    variants: [(Coding, Bytes, HeaderValue); 3],
}

/// How much time to spend on compressing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effort {
    /// Smallest possible: for documents made at start and served a hundred thousand times.
    Best,
    /// Fast: for documents made anew every few minutes.
    Quick,
}

impl Document {
    /// Codes `body`; `policy` is its Content-Security-Policy where it differs from the site's.
    pub fn new(
        mut body: Vec<u8>,
        content_type: &'static str,
        cache_control: &'static str,
        policy: Option<&str>,
        effort: Effort,
    ) -> Document {
        // It is kept for long, and was made by a buffer that doubles as it grows.
        body.shrink_to_fit();
        let digest = Sha256::digest(&body);
        let tag = |coding: &str| {
            let digest: String = digest.iter().take(12).map(|byte| format!("{byte:02x}")).collect();
            HeaderValue::from_str(&format!("\"{digest}-{coding}\""))
                .unwrap_or(HeaderValue::from_static("\"-\""))
        };
        let variants = [
            (Coding::Brotli, brotli(&body, effort), tag("br")),
            (Coding::Gzip, gzip(&body, effort), tag("gz")),
            (Coding::Identity, Bytes::from(body), tag("id")),
        ];
        let policy = policy.and_then(|policy| HeaderValue::from_str(policy).ok());
        Document {
            content_type,
            cache_control,
            policy,
            variants,
        }
    }

    /// The answer to `request`: 200 in the best coding it accepts, or 304.
    pub fn respond(&self, request: &HttpRequest) -> HttpResponse {
        self.respond_with(request, StatusCode::OK)
    }

    /// As [`Document::respond`], with another status.
    pub fn respond_with(&self, request: &HttpRequest, status: StatusCode) -> HttpResponse {
        let accepts = request
            .headers()
            .get(header::ACCEPT_ENCODING)
            .map_or(&b""[..], HeaderValue::as_bytes);
        let [brotli, gzip, identity] = &self.variants;
        let (coding, body, etag) = if accepts_coding(accepts, b"br") {
            brotli
        } else if accepts_coding(accepts, b"gzip") {
            gzip
        } else {
            identity
        };
        let unchanged = request
            .headers()
            .get(header::IF_NONE_MATCH)
            .is_some_and(|known| contains(known.as_bytes(), etag.as_bytes()));
        let mut response = HttpResponse::build(if unchanged {
            StatusCode::NOT_MODIFIED
        } else {
            status
        });
        response
            .insert_header((header::ETAG, etag.clone()))
            .insert_header((
                header::CACHE_CONTROL,
                HeaderValue::from_static(self.cache_control),
            ))
            .insert_header((header::VARY, HeaderValue::from_static("Accept-Encoding")));
        if let Some(policy) = &self.policy {
            response.insert_header((header::CONTENT_SECURITY_POLICY, policy.clone()));
        }
        if unchanged {
            return response.finish();
        }
        response.insert_header((header::CONTENT_TYPE, HeaderValue::from_static(self.content_type)));
        match coding {
            Coding::Brotli => {
                response.insert_header((header::CONTENT_ENCODING, HeaderValue::from_static("br")))
            }
            Coding::Gzip => {
                response.insert_header((header::CONTENT_ENCODING, HeaderValue::from_static("gzip")))
            }
            Coding::Identity => &mut response,
        };
        response.body(body.clone())
    }
}

/// Whether an Accept-Encoding value names `coding` without `q=0`.
fn accepts_coding(accepts: &[u8], coding: &[u8]) -> bool {
    accepts.split(|byte| *byte == b',').any(|offer| {
        let mut parts = offer.split(|byte| *byte == b';').map(<[u8]>::trim_ascii);
        parts.next() == Some(coding) && !parts.any(|parameter| matches!(parameter, b"q=0" | b"q=0.0"))
    })
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
        // Writing to memory does not fail; if it ever did, an empty coding would be worse than a large one.
        Err(_) => Bytes::copy_from_slice(body),
    }
}

/// Gzip by libdeflate, whose best level is a twentieth smaller than zlib's: that is what the questionnaire fits by.
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
        // The bound leaves room for any body; if it ever did not, an empty coding would be worse than a large one.
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
        assert!(!accepts_coding(b"br;q=0, gzip", b"br"));
        assert!(!accepts_coding(b"", b"gzip"));
        assert!(!accepts_coding(b"brx", b"br"));
    }
}
