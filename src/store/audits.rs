//! Audits the log once a day while a server runs.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::store::error::{Chain, StoreError};
use crate::store::handle::{Inner, Store};
use crate::store::meter;
use crate::store::upkeep::{Priority, lower_priority};

/// Time from one audit to the next.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Starts a thread that audits the store after `first` and then every day, as long as the store is
/// open.
///
/// An audit logs and counts contradictions, but does not stop the server. Wrong rows do not reach
/// the figures, since figures compare every row with its leaf ([`Store::each_verified_page`]).
/// After each page the thread sleeps four times as long as the page took.
pub(super) fn start(store: &Arc<Inner>, first: Duration) {
    let store = Arc::downgrade(store);
    let thread = std::thread::Builder::new().name("audit".into());
    let started = thread.spawn(move || {
        lower_priority(Priority::Background);
        std::thread::sleep(first);
        while audit(&store) {
            std::thread::sleep(DAY);
        }
    });
    if let Err(error) = started {
        tracing::warn!(%error, "the thread that audits the log could not be started");
    }
}

/// Audits the store. Returns false when it is closed.
fn audit(store: &Weak<Inner>) -> bool {
    let Some(inner) = store.upgrade() else {
        return false;
    };
    let mut began = Instant::now();
    let store = Store { inner };
    let audited = store.audit(&mut |_| {
        std::thread::sleep(began.elapsed() * 4);
        began = Instant::now();
    });
    match audited {
        Ok(audit) => {
            meter::audited(audit.n_discrepancies);
            match audit.discrepancies.first() {
                None => tracing::info!(
                    leaves = audit.leaves,
                    "the log was audited: no contradictions"
                ),
                Some(first) => tracing::error!(
                    %first,
                    n = audit.n_discrepancies,
                    "the log and the responses contradict each other; run minyi doctor"
                ),
            }
        }
        // SQLite's message for a damaged page.
        Err(StoreError::Database { url, cause }) if cause.to_string().contains("malformed") => {
            store.inner.health.fail(StoreError::Damaged {
                path: url,
                message: cause.to_string(),
            });
        }
        Err(error) => tracing::warn!(error = %Chain(&error), "the log could not be audited"),
    }
    true
}
