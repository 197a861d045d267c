//! Form bodies, decoded strictly: what a phone sent is what is stored, or it is refused.
//!
//! The usual decoders replace invalid UTF-8 by U+FFFD and let the last of two equal keys win; both would alter an answer.

use std::borrow::Cow;

use crate::questionnaire::answer::MOST_VALUES;

/// Most fields one form may carry.
pub const MAX_FIELDS: usize = MOST_VALUES;

/// Why a body is not a form.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FormError {
    /// A percent sign without two hexadecimal digits.
    Escape,
    /// Bytes that are not UTF-8 after percent-decoding.
    Utf8,
    /// More than [`MAX_FIELDS`] fields.
    TooManyFields,
}

/// Name and value.
pub type Field<'b> = (Cow<'b, str>, Cow<'b, str>);

/// The fields of `application/x-www-form-urlencoded` bytes, in order, decoded; borrowed where nothing needs decoding.
///
/// # Errors
/// See [`FormError`]; nothing is replaced or dropped.
pub fn decode(body: &[u8]) -> Result<Vec<Field<'_>>, FormError> {
    let mut fields = Vec::with_capacity(64);
    for pair in body.split(|byte| *byte == b'&') {
        if pair.is_empty() {
            continue;
        }
        if fields.len() == MAX_FIELDS {
            return Err(FormError::TooManyFields);
        }
        let equals = memchr::memchr(b'=', pair).unwrap_or(pair.len());
        let (name, value) = pair.split_at(equals);
        let value = value.get(1..).unwrap_or_default();
        fields.push((component(name)?, component(value)?));
    }
    Ok(fields)
}

/// `text` as one component of an address.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => {
                encoded.push(char::from(byte))
            }
            other => encoded.push_str(&format!("%{other:02X}")),
        }
    }
    encoded
}

fn component(encoded: &[u8]) -> Result<Cow<'_, str>, FormError> {
    if memchr::memchr2(b'+', b'%', encoded).is_none() {
        return std::str::from_utf8(encoded)
            .map(Cow::Borrowed)
            .map_err(|_| FormError::Utf8);
    }
    let mut decoded = Vec::with_capacity(encoded.len());
    let mut rest = encoded.iter();
    while let Some(byte) = rest.next() {
        decoded.push(match byte {
            b'+' => b' ',
            b'%' => {
                let high = rest.next().and_then(hex).ok_or(FormError::Escape)?;
                let low = rest.next().and_then(hex).ok_or(FormError::Escape)?;
                high << 4 | low
            }
            other => *other,
        });
    }
    String::from_utf8(decoded)
        .map(Cow::Owned)
        .map_err(|_| FormError::Utf8)
}

fn hex(digit: &u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_decodes_in_order_with_repeats() {
        let fields = decode("a=1&m=x&m=y+z&t=%E5%A5%BD&e=&n".as_bytes()).unwrap();
        let expected = [
            ("a", "1"),
            ("m", "x"),
            ("m", "y z"),
            ("t", "好"),
            ("e", ""),
            ("n", ""),
        ];
        let expected: Vec<_> = expected
            .map(|(name, value)| (Cow::from(name), Cow::from(value)))
            .into();
        assert_eq!(fields, expected);
    }

    #[test]
    fn bytes_that_are_not_utf8_are_refused_not_replaced() {
        for body in ["a=%FF", "a=%C0%AF", "a=%ED%A0%80", "%80=1"] {
            assert_eq!(decode(body.as_bytes()), Err(FormError::Utf8), "{body}");
        }
        assert_eq!(decode(b"a=\xff"), Err(FormError::Utf8));
    }

    #[test]
    fn broken_escapes_and_floods_of_fields_are_refused() {
        assert_eq!(decode(b"a=%"), Err(FormError::Escape));
        assert_eq!(decode(b"a=%4"), Err(FormError::Escape));
        assert_eq!(decode(b"a=%zz"), Err(FormError::Escape));
        let flood = "q=1&".repeat(MAX_FIELDS + 1);
        assert_eq!(decode(flood.as_bytes()), Err(FormError::TooManyFields));
    }
}
