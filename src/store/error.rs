//! Errors of the database.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::store::url::DatabaseUrl;

/// Why a database cannot be used.
#[derive(Debug, Clone)]
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
    /// The PostgreSQL database or this user's rights in it do not fit.
    Unfit {
        /// The database.
        url: String,
        /// What does not fit, and the cure.
        reason: String,
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
        /// The error of the database driver or of the system. Shared, so that the error can be
        /// cloned.
        cause: Arc<dyn Error + Send + Sync>,
    },
}

impl StoreError {
    /// [`StoreError::Database`] with `cause`: an error, or a text for minyi's own reasons.
    pub(super) fn database(
        url: &DatabaseUrl,
        cause: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> StoreError {
        StoreError::Database {
            url: url.shown(),
            cause: Arc::from(cause.into()),
        }
    }
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
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
            StoreError::Unfit { url, reason } => write!(f, "{url}: {reason}"),
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
            StoreError::Database { url, cause } => write!(f, "{url}: {cause}"),
        }
    }
}

impl Error for StoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            StoreError::Database { cause, .. } => Some(&**cause),
            _ => None,
        }
    }
}

/// Shows an error with all its causes, for the log. Leaves out a cause whose text the error shows
/// already.
pub(super) struct Chain<'e>(pub(super) &'e (dyn Error + 'static));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = self.0.to_string();
        let mut cause = self.0.source();
        while let Some(error) = cause {
            let text = error.to_string();
            if !shown.contains(&text) {
                shown.push_str(": ");
                shown.push_str(&text);
            }
            cause = error.source();
        }
        f.write_str(&shown)
    }
}

/// A step that failed, with its cause.
#[derive(Debug)]
pub(super) struct FailedStep<E> {
    /// What failed, such as `the writer could not be started`.
    pub(super) step: &'static str,
    /// Why.
    pub(super) cause: E,
}

impl<E> fmt::Display for FailedStep<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.step)
    }
}

impl<E: Error + 'static> Error for FailedStep<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.cause)
    }
}

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
    /// The invitation was spent in the meantime.
    InvitationSpent,
    /// A text contains a NUL character. PostgreSQL cannot store it, and minyi refuses it on SQLite
    /// too, so that both back ends store the same.
    NotText,
}

impl fmt::Display for SubmitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            SubmitError::Conflict => "another response has this id",
            SubmitError::Busy => "the database is busy",
            SubmitError::Full => "the disk is full",
            SubmitError::Failed => "the database failed",
            SubmitError::InvitationSpent => "the invitation is spent",
            SubmitError::NotText => "a text contains a NUL character",
        })
    }
}

impl Error for SubmitError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_database_error_keeps_its_cause_and_the_log_shows_the_whole_chain() {
        let url = DatabaseUrl::Sqlite("minyi.sqlite".into());
        let denied = || std::io::Error::from(std::io::ErrorKind::PermissionDenied);
        let error = StoreError::database(&url, denied());
        let cause = error.clone().source().map(ToString::to_string);
        assert_eq!(cause, Some("permission denied".to_owned()));
        assert!(
            error
                .source()
                .is_some_and(|cause| cause.is::<std::io::Error>())
        );
        assert_eq!(Chain(&error).to_string(), "minyi.sqlite: permission denied");
        let step = FailedStep {
            step: "the writer could not be started",
            cause: denied(),
        };
        assert_eq!(
            Chain(&StoreError::database(&url, step)).to_string(),
            "minyi.sqlite: the writer could not be started: permission denied"
        );
    }
}
