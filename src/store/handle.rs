//! The handle to a database: storing, counting, looking up, health.

use std::fs::File;
use std::sync::Arc;

use diesel::prelude::*;
use uuid::Uuid;

use crate::collection::Response;
use crate::store::check;
use crate::store::connection::{Access, AnyConnection, connect};
use crate::store::disk::free_bytes;
use crate::store::error::{StoreError, SubmitError};
use crate::store::health::Health;
use crate::store::meter;
use crate::store::nonce::nonce;
use crate::store::readers::Readers;
use crate::store::response::{Leaf, Logged, Prepared, Receipt};
use crate::store::schema::{leaf, meta, response as responses, tally};
use crate::store::statements::keep;
use crate::store::transaction::Transaction;
use crate::store::url::DatabaseUrl;
use crate::store::writer::Writer;

/// A handle to the database; clones share the writer and the readers.
#[derive(Clone)]
pub struct Store {
    pub(super) inner: Arc<Inner>,
}

pub(super) struct Inner {
    pub(super) url: DatabaseUrl,
    pub(super) writer: Option<Writer>,
    pub(super) health: Arc<Health>,
    pub(super) readers: Readers,
    /// Whether the database keeps the stretch of each survey; one of the first version is indexed by survey instead, and is
    /// read as it is, so that it can be backed up before it is migrated.
    pub(super) keeps_stretches: bool,
    pub(super) _lock: Option<File>,
}

impl Store {
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
        if writer.is_stuck() {
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
        let (own, made) = (name.to_owned(), make());
        self.change(move |transaction| keep(transaction.connection, &own, &made))?;
        // Another server may have been first: what is stored counts.
        self.read(known)?
            .ok_or_else(|| StoreError::open(&self.inner.url, "a key could not be kept"))
    }

    /// Whether responses can be stored now.
    pub fn ready(&self) -> bool {
        let writer = self.inner.writer.as_ref();
        writer.is_some_and(|writer| writer.has_places() && !writer.is_stuck())
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

    /// Makes a change in a transaction of the one writer.
    ///
    /// # Errors
    /// When the database cannot be written; nothing is stored then.
    pub(super) fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Transaction<'_>) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let url = &self.inner.url;
        let writer = self.inner.writer.as_ref();
        let writer = writer.ok_or_else(|| StoreError::open(url, "opened for reading only"))?;
        let changed = writer.change(change);
        changed.map_err(|error| StoreError::open(url, &error.to_string()))
    }

    pub(super) fn read<T>(
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
