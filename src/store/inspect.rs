//! Facts about a database for `minyi doctor`, in addition to the audit.

use diesel::prelude::*;

#[cfg(feature = "postgres")]
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::migrations::applied_migrations;
use crate::store::schema::response;
#[cfg(feature = "postgres")]
use crate::store::url::{DatabaseUrl, encryption_elsewhere};

/// Version, settings and clock of a PostgreSQL server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Server {
    /// Such as `15.8`.
    pub version: String,
    /// Version of TLS and cipher of the connection; `None` if it is not encrypted.
    pub tls: Option<String>,
    /// Whether the server is on another machine, by the URL and the environment.
    pub is_elsewhere: bool,
    /// Settings that can make it lose commits, with their values.
    pub settings: Vec<(&'static str, String)>,
    /// Time by its clock, microseconds UTC.
    pub clock: i64,
}

impl Store {
    /// The newest migration that was applied; `None` if there are no tables yet.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn schema_found(&self) -> Result<Option<String>, StoreError> {
        self.read(|connection| Ok(applied_migrations(connection)?.into_iter().max()))
    }

    /// When the newest response was received, microseconds UTC; `None` if there is no response.
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

    /// The PostgreSQL server; `None` on SQLite.
    ///
    /// # Errors
    /// When it does not answer.
    #[cfg(feature = "postgres")]
    pub fn server(&self) -> Result<Option<Server>, StoreError> {
        use diesel::dsl::sql;
        use diesel::sql_types::{BigInt, Nullable, Text};
        const VITAL: [&str; 3] = ["fsync", "full_page_writes", "synchronous_commit"];
        const TLS: &str = "(SELECT version || ' ' || cipher FROM pg_stat_ssl \
                           WHERE pid = pg_backend_pid() AND ssl)";
        let is_elsewhere = match &self.inner.url {
            DatabaseUrl::Postgres(address) => encryption_elsewhere(address) != Ok(None),
            DatabaseUrl::Sqlite(_) => false,
        };
        self.read(|connection| {
            let AnyConnection::Postgres(postgres) = connection else {
                return Ok(None);
            };
            let value_of = |postgres: &mut PgConnection, setting: &str| -> QueryResult<String> {
                diesel::select(sql::<Text>(&format!("current_setting('{setting}')")))
                    .get_result(postgres)
            };
            let version = value_of(postgres, "server_version")?;
            let tls = diesel::select(sql::<Nullable<Text>>(TLS)).get_result(postgres)?;
            let clock = sql::<BigInt>("(extract(epoch from clock_timestamp()) * 1000000)::bigint");
            let clock = diesel::select(clock).get_result(postgres)?;
            let settings: QueryResult<Vec<_>> = VITAL
                .iter()
                .map(|setting| Ok((*setting, value_of(postgres, setting)?)))
                .collect();
            Ok(Some(Server {
                version,
                tls,
                is_elsewhere,
                settings: settings?,
                clock,
            }))
        })
    }

    /// `None`: this build has no PostgreSQL.
    ///
    /// # Errors
    /// Never.
    #[cfg(not(feature = "postgres"))]
    pub fn server(&self) -> Result<Option<Server>, StoreError> {
        Ok(None)
    }
}
