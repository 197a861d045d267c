//! Errors of the database.

use crate::store::url::DatabaseUrl;

/// Why a database cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// The URL is of PostgreSQL, but this build has no support for it.
    NotBuiltIn,
    /// Another process writes to the SQLite file.
    Locked {
        /// The database.
        path: String,
    },
    /// There is no database to read.
    Missing {
        /// The path that was given.
        path: String,
    },
    /// The linked SQLite has a bug that can lose commits.
    OldSqlite {
        /// Its version.
        version: String,
    },
    /// The database must be migrated or restored, but other servers use it.
    InUse {
        /// The database.
        url: String,
    },
    /// The SQLite file is on a network file system.
    Network {
        /// The database.
        path: String,
        /// The kind of file system.
        kind: &'static str,
    },
    /// A newer minyi has migrated the database.
    Newer {
        /// The database.
        url: String,
        /// The migration that this version does not know.
        version: String,
    },
    /// The file is damaged.
    Damaged {
        /// The database.
        path: String,
        /// What the check found.
        message: String,
    },
    /// A response differs from what was logged when it was stored.
    Altered {
        /// The database.
        url: String,
        /// Index of its leaf.
        index: i64,
    },
    /// The number of responses of a survey differs from the stored count.
    Incomplete {
        /// The stored count.
        counted: u64,
        /// Number of responses that were read.
        read: u64,
    },
    /// The database could not be opened, read or written.
    Database {
        /// The database.
        url: String,
        /// Its message.
        message: String,
    },
}

impl StoreError {
    pub(super) fn open(url: &DatabaseUrl, message: &str) -> StoreError {
        StoreError::Database {
            url: url.shown(),
            message: message.to_owned(),
        }
    }
}

impl std::fmt::Display for StoreError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            StoreError::NotBuiltIn => f.write_str(
                "this build has no PostgreSQL; build with \
                  `cargo build --release --features postgres`",
            ),
            StoreError::Locked { path } => {
                write!(
                    f,
                    "{path}: another minyi writes to this database; stop it first, \
                     or use PostgreSQL for several servers"
                )
            }
            StoreError::Missing { path } => {
                write!(
                    f,
                    "{path}: there is no database; `minyi serve` or `minyi demo` creates one, \
                     --data names its folder"
                )
            }
            StoreError::OldSqlite { version } => {
                write!(
                    f,
                    "the linked SQLite {version} can lose acknowledged commits; \
                     3.51.3 or later is needed"
                )
            }
            StoreError::InUse { url } => {
                write!(
                    f,
                    "{url}: other servers use this database, but this step needs \
                     exclusive use; stop all servers first"
                )
            }
            StoreError::Network { path, kind } => {
                write!(
                    f,
                    "{path}: SQLite loses data on {kind}; put --data on a local disk, \
                     or use PostgreSQL"
                )
            }
            StoreError::Newer { url, version } => {
                write!(
                    f,
                    "{url}: a newer minyi has changed this database (migration {version}); \
                     use that version"
                )
            }
            StoreError::Damaged { path, message } => {
                write!(
                    f,
                    "{path}: the database is damaged ({message}); restore a backup"
                )
            }
            StoreError::Altered { url, index } => write!(
                f,
                "{url}: the response at leaf {index} is not what was logged; run \
                 minyi doctor, and restore a backup"
            ),
            StoreError::Incomplete { counted, read } => write!(
                f,
                "{read} responses were read and {counted} are counted; run minyi doctor"
            ),
            StoreError::Database { url, message } => write!(f, "{url}: {message}"),
        }
    }
}

impl std::error::Error for StoreError {}

/// Why a response was not acknowledged.
///
/// It was not stored. The only exception is a database that stopped answering during the commit:
/// then the response may be stored. In both cases the sender can send it again with the same id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmitError {
    /// Another response has this id.
    Conflict,
    /// The queue is full, or another process holds the database: try again in a moment.
    Busy,
    /// The disk is full: try again after space was freed.
    Full,
    /// The disk failed, or the store is closed: nothing more is acknowledged.
    Failed,
    /// A text contains a NUL character. PostgreSQL cannot store it, and minyi refuses it on SQLite
    /// too, so that both back ends store the same.
    NotText,
}

impl std::fmt::Display for SubmitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            SubmitError::Conflict => "another response has this id",
            SubmitError::Busy => "the database is busy",
            SubmitError::Full => "the disk is full",
            SubmitError::Failed => "the database failed",
            SubmitError::NotText => "a text contains a NUL character",
        })
    }
}

impl std::error::Error for SubmitError {}
