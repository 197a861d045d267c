//! The tables of this version: made, migrated, or refused.

use diesel::backend::Backend;
#[cfg(feature = "postgres")]
use diesel::connection::SimpleConnection;
use diesel::migration::{Migration, MigrationSource};
use diesel::prelude::*;
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};

use crate::store::connection::{Access, AnyConnection, connect, limit_waits};
use crate::store::disk::free_bytes;
use crate::store::error::StoreError;
#[cfg(feature = "postgres")]
use crate::store::locks::{IN_USE, MIGRATING, try_lock};
#[cfg(feature = "postgres")]
use crate::store::postgres;
use crate::store::url::DatabaseUrl;
use crate::store::write_back::{WriteBack, write_log_back};

/// Migrations in SQL that both back ends understand.
const BOTH: EmbeddedMigrations = embed_migrations!("migrations/both");

const SQLITE: Migrations = Migrations(embed_migrations!("migrations/sqlite"));

#[cfg(feature = "postgres")]
const POSTGRES: Migrations = Migrations(embed_migrations!("migrations/postgres"));

/// The migrations of one back end: those for both, and its own.
struct Migrations(EmbeddedMigrations);

impl<DB: Backend> MigrationSource<DB> for Migrations {
    fn migrations(&self) -> diesel::migration::Result<Vec<Box<dyn Migration<DB>>>> {
        let mut all = BOTH.migrations()?;
        all.extend(self.0.migrations()?);
        Ok(all)
    }
}

/// Creates or migrates the tables. Refuses a database that a newer version has migrated, and, if
/// there is something to migrate, a database that other servers use.
pub(super) fn migrate(url: &DatabaseUrl, connection: &mut AnyConnection) -> Result<(), StoreError> {
    let failed = |error: Box<dyn std::error::Error + Send + Sync>| StoreError::database(url, error);
    match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(pg) => {
            let run = |pg: &mut PgConnection, sql: String| {
                pg.batch_execute(&sql)
                    .map_err(|error| StoreError::database(url, error))
            };
            run(pg, format!("SELECT pg_advisory_lock({MIGRATING})"))?;
            let is_new = refuse_newer(url, connection)?.is_empty();
            let AnyConnection::Postgres(pg) = connection else {
                return Ok(());
            };
            if is_new {
                postgres::refuse_strange(url, pg)?;
            }
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
                write_log_back(connection, WriteBack::Truncate)
                    .map_err(|error| StoreError::database(url, error))?;
            }
            Ok(())
        }
    }
}

/// Refuses to migrate a SQLite file if the disk has too little space. A migration may write every
/// row again, first to the WAL and then to the file.
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
        "migrating it needs {needed} MiB free on its disk, and there are {free}; \
         free some space first"
    );
    Err(StoreError::database(url, message))
}

/// Refuses a database with migrations that this version does not know; returns the applied ones.
pub(super) fn refuse_newer(
    url: &DatabaseUrl,
    connection: &mut AnyConnection,
) -> Result<Vec<String>, StoreError> {
    let applied =
        applied_migrations(connection).map_err(|error| StoreError::database(url, error))?;
    match applied.iter().find(|version| !is_known_migration(version)) {
        Some(version) => Err(StoreError::Newer {
            url: url.shown(),
            version: version.clone(),
        }),
        None => Ok(applied),
    }
}

/// The migrations that were applied to a database; none if minyi has not used it yet.
///
/// It only reads, since the database may be a standby, or this user may have no right to write.
pub(super) fn applied_migrations(connection: &mut AnyConnection) -> QueryResult<Vec<String>> {
    use diesel::dsl::sql;
    use diesel::sql_types::{Bool, Text};
    let versions = sql::<Text>("SELECT version FROM __diesel_schema_migrations ORDER BY version");
    match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => {
            let exists = sql::<Bool>("to_regclass('__diesel_schema_migrations') IS NOT NULL");
            match diesel::select(exists).get_result(connection)? {
                true => versions.load(connection),
                false => Ok(Vec::new()),
            }
        }
        AnyConnection::Sqlite(connection) => {
            let exists =
                "EXISTS (SELECT 1 FROM sqlite_schema WHERE name = '__diesel_schema_migrations')";
            match diesel::select(sql::<Bool>(exists)).get_result(connection)? {
                true => versions.load(connection),
                false => Ok(Vec::new()),
            }
        }
    }
}

/// Whether every migration that this version knows is among the `applied`.
fn is_current(applied: &[String]) -> bool {
    known_migrations()
        .iter()
        .all(|known| applied.contains(known))
}

/// Whether an earlier version of minyi made the tables, and there are migrations to apply.
pub(super) fn is_behind(connection: &mut AnyConnection) -> QueryResult<bool> {
    let applied = applied_migrations(connection)?;
    Ok(!applied.is_empty() && !is_current(&applied))
}

/// The versions of the migrations that this version of minyi knows, sorted.
pub(super) fn known_migrations() -> Vec<String> {
    let mut known: Vec<String> = MigrationSource::<diesel::sqlite::Sqlite>::migrations(&SQLITE)
        .unwrap_or_default()
        .iter()
        .map(|migration| migration.name().version().to_string())
        .collect();
    known.sort();
    known
}

/// Whether this version of minyi knows a migration.
pub(super) fn is_known_migration(version: &str) -> bool {
    known_migrations().iter().any(|known| known == version)
}

/// The schema's version: the newest migration that this version of minyi knows.
pub fn schema_version() -> String {
    known_migrations().pop().unwrap_or_default()
}

/// Opens a connection for writing. While it is open, no other version can migrate the database: on
/// PostgreSQL by an advisory lock, on SQLite by the lock file that the process holds.
pub(super) fn connect_writer(url: &DatabaseUrl) -> Result<AnyConnection, StoreError> {
    let mut connection = connect(url, Access::Write)?;
    #[cfg(feature = "postgres")]
    if let AnyConnection::Postgres(connection) = &mut connection
        && !try_lock(url, connection, "pg_try_advisory_lock_shared", IN_USE)?
    {
        return Err(StoreError::InUse { url: url.shown() });
    }
    refuse_newer(url, &mut connection)?;
    limit_waits(url, &mut connection)?;
    Ok(connection)
}
