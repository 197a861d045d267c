//! The database: one writer with group commit, many readers. The only module that names diesel.
//!
//! A response is acknowledged after the transaction that holds it and its leaf is on disk, never
//! before. Whatever waits in the queue when the writer is free is committed together, so one sync
//! carries many responses.
//!
//! | file | does |
//! |---|---|
//! | [`handle`], [`open`] | `Store`: what others call; opening a database |
//! | [`url`], [`connection`], [`readers`] | where a database is; connections; those that read |
//! | [`migrations`], [`psu`] | the tables of this version; old PSUs moved to their column |
//! | [`upkeep`], [`disk`], [`locks`] | the machine: lock file, file systems, PostgreSQL's locks |
//! | [`writer`], [`writer_thread`], [`work`] | the queue; the thread that commits; what it is asked |
//! | [`insert`], [`statements`], [`transaction`] | responses; other changes with their leaves |
//! | [`response`], [`schema`], [`nonce`] | a stored response and its leaf; the tables |
//! | [`tables`], [`logged_table`], [`questionnaire_version`] | the tables in one list; instruments as answered |
//! | [`rows`], [`ledger`], [`audits`] | reading in the log's order; the log against the rows |
//! | [`backup`], [`restore`] | one file that proves itself, and back |
//! | [`write_back`], [`check`] | SQLite's log; looking for damage |
//! | [`health`], [`meter`], [`inspect`] | state, metrics, what doctor asks |

mod audits;
mod backup;
mod check;
mod connection;
mod disk;
mod error;
mod handle;
mod health;
mod insert;
mod inspect;
mod ledger;
mod locks;
mod logged_table;
mod meter;
mod migrations;
mod nonce;
mod open;
mod psu;
mod questionnaire_version;
mod readers;
mod response;
mod restore;
mod rows;
mod schema;
mod statements;
mod tables;
mod transaction;
mod upkeep;
mod url;
mod work;
mod write_back;
mod writer;
mod writer_thread;

pub use backup::{BackupError, Manifest, verify};
pub use connection::{is_safe_sqlite, sqlite_version};
pub use disk::{FileSystem, file_system, free_bytes, may_write};
pub use error::{StoreError, SubmitError};
pub use handle::{Failure, Store};
pub use inspect::Server;
pub use ledger::{Audit, Discrepancy};
pub use migrations::schema_version;
pub use questionnaire_version::QuestionnaireVersion;
pub use response::{Leaf, Receipt, StoredResponse};
pub use restore::restore;
pub use upkeep::{PsuInChannel, Upkeep, lower_priority};
pub use url::{DatabaseUrl, UrlError};
