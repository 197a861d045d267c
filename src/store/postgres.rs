//! Whether a PostgreSQL database may be used: checked before anything is written, and every reason
//! against it has its cure.

use diesel::dsl::sql;
use diesel::prelude::*;
use diesel::sql_types::{Bool, Nullable, Text};

use crate::store::error::StoreError;
use crate::store::url::{DatabaseUrl, Encryption, encryption_elsewhere};

/// A connection to the database, without any settings.
///
/// # Errors
/// [`StoreError::Unfit`] when the server refuses; [`StoreError::Database`] when it does not answer.
pub(super) fn establish(url: &DatabaseUrl, address: &str) -> Result<PgConnection, StoreError> {
    let elsewhere = encryption_elsewhere(address);
    let elsewhere = elsewhere.map_err(|error| unfit(url, error.to_string()))?;
    let mut address = with_deadlines(address);
    // libpq's own default falls back to clear text.
    if elsewhere == Some(Encryption::Unsaid) {
        add(&mut address, "sslmode", "verify-full");
    }
    PgConnection::establish(&address).map_err(|error| {
        let message = without_hint(&error.to_string());
        match cure(&message) {
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

/// Parts of libpq's and the server's messages about TLS, each with its cure. libpq gives only the
/// text. The first that fits counts.
const TLS_CURES: [(&str, &str); 12] = [
    (
        "does not support SSL",
        "set `ssl = on` at the server; or write sslmode=disable into the URL if no one can listen \
         between the two machines",
    ),
    (
        "certificate verify failed",
        "sslrootcert must be the certificate of the CA that signed the server's certificate (a \
         self-signed one is its own CA), and neither may have expired; \
         `openssl x509 -noout -issuer -enddate -in FILE` shows both",
    ),
    (
        "does not match host name",
        "write the name that is in the server's certificate into the URL, and its address as \
         hostaddr=ADDRESS if the name is not known here; or give the server a certificate for this \
         name",
    ),
    (
        "host name must be specified",
        "write the name that is in the server's certificate into the URL",
    ),
    (
        "root certificate file",
        "write sslrootcert=FILE into the URL, with the certificate of the CA that signed the \
         server's; or sslmode=require to encrypt without checking the certificate",
    ),
    (
        "weak sslmode",
        "write sslmode=verify-full into the URL, or name the CA's file in sslrootcert",
    ),
    (
        "valid client certificate",
        "write sslcert=FILE and sslkey=FILE into the URL",
    ),
    (
        "certificate authentication failed",
        "the name in the certificate of sslcert must be the user in the URL, or be mapped to it in \
         pg_ident.conf",
    ),
    (
        "unknown ca",
        "the server does not know the CA of the certificate in sslcert; set its ssl_ca_file",
    ),
    (
        "private key file",
        "sslkey must be the key of the certificate in sslcert; run: chmod 600 FILE",
    ),
    (
        "could not read certificate file",
        "correct sslcert in the URL",
    ),
    (
        "protocol version",
        "minyi and the server must share a version of TLS; see ssl_min_protocol_version",
    ),
];

/// The same for other refusals.
const CURES: [(&str, &str); 8] = [
    (
        "host \"[local]\"",
        "add a line for this user to pg_hba.conf",
    ),
    (
        "no encryption",
        "the server may take encrypted connections only: write sslmode=verify-full and \
         sslrootcert=FILE into the URL; or add a line for this user to pg_hba.conf",
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

/// What helps against a refusal; `None` when the server did not answer.
fn cure(message: &str) -> Option<&'static str> {
    let mut cures = TLS_CURES.into_iter().chain(CURES);
    cures
        .find(|(part, _)| message.contains(part))
        .map(|(_, cure)| cure)
}

/// libpq's message in one line, without its hint to disable the check of certificates.
fn without_hint(message: &str) -> String {
    let lines = message.lines().map(str::trim);
    let lines = lines.filter(|line| !line.starts_with("Either provide the file"));
    lines.collect::<Vec<_>>().join(" ").trim().to_owned()
}

/// The URL with deadlines, unless it sets its own. Without them a server that has disappeared from
/// the network would block the writer for the minutes that TCP waits.
fn with_deadlines(address: &str) -> String {
    let mut address = address.to_owned();
    for (name, value) in [("connect_timeout", "5"), ("tcp_user_timeout", "10000")] {
        if !address.contains(name) {
            add(&mut address, name, value);
        }
    }
    address
}

/// Adds a parameter to a URL.
fn add(address: &mut String, name: &str, value: &str) {
    address.push(if address.contains('?') { '&' } else { '?' });
    address.push_str(name);
    address.push('=');
    address.push_str(value);
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
