//! Looks at the stored responses in the background, beside the figures: counts what fieldwork brings,
//! applies the rules of quality, compares kept columns with the database.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use crate::release::background::Background;
use crate::release::dispositions::SurveyCases;
use crate::release::fieldwork_counts::FieldworkCounts;
use crate::release::kept::{ReadError, WaveColumns};
use crate::release::quality_findings::quality_findings;
use crate::release::refresh::{Source, return_small_blocks};
use crate::release::stored::{self, NoFigures};
use crate::store::{Priority, Store, StoreError, with_priority};
use crate::survey::Survey;
use crate::survey::plan::Plan;

/// How often it is looked whether something is to do.
const PAUSE: Duration = Duration::from_millis(500);

/// Time from one comparison of the kept columns with the database to the next.
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// When the first comparison is made after a start: figures and counts come first.
const FIRST_COMPARISON: Duration = Duration::from_secs(60);

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
    /// When a step last panicked.
    panicked: Option<Instant>,
}

impl Watch {
    /// Starts the thread.
    #[must_use]
    pub fn start(source: Source) -> Watch {
        let mut done: BTreeMap<String, Done> = BTreeMap::new();
        let started = Background::start("watch", PAUSE, move |stop| {
            let catalogue = (source.catalogue)();
            let mut is_busy = false;
            let steps: [Step; 3] = [count, assess, compare];
            for step in steps {
                for survey in catalogue.surveys.values() {
                    let done = done.entry(survey.id.clone()).or_default();
                    is_busy |= step_safely(step, &source, survey, done);
                    if stop.load(Ordering::Relaxed) {
                        return;
                    }
                }
            }
            for survey in catalogue.surveys.values() {
                let renew = || source.provisional.renew_report(survey, &catalogue.areas);
                if catch_unwind(AssertUnwindSafe(renew)).is_err() {
                    tracing::error!(survey = survey.id, "the report on fieldwork panicked");
                }
            }
            if is_busy {
                return_small_blocks();
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

/// What a pass rests on: another pass is due when it changes.
#[derive(Clone, Default, PartialEq)]
struct Basis {
    /// Responses.
    n: u64,
    /// The hash of the plan of the folder.
    plan: String,
    /// The last plan that was fixed.
    plans: i64,
    /// The last decision about holds.
    holds: i64,
    /// The last visit.
    visits: i64,
}

/// A pass over the responses of a survey.
#[derive(Clone)]
struct Pass {
    /// What it rested on; `None` if it failed.
    basis: Option<Basis>,
    /// When it ended.
    at: Instant,
    /// When the next may begin.
    rests_until: Instant,
}

impl Pass {
    fn ended(basis: Option<Basis>, began: Instant, rest: u32) -> Pass {
        let at = Instant::now();
        Pass {
            basis,
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
            panicked: None,
        }
    }
}

/// What is done for one survey; whether something was done.
type Step = fn(&Source, &Survey, &mut Done) -> bool;

/// `step`; a panic in it must not end those of other surveys. Its message is on stderr. It is tried again
/// after a minute.
fn step_safely(step: Step, source: &Source, survey: &Survey, done: &mut Done) -> bool {
    if done.panicked.is_some_and(|then| then.elapsed() < UNSEEN) {
        return false;
    }
    let outcome = catch_unwind(AssertUnwindSafe(|| step(source, survey, done)));
    outcome.unwrap_or_else(|_| {
        tracing::error!(survey = survey.id, "a look at the responses panicked");
        done.panicked = Some(Instant::now());
        true
    })
}

/// Counts the responses of a survey, if there are new ones, or if some were held or visits recorded.
/// Returns whether it did, as the other steps do.
fn count(source: &Source, survey: &Survey, done: &mut Done) -> bool {
    let Source {
        store,
        kept,
        provisional,
        ..
    } = source;
    let Some(plan) = &survey.plan else {
        return false;
    };
    let began = Instant::now();
    let basis = basis(store, survey).and_then(|basis| {
        Ok(Basis {
            holds: store.holds_version()?,
            visits: store.visits_version()?,
            ..basis
        })
    });
    let Ok(basis) = basis else { return false };
    let (looked_at, _) = provisional.looked_at(&survey.id);
    let is_looked_at = looked_at.is_some_and(|then| then.elapsed() < LOOKS);
    let is_due = done.counted.as_ref().is_none_or(|last| {
        let is_wanted = is_looked_at || last.at.elapsed() > UNSEEN;
        last.basis.as_ref() != Some(&basis) && began >= last.rests_until && is_wanted
    });
    if !is_due {
        return false;
    }
    let counts = stored::wave_from(survey, (store, kept), basis.n)
        .and_then(|wave| counts_of(source, (survey, plan), &wave));
    let basis = match counts {
        Ok(counts) => {
            provisional.replace_fieldwork(&survey.id, counts);
            Some(basis)
        }
        Err(error) => {
            tracing::debug!(survey = survey.id, %error, "responses were not counted");
            None
        }
    };
    done.counted = Some(Pass::ended(basis, began, REST));
    true
}

/// What fieldwork of a survey has brought, of which `wave` has the responses.
fn counts_of(
    source: &Source,
    (survey, plan): (&Survey, &Plan),
    wave: &WaveColumns,
) -> Result<FieldworkCounts, NoFigures> {
    let store = &source.store;
    let areas = &(source.catalogue)().areas;
    let held = store.held(&survey.id, None)?;
    let counts = FieldworkCounts::new(survey, plan, areas, (wave, &held));
    let interviews = stored::interviews_of(survey, areas, (wave, &held))?;
    let visits = store.visits(&survey.id, None)?;
    let cases = SurveyCases::new(survey, areas, &interviews, &visits);
    let before = source.provisional.counted(&survey.id);
    let checked = before
        .map(|own| Arc::clone(&own.checked))
        .unwrap_or_default();
    Ok(FieldworkCounts {
        cases: issued(&cases.map_err(NoFigures::Dataset)?),
        interviews,
        checked: Arc::new(checked.with(wave, &source.back_check_key)),
        ..counts.map_err(NoFigures::Dataset)?
    })
}

/// What the findings of a survey would rest on now; a count also rests on holds and visits.
fn basis(store: &Store, survey: &Survey) -> Result<Basis, StoreError> {
    Ok(Basis {
        n: store.count(&survey.id)?,
        plan: survey.plan_hash.clone(),
        plans: store.plans_version()?,
        ..Basis::default()
    })
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
fn assess(source: &Source, survey: &Survey, done: &mut Done) -> bool {
    let Source {
        store,
        kept,
        provisional,
        ..
    } = source;
    let began = Instant::now();
    let basis = match basis(store, survey) {
        Ok(basis) if survey.plan.is_some() => basis,
        _ => return false,
    };
    let (_, looked_at) = provisional.looked_at(&survey.id);
    let last = done.assessed.as_ref();
    let since = last.map_or(done.since, |last| last.at);
    let is_wanted = looked_at.is_some_and(|then| then > since) || since.elapsed() > UNSEEN_RULES;
    let is_due =
        last.is_none_or(|last| last.basis.as_ref() != Some(&basis) && began >= last.rests_until);
    if basis.n == 0 || !is_wanted || !is_due {
        return false;
    }
    let basis = match stored::wave_from(survey, (store, kept), basis.n) {
        Ok(wave) => {
            let areas = &(source.catalogue)().areas;
            let found = with_priority(Priority::Background, || {
                quality_findings(survey, areas, &wave)
            });
            provisional.replace_findings(&survey.id, found);
            Some(basis)
        }
        Err(error) => {
            tracing::debug!(survey = survey.id, %error, "no rule was applied");
            None
        }
    };
    done.assessed = Some(Pass::ended(basis, began, REST_OF_RULES));
    true
}

/// Compares the kept columns of a large survey with the database, and that with the log, once a day.
fn compare(source: &Source, survey: &Survey, done: &mut Done) -> bool {
    let Source {
        store,
        kept,
        provisional,
        ..
    } = source;
    let is_large = store.count(&survey.id).is_ok_and(|n| kept.is_large(n));
    let is_due = match done.compared {
        Some(last) => last.elapsed() > DAY,
        None => done.since.elapsed() > FIRST_COMPARISON,
    };
    if !is_large || !is_due {
        return false;
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
                provisional.set_stale(&survey.id);
                done.counted = None;
                done.assessed = None;
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
    true
}
