//! Looks at the stored responses in the background, beside the figures: counts what fieldwork brings,
//! applies the rules of quality, compares kept columns with the database.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::release::background::Background;
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

/// The rules of quality take longer, and are applied again after this many times as long.
const REST_OF_RULES: u32 = 20;

/// Responses are counted for those who look, as long after they last looked, and for nobody so often.
const LOOKS: Duration = Duration::from_secs(10 * 60);
const UNSEEN: Duration = Duration::from_secs(60);

/// The rules are applied when somebody looks, and for nobody so often.
const UNSEEN_RULES: Duration = Duration::from_secs(10 * 60);

/// The thread.
pub struct Watch(Option<Background>);

/// What was done for a survey.
struct Done {
    /// When the thread first saw it.
    since: Instant,
    /// The last application of the rules.
    assessed: Option<Pass>,
    /// The last count.
    counted: Option<Pass>,
    /// When its columns were compared.
    compared: Option<Instant>,
}

impl Watch {
    /// Starts the thread.
    #[must_use]
    pub fn start(source: Source) -> Watch {
        let mut done: BTreeMap<String, Done> = BTreeMap::new();
        let started = Background::start("watch", PAUSE, move |stop| {
            let catalogue = (source.catalogue)();
            for survey in catalogue.surveys.values() {
                let done = done.entry(survey.id.clone()).or_default();
                count(&source, survey, done);
                assess(&source, survey, done);
                compare(&source, survey, done);
                if stop.load(Ordering::Relaxed) {
                    return;
                }
            }
        });
        if let Err(error) = &started {
            tracing::error!(%error, "what fieldwork brings is not counted");
        }
        Watch(started.ok())
    }

    /// Stops the thread; see [`Background::stop`].
    pub fn stop(self) {
        if let Some(thread) = self.0 {
            thread.stop();
        }
    }
}

/// A pass over the responses of a survey.
#[derive(Clone, Copy)]
struct Pass {
    /// How many there were.
    n: u64,
    /// When it ended.
    at: Instant,
    /// When the next may begin.
    rests_until: Instant,
}

impl Pass {
    fn ended(n: u64, began: Instant, rest: u32) -> Pass {
        let at = Instant::now();
        Pass {
            n,
            at,
            rests_until: at + began.elapsed() * rest,
        }
    }
}

impl Default for Done {
    fn default() -> Done {
        Done {
            since: Instant::now(),
            assessed: None,
            counted: None,
            compared: None,
        }
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
    let (looked_at, _) = provisional.looked_at(&survey.id);
    let is_looked_at = looked_at.is_some_and(|then| then.elapsed() < LOOKS);
    let is_due = done.counted.is_none_or(|last| {
        last.n != n && began >= last.rests_until && (is_looked_at || last.at.elapsed() > UNSEEN)
    });
    if !is_due {
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
    done.counted = Some(Pass::ended(n, began, REST));
}

/// Runs something on threads of low priority, so that it delays no figure and no response.
fn quietly<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().start_handler(|_| lower_priority());
    match pool.build() {
        Ok(pool) => pool.install(run),
        Err(_) => run(),
    }
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
    let (_, looked_at) = provisional.looked_at(&survey.id);
    let last = done.assessed;
    let since = last.map_or(done.since, |last| last.at);
    let is_wanted = looked_at.is_some_and(|then| then > since) || since.elapsed() > UNSEEN_RULES;
    let is_due = last.is_none_or(|last| last.n != n && began >= last.rests_until);
    if n == 0 || !is_wanted || !is_due {
        return;
    }
    match stored::wave_from(survey, (store, kept), n) {
        Ok(wave) => {
            let areas = &(source.catalogue)().areas;
            let found = quietly(|| quality_findings(survey, areas, &wave));
            provisional.replace_findings(&survey.id, found);
        }
        Err(error) => tracing::debug!(survey = survey.id, %error, "no rule was applied"),
    }
    done.assessed = Some(Pass::ended(n, began, REST_OF_RULES));
}

/// Compares the kept columns of a large survey with the database, and that with the log, once a day.
fn compare(source: &Source, survey: &Survey, done: &mut Done) {
    let Source {
        store,
        kept,
        provisional,
        ..
    } = source;
    let is_large = store.count(&survey.id).is_ok_and(|n| kept.is_large(n));
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
