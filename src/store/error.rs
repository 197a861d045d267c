//! What can go wrong with the database.

use crate::store::url::DatabaseUrl;

/// Why a database cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StoreError {
    /// PostgreSQL was asked of a build without it.
    NotBuiltIn,
    /// Another process writes to the file.
    Locked {
        /// The database.
        path: String,
    },
    /// There is no database to read.
    Missing {
        /// Where it was looked for.
        path: String,
    },
    /// The linked SQLite can lose commits.
    OldSqlite {
        /// Its version.
        version: String,
    },
    /// Other servers write to a database that is to be migrated or restored.
    InUse {
        /// The database.
        url: String,
    },
    /// The database is a file on a network's disk.
    Network {
        /// The database.
        path: String,
        /// Of what kind.
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
        /// What the check said.
        message: String,
    },
    /// A response is not what was logged when it came in.
    Altered {
        /// The database.
        url: String,
        /// Its leaf.
        index: i64,
    },
    /// Not as many responses of a survey can be read as are counted.
    Incomplete {
        /// How many should have been read.
        counted: u64,
        /// How many were.
        read: u64,
    },
    /// It could not be opened, read or written.
    Database {
        /// The database.
        url: String,
        /// What it said.
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
                "this build has no PostgreSQL; build with `cargo build --release --features postgres`",
            ),
            StoreError::Locked { path } => {
                write!(
                    f,
                    "{path}: another minyi writes to this database; stop it first, or use PostgreSQL for several servers"
                )
            }
            StoreError::Missing { path } => {
                write!(
                    f,
                    "{path}: there is no database; `minyi serve` or `minyi demo` makes one, --data names its folder"
                )
            }
            StoreError::OldSqlite { version } => {
                write!(
                    f,
                    "the linked SQLite {version} can lose acknowledged commits; 3.51.3 or later is needed"
                )
            }
            StoreError::InUse { url } => {
                write!(
                    f,
                    "{url}: other servers use this database, and this step needs it alone; stop them all first"
                )
            }
            StoreError::Network { path, kind } => {
                write!(
                    f,
                    "{path}: SQLite loses data on {kind}; put --data on a local disk, or use PostgreSQL"
                )
            }
            StoreError::Newer { url, version } => {
                write!(
                    f,
                    "{url}: a newer minyi has changed this database (migration {version}); use that version"
                )
            }
            StoreError::Damaged { path, message } => {
                write!(f, "{path}: the database is damaged ({message}); restore a backup")
            }
            StoreError::Altered { url, index } => write!(
                f,
                "{url}: the response at leaf {index} is not what was logged; run minyi doctor, and restore a backup"
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

/// Why a response was not acknowledged. Nothing of it was stored, but where the database went away in the middle of a
/// commit: then the whole of it may have been. Who sends the same again, with the same id, is right in either case.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SubmitError {
    /// Another response has this id.
    Conflict,
    /// The queue is full, or the database is held by someone else: try again in a moment.
    Busy,
    /// The disk is full: try again when someone has made room.
    Full,
    /// The disk failed, or the store is closed: nothing more is acknowledged.
    Failed,
    /// A text holds a NUL character, which PostgreSQL cannot store; SQLite refuses it too, so that both hold the same.
    NotText,
}

impl std::fmt::Display for SubmitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            SubmitError::Conflict => "another response has this id",
            SubmitError::Busy => "the database is busy",
            SubmitError::Full => "the disk is full",
            SubmitError::Failed => "the database failed",
            SubmitError::NotText => "a text holds a NUL character",
        })
    }
}

impl std::error::Error for SubmitError {}
