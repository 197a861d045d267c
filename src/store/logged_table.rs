//! Tables that only grow and whose every row has a leaf: how they are backed up, restored, audited.

use diesel::QueryResult;
use diesel::result::Error as DieselError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::store::connection::AnyConnection;

/// How a table is backed up, restored and audited. Rows are passed as JSON objects.
pub(super) struct LoggedTable {
    /// Its name in the database.
    pub(super) name: &'static str,
    /// Version of the migration that made it.
    pub(super) migration: &'static str,
    /// The kind of its leaves.
    pub(super) kind: &'static str,
    /// Reads all rows in leaf order.
    pub(super) read: fn(&mut AnyConnection) -> QueryResult<Vec<Value>>,
    /// Stores a row.
    pub(super) write: fn(&mut AnyConnection, &Value) -> QueryResult<()>,
    /// The leaf index of a row and its hash, computed from the row; `None` for a value that is not
    /// a row of the table.
    pub(super) leaf: fn(&Value) -> Option<(i64, String)>,
}

/// Converts rows to JSON objects.
pub(super) fn to_json<T: Serialize>(rows: &[T]) -> QueryResult<Vec<Value>> {
    let json = rows
        .iter()
        .map(serde_json::to_value)
        .collect::<Result<_, _>>();
    json.map_err(|error| DieselError::SerializationError(Box::new(error)))
}

/// Converts a JSON object to a row.
pub(super) fn from_json<T: DeserializeOwned>(row: &Value) -> QueryResult<T> {
    let row = serde_json::from_value(row.clone());
    row.map_err(|error| DieselError::DeserializationError(Box::new(error)))
}
