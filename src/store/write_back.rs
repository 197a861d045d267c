//! SQLite's log written back into the database, by minyi itself.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::store::connection::{AnyConnection, without_waiting};

/// How SQLite's log is written back into the database.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum WriteBack {
    /// As far as readers allow, once it is long.
    WhenLong,
    /// Now, and its room is given back to the disk. Readers are waited for only a moment: they hold the log, not the disk.
    Whole,
}

/// Pages of SQLite's log that are not yet in the database when they are written back: 8 MiB.
const LONG_LOG: i64 = 1_000;

/// Writes SQLite's log back into the database; nothing on PostgreSQL.
///
/// SQLite would do so by itself after a commit, but tells no one when the disk fails there (`sqlite3WalDefaultHook` drops
/// the outcome) and would sync again next time, when a sync that failed once may report success although the data is gone.
///
/// # Errors
/// The disk's. That readers or others hold the log is none.
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
    if how == WriteBack::Whole {
        return without_waiting(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
    }
    let Log { log, checkpointed } =
        diesel::sql_query("PRAGMA wal_checkpoint(NOOP)").get_result(connection)?;
    if log - checkpointed < LONG_LOG {
        return Ok(());
    }
    connection.batch_execute("PRAGMA wal_checkpoint(PASSIVE)")
}
