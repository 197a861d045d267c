//! Numbers and texts as binary file formats store them.

use std::borrow::Cow;

/// Beijing time minus UTC, microseconds. China has kept no summer time since 1991.
const BEIJING: i64 = 8 * 3_600 * 1_000_000;

/// A whole number as a double: exact up to 2^53, which no answer exceeds.
#[must_use]
pub fn double(whole: i64) -> f64 {
    match i32::try_from(whole) {
        Ok(small) => f64::from(small),
        Err(_) => whole.to_string().parse().unwrap_or(f64::NAN),
    }
}

/// Microseconds UTC as microseconds of the clock in Beijing.
#[must_use]
pub fn beijing(time: i64) -> i64 {
    time.saturating_add(BEIJING)
}

/// `text` cut to at most `most` bytes, at a character, with an ellipsis where something is cut off.
#[must_use]
pub fn cut(text: &str, most: usize) -> Cow<'_, str> {
    if text.len() <= most {
        return Cow::Borrowed(text);
    }
    let ellipsis = '…';
    let mut end = most.saturating_sub(ellipsis.len_utf8());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    let start = text.get(..end).unwrap_or_default();
    Cow::Owned(format!("{start}{ellipsis}"))
}

#[cfg(test)]
mod tests {
    use super::{cut, double};

    #[test]
    fn a_text_is_cut_at_a_character_and_a_number_is_exact() {
        assert_eq!(cut("满意度", 9), "满意度");
        assert_eq!(cut("满意度高", 11), "满意…");
        assert!((double(9_007_199_254_740_992) - 9_007_199_254_740_992.0).abs() < 0.5);
        assert!((double(-5) + 5.0).abs() < f64::EPSILON);
    }
}
