//! The thread that commits whatever is queued together, and answers after the commit.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use diesel::result::Error as DieselError;
use tokio::sync::oneshot;

use crate::store::connection::{AnyConnection, is_writable, try_write};
use crate::store::error::{Chain, StoreError, SubmitError};
use crate::store::health::Health;
use crate::store::insert::{Batch, Refused, insert, insert_or_nothing};
use crate::store::meter;
use crate::store::migrations::connect_writer;
use crate::store::response::{Prepared, Receipt};
use crate::store::transaction;
use crate::store::url::DatabaseUrl;
use crate::store::work::{Answer, Change, Clock, MOST_ROWS, Work};
use crate::store::write_back::{WriteBack, write_log_back};

/// How often an idle writer checks whether the database answers and the disk has room again.
const CHECK_INTERVAL: Duration = Duration::from_secs(1);

/// The state of the thread.
pub(super) struct WriterThread {
    pub(super) url: DatabaseUrl,
    pub(super) connection: AnyConnection,
    pub(super) work: Receiver<Work>,
    /// Responses in the queue.
    pub(super) waiting: Arc<AtomicUsize>,
    pub(super) clock: Clock,
    /// When the thread began its current work; 0 while it waits for work.
    pub(super) busy_since: Arc<AtomicU64>,
    pub(super) health: Arc<Health>,
}

/// What the thread does next.
#[derive(PartialEq, Eq)]
enum Next {
    Go,
    Stop,
}

impl WriterThread {
    /// Works until the queue is closed or the database has failed.
    pub(super) fn run(mut self) {
        let _guard = PanicGuard {
            url: self.url.clone(),
            health: Arc::clone(&self.health),
        };
        loop {
            let work = self.work.recv_timeout(CHECK_INTERVAL);
            self.busy_since.store(self.clock.now(), Ordering::Relaxed);
            let next = match work {
                // The check of the file fails the store from a thread of its own.
                Ok(_) if self.health.has_failed() => Next::Stop,
                Ok(first) => self.commit(first),
                Err(RecvTimeoutError::Timeout) => self.check_database(),
                Err(RecvTimeoutError::Disconnected) => break,
            };
            self.busy_since.store(0, Ordering::Relaxed);
            if next == Next::Stop {
                break;
            }
        }
        // SQLite would do so when the last connection is closed, without reporting a failed disk.
        if !self.health.has_failed()
            && let Err(error) = write_log_back(&mut self.connection, WriteBack::Truncate)
        {
            self.refusal_for(error);
        }
        if self.health.has_failed() {
            // Closing would checkpoint the WAL and sync again. After a disk error, a successful
            // sync proves nothing.
            std::mem::forget(self.connection);
        }
    }

    /// Without work: does the database answer, does the disk have room again?
    fn check_database(&mut self) -> Next {
        match is_writable(&mut self.connection) {
            Ok(true) if self.health.is_reachable() => {
                self.health.has_room();
            }
            _ => self.reconnect(),
        }
        self.write_back()
    }

    /// Replaces the connection by a fresh one.
    fn reconnect(&mut self) {
        match connect_writer(&self.url) {
            Ok(fresh) => {
                self.connection = fresh;
                self.health
                    .set_reachable(try_write(&mut self.connection).is_ok());
            }
            // A newer version has migrated the database.
            Err(newer @ StoreError::Newer { .. }) => self.health.fail(newer),
            Err(_) => self.health.set_reachable(false),
        }
    }

    /// One commit: the work that came first, and the responses that are queued behind it.
    fn commit(&mut self, first: Work) -> Next {
        let mut singles: Vec<(Box<Prepared>, Answer)> = Vec::new();
        let mut other = None;
        let mut next = Some(first);
        while let Some(work) = next.take().or_else(|| self.work.try_recv().ok()) {
            match work {
                Work::One(new, answer) => singles.push((new, answer)),
                work => {
                    other = Some(work);
                    break;
                }
            }
            if singles.len() == MOST_ROWS {
                break;
            }
        }
        if self.commit_singles(singles) == Next::Stop {
            return Next::Stop;
        }
        match other {
            Some(Work::Close) => Next::Stop,
            Some(Work::All(batch, answer)) => self.commit_all(batch, answer),
            Some(Work::Change(change, answer)) => self.commit_change(change, answer),
            None | Some(Work::One(..)) => Next::Go,
        }
    }

    fn commit_singles(&mut self, singles: Vec<(Box<Prepared>, Answer)>) -> Next {
        if singles.is_empty() {
            return Next::Go;
        }
        self.waiting.fetch_sub(singles.len(), Ordering::Relaxed);
        let (mut batch, answers): (Batch, Vec<Answer>) = singles.into_iter().unzip();
        let began = Instant::now();
        let inserted = match self.health.has_room() {
            true => insert(&mut self.connection, &mut batch).map_err(|e| self.refusal_for(e)),
            false => Err(SubmitError::Full),
        };
        let outcomes = match inserted {
            Ok(outcomes) => {
                self.health.set_reachable(true);
                meter::committed(batch.len(), began.elapsed());
                outcomes
            }
            Err(refusal) => batch.iter().map(|_| Err(refusal.clone())).collect(),
        };
        for ((answer, outcome), new) in answers.into_iter().zip(outcomes).zip(batch) {
            // A sender that is gone sends again with the same id.
            let _ = answer.send((outcome, new));
        }
        self.write_back()
    }

    fn commit_all(
        &mut self,
        mut batch: Batch,
        answer: oneshot::Sender<Result<Vec<Receipt>, SubmitError>>,
    ) -> Next {
        if !self.health.has_room() {
            let _ = answer.send(Err(SubmitError::Full));
            return Next::Go;
        }
        let began = Instant::now();
        let outcome = match insert_or_nothing(&mut self.connection, &mut batch) {
            Ok(receipts) => {
                self.health.set_reachable(true);
                meter::committed(batch.len(), began.elapsed());
                Ok(receipts)
            }
            Err(Refused::Response(refusal)) => Err(refusal),
            Err(Refused::Database(error)) => Err(self.refusal_for(error)),
        };
        let _ = answer.send(outcome);
        self.write_back()
    }

    fn commit_change(
        &mut self,
        change: Change,
        answer: oneshot::Sender<Result<(), SubmitError>>,
    ) -> Next {
        if !self.health.has_room() {
            let _ = answer.send(Err(SubmitError::Full));
            return Next::Go;
        }
        let changed = transaction::run(&mut self.connection, change);
        let _ = answer.send(changed.map_err(|error| self.refusal_for(error)));
        self.write_back()
    }

    /// What a database error means for those who wait. An error of the disk ends the writer: a sync
    /// that failed once may report success when repeated although the data is gone.
    fn refusal_for(&mut self, error: DieselError) -> SubmitError {
        // Once, not with every response while the database is away.
        if self.health.is_reachable() {
            tracing::error!(error = %Chain(&error), "the database could not be written");
        }
        let refusal = match &self.url {
            DatabaseUrl::Sqlite(_) if is_full(&error) => SubmitError::Full,
            DatabaseUrl::Sqlite(_) if is_held(&error) => SubmitError::Busy,
            DatabaseUrl::Sqlite(_) => SubmitError::Failed,
            // The server judges its own disk; here the connection may be gone. Whether the last
            // commit arrived does not matter: the sender sends again with the same id.
            DatabaseUrl::Postgres(_) => SubmitError::Busy,
        };
        meter::failed(&refusal);
        if refusal == SubmitError::Failed {
            self.health.fail(StoreError::database(&self.url, error));
            return refusal;
        }
        if refusal == SubmitError::Full {
            self.health.release_reserve();
        }
        // SQLite ends a transaction by itself when the disk is full; the old connection does not
        // know.
        self.reconnect();
        if refusal == SubmitError::Full
            && let Err(error) = write_log_back(&mut self.connection, WriteBack::Truncate)
        {
            match is_full(&error) || is_held(&error) {
                true => tracing::warn!(%error, "the log could not be written back"),
                false => self.health.fail(StoreError::database(&self.url, error)),
            }
        }
        refusal
    }

    /// Writes SQLite's log back when it is long; after the answers, so that nobody waits for it.
    fn write_back(&mut self) -> Next {
        if !self.health.has_failed()
            && self.health.is_reachable()
            && let Err(error) = write_log_back(&mut self.connection, WriteBack::WhenLong)
        {
            self.refusal_for(error);
        }
        match self.health.has_failed() {
            true => Next::Stop,
            false => Next::Go,
        }
    }
}

/// Recognises SQLite's message for a full disk.
fn is_full(error: &DieselError) -> bool {
    error.to_string().contains("is full")
}

/// Recognises SQLite's message for a file that another process holds.
fn is_held(error: &DieselError) -> bool {
    let message = error.to_string();
    message.contains("locked") || message.contains("busy")
}

/// Fails the store when the thread panics: a server without a writer must not look ready.
struct PanicGuard {
    url: DatabaseUrl,
    health: Arc<Health>,
}

impl Drop for PanicGuard {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let reason = StoreError::database(&self.url, "the writer panicked");
            self.health.fail(reason);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writer_that_panics_fails_the_store() {
        let health = Arc::new(Health::new(None));
        let guard = PanicGuard {
            url: DatabaseUrl::Sqlite("minyi.sqlite".into()),
            health: Arc::clone(&health),
        };
        let ended = std::thread::spawn(move || {
            let _guard = guard;
            panic!("on purpose")
        });
        assert!(ended.join().is_err());
        assert!(health.has_failed() && !health.is_ready());
    }
}
