//! Id and URL of the current request. Error pages show the id, so that the line of the server's log
//! can be found.

use std::cell::Cell;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;

use actix_web::http::Uri;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// The header that has the id, in requests and responses.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What an error page needs to know about the request.
struct Current {
    id: HeaderValue,
    uri: Uri,
}

tokio::task_local! {
    static CURRENT: Current;
}

/// Runs `work` as part of the request with this id and URL.
pub async fn during<F: Future>(id: HeaderValue, uri: Uri, work: F) -> F::Output {
    CURRENT.scope(Current { id, uri }, work).await
}

/// The id of the current request; empty outside of a request.
pub fn id() -> String {
    CURRENT
        .try_with(|current| current.id.to_str().unwrap_or_default().to_owned())
        .unwrap_or_default()
}

/// The URL of the current request; `/` outside of a request.
pub fn uri() -> Uri {
    CURRENT
        .try_with(|current| current.uri.clone())
        .unwrap_or_default()
}

/// The id in the headers, if it is a valid id: 8 to 64 ASCII letters, digits, `-` or `_`.
pub fn given_id(headers: &HeaderMap) -> Option<HeaderValue> {
    let id = headers.get(REQUEST_ID)?;
    let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    ((8..=64).contains(&id.len()) && id.as_bytes().iter().all(is_plain)).then(|| id.clone())
}

/// A new id of 16 hexadecimal digits. Two requests have the same id with a chance of one in 10^19.
pub fn fresh_id() -> HeaderValue {
    thread_local! {
        // Each thread counts from a random start, so threads do not need a common counter.
        static NEXT: Cell<u64> = Cell::new(RandomState::new().hash_one(()));
    }
    let next = NEXT.with(|next| next.replace(next.get().wrapping_add(0x9e37_79b9_7f4a_7c15)));
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 16];
    for (pair, byte) in text.chunks_mut(2).zip(next.to_be_bytes()) {
        for (digit, nibble) in pair.iter_mut().zip([byte >> 4, byte & 15]) {
            *digit = DIGITS.get(usize::from(nibble)).copied().unwrap_or(b'0');
        }
    }
    HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_ids_differ_and_are_accepted_as_given_ids() {
        let ids: std::collections::HashSet<_> = (0..10_000)
            .map(|_| fresh_id().to_str().unwrap().to_owned())
            .collect();
        assert_eq!(ids.len(), 10_000);
        let mut headers = HeaderMap::new();
        let id = fresh_id();
        headers.insert(REQUEST_ID, id.clone());
        assert_eq!(given_id(&headers), Some(id));
    }

    #[test]
    fn an_id_that_could_break_a_line_of_the_log_is_refused() {
        for bad in [
            "short",
            "with space-0000",
            "semi;colon-0000",
            &"x".repeat(65),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(REQUEST_ID, HeaderValue::from_str(bad).unwrap());
            assert_eq!(given_id(&headers), None, "{bad}");
        }
    }
}
