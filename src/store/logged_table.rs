//! Tables that only grow and whose every row has a leaf: how they are filled, backed up, restored,
//! audited.

use diesel::QueryResult;
use diesel::result::Error as DieselError;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::store::connection::AnyConnection;
use crate::store::response::unhex;
use crate::store::transaction::{Entry, Transaction, leaf_hash};

/// A row of such a table. [`logged_row`] implements it.
pub(super) trait LoggedRow: Serialize + DeserializeOwned {
    /// The kind of the table's leaves.
    const KIND: &'static str;
    /// The fields that the leaf's hash covers, in their order; numbers in decimal.
    fn fields(&self) -> Vec<String>;
    /// Nonce and index of the row's leaf.
    fn entry(&self) -> (&str, i64);
    /// Sets nonce and index of the row's leaf.
    fn set_entry(&mut self, entry: Entry);
    /// Stores the row.
    fn insert(&self, connection: &mut AnyConnection) -> QueryResult<()>;
    /// All rows of the table in leaf order.
    fn all(connection: &mut AnyConnection) -> QueryResult<Vec<Self>>;
}

/// Implements [`LoggedRow`]: the type of the row, its table, the kind of its leaves, the fields that
/// the leaf's hash covers. A macro, since diesel gives the tables no common type.
macro_rules! logged_row {
    ($row:ident, $table:ident, $kind:literal, [$($field:ident),+ $(,)?]) => {
        impl $crate::store::logged_table::LoggedRow for $row {
            const KIND: &'static str = $kind;

            fn fields(&self) -> Vec<String> {
                vec![$(self.$field.to_string()),+]
            }

            fn entry(&self) -> (&str, i64) {
                (&self.nonce, self.leaf_index)
            }

            fn set_entry(&mut self, entry: $crate::store::transaction::Entry) {
                self.nonce = entry.nonce;
                self.leaf_index = entry.leaf_index;
            }

            fn insert(&self, connection: &mut AnyConnection) -> QueryResult<()> {
                let inserted = diesel::insert_into($table::table).values(self);
                inserted.execute(connection).map(|_| ())
            }

            fn all(connection: &mut AnyConnection) -> QueryResult<Vec<$row>> {
                $table::table
                    .order($table::leaf_index)
                    .select($row::as_select())
                    .load(connection)
            }
        }
    };
}
pub(super) use logged_row;

impl Transaction<'_> {
    /// Stores a row of a logged table, and its leaf.
    ///
    /// # Errors
    /// When the database fails.
    pub(super) fn append<R: LoggedRow>(&mut self, mut row: R) -> QueryResult<()> {
        let fields = row.fields();
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        row.set_entry(self.append_leaf(R::KIND, &fields)?);
        row.insert(self.connection)
    }
}

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

impl LoggedTable {
    /// The table with this name, which the migration with this version made.
    pub(super) const fn of<R: LoggedRow>(
        name: &'static str,
        migration: &'static str,
    ) -> LoggedTable {
        LoggedTable {
            name,
            migration,
            kind: R::KIND,
            read: |connection| to_json(&R::all(connection)?),
            write: |connection, row| from_json::<R>(row)?.insert(connection),
            leaf: |row| {
                let row: R = from_json(row).ok()?;
                let (nonce, leaf_index) = row.entry();
                let nonce = unhex(nonce).unwrap_or_default();
                let fields = row.fields();
                let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
                Some((leaf_index, leaf_hash(&nonce, R::KIND, &fields)))
            },
        }
    }
}

/// Converts rows to JSON objects.
fn to_json<T: Serialize>(rows: &[T]) -> QueryResult<Vec<Value>> {
    let json = rows
        .iter()
        .map(serde_json::to_value)
        .collect::<Result<_, _>>();
    json.map_err(|error| DieselError::SerializationError(Box::new(error)))
}

/// Converts a JSON object to a row.
fn from_json<T: DeserializeOwned>(row: &Value) -> QueryResult<T> {
    let row = serde_json::from_value(row.clone());
    row.map_err(|error| DieselError::DeserializationError(Box::new(error)))
}
