//! `Store`, the handle to a database: stores responses, counts them, looks them up, reports health.

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
use crate::store::response::{Leaf, LoggedResponse, Prepared, Receipt};
use crate::store::schema::{leaf, meta, response as responses, tally};
use crate::store::statements::insert_named_value;
use crate::store::transaction::Transaction;
use crate::store::url::DatabaseUrl;
use crate::store::writer::Writer;

/// The name under which a database keeps the key of the ids of imported rows.
pub const IMPORT_KEY: &str = "import_key";

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
    /// Versions of the migrations that the database has. A reader can open a database of an earlier
    /// version, so that it can be backed up before it is migrated.
    pub(super) applied: Vec<String>,
    pub(super) _lock: Option<File>,
}

impl Inner {
    /// Whether the database has the migration with this version, such as `20261125000000`.
    pub(super) fn has_migration(&self, version: &str) -> bool {
        self.applied.iter().any(|applied| applied == version)
    }

    /// Whether `tally` has the leaf range of each survey and mode.
    pub(super) fn has_leaf_ranges(&self) -> bool {
        self.has_migration("20261125000000")
    }
}

impl Store {
    /// Stores a response. Returns when it is on disk.
    ///
    /// If the same response (same id, same content) is stored already, returns its receipt.
    ///
    /// # Errors
    /// See [`SubmitError`].
    pub async fn submit(&self, response: Response) -> Result<Receipt, SubmitError> {
        // PostgreSQL would refuse the whole batch with it, each time it is sent again.
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
    /// The first [`SubmitError`]; then nothing is stored.
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

    /// The surveys that have responses, with their number, sorted.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn surveys(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let rows: Vec<(String, i64)> = self.read(|connection| {
            tally::table
                .order((tally::survey, tally::mode))
                .select((tally::survey, tally::n))
                .load(connection)
        })?;
        let mut surveys: Vec<(String, u64)> = Vec::new();
        for (survey, n) in rows {
            let n = u64::try_from(n).unwrap_or(0);
            match surveys.last_mut().filter(|(known, _)| *known == survey) {
                Some((_, total)) => *total += n,
                None => surveys.push((survey, n)),
            }
        }
        Ok(surveys)
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

    /// Checks every page and index entry of a SQLite file. Does nothing on PostgreSQL, which has
    /// its own tools.
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
        let stored = self.logged_response(id)?;
        Ok(stored.map(|stored| stored.receipt(false)))
    }

    /// The receipt of the response to `survey` that is stored under `id`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn receipt_in(&self, survey: &str, id: Uuid) -> Result<Option<Receipt>, StoreError> {
        let stored = self.logged_response(id)?;
        let stored = stored.filter(|stored| stored.row.survey == survey);
        Ok(stored.map(|stored| stored.receipt(false)))
    }

    fn logged_response(&self, id: Uuid) -> Result<Option<LoggedResponse>, StoreError> {
        self.read(|connection| {
            responses::table
                .left_join(leaf::table.on(leaf::idx.eq(responses::leaf_index)))
                .filter(responses::id.eq(id.to_string()))
                .select(LoggedResponse::as_select())
                // Not `first`: SQLite parses a statement with a bound LIMIT again each time.
                .get_result(connection)
                .optional()
        })
    }

    /// At most `limit` leaves of the log from `first` on.
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

    /// The value that the database stores under `name`; `None` if there is none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn stored_value(&self, name: &str) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            meta::table
                .filter(meta::name.eq(name))
                .select(meta::value)
                .first(connection)
                .optional()
        })
    }

    /// The value that the database stores under `name`. If there is none yet, stores the result of
    /// `make`.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub fn named_value(
        &self,
        name: &str,
        make: impl FnOnce() -> String,
    ) -> Result<String, StoreError> {
        if let Some(value) = self.stored_value(name)? {
            return Ok(value);
        }
        let (key, value) = (name.to_owned(), make());
        self.change(move |transaction| insert_named_value(transaction.connection, &key, &value))?;
        // Another server may have stored its value first.
        self.stored_value(name)?
            .ok_or_else(|| StoreError::database(&self.inner.url, "a value could not be stored"))
    }

    /// Whether responses can be stored now.
    pub fn ready(&self) -> bool {
        let writer = self.inner.writer.as_ref();
        writer.is_some_and(|writer| writer.has_room() && !writer.is_stuck())
            && self.inner.health.is_ready()
    }

    /// Updates the gauges of the store and describes its metrics. Called before the metrics are
    /// rendered.
    pub fn record_state(&self) {
        meter::describe();
        let waiting = self.inner.writer.as_ref().map_or(0, Writer::waiting);
        meter::state(waiting, self.ready(), self.free_disk());
    }

    /// Free bytes of the disk of a SQLite database; `None` on PostgreSQL.
    pub fn free_disk(&self) -> Option<u64> {
        self.inner.url.path().and_then(|path| free_bytes(path).ok())
    }

    /// Why the store has failed; `None` if it has not.
    pub fn failure(&self) -> Option<StoreError> {
        self.inner.health.failure_reason()
    }

    /// A value to wait for the failure of the store.
    pub fn failed(&self) -> Failure {
        Failure(self.inner.health.failure_signal())
    }

    /// Stores what is queued and stops the writer.
    pub fn close(&self) {
        if let Some(writer) = &self.inner.writer {
            writer.close();
        }
    }

    /// Runs `change` in a transaction on the writer's thread.
    ///
    /// # Errors
    /// When the database cannot be written; then nothing is stored.
    pub(super) fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Transaction<'_>) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, StoreError> {
        let url = &self.inner.url;
        let writer = self.inner.writer.as_ref();
        let writer =
            writer.ok_or_else(|| StoreError::database(url, "it was opened for reading only"))?;
        let changed = writer.change(change);
        changed.map_err(|error| StoreError::database(url, error))
    }

    /// Runs `query` on one of the connections for reading.
    pub(super) fn read<T>(
        &self,
        query: impl FnOnce(&mut AnyConnection) -> Result<T, diesel::result::Error>,
    ) -> Result<T, StoreError> {
        self.inner.readers.read(query)
    }
}

/// Waits for the failure of a store.
pub struct Failure(tokio::sync::watch::Receiver<bool>);

impl Failure {
    /// Returns when the store has failed; never if it does not.
    pub async fn wait(mut self) {
        if self.0.wait_for(|failed| *failed).await.is_err() {
            // The store was closed: it cannot fail any more.
            std::future::pending().await
        }
    }
}
