//! The work in the writer's queue.

use std::time::Instant;

use diesel::QueryResult;
use tokio::sync::oneshot;

use crate::store::error::SubmitError;
use crate::store::insert::Batch;
use crate::store::response::{Prepared, Receipt};
use crate::store::transaction::Transaction;

/// Most responses that may wait: a fraction of a second of work. If more could wait for a disk that
/// does not answer, they would use up the connections, and nobody could even read. The next
/// response is refused at once, and its sender is asked to send it again later.
pub(super) const MOST_WAITING: usize = 1_024;

/// Most responses in one commit.
pub(super) const MOST_ROWS: usize = 512;

/// The result for a response, and the response itself, so that the thread that allocated it also
/// frees it.
pub(super) type Answered = (Result<Receipt, SubmitError>, Box<Prepared>);

/// The channel for the answer to one response.
pub(super) type Answer = oneshot::Sender<Answered>;

/// A change of any table but `response`.
pub(super) type Change = Box<dyn FnOnce(&mut Transaction<'_>) -> QueryResult<()> + Send>;

/// One piece of work.
pub(super) enum Work {
    /// A response, committed together with others.
    One(Box<Prepared>, Answer),
    /// Responses of which all are stored or none.
    All(Batch, oneshot::Sender<Result<Vec<Receipt>, SubmitError>>),
    /// A change, committed alone.
    Change(Change, oneshot::Sender<Result<(), SubmitError>>),
    /// Stop the writer.
    Close,
}

/// Milliseconds since the writer's start, never 0.
#[derive(Clone, Copy)]
pub(super) struct Clock(Instant);

impl Clock {
    /// A clock that starts now.
    pub(super) fn start() -> Clock {
        Clock(Instant::now())
    }

    pub(super) fn now(self) -> u64 {
        u64::try_from(self.0.elapsed().as_millis())
            .unwrap_or(u64::MAX)
            .saturating_add(1)
    }
}
