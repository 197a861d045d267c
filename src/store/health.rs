//! What the writer, the start-up check and the handles of a store know together about its state.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

use tokio::sync::watch;

use crate::store::disk::Reserve;
use crate::store::error::StoreError;

/// The state of a store that is written to.
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

    /// Ends the store: nothing more is acknowledged. The first reason stands.
    pub(super) fn fail(&self, reason: StoreError) {
        tracing::error!(%reason, "the database failed: nothing more is acknowledged");
        let _ = self.reason.set(reason);
        self.failed.send_replace(true);
    }

    pub(super) fn has_failed(&self) -> bool {
        *self.failed.borrow()
    }

    pub(super) fn reason(&self) -> Option<StoreError> {
        self.reason.get().cloned()
    }

    pub(super) fn failure(&self) -> watch::Receiver<bool> {
        self.failed.subscribe()
    }

    pub(super) fn is_reached(&self) -> bool {
        self.reachable.load(Ordering::Relaxed)
    }

    /// Notes whether the database answers and takes what is written.
    pub(super) fn reached(&self, reachable: bool) {
        if self.is_reached() != reachable {
            self.reachable.store(reachable, Ordering::Relaxed);
            if reachable {
                tracing::info!("the database answers again and takes writes");
            } else {
                tracing::warn!(
                    "the database does not answer or takes no writes; it is asked every second"
                );
            }
        }
    }

    /// Whether there is room to write, taking the reserve again if it had been given up.
    pub(super) fn has_room(&self) -> bool {
        self.reserve.as_ref().is_none_or(Reserve::take)
    }

    /// Gives up the reserve; nothing is written from now on but what writes the log back.
    pub(super) fn disk_is_full(&self) {
        if let Some(reserve) = &self.reserve {
            reserve.release();
        }
    }

    pub(super) fn ready(&self) -> bool {
        !self.has_failed()
            && self.is_reached()
            && !self.reserve.as_ref().is_some_and(Reserve::nearly_full)
    }
}
