//! The state of a store, shared by the writer, the check in the background and the handles.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use crate::store::disk::Reserve;
use crate::store::error::{Chain, StoreError};

/// The state of a store that is open for writing.
pub(super) struct Health {
    failed: watch::Sender<bool>,
    reason: OnceLock<StoreError>,
    reachable: AtomicBool,
    reserve: Option<Reserve>,
}

impl Health {
    pub(super) fn new(reserve: Option<Reserve>) -> Health {
        Health {
            failed: watch::Sender::new(false),
            reason: OnceLock::new(),
            reachable: AtomicBool::new(true),
            reserve,
        }
    }

    /// Fails the store: nothing more is acknowledged. If it is called again, the first reason is
    /// kept.
    pub(super) fn fail(&self, reason: StoreError) {
        let chain = Chain(&reason);
        tracing::error!(reason = %chain, "the database failed: nothing more is acknowledged");
        let _ = self.reason.set(reason);
        self.failed.send_replace(true);
    }

    pub(super) fn has_failed(&self) -> bool {
        *self.failed.borrow()
    }

    pub(super) fn failure_reason(&self) -> Option<StoreError> {
        self.reason.get().cloned()
    }

    /// A receiver that turns true when the store fails.
    pub(super) fn failure_signal(&self) -> watch::Receiver<bool> {
        self.failed.subscribe()
    }

    pub(super) fn is_reachable(&self) -> bool {
        self.reachable.load(Ordering::Relaxed)
    }

    /// Records whether the database answers and accepts writes; logs a change.
    pub(super) fn set_reachable(&self, reachable: bool) {
        if self.is_reachable() != reachable {
            self.reachable.store(reachable, Ordering::Relaxed);
            if reachable {
                tracing::info!("the database answers again and accepts writes");
            } else {
                tracing::warn!(
                    "the database does not answer or accepts no writes; minyi tries \
                     again every second"
                );
            }
        }
    }

    /// Whether there is space to write. Takes the reserve again if it was released.
    pub(super) fn has_room(&self) -> bool {
        self.reserve.as_ref().is_none_or(Reserve::take)
    }

    /// Releases the reserve. From then on the WAL is checkpointed but nothing is stored, until
    /// [`Health::has_room`] has taken the reserve again.
    pub(super) fn release_reserve(&self) {
        if let Some(reserve) = &self.reserve {
            reserve.release();
        }
    }

    /// Whether responses can be stored now, as far as the database and the disk are concerned.
    pub(super) fn is_ready(&self) -> bool {
        !self.has_failed()
            && self.is_reachable()
            && !self.reserve.as_ref().is_some_and(Reserve::is_nearly_full)
    }
}
