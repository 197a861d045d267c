//! Names that no question may have, because forms, files or rules use them.

/// Fields of every form that are no answers.
const FORM_FIELDS: [&str; 10] = [
    "response_id",
    "channel",
    "started_at",
    "finished_at",
    "website",
    "invitation",
    "without_invitation",
    "paradata",
    "lang",
    "text",
];

/// Names of columns, JSON keys and rule variables that are no answers.
const COLUMNS: [&str; 15] = [
    "id",
    "survey",
    "wave",
    "mode",
    "duration",
    "enumerator",
    "device",
    "received_at",
    "flags",
    "weight",
    "stratum",
    "psu",
    "leaf_index",
    "nonce",
    "answers",
];

/// Whether `name` is a field of every form that is no answer. Callers of
/// [`parse`](super::parse::parse) remove such fields.
pub fn is_reserved(name: &str) -> bool {
    FORM_FIELDS.contains(&name)
}

/// Whether no question may be called `name`. [`parse_row`](super::row::parse_row) skips such
/// columns.
pub fn is_reserved_column(name: &str) -> bool {
    is_reserved(name) || COLUMNS.contains(&name)
}
