//! Connections to either back end, opened the same way every time.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use diesel::backend::Backend;
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::store::disk::free_bytes;
use crate::store::error::StoreError;
#[cfg(feature = "postgres")]
use crate::store::statements::LEAF_LOCK;

/// Those that say the same to both back ends.
const BOTH: EmbeddedMigrations = embed_migrations!("migrations/both");

const SQLITE: Migrations = Migrations(embed_migrations!("migrations/sqlite"));

#[cfg(feature = "postgres")]
const POSTGRES: Migrations = Migrations(embed_migrations!("migrations/postgres"));

/// The migrations of one back end: those for both, and its own, whose names the other's own have too.
struct Migrations(EmbeddedMigrations);

impl<DB: Backend> MigrationSource<DB> for Migrations {
    fn migrations(&self) -> diesel::migration::Result<Vec<Box<dyn Migration<DB>>>> {
        let mut all = BOTH.migrations()?;
        all.extend(self.0.migrations()?);
        Ok(all)
    }
}

/// The first SQLite whose WAL cannot lose a commit when two connections write and checkpoint at once
/// (<https://sqlite.org/wal.html#the_wal_reset_bug>).
const OLDEST_SQLITE: (u32, u32, u32) = (3, 51, 3);

/// A connection to one of the back ends.
#[derive(diesel::MultiConnection)]
pub(super) enum AnyConnection {
    // PostgreSQL stands first: SQLite takes any address for a file name.
    #[cfg(feature = "postgres")]
    Postgres(PgConnection),
    Sqlite(SqliteConnection),
}

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file.
    Sqlite(PathBuf),
    /// A server, by its connection URL.
    Postgres(String),
}

impl FromStr for DatabaseUrl {
    type Err = StoreError;

    /// `sqlite:PATH`, `postgres://…`, or a bare path.
    fn from_str(url: &str) -> Result<DatabaseUrl, StoreError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(DatabaseUrl::Postgres(url.to_owned()));
        }
        let path = url.strip_prefix("sqlite:").unwrap_or(url);
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path.contains("://") {
            return Err(StoreError::BadUrl {
                url: without_secrets(url),
            });
        }
        Ok(DatabaseUrl::Sqlite(PathBuf::from(path)))
    }
}

impl DatabaseUrl {
    /// The same database by the one name that its file has, however many links lead to it: locks and logs go by names.
    pub fn resolved(&self) -> DatabaseUrl {
        match self {
            DatabaseUrl::Sqlite(path) => DatabaseUrl::Sqlite(resolved(path)),
            DatabaseUrl::Postgres(_) => self.clone(),
        }
    }

    /// The file, on SQLite.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            DatabaseUrl::Sqlite(path) => Some(path),
            DatabaseUrl::Postgres(_) => None,
        }
    }
}

/// `path` without links, also when its file is still to be made at the end of one.
fn resolved(path: &Path) -> PathBuf {
    /// As many as the system follows (`path_resolution(7)`).
    const MOST_LINKS: usize = 40;
    let mut file = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(target) = std::fs::read_link(&file) else {
            break;
        };
        file = match file.parent() {
            Some(folder) => folder.join(target),
            None => target,
        };
    }
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match (
        folder.unwrap_or(Path::new(".")).canonicalize(),
        file.file_name(),
    ) {
        (Ok(folder), Some(name)) => folder.join(name),
        // A folder that is still to be made has one name.
        _ => file,
    }
}

/// What a connection may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Access {
    Write,
    Read,
}

/// Opens a connection with the settings that durability rests on.
pub(super) fn connect(url: &DatabaseUrl, access: Access) -> Result<AnyConnection, StoreError> {
    match url {
        DatabaseUrl::Sqlite(path) => {
            assert_sqlite_version()?;
            let name = path.to_string_lossy();
            let connection = SqliteConnection::establish(&name)
                .map_err(|error| StoreError::open(url, &error.to_string()))?;
            // Pages of 8 KiB hold several responses each: fewer pages for a commit to write than with 4 KiB.
            // FULL: a commit is on disk before it is acknowledged. NORMAL may lose acknowledged commits on power loss.
            let settings = "PRAGMA busy_timeout = 5000; PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                 PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;
                 PRAGMA journal_size_limit = 67108864;";
            // Readers go through the rows once, page by page: a large cache would only keep memory from others.
            let reading = match access {
                Access::Read => "PRAGMA query_only = ON; PRAGMA cache_size = -512;",
                // The log is written back by `write_log_back` alone, also by whoever migrates or restores.
                Access::Write => "PRAGMA cache_size = -16384; PRAGMA wal_autocheckpoint = 0;",
            };
            let mut connection = AnyConnection::Sqlite(connection);
            if access == Access::Read {
                show_psu(&mut connection)
                    .map_err(|error| StoreError::open(url, &error.to_string()))?;
            }
            connection
                .batch_execute(&format!("{settings}{reading}"))
                .map_err(|error| StoreError::open(url, &error.to_string()))?;
            Ok(connection)
        }
        #[cfg(feature = "postgres")]
        DatabaseUrl::Postgres(address) => {
            let mut connection = PgConnection::establish(&with_deadlines(address))
                .map_err(|error| StoreError::open(url, &error.to_string()))?;
            // A writer's statements are planned once, maybe when the tables are still empty: then reading a whole table looks
            // cheap, and it would go on reading it with a million rows. So it finds everything by key.
            let by_key = match access {
                Access::Read => "",
                Access::Write => "SET enable_seqscan = off; SET enable_bitmapscan = off;",
            };
            connection
                .batch_execute(&format!(
                    "SET synchronous_commit = on; SET client_min_messages = warning; {by_key}"
                ))
                .map_err(|error| StoreError::open(url, &error.to_string()))?;
            let mut connection = AnyConnection::Postgres(connection);
            if access == Access::Read {
                show_psu(&mut connection)
                    .map_err(|error| StoreError::open(url, &error.to_string()))?;
            }
            Ok(connection)
        }
        #[cfg(not(feature = "postgres"))]
        DatabaseUrl::Postgres(_) => Err(StoreError::NotBuiltIn),
    }
}

/// Gives a reading connection to a database of before the column `psu` a view of the responses in
/// which the column is empty, so that it can be examined and backed up before it is migrated.
fn show_psu(connection: &mut AnyConnection) -> QueryResult<()> {
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

/// The address with deadlines where it names none: a server that vanished from the network must not hold the writer for
/// the minutes that TCP waits.
#[cfg(feature = "postgres")]
fn with_deadlines(address: &str) -> String {
    let mut address = address.to_owned();
    for (name, value) in [("connect_timeout", "5"), ("tcp_user_timeout", "10000")] {
        if !address.contains(name) {
            address.push(if address.contains('?') { '&' } else { '?' });
            address.push_str(name);
            address.push('=');
            address.push_str(value);
        }
    }
    address
}

/// PostgreSQL: held shared by every session that writes, exclusively by the one that migrates.
#[cfg(feature = "postgres")]
const IN_USE: &str = "7236190012";

/// PostgreSQL: held by whoever is looking whether to migrate, so that servers that start at once take turns.
#[cfg(feature = "postgres")]
const MIGRATING: &str = "7236190011";

/// Opens a connection that may write: on PostgreSQL no other version can migrate while it lasts.
///
/// On SQLite the lock file does the same for the whole process.
pub(super) fn connect_writer(url: &DatabaseUrl) -> Result<AnyConnection, StoreError> {
    let mut connection = connect(url, Access::Write)?;
    #[cfg(feature = "postgres")]
    if let AnyConnection::Postgres(connection) = &mut connection
        && !try_lock(url, connection, "pg_try_advisory_lock_shared", IN_USE)?
    {
        return Err(StoreError::InUse { url: url.shown() });
    }
    refuse_newer(url, &mut connection)?;
    stand_alone(url, &mut connection)?;
    Ok(connection)
}

/// Brings the tables to this version's; refuses a database that a newer version has migrated, and one that another
/// server writes to if there is something to migrate.
pub(super) fn migrate(url: &DatabaseUrl, connection: &mut AnyConnection) -> Result<(), StoreError> {
    let failed =
        |error: Box<dyn std::error::Error + Send + Sync>| StoreError::open(url, &error.to_string());
    match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(pg) => {
            let run = |pg: &mut PgConnection, sql: String| {
                pg.batch_execute(&sql)
                    .map_err(|error| StoreError::open(url, &error.to_string()))
            };
            run(pg, format!("SELECT pg_advisory_lock({MIGRATING})"))?;
            refuse_newer(url, connection)?;
            let AnyConnection::Postgres(pg) = connection else {
                return Ok(());
            };
            if pg.has_pending_migration(POSTGRES).map_err(failed)? {
                if !try_lock(url, pg, "pg_try_advisory_lock", IN_USE)? {
                    return Err(StoreError::InUse { url: url.shown() });
                }
                pg.run_pending_migrations(POSTGRES).map_err(failed)?;
                run(
                    pg,
                    format!(
                        "SELECT pg_advisory_lock_shared({IN_USE}), pg_advisory_unlock({IN_USE})"
                    ),
                )?;
            } else {
                run(pg, format!("SELECT pg_advisory_lock_shared({IN_USE})"))?;
            }
            run(pg, format!("SELECT pg_advisory_unlock({MIGRATING})"))
        }
        AnyConnection::Sqlite(_) => {
            refuse_newer(url, connection)?;
            #[cfg_attr(
                not(feature = "postgres"),
                expect(irrefutable_let_patterns, reason = "only one back end is built in")
            )]
            let AnyConnection::Sqlite(sqlite) = connection else {
                return Ok(());
            };
            if sqlite.has_pending_migration(SQLITE).map_err(failed)? {
                if !sqlite.applied_migrations().map_err(failed)?.is_empty() {
                    refuse_without_room(url)?;
                }
                sqlite.run_pending_migrations(SQLITE).map_err(failed)?;
                write_log_back(connection, WriteBack::Whole)
                    .map_err(|error| StoreError::open(url, &error.to_string()))?;
            }
            Ok(())
        }
    }
}

/// Refuses to migrate a large SQLite file on a disk that has no room for it: a migration may write every row anew, first to
/// the log, then to the file.
fn refuse_without_room(url: &DatabaseUrl) -> Result<(), StoreError> {
    let Some(path) = url.path() else {
        return Ok(());
    };
    let size = std::fs::metadata(path).map_or(0, |file| file.len());
    let free = free_bytes(path).unwrap_or(u64::MAX);
    tracing::info!(bytes = size, "the database is migrated to this version");
    if free / 2 >= size {
        return Ok(());
    }
    let mib = |bytes: u64| bytes / 1024 / 1024;
    let (needed, free) = (mib(size).saturating_mul(2), mib(free));
    let message = format!(
        "migrating it needs {needed} MiB free on its disk, and there are {free}; make room first"
    );
    Err(StoreError::open(url, &message))
}

/// Refuses a PostgreSQL database that another server is connected to; none can come while the connection lasts.
#[cfg(feature = "postgres")]
pub(super) fn use_alone(
    url: &DatabaseUrl,
    connection: &mut AnyConnection,
) -> Result<(), StoreError> {
    if let AnyConnection::Postgres(postgres) = connection
        && !try_lock(url, postgres, "pg_try_advisory_lock", IN_USE)?
    {
        return Err(StoreError::InUse { url: url.shown() });
    }
    Ok(())
}

#[cfg(feature = "postgres")]
fn try_lock(
    url: &DatabaseUrl,
    connection: &mut PgConnection,
    how: &str,
    lock: &str,
) -> Result<bool, StoreError> {
    let query = diesel::dsl::sql::<diesel::sql_types::Bool>(&format!("{how}({lock})"));
    diesel::select(query)
        .get_result(connection)
        .map_err(|error| StoreError::open(url, &error.to_string()))
}

/// Has the writer's connection wait for no one for long: on PostgreSQL a server that vanished in the middle of a
/// transaction holds the log's lock, so the database ends that transaction after five seconds, the connection after 25, and
/// the others ask again instead of waiting. Set after migrating, which may take its time.
pub(super) fn stand_alone(
    url: &DatabaseUrl,
    connection: &mut AnyConnection,
) -> Result<(), StoreError> {
    let settings = match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(_) => {
            "SET lock_timeout = '5s'; SET idle_in_transaction_session_timeout = '5s';
             SET tcp_keepalives_idle = 10; SET tcp_keepalives_interval = 5; SET tcp_keepalives_count = 3;"
        }
        // It waits as long as every connection.
        AnyConnection::Sqlite(_) => "",
    };
    connection
        .batch_execute(settings)
        .map_err(|error| StoreError::open(url, &error.to_string()))
}

/// Whether the database answers, and would take what is written. A SQLite file is asked by writing to it.
pub(super) fn answers(connection: &mut AnyConnection) -> QueryResult<bool> {
    match connection {
        // A standby answers too, and one that was made read-only.
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => {
            let writable = "current_setting('transaction_read_only') = 'off'";
            diesel::select(diesel::dsl::sql::<diesel::sql_types::Bool>(writable))
                .get_result(connection)
        }
        AnyConnection::Sqlite(_) => takes_writes(connection).map(|()| true),
    }
}

/// Writes to PostgreSQL and takes it back: a full disk or a held log is seen by nothing less. A SQLite file is locked for
/// writing, as it would be for a response, but without waiting for whoever holds it.
pub(super) fn takes_writes(connection: &mut AnyConnection) -> QueryResult<()> {
    match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => {
            let written = connection.batch_execute(&format!(
                "BEGIN; UPDATE meta SET value = value WHERE name = '{LEAF_LOCK}'"
            ));
            connection.batch_execute("ROLLBACK").and(written)
        }
        AnyConnection::Sqlite(connection) => impatiently(connection, "BEGIN IMMEDIATE; ROLLBACK"),
    }
}

/// Runs `sql`, waiting only a moment for whoever holds the file.
fn impatiently(connection: &mut SqliteConnection, sql: &str) -> QueryResult<()> {
    connection.batch_execute("PRAGMA busy_timeout = 100")?;
    let done = connection.batch_execute(sql);
    connection
        .batch_execute("PRAGMA busy_timeout = 5000")
        .and(done)
}

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
        return impatiently(connection, "PRAGMA wal_checkpoint(TRUNCATE)");
    }
    let Log { log, checkpointed } =
        diesel::sql_query("PRAGMA wal_checkpoint(NOOP)").get_result(connection)?;
    if log - checkpointed < LONG_LOG {
        return Ok(());
    }
    connection.batch_execute("PRAGMA wal_checkpoint(PASSIVE)")
}

/// Refuses a database with migrations that this version does not know.
pub(super) fn refuse_newer(
    url: &DatabaseUrl,
    connection: &mut AnyConnection,
) -> Result<(), StoreError> {
    let applied = applied_migrations(connection);
    match applied
        .map_err(|error| StoreError::open(url, &error.to_string()))?
        .into_iter()
        .find(|version| !is_known_migration(version))
    {
        Some(version) => Err(StoreError::Newer {
            url: url.shown(),
            version,
        }),
        None => Ok(()),
    }
}

/// The migrations that a database has seen; none if it has not been started with.
///
/// Asked by reading alone, since the database may be a standby or one that this user may only read.
pub(super) fn applied_migrations(connection: &mut AnyConnection) -> QueryResult<Vec<String>> {
    use diesel::dsl::sql;
    use diesel::sql_types::{Bool, Text};
    let versions = sql::<Text>("SELECT version FROM __diesel_schema_migrations ORDER BY version");
    match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => {
            let there = sql::<Bool>("to_regclass('__diesel_schema_migrations') IS NOT NULL");
            match diesel::select(there).get_result(connection)? {
                true => versions.load(connection),
                false => Ok(Vec::new()),
            }
        }
        AnyConnection::Sqlite(connection) => {
            let there =
                "EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '__diesel_schema_migrations')";
            match diesel::select(sql::<Bool>(there)).get_result(connection)? {
                true => versions.load(connection),
                false => Ok(Vec::new()),
            }
        }
    }
}

/// Whether a database has seen every migration that this version knows.
pub(super) fn is_current(connection: &mut AnyConnection) -> QueryResult<bool> {
    let applied = applied_migrations(connection)?;
    Ok(known_migrations()
        .iter()
        .all(|known| applied.contains(known)))
}

/// Whether an earlier version of minyi has filled the database.
pub(super) fn is_behind(connection: &mut AnyConnection) -> QueryResult<bool> {
    Ok(!applied_migrations(connection)?.is_empty() && !is_current(connection)?)
}

fn known_migrations() -> Vec<String> {
    let mut known: Vec<String> = MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE)
        .unwrap_or_default()
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect();
    known.sort();
    known
}

/// Whether this version of minyi knows that migration.
pub(super) fn is_known_migration(version: &str) -> bool {
    known_migrations().iter().any(|known| known == version)
}

/// The schema's version: the newest migration that this version of minyi knows.
pub fn schema_version() -> String {
    known_migrations().pop().unwrap_or_default()
}

impl DatabaseUrl {
    /// The address without a password.
    pub(super) fn shown(&self) -> String {
        match self {
            DatabaseUrl::Sqlite(path) => path.display().to_string(),
            DatabaseUrl::Postgres(address) => without_secrets(address),
        }
    }
}

/// An address without who is there and with which password, which may stand before the host and behind the question mark.
fn without_secrets(url: &str) -> String {
    let bare = url.split('?').next().unwrap_or_default();
    let Some((scheme, place)) = bare.split_once("://") else {
        return bare.to_owned();
    };
    match place.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://…@{host}"),
        // A question mark in the password: what stands before it is no host.
        None if url.contains('@') => format!("{scheme}://…"),
        None => format!("{scheme}://{place}"),
    }
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

/// Whether that version of SQLite keeps every commit.
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
