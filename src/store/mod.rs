//! The database: one writer with group commit, many readers. The only module that names diesel.
//!
//! A response is acknowledged after the transaction that holds it and its leaf is on disk, never before. Whatever waits
//! in the queue when the writer is free is committed together, so one sync carries many responses.

mod audits;
mod backup;
mod check;
mod connection;
mod disk;
mod error;
mod health;
mod inspect;
mod ledger;
mod locks;
mod meter;
mod migrations;
mod psu;
mod readers;
mod response;
mod restore;
mod rows;
mod schema;
mod statements;
mod upkeep;
mod url;
mod write_back;
mod writer;

use std::cell::RefCell;
use std::fs::File;
use std::sync::Arc;

use diesel::prelude::*;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;
use uuid::Uuid;

use crate::collection::Response;

use connection::{Access, AnyConnection, connect};
use disk::Reserve;
use health::Health;
use migrations::{is_behind, is_current, migrate, refuse_newer};
use readers::Readers;
use response::{Logged, Prepared};
use schema::{leaf, meta, response as responses, tally};
use upkeep::{lock, refuse_network};
use writer::Writer;

pub use backup::{BackupError, Manifest, verify};
pub use connection::{is_safe_sqlite, sqlite_version};
pub use disk::{FileSystem, file_system, free_bytes, may_write};
pub use error::{StoreError, SubmitError};
pub use inspect::Server;
pub use ledger::{Audit, Discrepancy};
pub use migrations::schema_version;
pub use psu::PsuInChannel;
pub use response::{Leaf, Receipt, StoredResponse};
pub use restore::restore;
pub use upkeep::{Upkeep, lower_priority};
pub use url::{DatabaseUrl, UrlError};

/// A handle to the database; clones share the writer and the readers.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    url: DatabaseUrl,
    writer: Option<Writer>,
    health: Arc<Health>,
    readers: Readers,
    /// Whether the database keeps the stretch of each survey; one of the first version is indexed by survey instead, and is
    /// read as it is, so that it can be backed up before it is migrated.
    keeps_stretches: bool,
    _lock: Option<File>,
}

impl Store {
    /// Opens the database for writing, makes or migrates its tables, and starts the writer.
    ///
    /// # Errors
    /// See [`StoreError`]; in particular a second writer on one SQLite file is refused.
    pub fn open(url: &DatabaseUrl) -> Result<Store, StoreError> {
        Store::open_with(url, Upkeep::default())
    }

    /// [`Store::open`] for a server that runs for months.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn open_with(url: &DatabaseUrl, upkeep: Upkeep) -> Result<Store, StoreError> {
        let url = &url.resolved();
        if let Some(path) = url.path() {
            refuse_network(path)?;
        }
        let lock = url
            .path()
            .map(|path| lock(path.with_extension("lock")))
            .transpose()?;
        let mut connection = connect(url, Access::Write)?;
        if is_behind(&mut connection).map_err(|error| StoreError::open(url, &error.to_string()))? {
            // A migration may write every row anew: what is damaged would be lost, or kept as if it were whole.
            check::full(url, &mut connection)?;
        }
        if let Err(error) = migrate(url, &mut connection) {
            if url.path().is_some() {
                // Closing would write the log back and sync once more, on a disk that may just have failed.
                std::mem::forget(connection);
            }
            return Err(error);
        }
        psu::move_out_of_channel(&mut connection, &upkeep.psu_in_channel)
            .map_err(|error| StoreError::open(url, &error.to_string()))?;
        let reserve = url
            .path()
            .filter(|_| upkeep.reserve_bytes > 0)
            .map(|path| Reserve::beside(path, upkeep.reserve_bytes));
        let health = Arc::new(Health::new(reserve));
        check::at_start(url, &mut connection, &health, upkeep.check_in_background)?;
        let writer = Writer::start(url.clone(), connection, Arc::clone(&health))?;
        let store = Store {
            inner: Arc::new(Inner {
                url: url.clone(),
                writer: Some(writer),
                health,
                readers: Readers::new(url.clone(), None),
                keeps_stretches: true,
                _lock: lock,
            }),
        };
        if let Some(first) = upkeep.first_audit {
            audits::start(&store.inner, first);
        }
        Ok(store)
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
        let keeps_stretches = is_current(&mut connection)
            .map_err(|error| StoreError::open(url, &error.to_string()))?;
        Ok(Store {
            inner: Arc::new(Inner {
                url: url.clone(),
                writer: None,
                health: Arc::new(Health::new(None)),
                readers: Readers::new(url.clone(), Some(connection)),
                keeps_stretches,
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
    pub async fn submit(&self, response: Response) -> Result<Receipt, SubmitError> {
        // Alone it would fail a whole batch on PostgreSQL, again and again.
        if !response.is_text() {
            return Err(SubmitError::NotText);
        }
        let writer = self.inner.writer.as_ref().ok_or(SubmitError::Failed)?;
        if writer.stands_still() {
            return Err(SubmitError::Busy);
        }
        let prepared = Box::new(Prepared::new(response, &nonce()?));
        let (outcome, _) = writer
            .submit(prepared)?
            .await
            .map_err(|_| SubmitError::Failed)?;
        outcome
    }

    /// Stores all responses in one transaction, or none.
    ///
    /// # Errors
    /// The first [`SubmitError`]; nothing was stored then.
    pub fn insert_all(&self, batch: Vec<Response>) -> Result<Vec<Receipt>, SubmitError> {
        if !batch.iter().all(Response::is_text) {
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

    /// Checks every page and index entry of a SQLite file; PostgreSQL has tools of its own for that.
    ///
    /// # Errors
    /// [`StoreError::Damaged`], with what is damaged.
    pub fn check_fully(&self) -> Result<(), StoreError> {
        check::full(
            &self.inner.url,
            &mut connect(&self.inner.url, Access::Read)?,
        )
    }

    /// The receipt of a stored response.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn receipt(&self, id: Uuid) -> Result<Option<Receipt>, StoreError> {
        let stored: Option<Logged> = self.read(|connection| {
            responses::table
                .left_join(leaf::table.on(leaf::idx.eq(responses::leaf_index)))
                .filter(responses::id.eq(id.to_string()))
                .select(Logged::as_select())
                .first(connection)
                .optional()
        })?;
        Ok(stored.map(|stored| stored.receipt(false)))
    }

    /// Leaves of the log from `first` on, at most `limit`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn leaves(&self, first: i64, limit: i64) -> Result<Vec<Leaf>, StoreError> {
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
        let writer =
            writer.ok_or_else(|| StoreError::open(&self.inner.url, "opened for reading only"))?;
        writer
            .keep(name, make())
            .map_err(|error| StoreError::open(&self.inner.url, &error.to_string()))?;
        // Another server may have been first: what is stored counts.
        self.read(known)?
            .ok_or_else(|| StoreError::open(&self.inner.url, "a key could not be kept"))
    }

    /// Whether responses can be stored now.
    pub fn ready(&self) -> bool {
        let writer = self.inner.writer.as_ref();
        writer.is_some_and(|writer| writer.has_places() && !writer.stands_still())
            && self.inner.health.ready()
    }

    /// Brings the gauges up to date and names what is counted; asked before each look at the metrics.
    pub fn record_state(&self) {
        meter::describe();
        let waiting = self.inner.writer.as_ref().map_or(0, Writer::waiting);
        let free = self.inner.url.path().and_then(|path| free_bytes(path).ok());
        meter::state(waiting, self.ready(), free);
    }

    /// Why nothing more is stored, if that is so.
    pub fn failure(&self) -> Option<StoreError> {
        self.inner.health.reason()
    }

    /// Tells when the disk has failed; never before.
    pub fn failed(&self) -> Failure {
        Failure(self.inner.health.failure())
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
        self.inner.readers.read(query)
    }
}

/// A wait for the database's failure.
pub struct Failure(tokio::sync::watch::Receiver<bool>);

impl Failure {
    /// Returns once the database has failed.
    pub async fn wait(mut self) {
        if self.0.wait_for(|failed| *failed).await.is_err() {
            // The store is gone: it cannot fail any more.
            std::future::pending().await
        }
    }
}

/// Fresh random bytes under which a leaf is hashed.
///
/// From a generator of the thread's own that the system seeds (ChaCha20, RFC 8439): a call of the system for each response
/// cost as much as checking its answers.
fn nonce() -> Result<[u8; 32], SubmitError> {
    thread_local! {
        static GENERATOR: RefCell<Option<ChaCha20Rng>> = const { RefCell::new(None) };
    }
    GENERATOR.with_borrow_mut(|generator| {
        if generator.is_none() {
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).map_err(|_| SubmitError::Failed)?;
            *generator = Some(ChaCha20Rng::from_seed(seed));
        }
        let mut nonce = [0; 32];
        let generator = generator.as_mut().ok_or(SubmitError::Failed)?;
        generator.fill_bytes(&mut nonce);
        Ok(nonce)
    })
}
