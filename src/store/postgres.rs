//! Whether a PostgreSQL database may be used: checked before anything is written, and every reason
//! against it has its cure.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text};

use crate::store::error::StoreError;
use crate::store::url::{DatabaseUrl, UrlError, is_this_machine, needs_local_environment};

/// A connection to the database, without any settings.
///
/// # Errors
/// [`StoreError::Unfit`] when the server refuses; [`StoreError::Database`] when it does not answer.
pub(super) fn establish(url: &DatabaseUrl, address: &str) -> Result<PgConnection, StoreError> {
    refuse_host_of_environment(url, address)?;
    PgConnection::establish(&with_deadlines(address)).map_err(|error| {
        let message = error.to_string();
        let message = message.trim();
        match cure(message) {
            Some(cure) => unfit(url, format!("{message}; {cure}")),
            None => StoreError::database(url, error),
        }
    })
}

fn unfit(url: &DatabaseUrl, reason: impl Into<String>) -> StoreError {
    StoreError::Unfit {
        url: url.shown(),
        reason: reason.into(),
    }
}

/// What helps against a refusal; `None` when the server did not answer. libpq gives only the text.
fn cure(message: &str) -> Option<&'static str> {
    let cures = [
        (
            "SSL support is not compiled in",
            "this build of minyi cannot encrypt; use a socket or a tunnel on this machine",
        ),
        (
            "no encryption",
            "the server takes encrypted connections only, and this build of minyi cannot encrypt; \
             use a socket or a tunnel on this machine",
        ),
        (
            "no pg_hba.conf entry",
            "add a line for this user to pg_hba.conf",
        ),
        (
            "password authentication failed",
            "correct the user or the password in the URL",
        ),
        (
            "no password supplied",
            "write the password into the URL or into ~/.pgpass",
        ),
        (
            "authentication failed",
            "correct the user in the URL, or pg_hba.conf",
        ),
        (
            "does not exist",
            "correct the name in the URL, or create it with createdb or createuser",
        ),
        ("invalid", "correct the URL"),
    ];
    let mut cures = cures.into_iter();
    cures
        .find(|(part, _)| message.contains(part))
        .map(|(_, cure)| cure)
}

/// Refuses to take a host on another machine from the environment: the URL says nothing about it, so
/// nobody has agreed to clear text.
fn refuse_host_of_environment(url: &DatabaseUrl, address: &str) -> Result<(), StoreError> {
    if !needs_local_environment(address) {
        return Ok(());
    }
    let is_remote = |name: &str| {
        let host = std::env::var(name).unwrap_or_default();
        host.split(',').any(|host| !is_this_machine(host))
    };
    match is_remote("PGHOST") || is_remote("PGHOSTADDR") {
        true => Err(unfit(url, UrlError::ClearText.to_string())),
        false => Ok(()),
    }
}

/// The URL with deadlines, unless it sets its own. Without them a server that has disappeared from
/// the network would block the writer for the minutes that TCP waits.
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

/// Refuses a database that cannot store every text.
///
/// # Errors
/// [`StoreError::Unfit`].
pub(super) fn refuse_other_encoding(
    url: &DatabaseUrl,
    connection: &mut PgConnection,
) -> Result<(), StoreError> {
    let encoding: String = diesel::select(sql::<Text>("current_setting('server_encoding')"))
        .get_result(connection)
        .map_err(|error| StoreError::database(url, error))?;
    match encoding.as_str() {
        "UTF8" => Ok(()),
        _ => {
            let reason = format!(
                "the database is in {encoding}, which cannot store every name; create one with \
                 `createdb --encoding=UTF8 --template=template0 NAME`"
            );
            Err(unfit(url, reason))
        }
    }
}

/// Refuses a standby, and a database in which this user may not write.
///
/// # Errors
/// [`StoreError::Unfit`].
pub(super) fn refuse_unwritable(
    url: &DatabaseUrl,
    connection: &mut PgConnection,
) -> Result<(), StoreError> {
    let mut is = |condition: &str| -> Result<bool, StoreError> {
        let condition = sql::<Nullable<Bool>>(condition);
        let found: Option<bool> = diesel::select(condition)
            .get_result(connection)
            .map_err(|error| StoreError::database(url, error))?;
        Ok(found.unwrap_or(false))
    };
    if is("pg_is_in_recovery()")? {
        let reason = "this is a standby; connect to the primary server";
        return Err(unfit(url, reason));
    }
    let may_write = match is("to_regclass('response') IS NOT NULL")? {
        true => "has_table_privilege('response', 'INSERT')",
        false => "has_schema_privilege(current_schema(), 'CREATE')",
    };
    if !is(may_write)? {
        let reason = "this user may not write here; connect as the owner of the database \
                      (ALTER DATABASE name OWNER TO user)";
        return Err(unfit(url, reason));
    }
    Ok(())
}

/// Refuses a database with tables of another program. Called when minyi has made none yet.
///
/// # Errors
/// [`StoreError::Unfit`] with the name of one of the tables.
pub(super) fn refuse_strange(
    url: &DatabaseUrl,
    connection: &mut PgConnection,
) -> Result<(), StoreError> {
    // Tables of an extension, such as PostGIS, belong to no program.
    let strange: Option<String> = diesel::select(sql::<Nullable<Text>>(
        "(SELECT min(relname::text) FROM pg_class
          WHERE relnamespace = current_schema()::regnamespace AND relkind IN ('r', 'p', 'v', 'm', 'f')
          AND relname <> '__diesel_schema_migrations'
          AND NOT EXISTS (SELECT 1 FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e'))",
    ))
    .get_result(connection)
    .map_err(|error| StoreError::database(url, error))?;
    match strange {
        None => Ok(()),
        Some(table) => {
            let reason = format!(
                "the database has tables of another program (such as {table}); create an empty \
                 database for minyi with createdb"
            );
            Err(unfit(url, reason))
        }
    }
}
