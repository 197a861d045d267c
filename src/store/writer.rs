//! The handle to the one writer: its queue, and what is known about its state.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use diesel::QueryResult;
use tokio::sync::oneshot;

use crate::store::connection::{AnyConnection, limit_waits};
use crate::store::error::{StoreError, SubmitError};
use crate::store::health::Health;
use crate::store::insert::Batch;
use crate::store::response::{Prepared, Receipt};
use crate::store::transaction::Transaction;
use crate::store::url::DatabaseUrl;
use crate::store::work::{Answered, Clock, QUEUE, Work};
use crate::store::writer_thread::WriterThread;

/// How long a commit may take before responses are refused: twice as long as a held database is
/// waited for.
const COMMIT_DEADLINE: Duration = Duration::from_secs(10);

/// The handle to the writer's thread.
pub(super) struct Writer {
    queue: SyncSender<Work>,
    waiting: Arc<AtomicUsize>,
    clock: Clock,
    /// When there was no place for a response for the last time; 0 for never.
    refused: AtomicU64,
    /// When the thread began what it does now; 0 while it waits for work.
    busy_since: Arc<AtomicU64>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    pub(super) fn start(
        url: DatabaseUrl,
        mut connection: AnyConnection,
        health: Arc<Health>,
    ) -> Result<Writer, StoreError> {
        limit_waits(&url, &mut connection)?;
        let failed = StoreError::open(&url, "the writer could not be started");
        let (queue, work) = sync_channel(QUEUE);
        let waiting = Arc::new(AtomicUsize::new(0));
        let busy_since = Arc::new(AtomicU64::new(0));
        let clock = Clock::start();
        let thread = WriterThread {
            url,
            connection,
            work,
            waiting: Arc::clone(&waiting),
            clock,
            busy_since: Arc::clone(&busy_since),
            health,
        };
        let thread = std::thread::Builder::new()
            .name("writer".into())
            .spawn(move || thread.run())
            .map_err(|_| failed)?;
        Ok(Writer {
            queue,
            waiting,
            clock,
            refused: AtomicU64::new(0),
            busy_since,
            thread: Mutex::new(Some(thread)),
        })
    }

    /// Queues a response. The answer comes after the commit, or never if the writer ends before.
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

    /// Stores all responses of a batch or none, and waits for it.
    pub(super) fn insert_all(&self, batch: Batch) -> Result<Vec<Receipt>, SubmitError> {
        self.wait_for(|answer| Work::All(batch, answer))
    }

    /// Makes a change in a transaction of its own, and waits for it.
    pub(super) fn change<T: Send + 'static>(
        &self,
        change: impl FnOnce(&mut Transaction<'_>) -> QueryResult<T> + Send + 'static,
    ) -> Result<T, SubmitError> {
        let result = Arc::new(Mutex::new(None));
        let slot = Arc::clone(&result);
        let change = move |transaction: &mut Transaction<'_>| {
            let changed = change(transaction)?;
            if let Ok(mut slot) = slot.lock() {
                *slot = Some(changed);
            }
            Ok(())
        };
        self.wait_for(|answer| Work::Change(Box::new(change), answer))?;
        let changed = result.lock().ok().and_then(|mut result| result.take());
        changed.ok_or(SubmitError::Failed)
    }

    fn wait_for<T>(
        &self,
        work: impl FnOnce(oneshot::Sender<Result<T, SubmitError>>) -> Work,
    ) -> Result<T, SubmitError> {
        let (answer, done) = oneshot::channel();
        let sent = self.queue.send(work(answer));
        sent.map_err(|_| SubmitError::Failed)?;
        done.blocking_recv().map_err(|_| SubmitError::Failed)?
    }

    /// Whether the queue takes more. Only refusals count against it: a crowd may fill the queue for a
    /// moment and be served within it.
    pub(super) fn has_places(&self) -> bool {
        let refused = self.refused.load(Ordering::Relaxed);
        let lately = refused > 0 && self.clock.now() < refused.saturating_add(1_000);
        !lately || self.waiting() < QUEUE / 2
    }

    /// Whether the database or the disk has not answered for [`COMMIT_DEADLINE`].
    pub(super) fn is_stuck(&self) -> bool {
        let since = self.busy_since.load(Ordering::Relaxed);
        let deadline = u64::try_from(COMMIT_DEADLINE.as_millis()).unwrap_or(u64::MAX);
        since > 0 && self.clock.now() > since.saturating_add(deadline)
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
