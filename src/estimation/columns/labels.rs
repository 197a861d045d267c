//! Labels that are numbers, and the order of labels.

use std::cmp::Ordering;

/// Whether every label reads as a number, which makes a column sort by value.
pub(crate) fn all_numbers(levels: &[String]) -> bool {
    levels.iter().all(|level| number(level).is_some())
}

/// The finite number that a text is, without the blanks around it; `None` if it is not one.
#[inline]
pub(crate) fn number(text: &str) -> Option<f64> {
    let parsed = text.parse().or_else(|_| text.trim().parse());
    parsed.ok().filter(|value: &f64| value.is_finite())
}

/// The order of two labels of a column: by value if `numeric`, else by bytes.
pub(crate) fn compare_levels(a: &str, b: &str, numeric: bool) -> Ordering {
    let by_value = match (numeric, number(a), number(b)) {
        (true, Some(a), Some(b)) => a.total_cmp(&b),
        _ => Ordering::Equal,
    };
    by_value.then_with(|| a.as_bytes().cmp(b.as_bytes()))
}
