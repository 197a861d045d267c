//! The log held against the responses once a day, by a server that runs for months.

use std::sync::{Arc, Weak};
use std::time::{Duration, Instant};

use crate::store::error::StoreError;
use crate::store::handle::{Inner, Store};
use crate::store::meter;
use crate::store::upkeep::lower_priority;

/// From one audit to the next.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Audits the store after `first` and then every day, as long as someone holds it.
///
/// What it finds is logged and counted; the server goes on storing. Figures are safe from it by themselves: they hold every
/// row against its leaf ([`Store::each_logged`]). It rests after every page four times as long as the page took.
pub(super) fn start(store: &Arc<Inner>, first: Duration) {
    let store = Arc::downgrade(store);
    let thread = std::thread::Builder::new().name("audit".into());
    let started = thread.spawn(move || {
        lower_priority();
        std::thread::sleep(first);
        while audit(&store) {
            std::thread::sleep(DAY);
        }
    });
    if let Err(error) = started {
        tracing::warn!(%error, "the log is not audited");
    }
}

/// Whether there was a store to audit.
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
                    "the log was audited: no contradiction"
                ),
                Some(first) => tracing::error!(
                    %first,
                    n = audit.n_discrepancies,
                    "the log and the responses contradict each other; run minyi doctor"
                ),
            }
        }
        // SQLite's word for a page that is not what it should be.
        Err(StoreError::Database { url, message }) if message.contains("malformed") => {
            store
                .inner
                .health
                .fail(StoreError::Damaged { path: url, message });
        }
        Err(error) => tracing::warn!(%error, "the log could not be audited"),
    }
    true
}
