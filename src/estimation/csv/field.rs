//! One field at a time, with quotes: for headers and for files that need it.
#![expect(
    clippy::indexing_slicing,
    reason = "byte positions below the length of the buffer"
)]

use memchr::memchr;

pub(super) enum Field<'a> {
    /// The buffer ends inside the field.
    Short,
    /// Quotes that do not pair.
    Broken,
    /// Text without quotes, the position after the separator, and whether the record ends here.
    Value {
        text: &'a [u8],
        next: usize,
        ends: bool,
    },
}

/// Reads one field; `whole` says that nothing follows the buffer.
#[inline]
pub(super) fn field<'a>(
    bytes: &'a [u8],
    start: usize,
    whole: bool,
    scratch: &'a mut Vec<u8>,
) -> Field<'a> {
    if bytes.get(start) == Some(&b'"') {
        return quoted(bytes, start + 1, whole, scratch);
    }
    let mut at = start;
    while at < bytes.len() {
        let byte = bytes[at];
        if byte == b',' {
            return Field::Value {
                text: &bytes[start..at],
                next: at + 1,
                ends: false,
            };
        }
        if byte == b'\n' {
            let end = if at > start && bytes[at - 1] == b'\r' {
                at - 1
            } else {
                at
            };
            return Field::Value {
                text: &bytes[start..end],
                next: at + 1,
                ends: true,
            };
        }
        at += 1;
    }
    if whole {
        Field::Value {
            text: &bytes[start..],
            next: bytes.len(),
            ends: true,
        }
    } else {
        Field::Short
    }
}

#[cold]
pub(super) fn quoted<'a>(
    bytes: &'a [u8],
    start: usize,
    whole: bool,
    scratch: &'a mut Vec<u8>,
) -> Field<'a> {
    scratch.clear();
    let mut at = start;
    loop {
        let Some(quote) = memchr(b'"', &bytes[at.min(bytes.len())..]) else {
            return if whole { Field::Broken } else { Field::Short };
        };
        scratch.extend_from_slice(&bytes[at..at + quote]);
        at += quote + 1;
        match bytes.get(at) {
            Some(b'"') => {
                scratch.push(b'"');
                at += 1;
            }
            Some(b',') => {
                return Field::Value {
                    text: scratch,
                    next: at + 1,
                    ends: false,
                };
            }
            Some(b'\n') => {
                return Field::Value {
                    text: scratch,
                    next: at + 1,
                    ends: true,
                };
            }
            Some(b'\r') if bytes.get(at + 1) == Some(&b'\n') => {
                return Field::Value {
                    text: scratch,
                    next: at + 2,
                    ends: true,
                };
            }
            Some(b'\r') if at + 1 >= bytes.len() && !whole => return Field::Short,
            None if whole => {
                return Field::Value {
                    text: scratch,
                    next: at,
                    ends: true,
                };
            }
            None => return Field::Short,
            Some(_) => return Field::Broken,
        }
    }
}
