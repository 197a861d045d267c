//! A table that only grows, whose every row has a leaf: how it is backed up, restored and audited.

use diesel::QueryResult;
use diesel::result::Error as DieselError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::store::connection::AnyConnection;

/// How a table is backed up, restored and audited. Rows travel as JSON objects.
pub(super) struct LoggedTable {
    /// Its name in the database.
    pub(super) name: &'static str,
    /// The kind of its leaves.
    pub(super) kind: &'static str,
    /// All rows in the log's order.
    pub(super) read: fn(&mut AnyConnection) -> QueryResult<Vec<Value>>,
    /// Stores a row.
    pub(super) write: fn(&mut AnyConnection, &Value) -> QueryResult<()>,
    /// The place of a row in the log, and its leaf's hash computed from the row; `None` for a value
    /// that is not a row.
    pub(super) leaf: fn(&Value) -> Option<(i64, String)>,
}

/// Rows as JSON objects.
pub(super) fn to_json<T: Serialize>(rows: &[T]) -> QueryResult<Vec<Value>> {
    let json = rows
        .iter()
        .map(serde_json::to_value)
        .collect::<Result<_, _>>();
    json.map_err(|error| DieselError::SerializationError(Box::new(error)))
}

/// A row from its JSON object.
pub(super) fn from_json<T: DeserializeOwned>(row: &Value) -> QueryResult<T> {
    let row = serde_json::from_value(row.clone());
    row.map_err(|error| DieselError::DeserializationError(Box::new(error)))
}
