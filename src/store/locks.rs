//! PostgreSQL: who may write to a database, and who may migrate it.

#[cfg(feature = "postgres")]
use diesel::prelude::*;

#[cfg(feature = "postgres")]
use crate::store::connection::AnyConnection;
#[cfg(feature = "postgres")]
use crate::store::error::StoreError;
#[cfg(feature = "postgres")]
use crate::store::url::DatabaseUrl;

/// Held shared by every session that writes, exclusively by the one that migrates.
#[cfg(feature = "postgres")]
pub(super) const IN_USE: &str = "7236190012";

/// Held by a server that looks whether to migrate, so that servers that start together take turns.
#[cfg(feature = "postgres")]
pub(super) const MIGRATING: &str = "7236190011";

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
pub(super) fn try_lock(
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
