//! Opens connections to either back end, always with the same settings.

use diesel::connection::SimpleConnection;
use diesel::prelude::*;

use crate::store::error::StoreError;
#[cfg(feature = "postgres")]
use crate::store::postgres;
#[cfg(feature = "postgres")]
use crate::store::schema::LEAF_LOCK;
use crate::store::url::DatabaseUrl;

/// The first version of SQLite without a bug that could lose a commit when one connection writes
/// while another checkpoints (<https://sqlite.org/wal.html#the_wal_reset_bug>).
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);

/// A connection to one of the back ends.
#[derive(diesel::MultiConnection)]
pub(super) enum AnyConnection {
    // PostgreSQL comes first, since SQLite accepts any URL as a file name.
    #[cfg(feature = "postgres")]
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// What a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Write,
    Read,
}

/// Opens a connection with the settings that make commits durable.
pub(super) fn connect(url: &DatabaseUrl, access: Access) -> Result<AnyConnection, StoreError> {
    match url {
        DatabaseUrl::Sqlite(path) => {
            assert_sqlite_version()?;
            let name = path.to_string_lossy();
            let connection = SqliteConnection::establish(&name)
                .map_err(|error| StoreError::database(url, error))?;
            // A page of 8 KiB holds several responses, so a commit writes fewer pages than with 4
            // KiB. FULL: a commit returns when it is on disk. NORMAL may lose commits when power
            // fails.
            let settings = "PRAGMA busy_timeout = 5000; PRAGMA page_size = 8192;
                 PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                 PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;
                 PRAGMA journal_size_limit = 67108864;";
            // Readers read each row once, so a large cache would only waste memory.
            let reading = match access {
                Access::Read => "PRAGMA query_only = ON; PRAGMA cache_size = -512;",
                // Only `write_log_back` checkpoints the WAL, also during a migration or a restore.
                Access::Write => "PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 0;",
            };
            let mut connection = AnyConnection::Sqlite(connection);
            if access == Access::Read {
                add_missing_psu(&mut connection)
                    .map_err(|error| StoreError::database(url, error))?;
            }
            connection
                .batch_execute(&format!("{settings}{reading}"))
                .map_err(|error| StoreError::database(url, error))?;
            Ok(connection)
        }
        #[cfg(feature = "postgres")]
        DatabaseUrl::Postgres(address) => {
            let mut connection = postgres::establish(url, address)?;
            postgres::refuse_other_encoding(url, &mut connection)?;
            if access == Access::Write {
                postgres::refuse_unwritable(url, &mut connection)?;
            }
            // A writer's statements are planned once, perhaps while the tables are empty. Then a
            // scan of the whole table looks cheap, and the plan is kept with a million rows. So
            // scans are switched off.
            let by_key = match access {
                Access::Read => "",
                Access::Write => "SET enable_seqscan = off; SET enable_bitmapscan = off;",
            };
            connection
                .batch_execute(&format!(
                    "SET synchronous_commit = on; SET client_min_messages = warning; {by_key}"
                ))
                .map_err(|error| StoreError::database(url, error))?;
            let mut connection = AnyConnection::Postgres(connection);
            if access == Access::Read {
                add_missing_psu(&mut connection)
                    .map_err(|error| StoreError::database(url, error))?;
            }
            Ok(connection)
        }
        #[cfg(not(feature = "postgres"))]
        DatabaseUrl::Postgres(_) => Err(StoreError::NotBuiltIn),
    }
}

/// If the table `response` has no column `psu` yet, hides it behind a view in which the column is
/// empty, so that an old database can be examined and backed up before it is migrated.
fn add_missing_psu(connection: &mut AnyConnection) -> QueryResult<()> {
    use diesel::dsl::sql;
    use diesel::sql_types::Bool;
    let is_missing = match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(_) => {
            "to_regclass('response') IS NOT NULL AND NOT EXISTS (SELECT 1 FROM pg_attribute
             WHERE attrelid = to_regclass('response') AND attname = 'psu')"
        }
        AnyConnection::Sqlite(_) => {
            "EXISTS (SELECT 1 FROM pragma_table_info('response'))
             AND NOT EXISTS (SELECT 1 FROM pragma_table_info('response') WHERE name = 'psu')"
        }
    };
    let missing = match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(postgres) => {
            diesel::select(sql::<Bool>(is_missing)).get_result(postgres)?
        }
        AnyConnection::Sqlite(sqlite) => {
            diesel::select(sql::<Bool>(is_missing)).get_result(sqlite)?
        }
    };
    let response = match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(_) => "public.response",
        AnyConnection::Sqlite(_) => "main.response",
    };
    match missing {
        false => Ok(()),
        true => connection.batch_execute(&format!(
            "CREATE TEMP VIEW response AS SELECT *, '' AS psu FROM {response}"
        )),
    }
}

/// Limits how long a writer's connection waits on PostgreSQL. A minyi that disappears in the middle
/// of a transaction keeps the log's lock: PostgreSQL ends such a transaction after five seconds and
/// the connection after 25, and other servers try again instead of waiting. Called after migrating,
/// since a migration may take longer.
pub(super) fn limit_waits(
    url: &DatabaseUrl,
    connection: &mut AnyConnection,
) -> Result<(), StoreError> {
    let settings = match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(_) => {
            "SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '5s';
             SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5;
             SET tcp_keepalives_count = 3;"
        }
        // `busy_timeout` limits the waits of every connection.
        AnyConnection::Sqlite(_) => "",
    };
    connection
        .batch_execute(settings)
        .map_err(|error| StoreError::database(url, error))
}

/// Whether the database answers and accepts writes. On SQLite it tries to write.
pub(super) fn is_writable(connection: &mut AnyConnection) -> QueryResult<bool> {
    match connection {
        // A standby or a read-only database answers too.
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => {
            let writable = "current_setting('transaction_read_only') = 'off'";
            diesel::select(diesel::dsl::sql::<diesel::sql_types::Bool>(writable))
                .get_result(connection)
        }
        AnyConnection::Sqlite(_) => try_write(connection).map(|()| true),
    }
}

/// Tries to write. On PostgreSQL it updates a row and rolls back, since only a write shows a full
/// disk or a locked log. On SQLite it takes the write lock without waiting for another process.
pub(super) fn try_write(connection: &mut AnyConnection) -> QueryResult<()> {
    match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => {
            let written = connection.batch_execute(&format!(
                "BEGIN; UPDATE meta SET value = value WHERE name = '{LEAF_LOCK}'"
            ));
            connection.batch_execute("ROLLBACK").and(written)
        }
        AnyConnection::Sqlite(connection) => {
            without_waiting(connection, "BEGIN IMMEDIATE; ROLLBACK")
        }
    }
}

/// Runs `sql`, but waits only 0.1 s for another process that holds the file.
pub(super) fn without_waiting(connection: &mut SqliteConnection, sql: &str) -> QueryResult<()> {
    connection.batch_execute("PRAGMA busy_timeout = 100")?;
    let done = connection.batch_execute(sql);
    connection
        .batch_execute("PRAGMA busy_timeout = 5000")
        .and(done)
}

/// The version of the SQLite that is linked, such as `3.53.2`.
pub fn sqlite_version() -> String {
    let mut connection = match SqliteConnection::establish(":memory:") {
        Ok(connection) => connection,
        Err(_) => return String::new(),
    };
    diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>(
        "sqlite_version()",
    ))
    .get_result(&mut connection)
    .unwrap_or_default()
}

/// Whether this version of SQLite loses no commits.
pub fn is_safe_sqlite(version: &str) -> bool {
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    (next(), next(), next()) >= OLDEST_SQLITE
}

fn assert_sqlite_version() -> Result<(), StoreError> {
    let version = sqlite_version();
    if is_safe_sqlite(&version) {
        Ok(())
    } else {
        Err(StoreError::OldSqlite { version })
    }
}
