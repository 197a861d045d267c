//! Connections to either back end, opened the same way every time.

use std::path::{Path, PathBuf};
use std::str::FromStr;

use diesel::connection::SimpleConnection;
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::store::error::StoreError;

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("migrations");

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
            return Err(StoreError::BadUrl { url: url.to_owned() });
        }
        Ok(DatabaseUrl::Sqlite(PathBuf::from(path)))
    }
}

impl DatabaseUrl {
    /// The file, on SQLite.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            DatabaseUrl::Sqlite(path) => Some(path),
            DatabaseUrl::Postgres(_) => None,
        }
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
            let mut connection = SqliteConnection::establish(&name)
                .map_err(|error| StoreError::open(url, &error.to_string()))?;
            // Pages of 8 KiB hold several responses each: fewer pages for a commit to write than with 4 KiB.
            // FULL: a commit is on disk before it is acknowledged. NORMAL may lose acknowledged commits on power loss.
            let settings = "PRAGMA busy_timeout = 5000; PRAGMA page_size = 8192; PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
                 PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON; PRAGMA trusted_schema = OFF;
                 PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -16384;";
            let reading = if access == Access::Read {
                "PRAGMA query_only = ON;"
            } else {
                ""
            };
            connection
                .batch_execute(&format!("{settings}{reading}"))
                .map_err(|error| StoreError::open(url, &error.to_string()))?;
            Ok(AnyConnection::Sqlite(connection))
        }
        #[cfg(feature = "postgres")]
        DatabaseUrl::Postgres(address) => {
            let mut connection = PgConnection::establish(address)
                .map_err(|error| StoreError::open(url, &error.to_string()))?;
            connection
                .batch_execute("SET synchronous_commit = on; SET client_min_messages = warning")
                .map_err(|error| StoreError::open(url, &error.to_string()))?;
            Ok(AnyConnection::Postgres(connection))
        }
        #[cfg(not(feature = "postgres"))]
        DatabaseUrl::Postgres(_) => Err(StoreError::NotBuiltIn),
    }
}

/// Brings the tables to this version's; refuses a database that a newer version has migrated.
pub(super) fn migrate(url: &DatabaseUrl, connection: &mut AnyConnection) -> Result<(), StoreError> {
    refuse_newer(url, connection)?;
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| StoreError::open(url, &error.to_string());
    match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => {
            // Two servers may start at once: the second waits until the first has migrated.
            connection
                .batch_execute("SELECT pg_advisory_lock(7236190011)")
                .map_err(|error| StoreError::open(url, &error.to_string()))?;
            let migrated = connection
                .run_pending_migrations(MIGRATIONS)
                .map(|_| ())
                .map_err(failed);
            let _ = connection.batch_execute("SELECT pg_advisory_unlock(7236190011)");
            migrated
        }
        AnyConnection::Sqlite(connection) => connection
            .run_pending_migrations(MIGRATIONS)
            .map(|_| ())
            .map_err(failed),
    }
}

/// Refuses a database with migrations that this version does not know.
pub(super) fn refuse_newer(url: &DatabaseUrl, connection: &mut AnyConnection) -> Result<(), StoreError> {
    use diesel::migration::MigrationSource;
    let applied = match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => connection.applied_migrations(),
        AnyConnection::Sqlite(connection) => connection.applied_migrations(),
    };
    let Ok(applied) = applied else { return Ok(()) };
    let known: Vec<String> = MigrationSource::<diesel::sqlite::Sqlite>::migrations(&MIGRATIONS)
        .unwrap_or_default()
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect();
    match applied
        .iter()
        .find(|version| !known.contains(&version.to_string()))
    {
        Some(version) => Err(StoreError::Newer {
            url: url.shown(),
            version: version.to_string(),
        }),
        None => Ok(()),
    }
}

impl DatabaseUrl {
    /// The address without a password.
    pub(super) fn shown(&self) -> String {
        match self {
            DatabaseUrl::Sqlite(path) => path.display().to_string(),
            DatabaseUrl::Postgres(address) => {
                let host = address
                    .rsplit_once('@')
                    .map_or(address.as_str(), |(_, host)| host);
                format!("postgres://…@{host}")
            }
        }
    }
}

/// The version of the SQLite that is linked, such as `3.53.2`.
pub fn sqlite_version() -> String {
    let mut connection = match SqliteConnection::establish(":memory:") {
        Ok(connection) => connection,
        Err(_) => return String::new(),
    };
    diesel::select(diesel::dsl::sql::<diesel::sql_types::Text>("sqlite_version()"))
        .get_result(&mut connection)
        .unwrap_or_default()
}

fn assert_sqlite_version() -> Result<(), StoreError> {
    let version = sqlite_version();
    let mut parts = version.split('.').map(|part| part.parse().unwrap_or(0));
    let linked = (
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
        parts.next().unwrap_or(0),
    );
    if linked < OLDEST_SQLITE {
        Err(StoreError::OldSqlite { version })
    } else {
        Ok(())
    }
}
