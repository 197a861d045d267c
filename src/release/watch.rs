//! Looks at the stored responses in the background, beside the figures: counts what fieldwork brings,
//! applies the rules of quality, compares kept columns with the database.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crate::release::dispositions::SurveyCases;
use crate::release::fieldwork_counts::FieldworkCounts;
use crate::release::kept::ReadError;
use crate::release::quality_findings::quality_findings;
use crate::release::refresh::Source;
use crate::release::stored::{self, NoFigures};
use crate::store::{StoreError, lower_priority};
use crate::survey::Survey;

/// How often it is looked whether something is to do.
const PAUSE: Duration = Duration::from_millis(500);

/// Time from one comparison of the kept columns with the database to the next.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Responses are counted again after this many times as long as the last count took, so that it takes
/// a tenth of a core at most.
const REST: u32 = 10;

/// The thread.
pub struct Watch {
    stop: Arc<AtomicBool>,
    _thread: Option<JoinHandle<()>>,
}

/// The rules of quality take longer, and are applied again after this many times as long.
const REST_OF_RULES: u32 = 20;

/// From so many responses on, the rules wait for the first figures, but no longer than this.
const MANY: u64 = 2_000;
const PATIENCE: Duration = Duration::from_secs(60);

/// What was done for a survey.
#[derive(Default)]
struct Done {
    /// Responses that the rules were applied to, and when they may be applied again.
    assessed: Option<(u64, Instant)>,
    /// Responses that were counted, and when they may be counted again.
    counted: Option<(u64, Instant)>,
    /// When the rules could have been applied first.
    waits_since: Option<Instant>,
    /// When its columns were compared.
    compared: Option<Instant>,
}

impl Watch {
    /// Starts the thread.
    #[must_use]
    pub fn start(source: Source) -> Watch {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = std::thread::Builder::new()
            .name("watch".into())
            .spawn(move || {
                lower_priority();
                let mut done: BTreeMap<String, Done> = BTreeMap::new();
                while !stopped.load(Ordering::Relaxed) {
                    let catalogue = (source.catalogue)();
                    for survey in catalogue.surveys.values() {
                        let done = done.entry(survey.id.clone()).or_default();
                        count(&source, survey, done);
                        assess(&source, survey, done);
                        compare(&source, survey, done);
                        if stopped.load(Ordering::Relaxed) {
                            return;
                        }
                    }
                    std::thread::sleep(PAUSE);
                }
            });
        if let Err(error) = &thread {
            tracing::error!(%error, "what fieldwork brings is not counted");
        }
        Watch {
            stop,
            _thread: thread.ok(),
        }
    }

    /// Lets the thread end after what it does. It only reads, so nobody waits for it.
    pub fn stop(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Counts the responses of a survey, if there are new ones.
fn count(source: &Source, survey: &Survey, done: &mut Done) {
    let Source {
        store,
        kept,
        provisional,
        ..
    } = source;
    let Some(plan) = &survey.plan else { return };
    let began = Instant::now();
    let Ok(n) = store.count(&survey.id) else {
        return;
    };
    let is_known = done
        .counted
        .is_some_and(|(counted, rests_until)| counted == n || began < rests_until);
    if is_known {
        return;
    }
    let counts = stored::wave_from(survey, (store, kept), n).and_then(|wave| {
        let areas = &(source.catalogue)().areas;
        let counts = FieldworkCounts::new(survey, plan, areas, &wave);
        let cases = stored::cases_of(survey, areas, store, &wave)?;
        Ok(FieldworkCounts {
            cases: issued(&cases),
            ..counts.map_err(NoFigures::Dataset)?
        })
    });
    match counts {
        Ok(counts) => provisional.replace_fieldwork(&survey.id, counts),
        Err(error) => tracing::debug!(survey = survey.id, %error, "responses were not counted"),
    }
    done.counted = Some((n, Instant::now() + began.elapsed() * REST));
}

/// The cases that were issued in each PSU, where outcomes of visits are recorded.
fn issued(cases: &SurveyCases) -> BTreeMap<String, u64> {
    let mut issued: BTreeMap<String, u64> = BTreeMap::new();
    for own in cases.psus.iter().filter(|own| own.is_known()) {
        *issued.entry(own.psu.clone()).or_default() += own.counts.issued();
    }
    issued
}

/// Applies the rules of quality, if there are new responses.
fn assess(source: &Source, survey: &Survey, done: &mut Done) {
    let Source {
        store,
        kept,
        provisional,
        ..
    } = source;
    let began = Instant::now();
    let n = match store.count(&survey.id) {
        Ok(n) if survey.plan.is_some() => n,
        _ => return,
    };
    // Figures first: both take all processors.
    let waits_since = *done.waits_since.get_or_insert(began);
    if n > MANY && provisional.figures(&survey.id).is_none() && waits_since.elapsed() < PATIENCE {
        return;
    }
    let is_known = done
        .assessed
        .is_some_and(|(assessed, rests_until)| assessed == n || began < rests_until);
    if is_known {
        return;
    }
    match stored::wave_from(survey, (store, kept), n) {
        Ok(wave) => {
            let areas = &(source.catalogue)().areas;
            provisional.replace_findings(&survey.id, quality_findings(survey, areas, &wave));
        }
        Err(error) => tracing::debug!(survey = survey.id, %error, "no rule was applied"),
    }
    done.assessed = Some((n, Instant::now() + began.elapsed() * REST_OF_RULES));
}

/// Compares the kept columns of a large survey with the database, and that with the log, once a day.
fn compare(source: &Source, survey: &Survey, done: &mut Done) {
    let Source {
        store,
        kept,
        provisional,
        ..
    } = source;
    let is_large = store
        .count(&survey.id)
        .is_ok_and(|n| usize::try_from(n).is_ok_and(|n| n >= kept.segment()));
    if !is_large || done.compared.is_some_and(|then| then.elapsed() < DAY) {
        return;
    }
    match kept.verify(survey, store) {
        Ok(is_same) => {
            provisional.set_altered(&survey.id, false);
            if !is_same {
                tracing::error!(
                    survey = survey.id,
                    "kept columns were not those of the database; they are read again"
                );
                kept.forget_figures(&survey.id);
            }
        }
        Err(ReadError::Store(
            error @ (StoreError::Altered { .. } | StoreError::Incomplete { .. }),
        )) => {
            tracing::error!(survey = survey.id, %error, "no figures");
            kept.forget_figures(&survey.id);
            provisional.set_altered(&survey.id, true);
        }
        Err(ReadError::Store(error)) => {
            tracing::warn!(survey = survey.id, %error, "kept columns could not be compared");
        }
        Err(ReadError::Dataset(error)) => {
            tracing::error!(survey = survey.id, %error, "kept columns could not be compared");
        }
    }
    done.compared = Some(Instant::now());
}
