//! Keeps the published figures up with the responses, in batches.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::release;
use crate::store::{StoreError, stand_back};
use crate::web::app::App;

/// How often the counts are looked at.
const PAUSE: Duration = Duration::from_millis(500);

/// A thread that computes figures anew when enough responses have come in.
///
/// Figures that follow every response would give each person's answers away by subtraction, so they wait for a batch.
pub struct Refresher {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Refresher {
    /// Starts refreshing the figures of `app`. On return it is known of which surveys figures are still to be computed.
    pub fn start(app: Arc<App>) -> Refresher {
        for survey in app.catalogue.surveys.values() {
            let count = app.store.count(&survey.id);
            if survey.plan.is_none()
                || count.is_ok_and(|count| whole_batches(count, app.site.batch) == 0)
            {
                app.examined(&survey.id);
            }
        }
        let stop = Arc::new(AtomicBool::new(false));
        let seen = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("figures".into())
            .spawn(move || {
                stand_back();
                return_large_blocks();
                let mut state = State::default();
                while !seen.load(Ordering::Relaxed) {
                    refresh(&app, &mut state, &seen);
                    std::thread::sleep(PAUSE);
                }
            });
        if let Err(error) = &thread {
            tracing::error!(%error, "no figures are computed");
        }
        Refresher {
            stop,
            thread: thread.ok(),
        }
    }

    /// Has it stop after the computation under way, and waits for that, but not for long: it only reads, and a million
    /// responses take it half a minute.
    pub fn stop(self) {
        const PATIENCE: Duration = Duration::from_secs(3);
        self.stop.store(true, Ordering::Relaxed);
        let until = Instant::now() + PATIENCE;
        while self
            .thread
            .as_ref()
            .is_some_and(|thread| !thread.is_finished())
            && Instant::now() < until
        {
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

/// What was computed, by survey.
#[derive(Default)]
struct State {
    /// Responses that the last computation rested on.
    computed: BTreeMap<String, u64>,
    /// When a reading that failed is tried again, and how long that was waited for.
    again: BTreeMap<String, (Instant, Duration)>,
}

/// Longest wait before a reading that failed is tried again: on a damaged file it costs as much each time.
const LONGEST_WAIT: Duration = Duration::from_secs(64);

fn refresh(app: &App, State { computed, again }: &mut State, stop: &AtomicBool) {
    let mut anew: BTreeSet<&str> = BTreeSet::new();
    // Waves in order of id: a wave is compared with the one before, which is then already there.
    for survey in app.catalogue.surveys.values() {
        let Some(plan) = &survey.plan else { continue };
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let count = match app.store.count(&survey.id) {
            Ok(count) => count,
            Err(error) => {
                tracing::warn!(survey = survey.id, %error, "responses could not be counted");
                continue;
            }
        };
        let whole = whole_batches(count, app.site.batch);
        // Without new responses too, when a wave that it is compared with has new figures.
        let mut compared_with = plan
            .indicators
            .iter()
            .filter_map(|indicator| indicator.previous.as_deref());
        let moved = computed.get(&survey.id) != Some(&whole)
            || compared_with.any(|wave| anew.contains(wave));
        let waits = again.get(&survey.id).copied();
        if whole == 0 {
            app.examined(&survey.id);
            continue;
        }
        if !moved || waits.is_some_and(|(until, _)| Instant::now() < until) {
            continue;
        }
        let previous = app.figures();
        let compute = || {
            release::compute_stored(&app.catalogue, survey, &app.store, whole, &previous)
                .map(|figures| app.publish(&survey.id, figures))
        };
        // A fault of ours in one survey's figures must not end those of all others, nor leave readers waiting for ever. The
        // panic's own words are on stderr; the same batch would give the same again, so the next one is waited for.
        match std::panic::catch_unwind(AssertUnwindSafe(compute)) {
            Ok(Ok(())) => {}
            Err(_) => tracing::error!(survey = survey.id, "no figures: a fault of ours"),
            Ok(Err(
                error @ release::Unpublished::Store(
                    StoreError::Incomplete { .. } | StoreError::Altered { .. },
                ),
            )) => {
                tracing::error!(survey = survey.id, %error, "no figures");
            }
            // The database may answer again in a moment: the same batch is tried again.
            Ok(Err(error @ release::Unpublished::Store(_))) => {
                tracing::warn!(survey = survey.id, %error, "no figures yet");
                computed.remove(&survey.id);
                let wait = waits.map_or(PAUSE, |(_, wait)| LONGEST_WAIT.min(wait * 2));
                again.insert(survey.id.clone(), (Instant::now() + wait, wait));
                continue;
            }
            Ok(Err(error)) => tracing::warn!(survey = survey.id, %error, "no figures"),
        }
        app.examined(&survey.id);
        again.remove(&survey.id);
        computed.insert(survey.id.clone(), whole);
        anew.insert(&survey.id);
    }
    if !anew.is_empty() {
        give_memory_back();
    }
}

/// How many of `count` responses figures rest on: whole batches only, so that neither a new response nor a restart gives
/// one person's answers away, and it depends on the count alone, so that all servers of a database show the same.
///
/// A full pass costs by the number of responses, so large surveys wait for up to a thousandth more: the batch doubles with
/// the count, where the count is a multiple of it, so that no two numbers differ by less than `batch`.
fn whole_batches(count: u64, batch: u64) -> u64 {
    let batch = batch.max(1);
    let doubled = (count / 1000 / batch).max(1).ilog2();
    let size = batch << doubled;
    count / size * size
}

/// Has glibc return each block of 128 KiB or more as it is freed. Left to itself it learns from the first large column to
/// keep up to 32 MiB of them for a next time, which here may be hours away: 77 MiB idle with a million responses, against 44.
fn return_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "the allocator has no other interface")]
    // SAFETY: mallopt may be called at any time; a refused value changes nothing.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 128 * 1024);
        // Setting one stops the other from growing by itself: small blocks come and go with every request and must not
        // move the end of the heap each time.
        libc::mallopt(libc::M_TRIM_THRESHOLD, 4 * 1024 * 1024);
    }
}

/// Gives back what was freed in small pieces.
fn give_memory_back() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "the allocator has no other interface")]
    // SAFETY: malloc_trim may be called at any time from any thread; 0 keeps no room at the top.
    unsafe {
        libc::malloc_trim(0);
    }
}

#[cfg(test)]
mod tests {
    use super::whole_batches;

    #[test]
    fn figures_move_by_whole_batches_and_never_far_behind_the_count() {
        for batch in [1, 7, 50] {
            let mut before = 0;
            for count in 0..300_000 {
                let whole = whole_batches(count, batch);
                assert!(
                    whole == before || whole >= before + batch,
                    "{count}: {before}, then {whole}"
                );
                assert!(
                    whole <= count && count - whole < batch.max(count / 1000 + 1),
                    "{count}: {whole}"
                );
                before = whole;
            }
        }
    }
}
