//! The database: one writer with group commit, many readers. The only module that names diesel.
//!
//! A response is acknowledged after the transaction that holds it and its leaf is on disk, never before. Whatever waits
//! in the queue when the writer is free is committed together, so one sync carries many responses.

mod connection;
mod error;
mod response;
mod schema;
mod statements;
mod writer;

use std::fs::File;
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use diesel::prelude::*;
use uuid::Uuid;

use connection::{Access, AnyConnection, connect, migrate, refuse_newer};
use response::Prepared;
use schema::{meta, response as responses, tally};
use writer::Writer;

pub use connection::{DatabaseUrl, sqlite_version};
pub use error::{StoreError, SubmitError};
pub use response::{Leaf, NewResponse, Receipt, StoredResponse, Timing};

/// A handle to the database; clones share the writer and the readers.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    url: DatabaseUrl,
    writer: Option<Writer>,
    idle_readers: Mutex<Vec<AnyConnection>>,
    _lock: Option<File>,
}

/// Most reading connections kept for reuse.
const IDLE_READERS: usize = 4;

impl Store {
    /// Opens the database for writing, makes or migrates its tables, and starts the writer.
    ///
    /// # Errors
    /// See [`StoreError`]; in particular a second writer on one SQLite file is refused.
    pub fn open(url: &DatabaseUrl) -> Result<Store, StoreError> {
        let lock = url
            .path()
            .map(|path| lock(path.with_extension("lock")))
            .transpose()?;
        let mut connection = connect(url, Access::Write)?;
        migrate(url, &mut connection)?;
        check(url, &mut connection)?;
        let writer = Writer::start(url.clone(), connection);
        Ok(Store {
            inner: Arc::new(Inner {
                url: url.clone(),
                writer: Some(writer),
                idle_readers: Mutex::new(Vec::new()),
                _lock: lock,
            }),
        })
    }

    /// Opens an existing database for reading, beside a running server if there is one.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn open_reader(url: &DatabaseUrl) -> Result<Store, StoreError> {
        if let Some(path) = url.path().filter(|path| !path.exists()) {
            return Err(StoreError::Missing {
                path: path.display().to_string(),
            });
        }
        let mut connection = connect(url, Access::Read)?;
        refuse_newer(url, &mut connection)?;
        Ok(Store {
            inner: Arc::new(Inner {
                url: url.clone(),
                writer: None,
                idle_readers: Mutex::new(vec![connection]),
                _lock: None,
            }),
        })
    }

    /// Stores a response; answers once it is on disk.
    ///
    /// A response that repeats a stored one (same id, same content) gets that one's receipt.
    ///
    /// # Errors
    /// See [`SubmitError`]; nothing of the response was stored then.
    pub async fn submit(&self, response: NewResponse) -> Result<Receipt, SubmitError> {
        // Alone it would fail a whole batch on PostgreSQL, again and again.
        if !response.is_text() {
            return Err(SubmitError::NotText);
        }
        let writer = self.inner.writer.as_ref().ok_or(SubmitError::Failed)?;
        let prepared = Box::new(Prepared::new(response, &nonce()?));
        let (outcome, _) = writer.submit(prepared)?.await.map_err(|_| SubmitError::Failed)?;
        outcome
    }

    /// Stores all responses in one transaction, or none.
    ///
    /// # Errors
    /// The first [`SubmitError`]; nothing was stored then.
    pub fn insert_all(&self, batch: Vec<NewResponse>) -> Result<Vec<Receipt>, SubmitError> {
        if !batch.iter().all(NewResponse::is_text) {
            return Err(SubmitError::NotText);
        }
        let writer = self.inner.writer.as_ref().ok_or(SubmitError::Failed)?;
        let prepare = |new| Ok(Box::new(Prepared::new(new, &nonce()?)));
        let prepared: Result<Vec<_>, SubmitError> = batch.into_iter().map(prepare).collect();
        writer.insert_all(prepared?)
    }

    /// Number of stored responses of a survey.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn count(&self, survey: &str) -> Result<u64, StoreError> {
        Ok(self.counts(survey)?.into_iter().map(|(_, n)| n).sum())
    }

    /// Number of stored responses of a survey by mode, sorted by mode.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn counts(&self, survey: &str) -> Result<Vec<(String, u64)>, StoreError> {
        let rows: Vec<(String, i64)> = self.read(|connection| {
            tally::table
                .filter(tally::survey.eq(survey))
                .order(tally::mode)
                .select((tally::mode, tally::n))
                .load(connection)
        })?;
        Ok(rows
            .into_iter()
            .map(|(mode, n)| (mode, u64::try_from(n).unwrap_or(0)))
            .collect())
    }

    /// Up to `limit` responses of a survey after a leaf (-1 for the first page), in leaf order.
    ///
    /// Pages by key: each is a short read of its own, so that a long export never holds up the log's checkpoint.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn scan(&self, survey: &str, after: i64, limit: i64) -> Result<Vec<StoredResponse>, StoreError> {
        self.read(|connection| {
            responses::table
                .filter(responses::survey.eq(survey))
                .filter(responses::leaf_index.gt(after))
                .order(responses::leaf_index)
                .limit(limit)
                .select(StoredResponse::as_select())
                .load(connection)
        })
    }

    /// The receipt of a stored response.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn receipt(&self, id: Uuid) -> Result<Option<Receipt>, StoreError> {
        let stored: Option<StoredResponse> = self.read(|connection| {
            responses::table
                .filter(responses::id.eq(id.to_string()))
                .select(StoredResponse::as_select())
                .first(connection)
                .optional()
        })?;
        Ok(stored.map(|stored| Receipt::of(&stored, false)))
    }

    /// Leaves of the log from `first` on, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn leaves(&self, first: i64, limit: i64) -> Result<Vec<Leaf>, StoreError> {
        use schema::leaf;
        self.read(|connection| {
            leaf::table
                .filter(leaf::idx.ge(first))
                .order(leaf::idx)
                .limit(limit)
                .select(Leaf::as_select())
                .load(connection)
        })
    }

    /// The value kept under `name`; made by `make` and kept if there is none yet.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub fn keep(&self, name: &str, make: impl FnOnce() -> String) -> Result<String, StoreError> {
        let known = |connection: &mut AnyConnection| {
            meta::table
                .filter(meta::name.eq(name))
                .select(meta::value)
                .first::<String>(connection)
                .optional()
        };
        if let Some(value) = self.read(known)? {
            return Ok(value);
        }
        let writer = self.inner.writer.as_ref();
        let writer = writer.ok_or_else(|| StoreError::open(&self.inner.url, "opened for reading only"))?;
        writer
            .keep(name, make())
            .map_err(|error| StoreError::open(&self.inner.url, &error.to_string()))?;
        // Another server may have been first: what is stored counts.
        self.read(known)?
            .ok_or_else(|| StoreError::open(&self.inner.url, "a key could not be kept"))
    }

    /// Whether responses can be stored now.
    pub fn ready(&self) -> bool {
        self.inner.writer.as_ref().is_some_and(Writer::ready)
    }

    /// Tells when the disk has failed; never before.
    pub fn failed(&self) -> Failure {
        Failure(self.inner.writer.as_ref().map(Writer::failure))
    }

    /// Stores what is queued and stops the writer.
    pub fn close(&self) {
        if let Some(writer) = &self.inner.writer {
            writer.close();
        }
    }

    fn read<T>(
        &self,
        query: impl FnOnce(&mut AnyConnection) -> Result<T, diesel::result::Error>,
    ) -> Result<T, StoreError> {
        let idle = self
            .inner
            .idle_readers
            .lock()
            .ok()
            .and_then(|mut idle| idle.pop());
        let mut connection = match idle {
            Some(connection) => connection,
            None => connect(&self.inner.url, Access::Read)?,
        };
        let answer =
            query(&mut connection).map_err(|error| StoreError::open(&self.inner.url, &error.to_string()))?;
        // A connection that failed is dropped above, since it may be broken.
        if let Ok(mut idle) = self.inner.idle_readers.lock()
            && idle.len() < IDLE_READERS
        {
            idle.push(connection);
        }
        Ok(answer)
    }
}

/// A wait for the disk's failure.
pub struct Failure(Option<tokio::sync::watch::Receiver<bool>>);

impl Failure {
    /// Returns once the disk has failed.
    pub async fn wait(self) {
        if let Some(mut failed) = self.0
            && failed.wait_for(|failed| *failed).await.is_ok()
        {
            return;
        }
        std::future::pending().await
    }
}

/// Fresh random bytes under which a leaf is hashed.
fn nonce() -> Result<[u8; 32], SubmitError> {
    let mut nonce = [0; 32];
    getrandom::fill(&mut nonce).map_err(|_| SubmitError::Failed)?;
    Ok(nonce)
}

/// Holds the file that tells other processes that this one writes.
fn lock(path: PathBuf) -> Result<File, StoreError> {
    let failed = |error: std::io::Error| StoreError::Database {
        url: path.display().to_string(),
        message: error.to_string(),
    };
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::Locked {
            path: path.display().to_string(),
        }),
        Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// Refuses a damaged SQLite file at start, before anything is acknowledged on it.
fn check(url: &DatabaseUrl, connection: &mut AnyConnection) -> Result<(), StoreError> {
    #[derive(diesel::QueryableByName)]
    struct Line {
        #[diesel(sql_type = diesel::sql_types::Text)]
        quick_check: String,
    }
    // A full pass over a large file takes long: beyond this size the pages are checked as they are read
    // (`cell_size_check`), and `minyi doctor` makes the full pass.
    const CHECKED_AT_START: u64 = 64 * 1024 * 1024;
    let Some(path) = url.path() else { return Ok(()) };
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.len() > CHECKED_AT_START) {
        return Ok(());
    }
    #[cfg_attr(
        not(feature = "postgres"),
        expect(irrefutable_let_patterns, reason = "only one back end is built in")
    )]
    let AnyConnection::Sqlite(connection) = connection else {
        return Ok(());
    };
    let lines: Vec<Line> = diesel::sql_query("PRAGMA quick_check(5)")
        .load(connection)
        .map_err(|error| StoreError::Damaged {
            path: path.display().to_string(),
            message: error.to_string(),
        })?;
    match lines.first() {
        Some(line) if line.quick_check != "ok" => Err(StoreError::Damaged {
            path: path.display().to_string(),
            message: line.quick_check.clone(),
        }),
        _ => Ok(()),
    }
}
