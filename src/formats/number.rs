//! Numbers in published files.

use serde_json::Value;

use crate::release::public_lines::Measured;

/// A number as it is published: rounded to 12 significant digits. `None` if it is not finite.
///
/// The last digits of a logarithm or of a power differ between mathematics libraries, by about
/// 1e-15 of the value. Rounded, the same data give the same bytes on every platform.
#[must_use]
pub fn published(value: f64) -> Option<f64> {
    let rounded = || format!("{value:.11e}").parse().ok();
    value.is_finite().then(rounded).flatten()
}

/// A number that reads back as the same number; empty where there is none.
#[must_use]
pub fn cell(value: f64) -> String {
    if value.is_finite() {
        value.to_string()
    } else {
        String::new()
    }
}

/// A published number in JSON: whole without decimals; null if a marker stands for it.
#[must_use]
pub fn measured(cell: Measured) -> Value {
    match cell {
        // A number without decimals is exact to 15 digits as text.
        Measured::Number { value, decimals: 0 } => format!("{value:.0}")
            .parse::<i64>()
            .map_or(Value::Null, Value::from),
        Measured::Number { value, .. } => published(value).map_or(Value::Null, Value::from),
        Measured::Marked(_) => Value::Null,
    }
}

#[cfg(test)]
mod tests {
    use super::published;

    #[test]
    fn twelve_digits_are_kept() {
        assert_eq!(published(0.123_456_789_012_345), Some(0.123_456_789_012));
        assert_eq!(published(-98_765.432_109_876_54), Some(-98_765.432_109_9));
        assert_eq!(published(0.9), Some(0.9));
        assert_eq!(published(0.0), Some(0.0));
        assert_eq!(published(f64::NAN), None);
        assert_eq!(published(f64::INFINITY), None);
    }

    #[test]
    fn neighbours_give_the_same_digits() {
        let value = 0.913_274_651_928_4_f64;
        assert_eq!(published(value), published(value.next_up()));
        assert_eq!(published(value), published(value.next_down()));
    }
}
