//! Checkpoints SQLite's WAL (write-ahead log): copies its pages into the database file.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::store::connection::{AnyConnection, without_waiting};

/// When the WAL is checkpointed, and how much of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteBack {
    /// Only if the WAL is long, and only as far as readers allow.
    WhenLong,
    /// Now and completely; then the WAL file is truncated. Waits only a moment for readers.
    Truncate,
}

/// The WAL is long if at least this many of its pages are not in the database file yet: 8 MiB.
const LONG_LOG: i64 = 1_000;

/// Checkpoints SQLite's WAL. Does nothing on PostgreSQL.
///
/// SQLite's automatic checkpoint after a commit ignores disk errors (`sqlite3WalDefaultHook` drops
/// the result). SQLite would then sync again with the next commit. A sync after a failed sync may
/// report success although the data is lost.
///
/// # Errors
/// When the disk fails. It is not an error if readers or another process use the WAL.
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
