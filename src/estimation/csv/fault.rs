//! What is wrong with a CSV, and where.

use std::io;

use serde_json::{Value, json};

use crate::estimation::error::{Code, Error};

/// Faults that are listed; the others are only counted.
pub(super) const LISTED: usize = 50;

/// Something wrong in a record.
pub(super) struct Fault {
    /// Line on which the record starts, counted from the start of its piece.
    pub(super) line: usize,
    /// Number of the field, from 0; `None` if the record as a whole is wrong.
    pub(super) field: Option<usize>,
    /// What the cell holds.
    pub(super) value: Option<String>,
    pub(super) code: Code,
    pub(super) message: String,
}

/// The error for `count` faults, of which some are listed. The message names the first.
pub(super) fn invalid(code: Code, listed: &[Value], count: usize) -> Error {
    let first = listed.first();
    let part = |key: &str| first.and_then(|fault| fault.get(key));
    let text = |key: &str| part(key).and_then(Value::as_str);
    let mut message = part("row").map_or_else(String::new, |row| format!("row {row}"));
    if let Some(column) = text("column") {
        message.push_str(&format!(", column {column}"));
    }
    message.push_str(&format!(": {}", text("fault").unwrap_or_default()));
    if count > 1 {
        message.push_str(&format!(" (and {} more)", count - 1));
    }
    Error::new(code, message, json!({"faults": listed, "count": count}))
}

pub(super) fn unreadable(error: &io::Error) -> Error {
    Error::new(
        Code::CsvInvalid,
        format!("the data cannot be read: {error}"),
        json!({"faults": [{"fault": error.to_string()}]}),
    )
}
