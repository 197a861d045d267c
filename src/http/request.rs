//! The request under way: its number, by which a reader's report is found in the log, and its address.

use std::cell::Cell;
use std::hash::BuildHasher;

use actix_web::http::Uri;
use actix_web::http::header::{HeaderMap, HeaderName, HeaderValue};

/// The header that carries the number, in and out.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// What errors need to know of the request that they end.
struct Current {
    id: HeaderValue,
    uri: Uri,
}

tokio::task_local! {
    static CURRENT: Current;
}

/// Runs `work` as part of the request of that id and address.
pub async fn during<F: Future>(id: HeaderValue, uri: Uri, work: F) -> F::Output {
    CURRENT.scope(Current { id, uri }, work).await
}

/// The id of the request under way; empty outside of one.
pub fn id() -> String {
    CURRENT
        .try_with(|current| current.id.to_str().unwrap_or_default().to_owned())
        .unwrap_or_default()
}

/// The address of the request under way; `/` outside of one.
pub fn uri() -> Uri {
    CURRENT
        .try_with(|current| current.uri.clone())
        .unwrap_or_default()
}

/// The id that a trusted proxy gave, if it looks like one.
pub fn given_id(headers: &HeaderMap) -> Option<HeaderValue> {
    let id = headers.get(REQUEST_ID)?;
    let plain = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    ((8..=64).contains(&id.len()) && id.as_bytes().iter().all(plain)).then(|| id.clone())
}

/// A fresh id: 16 digits that no two requests of an installation share but by a chance of one in 10^19.
pub fn fresh_id() -> HeaderValue {
    thread_local! {
        // Each thread counts on from a random start; only the distance from other starts matters.
        static NEXT: Cell<u64> = Cell::new(std::collections::hash_map::RandomState::new().hash_one(()));
    }
    let next = NEXT.with(|next| next.replace(next.get().wrapping_add(0x9e37_79b9_7f4a_7c15)));
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 16];
    for (place, digit) in text.iter_mut().enumerate() {
        let nibble =
            usize::from(
                next.to_be_bytes()
                    .get(place / 2)
                    .map_or(0, |byte| match place % 2 {
                        0 => byte >> 4,
                        _ => byte & 15,
                    }),
            );
        *digit = DIGITS.get(nibble).copied().unwrap_or(b'0');
    }
    HeaderValue::from_bytes(&text).unwrap_or(HeaderValue::from_static("-"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fresh_ids_differ_and_are_taken_back_as_given() {
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
    fn what_could_break_a_line_of_the_log_is_no_id() {
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
