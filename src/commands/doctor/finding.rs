//! The result of one check.

use serde::Serialize;

use crate::store::StoreError;

/// How a check ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Status {
    Ok,
    Warn,
    Fail,
}

/// The result of one check, and what to do about it.
#[derive(Debug, Serialize)]
pub(super) struct Finding {
    pub(super) check: &'static str,
    pub(super) status: Status,
    pub(super) found: String,
    pub(super) cure: String,
}

/// Nothing is wrong.
pub(super) fn ok(check: &'static str, found: impl Into<String>) -> Finding {
    finding(check, Status::Ok, found, "")
}

/// Something to know, with its cure.
pub(super) fn warn(check: &'static str, found: impl Into<String>, cure: &str) -> Finding {
    finding(check, Status::Warn, found, cure)
}

/// Something is wrong; with its cure.
pub(super) fn fail(check: &'static str, found: impl Into<String>, cure: &str) -> Finding {
    finding(check, Status::Fail, found, cure)
}

fn finding(check: &'static str, status: Status, found: impl Into<String>, cure: &str) -> Finding {
    Finding {
        check,
        status,
        found: found.into(),
        cure: cure.to_owned(),
    }
}

/// The database could not be opened or read.
pub(super) fn unopened(error: &StoreError) -> Finding {
    // The message of the error has the cure.
    fail("database", error.to_string(), "")
}
