//! What `minyi doctor` asks of a database, beside the audit of its log.

use diesel::prelude::*;

#[cfg(feature = "postgres")]
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::migrations::applied_migrations;
use crate::store::schema::response;

/// How a PostgreSQL server is set up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Such as `15.8`.
    pub version: String,
    /// Settings without which a commit may be lost, and their values.
    pub settings: Vec<(&'static str, String)>,
    /// Its clock, microseconds UTC.
    pub clock: i64,
}

impl Store {
    /// The newest migration the database has seen; none before the first start.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn schema_found(&self) -> Result<Option<String>, StoreError> {
        self.read(|connection| Ok(applied_migrations(connection)?.into_iter().max()))
    }

    /// When the newest response came in, microseconds UTC.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn newest(&self) -> Result<Option<i64>, StoreError> {
        self.read(|connection| {
            response::table
                .select(diesel::dsl::max(response::received_at))
                .get_result(connection)
        })
    }

    /// The database server; none on SQLite.
    ///
    /// # Errors
    /// When it does not answer.
    #[cfg(feature = "postgres")]
    pub fn server(&self) -> Result<Option<Server>, StoreError> {
        use diesel::dsl::sql;
        use diesel::sql_types::{BigInt, Text};
        const VITAL: [&str; 3] = ["fsync", "full_page_writes", "synchronous_commit"];
        self.read(|connection| {
            let AnyConnection::Postgres(postgres) = connection else {
                return Ok(None);
            };
            let told = |postgres: &mut PgConnection, setting: &str| -> QueryResult<String> {
                diesel::select(sql::<Text>(&format!("current_setting('{setting}')")))
                    .get_result(postgres)
            };
            let version = told(postgres, "server_version")?;
            let clock = sql::<BigInt>("(extract(epoch from clock_timestamp()) * 1000000)::bigint");
            let clock = diesel::select(clock).get_result(postgres)?;
            let settings: QueryResult<Vec<_>> = VITAL
                .iter()
                .map(|setting| Ok((*setting, told(postgres, setting)?)))
                .collect();
            Ok(Some(Server {
                version,
                settings: settings?,
                clock,
            }))
        })
    }

    /// The database server; none on SQLite.
    ///
    /// # Errors
    /// Never in this build.
    #[cfg(not(feature = "postgres"))]
    pub fn server(&self) -> Result<Option<Server>, StoreError> {
        Ok(None)
    }
}
