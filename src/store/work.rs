//! What the writer is asked to do.

use std::time::Instant;

use diesel::QueryResult;
use tokio::sync::oneshot;

use crate::store::error::SubmitError;
use crate::store::insert::Batch;
use crate::store::response::{Prepared, Receipt};
use crate::store::transaction::Transaction;

/// Most responses that may wait: a fraction of a second of work. If more could wait for a disk that
/// does not answer, they would take every connection, and nobody could even read. The next one is
/// refused at once, with the time to come again.
pub(super) const QUEUE: usize = 1_024;

/// Most responses in one commit.
pub(super) const MOST_ROWS: usize = 512;

/// What became of a response, and the response itself: the thread that made it frees it, in its own
/// part of the heap.
pub(super) type Answered = (Result<Receipt, SubmitError>, Box<Prepared>);

/// Where the answer to one response goes.
pub(super) type Answer = oneshot::Sender<Answered>;

/// A change of anything but responses.
pub(super) type Change = Box<dyn FnOnce(&mut Transaction<'_>) -> QueryResult<()> + Send>;

/// One piece of work.
pub(super) enum Work {
    /// A response, committed together with others.
    One(Box<Prepared>, Answer),
    /// Responses that are stored all or not at all.
    All(Batch, oneshot::Sender<Result<Vec<Receipt>, SubmitError>>),
    /// A transaction of its own.
    Change(Change, oneshot::Sender<Result<(), SubmitError>>),
    /// The end.
    Close,
}

/// Milliseconds since the writer's start, never 0.
#[derive(Clone, Copy)]
pub(super) struct Clock(Instant);

impl Clock {
    /// Starts now.
    pub(super) fn start() -> Clock {
        Clock(Instant::now())
    }

    pub(super) fn now(self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis())
            .unwrap_or(u64::MAX)
            .saturating_add(1)
    }
}
