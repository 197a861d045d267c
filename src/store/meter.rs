//! Metrics of the store: counts and times, never the content of a response.

use std::time::Duration;

use crate::store::error::SubmitError;

/// Records a commit of `rows` responses that took `took`, sync included.
pub(super) fn committed(rows: usize, took: Duration) {
    let rows = u32::try_from(rows).unwrap_or(u32::MAX);
    metrics::histogram!("minyi_store_commit_responses").record(f64::from(rows));
    metrics::histogram!("minyi_store_commit_seconds").record(took.as_secs_f64());
}

/// Counts a commit that failed.
pub(super) fn failed(refusal: &SubmitError) {
    let kind = match refusal {
        SubmitError::Full => "full",
        SubmitError::Busy => "busy",
        _ => "failed",
    };
    metrics::counter!("minyi_store_errors_total", "kind" => kind).increment(1);
}

/// Records the result of an audit.
pub(super) fn audited(discrepancies: u64) {
    let n = u32::try_from(discrepancies).unwrap_or(u32::MAX);
    metrics::gauge!("minyi_store_discrepancies").set(f64::from(n));
}

/// Records the current state of the store.
pub(super) fn state(waiting: usize, ready: bool, free_bytes: Option<u64>) {
    let waiting = u32::try_from(waiting).unwrap_or(u32::MAX);
    metrics::gauge!("minyi_store_queue_responses").set(f64::from(waiting));
    metrics::gauge!("minyi_ready").set(if ready { 1.0 } else { 0.0 });
    if let Some(free) = free_bytes {
        // An f64 is exact below 8 PiB.
        metrics::gauge!("minyi_store_disk_free_bytes")
            .set(free.to_string().parse().unwrap_or(f64::MAX));
    }
}

/// Describes the metrics for readers of `/metrics`.
pub(super) fn describe() {
    use metrics::Unit::{Bytes, Count, Seconds};
    metrics::describe_histogram!(
        "minyi_store_commit_responses",
        Count,
        "Responses in one commit"
    );
    metrics::describe_histogram!(
        "minyi_store_commit_seconds",
        Seconds,
        "Time of one commit, sync included"
    );
    metrics::describe_counter!(
        "minyi_store_errors_total",
        Count,
        "Commits that failed, by kind: full, busy, failed"
    );
    // Start at 0: a rate does not include the first error of a counter that appears with it.
    for kind in ["full", "busy", "failed"] {
        metrics::counter!("minyi_store_errors_total", "kind" => kind).increment(0);
    }
    metrics::describe_gauge!(
        "minyi_store_queue_responses",
        Count,
        "Responses that wait for the writer"
    );
    metrics::describe_gauge!(
        "minyi_store_disk_free_bytes",
        Bytes,
        "Free space beside the database"
    );
    metrics::describe_gauge!(
        "minyi_store_discrepancies",
        Count,
        "Contradictions between the log and the responses, by the last daily audit; \
         missing before the first"
    );
    metrics::describe_gauge!("minyi_ready", Count, "1 while responses can be stored");
}
