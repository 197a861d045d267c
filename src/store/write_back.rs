//! Writes SQLite's log (WAL) back into the database file: a checkpoint.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::store::connection::{AnyConnection, without_waiting};

/// When and how far SQLite's log is written back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteBack {
    /// Only if the log is long, and as far as readers allow.
    WhenLong,
    /// Now and completely; then the log file is truncated. Waits only a moment for readers.
    Truncate,
}

/// Pages of the log that are not in the database yet, from which on it is long: 8 MiB.
const LONG_LOG: i64 = 1_000;

/// Writes SQLite's log back into the database. Does nothing on PostgreSQL.
///
/// SQLite would do this by itself after a commit, but it ignores a failure of the disk there
/// (`sqlite3WalDefaultHook` drops the result). It would then sync again with the next commit, and a
/// sync after a failed one may report success although the data is lost.
///
/// # Errors
/// When the disk fails. It is not an error if readers or another process hold the log.
pub(super) fn write_log_back(connection: &mut AnyConnection, how: WriteBack) -> QueryResult<()> {
    #[derive(diesel::QueryableByName)]
    struct Log {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        log: i64,
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        checkpointed: i64,
    }
    #[cfg_attr(
        not(feature = "postgres"),
        expect(irrefutable_let_patterns, reason = "only one back end is built in")
    )]
    let AnyConnection::Sqlite(connection) = connection else {
        return Ok(());
    };
    if how == WriteBack::Truncate {
        return without_waiting(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
    }
    let Log { log, checkpointed } =
        diesel::sql_query("PRAGMA wal_checkpoint(NOOP)").get_result(connection)?;
    if log - checkpointed < LONG_LOG {
        return Ok(());
    }
    connection.batch_execute("PRAGMA wal_checkpoint(PASSIVE)")
}
