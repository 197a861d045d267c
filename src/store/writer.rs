//! The one writer: a thread that commits whatever is queued together, and answers after the commit.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{
    Receiver, RecvTimeoutError, SyncSender, TryRecvError, TrySendError, sync_channel,
};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

#[cfg(feature = "postgres")]
use diesel::Connection;
use diesel::result::Error as DieselError;
use tokio::sync::oneshot;

use crate::store::connection::{AnyConnection, is_writable, limit_waits, try_write};
use crate::store::error::{StoreError, SubmitError};
use crate::store::health::Health;
use crate::store::meter;
use crate::store::migrations::connect_writer;
use crate::store::response::{Prepared, Receipt};
use crate::store::statements::{Statements, Tallied, keep};
use crate::store::url::DatabaseUrl;
use crate::store::write_back::{WriteBack, write_log_back};

/// Most responses that may wait: a fraction of a second of work. When the disk stands still, more than this waiting would
/// take every connection there is, and nobody could even read; so the next is told at once to come again.
const QUEUE: usize = 1_024;

/// Most responses in one commit.
const MOST_ROWS: usize = 512;

/// Responses to be written together.
pub(super) type Batch = Vec<Box<Prepared>>;

/// What became of a response, and the response itself: the thread that made it frees it, in its own part of the heap.
type Answered = (Result<Receipt, SubmitError>, Box<Prepared>);

type Answer = oneshot::Sender<Answered>;

/// How long a commit may take before others are sent elsewhere: twice as long as a held database is waited for.
const PATIENCE: Duration = Duration::from_secs(10);

/// How often an idle writer looks whether the database answers and the disk has room again.
const LOOK: Duration = Duration::from_secs(1);

enum Work {
    One(Box<Prepared>, Answer),
    All(Batch, oneshot::Sender<Result<Vec<Receipt>, SubmitError>>),
    Keep(String, String, oneshot::Sender<Result<(), SubmitError>>),
    Close,
}

/// The handle to the writer's thread.
pub(super) struct Writer {
    queue: SyncSender<Work>,
    waiting: Arc<AtomicUsize>,
    clock: Clock,
    /// When there was no place for a response for the last time; 0 for never.
    refused: AtomicU64,
    /// When the thread began what it does now; 0 when it waits for work.
    turn: Arc<AtomicU64>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

/// Milliseconds since the writer's start, never 0.
#[derive(Clone, Copy)]
struct Clock(Instant);

impl Clock {
    fn now(self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis())
            .unwrap_or(u64::MAX)
            .saturating_add(1)
    }
}

impl Writer {
    pub(super) fn start(
        url: DatabaseUrl,
        mut connection: AnyConnection,
        health: Arc<Health>,
    ) -> Result<Writer, StoreError> {
        limit_waits(&url, &mut connection)?;
        let (queue, work) = sync_channel(QUEUE);
        let waiting = Arc::new(AtomicUsize::new(0));
        let turn = Arc::new(AtomicU64::new(0));
        let clock = Clock(Instant::now());
        let state = Thread {
            url,
            connection,
            work,
            waiting: Arc::clone(&waiting),
            clock,
            turn: Arc::clone(&turn),
            health,
        };
        let failed = StoreError::open(&state.url, "the writer could not be started");
        let thread = std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || state.run())
            .map_err(|_| failed)?;
        Ok(Writer {
            queue,
            waiting,
            clock,
            refused: AtomicU64::new(0),
            turn,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Queues a response; the answer comes after the commit, or never if the writer ends before.
    pub(super) fn submit(
        &self,
        new: Box<Prepared>,
    ) -> Result<oneshot::Receiver<Answered>, SubmitError> {
        let (answer, receipt) = oneshot::channel();
        self.waiting.fetch_add(1, Ordering::Relaxed);
        self.queue
            .try_send(Work::One(new, answer))
            .map_err(|error| {
                self.waiting.fetch_sub(1, Ordering::Relaxed);
                match error {
                    TrySendError::Full(_) => {
                        self.refused.store(self.clock.now(), Ordering::Relaxed);
                        SubmitError::Busy
                    }
                    TrySendError::Disconnected(_) => SubmitError::Failed,
                }
            })?;
        Ok(receipt)
    }

    pub(super) fn insert_all(&self, batch: Batch) -> Result<Vec<Receipt>, SubmitError> {
        let (answer, receipts) = oneshot::channel();
        self.queue
            .send(Work::All(batch, answer))
            .map_err(|_| SubmitError::Failed)?;
        receipts.blocking_recv().map_err(|_| SubmitError::Failed)?
    }

    pub(super) fn keep(&self, name: &str, value: String) -> Result<(), SubmitError> {
        let (answer, kept) = oneshot::channel();
        self.queue
            .send(Work::Keep(name.to_owned(), value, answer))
            .map_err(|_| SubmitError::Failed)?;
        kept.blocking_recv().map_err(|_| SubmitError::Failed)?
    }

    /// Whether the queue takes more. Only refusals say that it does not: a crowd may fill it for a moment and be served
    /// within it.
    pub(super) fn has_places(&self) -> bool {
        let refused = self.refused.load(Ordering::Relaxed);
        let lately = refused > 0 && self.clock.now() < refused.saturating_add(1_000);
        !lately || self.waiting() < QUEUE / 2
    }

    /// Whether the database or the disk has not come back from a commit for [`PATIENCE`].
    pub(super) fn stands_still(&self) -> bool {
        let began = self.turn.load(Ordering::Relaxed);
        let patience = u64::try_from(PATIENCE.as_millis()).unwrap_or(u64::MAX);
        began > 0 && self.clock.now() > began.saturating_add(patience)
    }

    /// Responses that wait for the writer.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.load(Ordering::Relaxed)
    }

    pub(super) fn close(&self) {
        let _ = self.queue.send(Work::Close);
        if let Some(thread) = self.thread.lock().ok().and_then(|mut thread| thread.take()) {
            let _ = thread.join();
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

struct Thread {
    url: DatabaseUrl,
    connection: AnyConnection,
    work: Receiver<Work>,
    waiting: Arc<AtomicUsize>,
    clock: Clock,
    turn: Arc<AtomicU64>,
    health: Arc<Health>,
}

/// What the writer does after a batch.
#[derive(PartialEq, Eq)]
enum Next {
    Go,
    Stop,
}

impl Thread {
    fn run(mut self) {
        let _watched = Watched {
            url: self.url.clone(),
            health: Arc::clone(&self.health),
        };
        loop {
            let work = self.work.recv_timeout(LOOK);
            self.turn.store(self.clock.now(), Ordering::Relaxed);
            let next = match work {
                // The check fails the store from a thread of its own.
                Ok(_) if self.health.has_failed() => Next::Stop,
                Ok(first) => self.turn(first),
                Err(RecvTimeoutError::Timeout) => self.look(),
                Err(RecvTimeoutError::Disconnected) => break,
            };
            self.turn.store(0, Ordering::Relaxed);
            if next == Next::Stop {
                break;
            }
        }
        // SQLite would do so when the last connection is closed, and keep silent when the disk fails.
        if !self.health.has_failed()
            && let Err(error) = write_log_back(&mut self.connection, WriteBack::Whole)
        {
            self.judge(&error);
        }
        if self.health.has_failed() {
            // Closing would write the log back and sync once more: on a disk that failed, success would mean nothing.
            std::mem::forget(self.connection);
        }
    }

    /// With nothing to store: does the database answer, has the disk room again?
    fn look(&mut self) -> Next {
        match is_writable(&mut self.connection) {
            Ok(true) if self.health.is_reached() => {
                self.health.has_room();
            }
            _ => self.reconnect(),
        }
        self.after()
    }

    /// Puts a fresh connection in the place of the one there is.
    fn reconnect(&mut self) {
        match connect_writer(&self.url) {
            Ok(fresh) => {
                self.connection = fresh;
                self.health.reached(try_write(&mut self.connection).is_ok());
            }
            // Whoever has migrated the database is newer than we are.
            Err(newer @ StoreError::Newer { .. }) => self.health.fail(newer),
            Err(_) => self.health.reached(false),
        }
    }

    /// One commit: what has come, and whatever else is queued.
    fn turn(&mut self, first: Work) -> Next {
        let mut singles: Vec<(Box<Prepared>, Answer)> = Vec::new();
        let mut then = None;
        let mut next = Some(first);
        loop {
            let work = match next.take() {
                Some(work) => work,
                None => match self.work.try_recv() {
                    Ok(work) => work,
                    Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
                },
            };
            match work {
                Work::One(new, answer) => singles.push((new, answer)),
                other => {
                    then = Some(other);
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
        match then {
            None => Next::Go,
            Some(Work::Close) => Next::Stop,
            Some(Work::All(batch, answer)) => self.commit_all(batch, answer),
            Some(Work::Keep(name, value, answer)) => {
                let kept = keep(&mut self.connection, &name, &value);
                let outcome = kept.map_err(|error| self.judge(&error));
                let _ = answer.send(outcome);
                self.after()
            }
            // Singles were taken above.
            Some(Work::One(..)) => Next::Go,
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
            true => insert(&mut self.connection, &mut batch).map_err(|error| self.judge(&error)),
            false => Err(SubmitError::Full),
        };
        let outcomes = match inserted {
            Ok(outcomes) => {
                self.health.reached(true);
                meter::committed(batch.len(), began.elapsed());
                outcomes
            }
            Err(refusal) => batch.iter().map(|_| Err(refusal.clone())).collect(),
        };
        for ((answer, outcome), new) in answers.into_iter().zip(outcomes).zip(batch) {
            // A phone that has gone away asks again with the same id.
            let _ = answer.send((outcome, new));
        }
        self.after()
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
                self.health.reached(true);
                meter::committed(batch.len(), began.elapsed());
                Ok(receipts)
            }
            Err(Refused::Conflict) => Err(SubmitError::Conflict),
            Err(Refused::Database(error)) => Err(self.judge(&error)),
        };
        let _ = answer.send(outcome);
        self.after()
    }

    /// What a database error means for those who wait. An error of the disk ends the writer: a sync that failed once
    /// may report success when repeated although the data is gone.
    fn judge(&mut self, error: &DieselError) -> SubmitError {
        let message = error.to_string();
        // Once, not with every response while the database is away.
        if self.health.is_reached() {
            tracing::error!(error = message, "the database could not be written");
        }
        let refusal = match &self.url {
            DatabaseUrl::Sqlite(_) if is_full(error) => SubmitError::Full,
            DatabaseUrl::Sqlite(_) if is_held(error) => SubmitError::Busy,
            DatabaseUrl::Sqlite(_) => SubmitError::Failed,
            // The server judges its own disk; here the connection may be gone. Whether the last commit arrived does not
            // matter: the phone asks again with the same id.
            DatabaseUrl::Postgres(_) => SubmitError::Busy,
        };
        meter::failed(&refusal);
        if refusal == SubmitError::Failed {
            self.health.fail(StoreError::open(&self.url, &message));
            return refusal;
        }
        if refusal == SubmitError::Full {
            self.health.disk_is_full();
        }
        // A fresh connection starts clean: SQLite ends a transaction by itself when the disk is full, of which the old
        // connection's account of transactions knows nothing.
        self.reconnect();
        if refusal == SubmitError::Full
            && let Err(error) = write_log_back(&mut self.connection, WriteBack::Whole)
        {
            match is_full(&error) || is_held(&error) {
                true => tracing::warn!(%error, "the log could not be written back"),
                false => self
                    .health
                    .fail(StoreError::open(&self.url, &error.to_string())),
            }
        }
        refusal
    }

    /// After an answer was given, so that no one waits for the log to be written back.
    fn after(&mut self) -> Next {
        if !self.health.has_failed()
            && self.health.is_reached()
            && let Err(error) = write_log_back(&mut self.connection, WriteBack::WhenLong)
        {
            self.judge(&error);
        }
        match self.health.has_failed() {
            true => Next::Stop,
            false => Next::Go,
        }
    }
}

/// SQLite's words for a disk without room.
fn is_full(error: &DieselError) -> bool {
    error.to_string().contains("is full")
}

/// SQLite's words for a file that someone else holds.
fn is_held(error: &DieselError) -> bool {
    let message = error.to_string();
    message.contains("locked") || message.contains("busy")
}

/// Ends the store when the thread that it stands in is ended by a fault of ours: with no one to write, a server that only
/// refuses must not look ready.
struct Watched {
    url: DatabaseUrl,
    health: Arc<Health>,
}

impl Drop for Watched {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.health.fail(StoreError::open(
                &self.url,
                "the writer was ended by a fault of ours",
            ));
        }
    }
}

type Outcomes = Vec<Result<Receipt, SubmitError>>;

enum Refused {
    Conflict,
    Database(DieselError),
}

impl From<DieselError> for Refused {
    fn from(error: DieselError) -> Refused {
        Refused::Database(error)
    }
}

/// Stores a batch in one transaction; each response has its own outcome.
fn insert(
    connection: &mut AnyConnection,
    batch: &mut [Box<Prepared>],
) -> Result<Outcomes, DieselError> {
    match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => {
            connection.transaction(|connection| insert_into(connection, batch))
        }
        // IMMEDIATE: a transaction that reads first and then writes would fail at once when another process writes.
        AnyConnection::Sqlite(connection) => {
            connection.immediate_transaction(|connection| insert_into(connection, batch))
        }
    }
}

/// Stores a batch in one transaction if every response can be stored.
fn insert_or_nothing(
    connection: &mut AnyConnection,
    batch: &mut [Box<Prepared>],
) -> Result<Vec<Receipt>, Refused> {
    let all = |outcomes: Outcomes| -> Result<Vec<Receipt>, Refused> {
        outcomes
            .into_iter()
            .map(|outcome| outcome.map_err(|_| Refused::Conflict))
            .collect()
    };
    match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => {
            connection.transaction(|connection| all(insert_into(connection, batch)?))
        }
        AnyConnection::Sqlite(connection) => {
            connection.immediate_transaction(|connection| all(insert_into(connection, batch)?))
        }
    }
}

/// What becomes of each response of a batch, inside a transaction that holds the head of the log.
fn insert_into(
    connection: &mut impl Statements,
    batch: &mut [Box<Prepared>],
) -> Result<Outcomes, DieselError> {
    let first = connection.next_leaf()?;
    let before = connection.store(batch, first)?;
    let mut tallied: BTreeMap<(&str, &str), Tallied> = BTreeMap::new();
    let mut outcomes = Vec::with_capacity(batch.len());
    for (new, before) in batch.iter().zip(before) {
        outcomes.push(match before {
            Some(stored) if stored.row.repeats(&new.row) => Ok(stored.receipt(true)),
            Some(_) => Err(SubmitError::Conflict),
            None => {
                let of = (new.row.survey.as_str(), new.row.mode.as_str());
                tallied.insert(
                    of,
                    Tallied::with(tallied.get(&of).copied(), new.row.leaf_index),
                );
                Ok(new.receipt())
            }
        });
    }
    for ((survey, mode), more) in tallied {
        connection.add_to_tally(survey, mode, more)?;
    }
    Ok(outcomes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_writer_that_a_fault_of_ours_ends_ends_the_store() {
        let health = Arc::new(Health::new(None));
        let watched = Watched {
            url: DatabaseUrl::Sqlite("minyi.sqlite".into()),
            health: Arc::clone(&health),
        };
        let ended = std::thread::spawn(move || {
            let _watched = watched;
            panic!("a fault of ours")
        });
        assert!(ended.join().is_err());
        assert!(health.has_failed() && !health.ready());
    }
}
