//! Value labels and missing values in the dictionary of an SPSS file.

use crate::formats::column::ColumnValue;
use crate::formats::sav_variable::{SavVariable, Storage, double, int, padded, record, size};
use crate::formats::stored_number::cut;

/// Most bytes of a value label.
const LABEL: usize = 120;

/// Most codes that can be missing one by one.
const MOST_MISSING: usize = 3;

/// Most bytes of a text whose labels and missing values stand in the old records.
const SHORT: usize = 8;

/// The missing values in the record of a variable.
#[derive(Debug, Default)]
pub struct Missing {
    /// How many there are; -2 for a range.
    pub count: i32,
    /// The values, eight bytes each.
    pub values: Vec<u8>,
}

/// The user-missing codes of a variable. More than three are given as a range; if a valid code
/// lies in it, only the first three are missing, and the others are labelled.
pub fn missing(variable: &SavVariable<'_>) -> Missing {
    let values = &variable.column.values;
    let codes: Vec<&ColumnValue> = values.iter().filter(|value| value.missing).collect();
    let mut out = Vec::new();
    match variable.storage {
        Storage::Number => {
            let number = |value: &ColumnValue| value.code.parse().unwrap_or(f64::NAN);
            let numbers: Vec<f64> = codes.iter().map(|code| number(code)).collect();
            let low = numbers.iter().copied().fold(f64::INFINITY, f64::min);
            let high = numbers.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            let mut valid = values.iter().filter(|value| !value.missing).map(number);
            if numbers.len() > MOST_MISSING && !valid.any(|own| (low..=high).contains(&own)) {
                double(&mut out, low);
                double(&mut out, high);
                return Missing {
                    count: -2,
                    values: out,
                };
            }
            for number in numbers.iter().take(MOST_MISSING) {
                double(&mut out, *number);
            }
        }
        Storage::Text(width) if width <= SHORT => {
            for code in codes.iter().take(MOST_MISSING) {
                padded(&mut out, code.code.as_bytes(), SHORT, b' ');
            }
        }
        Storage::Text(_) | Storage::Time => {}
    }
    Missing {
        count: size(out.len() / SHORT),
        values: out,
    }
}

/// The value labels of numbers and of texts up to eight bytes, one record for each variable.
pub fn value_labels(out: &mut Vec<u8>, variables: &[SavVariable<'_>]) {
    for variable in variables.iter().filter(|own| own.is_first) {
        let values = &variable.column.values;
        let is_long = matches!(variable.storage, Storage::Text(width) if width > SHORT);
        if values.is_empty() || is_long {
            continue;
        }
        int(out, 3);
        int(out, size(values.len()));
        for value in values {
            match variable.storage {
                Storage::Number | Storage::Time => {
                    double(out, value.code.parse().unwrap_or(f64::NAN));
                }
                Storage::Text(_) => padded(out, value.code.as_bytes(), SHORT, b' '),
            }
            let label = label(value);
            out.push(u8::try_from(label.len()).unwrap_or(0));
            let filled = (label.len() + 1).div_ceil(SHORT) * SHORT - 1;
            padded(out, label.as_bytes(), filled, b' ');
        }
        for number in [4, 1, variable.unit] {
            int(out, number);
        }
    }
}

/// The value labels and missing values of texts of more than eight bytes.
pub fn long_text_records(out: &mut Vec<u8>, variables: &[SavVariable<'_>]) {
    let (mut labels, mut missing) = (Vec::new(), Vec::new());
    for variable in variables.iter().filter(|own| own.is_first) {
        let Storage::Text(width) = variable.storage else {
            continue;
        };
        let values = &variable.column.values;
        if width <= SHORT || values.is_empty() {
            continue;
        }
        let name = variable.column.short_name.as_bytes();
        sized(&mut labels, name);
        int(&mut labels, size(width));
        int(&mut labels, size(values.len()));
        for value in values {
            int(&mut labels, size(width));
            padded(&mut labels, value.code.as_bytes(), width, b' ');
            sized(&mut labels, label(value).as_bytes());
        }
        let codes: Vec<&ColumnValue> = values.iter().filter(|value| value.missing).collect();
        // Only the first eight bytes of a missing value are compared, so a longer code could hit others.
        let codes = codes.iter().filter(|value| value.code.len() <= SHORT);
        let codes: Vec<_> = codes.take(MOST_MISSING).collect();
        if !codes.is_empty() {
            sized(&mut missing, name);
            missing.push(u8::try_from(codes.len()).unwrap_or(0));
            int(&mut missing, size(SHORT));
            for value in codes {
                padded(&mut missing, value.code.as_bytes(), SHORT, b' ');
            }
        }
    }
    if !labels.is_empty() {
        record(out, 21, 1, &labels);
    }
    if !missing.is_empty() {
        record(out, 22, 1, &missing);
    }
}

fn label(value: &ColumnValue) -> std::borrow::Cow<'_, str> {
    match value.label.get("zh") {
        "" => cut(&value.code, LABEL),
        label => cut(label, LABEL),
    }
}

/// Bytes after their number.
fn sized(out: &mut Vec<u8>, bytes: &[u8]) {
    int(out, size(bytes.len()));
    out.extend(bytes);
}
