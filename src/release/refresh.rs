//! Computes provisional figures again as responses come in, in batches.

use std::collections::{BTreeMap, BTreeSet};
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::collection::back_check::BackCheckKey;
use crate::release::background::Background;
use crate::release::figures::Figures;
use crate::release::kept::KeptColumns;
use crate::release::provisional::Provisional;
use crate::release::stored::{self, Extent, NoFigures};
use crate::store::{Held, Store, StoreError};
use crate::survey::{Catalogue, Survey};

/// How often the counts of responses are looked at.
const PAUSE: Duration = Duration::from_millis(500);

/// Longest wait before a failed reading is tried again: on a damaged file it costs as much each time.
const LONGEST_WAIT: Duration = Duration::from_secs(64);

/// What figures are computed from, and where they go.
#[derive(Clone)]
pub struct Source {
    /// The surveys of the moment when it is called.
    pub catalogue: Arc<dyn Fn() -> Arc<Catalogue> + Send + Sync>,
    /// Their responses.
    pub store: Store,
    /// Their columns, as far as they are kept.
    pub kept: KeptColumns,
    /// The figures.
    pub provisional: Arc<Provisional>,
    /// New responses that figures wait for. Figures that followed each response would give away each
    /// person's answers by subtraction.
    pub batch: u64,
    /// Chooses the interviews that are back-checked.
    pub back_check_key: BackCheckKey,
}

impl Source {
    /// Finds out whether a survey has figures to wait for.
    pub fn examine(&self, survey: &Survey) {
        let count = self.store.count(&survey.id);
        // A plan that is gone is another plan.
        let plans = self.store.plan_versions(&survey.id);
        let is_gone = survey.plan.is_none() && plans.is_ok_and(|plans| !plans.is_empty());
        self.provisional.set_other_plan(&survey.id, is_gone);
        let is_below = |count| whole_batches(count, self.batch) == 0;
        if survey.plan.is_none() || count.is_ok_and(is_below) {
            self.provisional.set_examined(&survey.id);
        }
    }
}

/// A thread that computes figures again when enough responses have come in.
pub struct Refresher(Option<Background>);

impl Refresher {
    /// Starts the thread. On return the provisional knows which surveys have figures to wait for.
    pub fn start(source: Source) -> Refresher {
        for survey in (source.catalogue)().surveys.values() {
            source.examine(survey);
        }
        let mut progress: Option<Progress> = None;
        let started = Background::start("figures", PAUSE, move |stop| {
            let progress = progress.get_or_insert_with(|| {
                return_large_blocks();
                Progress::default()
            });
            refresh(&source, progress, stop);
        });
        if let Err(error) = &started {
            tracing::error!(%error, "no figures are computed");
        }
        Refresher(started.ok())
    }

    /// Stops the thread; see [`Background::stop`].
    pub fn stop(self) {
        if let Some(thread) = self.0 {
            thread.stop();
        }
    }
}

/// What was computed, by survey.
#[derive(Default)]
struct Progress {
    /// The surveys that the figures rest on.
    catalogue: Arc<Catalogue>,
    /// Responses that the last computation rested on, and those that were held.
    computed: BTreeMap<String, (u64, Held)>,
    /// The responses that are held, by survey, as far as they were read since the last decision.
    held: BTreeMap<String, Held>,
    /// The last decision about holds.
    holds_version: Option<i64>,
    /// Until when the figures of a survey are not computed again, as long as they took the last time:
    /// half of the time is left to other work.
    rests: BTreeMap<String, Instant>,
    /// When a failed reading is tried again, and how long that wait is.
    retries: BTreeMap<String, (Instant, Duration)>,
}

impl Progress {
    /// Forgets which responses are held if there was a decision about holds since they were read.
    fn notice_holds(&mut self, store: &Store) {
        match store.holds_version() {
            Ok(version) if self.holds_version != Some(version) => {
                self.holds_version = Some(version);
                self.held.clear();
            }
            Ok(_) => {}
            Err(error) => tracing::warn!(%error, "holds could not be read"),
        }
    }

    /// The responses of a survey that are held. None if they cannot be read: then the figures, which read
    /// them again, cannot be computed either.
    fn held(&mut self, store: &Store, survey: &str) -> Held {
        if let Some(held) = self.held.get(survey) {
            return held.clone();
        }
        let held = store.held(survey, None).unwrap_or_default();
        self.held.insert(survey.to_owned(), held.clone());
        held
    }

    /// Takes over the surveys of this moment. The figures of a survey that changed are computed again.
    fn take_over(&mut self, catalogue: Arc<Catalogue>, provisional: &Provisional) {
        if Arc::ptr_eq(&self.catalogue, &catalogue) {
            return;
        }
        for survey in catalogue.surveys.values() {
            let before = self.catalogue.surveys.get(&survey.id);
            let is_same = before.is_some_and(|before| {
                before.questionnaire == survey.questionnaire
                    && before.questionnaire_hash == survey.questionnaire_hash
                    && before.plan_files == survey.plan_files
            });
            // Another plan may be the one in use since it was amended.
            if !is_same || provisional.has_other_plan(&survey.id) {
                self.computed.remove(&survey.id);
                self.retries.remove(&survey.id);
            }
        }
        self.catalogue = catalogue;
    }
}

fn refresh(source: &Source, progress: &mut Progress, stop: &AtomicBool) {
    let all = (source.catalogue)();
    progress.notice_holds(&source.store);
    let mut renewed: BTreeSet<&str> = BTreeSet::new();
    // In order of id: a wave comes after the wave that it is compared with.
    for id in all.surveys.keys() {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        // Before each: computing the one before may have taken long.
        progress.take_over((source.catalogue)(), &source.provisional);
        let catalogue = Arc::clone(&progress.catalogue);
        let Some(survey) = catalogue.surveys.get(id) else {
            continue;
        };
        if let Some(basis) = due(source, survey, progress, &renewed)
            && compute(source, survey, basis, progress)
        {
            renewed.insert(id);
        }
    }
    if !renewed.is_empty() {
        return_small_blocks();
    }
}

/// How many responses the figures of a survey should rest on now, and without which held ones, if they
/// have to be computed again: a new batch is whole, responses were held or freed, or a wave that it is
/// compared with has new figures.
fn due(
    source: &Source,
    survey: &Survey,
    progress: &mut Progress,
    renewed: &BTreeSet<&str>,
) -> Option<(u64, Held)> {
    let plan = survey.plan.as_ref()?;
    let count = match source.store.count(&survey.id) {
        Ok(count) => count,
        Err(error) => {
            tracing::warn!(survey = survey.id, %error, "responses could not be counted");
            return None;
        }
    };
    let whole = whole_batches(count, source.batch);
    if whole == 0 {
        source.provisional.set_examined(&survey.id);
        return None;
    }
    let indicators = plan.indicators.iter();
    let mut compared_with = indicators.filter_map(|indicator| indicator.previous.as_deref());
    if source.provisional.take_stale(&survey.id) {
        // This thread may have kept figures of the old columns in the meantime.
        source.kept.forget_figures(&survey.id);
        progress.computed.remove(&survey.id);
    }
    let basis = (whole, progress.held(&source.store, &survey.id));
    let is_new = progress.computed.get(&survey.id) != Some(&basis);
    let is_due = is_new || compared_with.any(|wave| renewed.contains(wave));
    let retry = progress.retries.get(&survey.id);
    let rest = progress.rests.get(&survey.id);
    let mut until = retry.map(|(until, _)| until).into_iter().chain(rest);
    let waits = until.any(|until| Instant::now() < *until);
    if is_due && waits {
        // Also when what made it due is known in this pass only.
        progress.computed.remove(&survey.id);
    }
    (is_due && !waits).then_some(basis)
}

/// Computes the figures of a survey from its first responses, as many as `basis` says. Returns whether that
/// is settled, with or without figures; if not, it is tried again later.
fn compute(source: &Source, survey: &Survey, basis: (u64, Held), progress: &mut Progress) -> bool {
    let provisional = &source.provisional;
    let catalogue = Arc::clone(&progress.catalogue);
    let previous = provisional.all();
    let compute = || figures(source, &catalogue, survey, basis.0, &previous);
    // A panic in one survey's figures must not end those of the others. Its message is on stderr; the
    // same batch would panic again, so the next batch is waited for.
    let began = Instant::now();
    let outcome = std::panic::catch_unwind(AssertUnwindSafe(compute));
    let rest = Instant::now() + began.elapsed();
    progress.rests.insert(survey.id.clone(), rest);
    let is_failed = match &outcome {
        Ok(Ok(_)) => false,
        Ok(Err(error)) => !error.is_for_few_responses(),
        Err(_) => true,
    };
    provisional.set_failed(&survey.id, is_failed);
    let other_plan = matches!(outcome, Ok(Err(NoFigures::OtherPlan)));
    provisional.set_other_plan(&survey.id, other_plan);
    match outcome {
        Ok(Ok(figures)) => provisional.replace(&survey.id, figures),
        Err(_) => tracing::error!(survey = survey.id, "no figures: the computation panicked"),
        Ok(Err(
            error @ NoFigures::Store(StoreError::Incomplete { .. } | StoreError::Altered { .. }),
        )) => tracing::error!(survey = survey.id, %error, "no figures"),
        Ok(Err(error @ NoFigures::Store(_))) => {
            tracing::warn!(survey = survey.id, %error, "no figures yet");
            let waited = progress.retries.get(&survey.id);
            let wait = waited.map_or(PAUSE, |(_, wait)| LONGEST_WAIT.min(*wait * 2));
            let retry = (Instant::now() + wait, wait);
            progress.computed.remove(&survey.id);
            progress.held.remove(&survey.id);
            progress.retries.insert(survey.id.clone(), retry);
            return false;
        }
        Ok(Err(error)) => tracing::warn!(survey = survey.id, %error, "no figures"),
    }
    provisional.set_examined(&survey.id);
    progress.retries.remove(&survey.id);
    progress.computed.insert(survey.id.clone(), basis);
    true
}

/// The figures of a survey from its first `whole` responses: those that were kept, if they are still
/// the same, else new ones.
fn figures(
    source: &Source,
    catalogue: &Catalogue,
    survey: &Survey,
    whole: u64,
    previous: &BTreeMap<String, Arc<Figures>>,
) -> Result<Figures, NoFigures> {
    let Source { store, kept, .. } = source;
    let extent = Extent::now(store, survey, whole)?;
    let basis = match kept.is_large(whole) {
        true => Some(stored::basis(catalogue, survey, store, &extent, previous)?),
        false => None,
    };
    let known = basis.as_ref();
    if let Some(figures) = known.and_then(|basis| kept.figures(&survey.id, basis)) {
        return Ok(figures);
    }
    let began = Instant::now();
    let wave = stored::wave_from(survey, (store, kept), whole)?;
    let read = began.elapsed();
    let figures = stored::figures_of(catalogue, survey, store, (wave, extent), previous)?;
    let all = began.elapsed();
    tracing::debug!(survey = survey.id, ?read, ?all, "figures computed");
    if let Some(basis) = &basis {
        kept.keep_figures(&figures, basis, whole);
    }
    Ok(figures)
}

/// How many of `count` responses figures rest on: whole batches only, so that neither a new response
/// nor a restart gives away one person's answers. It depends on the count alone, so that all servers
/// of a database show the same figures.
///
/// A pass over all responses costs time in proportion to their number, so large surveys wait for up
/// to a thousandth more: the batch doubles with the count, where the count is a multiple of it, so
/// that no two results differ by less than `batch`.
pub fn whole_batches(count: u64, batch: u64) -> u64 {
    let batch = batch.max(1);
    let doubled = (count / 1000 / batch).max(1).ilog2();
    let size = batch << doubled;
    count / size * size
}

/// Makes glibc return each block of 128 KiB or more to the system as it is freed. By default it keeps
/// up to 32 MiB of them after the first large column: 77 MiB idle with a million responses instead
/// of 44.
pub fn return_large_blocks() {
    #[cfg(all(target_os = "linux", target_env = "gnu"))]
    #[expect(unsafe_code, reason = "the allocator has no other interface")]
    // SAFETY: mallopt may be called at any time; a refused value changes nothing.
    unsafe {
        libc::mallopt(libc::M_MMAP_THRESHOLD, 128 * 1024);
        // Setting one threshold stops the other from growing by itself. Small blocks come and go with
        // every request and must not move the end of the heap each time.
        libc::mallopt(libc::M_TRIM_THRESHOLD, 4 * 1024 * 1024);
    }
}

/// Returns small freed blocks to the system.
pub(super) fn return_small_blocks() {
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
