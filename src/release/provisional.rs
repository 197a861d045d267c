//! The figures of every survey as they are now, for the office. Nothing of them is public.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::Instant;

use jiff::civil::Date;

use crate::questionnaire::Areas;
use crate::release::fieldwork_counts::FieldworkCounts;
use crate::release::fieldwork_report::{FieldworkReport, fieldwork_report};
use crate::release::figures::Figures;
use crate::release::quality_findings::QualityFindings;
use crate::survey::{Catalogue, Survey};

/// The figures of every survey.
pub struct Provisional {
    surveys: RwLock<BTreeMap<String, Arc<State>>>,
}

#[derive(Default)]
struct State {
    /// The latest figures.
    provisional: RwLock<Option<Arc<Figures>>>,
    /// Whether the responses that were stored before the start have been looked at.
    examined: AtomicBool,
    /// Whether the last attempt to compute figures failed for another reason than few responses.
    failed: AtomicBool,
    /// Whether the plan is not the one that was fixed.
    other_plan: AtomicBool,
    /// Whether stored responses are not those of the log.
    altered: AtomicBool,
    /// Whether the figures rest on columns that were not those of the database.
    stale: AtomicBool,
    /// How often that was found.
    n_stale: AtomicU64,
    /// What fieldwork has brought.
    fieldwork: RwLock<Option<Arc<FieldworkCounts>>>,
    /// What the rules of quality found.
    findings: RwLock<Option<Arc<QualityFindings>>>,
    /// The last report on fieldwork.
    report: RwLock<Option<LastReport>>,
    /// When somebody last looked at the pages of fieldwork and of quality.
    looked_at: Looked,
}

/// When somebody last looked at a page.
#[derive(Default)]
struct Looked {
    fieldwork: RwLock<Option<Instant>>,
    quality: RwLock<Option<Instant>>,
}

/// A report on fieldwork, with what it rests on.
#[derive(Clone)]
struct LastReport {
    today: Date,
    counts: Arc<FieldworkCounts>,
    figures: Option<Arc<Figures>>,
    /// See [`identity`].
    survey: [String; 3],
    report: Arc<FieldworkReport>,
}

impl Provisional {
    /// No figures yet, for every survey of `catalogue`.
    pub fn new(catalogue: &Catalogue) -> Provisional {
        let provisional_figures = Provisional {
            surveys: RwLock::default(),
        };
        provisional_figures.add(catalogue);
        provisional_figures
    }

    /// Adds the surveys of `catalogue` that it does not have yet, without figures.
    pub fn add(&self, catalogue: &Catalogue) {
        let mut surveys = self.surveys.write().unwrap_or_else(PoisonError::into_inner);
        for id in catalogue.surveys.keys() {
            surveys.entry(id.clone()).or_default();
        }
    }

    fn state(&self, survey: &str) -> Option<Arc<State>> {
        let surveys = self.surveys.read().unwrap_or_else(PoisonError::into_inner);
        surveys.get(survey).map(Arc::clone)
    }

    fn ids(&self) -> Vec<String> {
        let surveys = self.surveys.read().unwrap_or_else(PoisonError::into_inner);
        surveys.keys().cloned().collect()
    }

    /// The latest figures of a survey, for the office; `None` also while the plan is not the one that
    /// was fixed, and if stored responses are not those of the log.
    pub fn figures(&self, survey: &str) -> Option<Arc<Figures>> {
        let state = self.state(survey)?;
        let is_other =
            state.other_plan.load(Ordering::Acquire) || state.altered.load(Ordering::Acquire);
        let figures = state.provisional.read().ok()?.clone();
        figures.filter(|_| !is_other)
    }

    /// The latest figures of all surveys that have some.
    pub fn all(&self) -> BTreeMap<String, Arc<Figures>> {
        let ids = self.ids().into_iter();
        ids.filter_map(|id| {
            let figures = self.state(&id)?.provisional.read().ok()?.clone()?;
            Some((id, figures))
        })
        .collect()
    }

    /// Whether figures are still to be computed from responses that were stored before the start.
    pub fn is_computing(&self, survey: &str) -> bool {
        self.state(survey).is_some_and(|state| {
            !state.examined.load(Ordering::Acquire)
                && state
                    .provisional
                    .read()
                    .is_ok_and(|figures| figures.is_none())
        })
    }

    /// Whether figures cannot be computed, for another reason than few responses: the plan or the
    /// database is at fault, never the respondents.
    pub fn is_failed(&self, survey: &str) -> bool {
        let state = self.state(survey);
        state.is_some_and(|state| {
            state.failed.load(Ordering::Acquire) || state.altered.load(Ordering::Acquire)
        })
    }

    /// Records whether stored responses are not those of the log.
    pub(super) fn set_altered(&self, survey: &str, altered: bool) {
        if let Some(state) = self.state(survey) {
            state.altered.store(altered, Ordering::Release);
        }
    }

    /// Records that figures and counts rest on columns that were not those of the database. The counts are
    /// removed.
    pub(super) fn set_stale(&self, survey: &str) {
        if let Some(state) = self.state(survey) {
            state.stale.store(true, Ordering::Release);
            state.n_stale.fetch_add(1, Ordering::AcqRel);
            if let Ok(mut fieldwork) = state.fieldwork.write() {
                *fieldwork = None;
            }
            if let Ok(mut report) = state.report.write() {
                *report = None;
            }
        }
    }

    /// How often kept columns of a survey were not those of the database. What was made of them before is
    /// not used any more.
    pub fn n_stale(&self, survey: &str) -> u64 {
        let state = self.state(survey);
        state.map_or(0, |state| state.n_stale.load(Ordering::Acquire))
    }

    /// Whether the figures have to be computed again although nothing new came; says so once.
    pub(super) fn take_stale(&self, survey: &str) -> bool {
        let state = self.state(survey);
        state.is_some_and(|state| state.stale.swap(false, Ordering::AcqRel))
    }

    /// What fieldwork has brought, for somebody who looks at it: then it is counted often. `None` before
    /// the responses were looked at.
    pub fn fieldwork(&self, survey: &str) -> Option<Arc<FieldworkCounts>> {
        note(&self.state(survey)?.looked_at.fieldwork);
        self.counted(survey)
    }

    /// What fieldwork has brought; `None` before the responses were looked at.
    pub(super) fn counted(&self, survey: &str) -> Option<Arc<FieldworkCounts>> {
        self.state(survey)?.fieldwork.read().ok()?.clone()
    }

    /// What the rules of quality found; `None` before they were applied. Asks for them to be applied
    /// again if there are new responses.
    pub fn findings(&self, survey: &str) -> Option<Arc<QualityFindings>> {
        let state = self.state(survey)?;
        note(&state.looked_at.quality);
        state.findings.read().ok()?.clone()
    }

    /// How many findings of quality propose to hold responses that are not held; `None` before the rules
    /// were applied and responses counted.
    pub fn proposals(&self, survey: &str) -> Option<usize> {
        let held = &self.counted(survey)?.held;
        let found = self.state(survey)?.findings.read().ok()?.clone()?;
        let is_free = |row: &u32| {
            found
                .leaves
                .get(row)
                .is_some_and(|leaf| !held.contains(*leaf))
        };
        let proposed = found.findings.iter().filter(|own| own.is_proposed);
        Some(proposed.filter(|own| own.rows.iter().any(is_free)).count())
    }

    /// When somebody last looked at fieldwork and at quality.
    pub(super) fn looked_at(&self, survey: &str) -> (Option<Instant>, Option<Instant>) {
        let state = self.state(survey);
        let read = |when: &RwLock<Option<Instant>>| when.read().ok().and_then(|when| *when);
        state.map_or((None, None), |state| {
            let own = &state.looked_at;
            (read(&own.fieldwork), read(&own.quality))
        })
    }

    /// Replaces what the rules of quality found.
    pub(super) fn replace_findings(&self, survey: &str, found: QualityFindings) {
        if let Some(state) = self.state(survey)
            && let Ok(mut findings) = state.findings.write()
        {
            *findings = Some(Arc::new(found));
        }
    }

    /// How fieldwork of `survey` goes on the day `today`, with what was counted; `None` before the
    /// responses were looked at. The last report is given: a forecast takes tens of milliseconds, so
    /// [`renew_report`](Provisional::renew_report) makes a new one when something came.
    pub fn fieldwork_report(
        &self,
        (survey, areas): (&Survey, &Areas),
        today: Date,
    ) -> Option<(Arc<FieldworkCounts>, Arc<FieldworkReport>)> {
        let counts = self.fieldwork(&survey.id)?;
        let state = self.state(&survey.id)?;
        let last = state.report.read().ok()?.clone();
        let is_own = |last: &LastReport| last.today == today && last.survey == identity(survey);
        if let Some(last) = last.filter(is_own) {
            return Some((last.counts, last.report));
        }
        let report = self.new_report(&state, (survey, areas), (&counts, today));
        Some((counts, report))
    }

    /// Makes the report on fieldwork again, if what it rests on has changed since somebody looked at it.
    pub(super) fn renew_report(&self, survey: &Survey, areas: &Areas) {
        let (Some(state), Some(counts)) = (self.state(&survey.id), self.counted(&survey.id)) else {
            return;
        };
        let last = state.report.read().ok().and_then(|last| last.clone());
        let Some(last) = last else { return };
        let figures = self.figures(&survey.id);
        let figures_of = |figures: &Option<Arc<Figures>>| figures.as_ref().map(Arc::as_ptr);
        let is_same = Arc::ptr_eq(&last.counts, &counts)
            && figures_of(&last.figures) == figures_of(&figures)
            && last.survey == identity(survey);
        if !is_same {
            self.new_report(&state, (survey, areas), (&counts, last.today));
        }
    }

    fn new_report(
        &self,
        state: &State,
        (survey, areas): (&Survey, &Areas),
        (counts, today): (&Arc<FieldworkCounts>, Date),
    ) -> Arc<FieldworkReport> {
        let figures = self.figures(&survey.id);
        let report = fieldwork_report(
            (survey, areas),
            counts,
            figures.as_deref(),
            &counts.cases,
            today,
        );
        let report = Arc::new(report);
        if let Ok(mut last) = state.report.write() {
            *last = Some(LastReport {
                today,
                counts: Arc::clone(counts),
                figures,
                survey: identity(survey),
                report: Arc::clone(&report),
            });
        }
        report
    }

    /// Replaces what fieldwork has brought.
    pub(super) fn replace_fieldwork(&self, survey: &str, counts: FieldworkCounts) {
        if let Some(state) = self.state(survey)
            && let Ok(mut fieldwork) = state.fieldwork.write()
        {
            *fieldwork = Some(Arc::new(counts));
        }
    }

    /// Whether there are no figures because the plan is not the one that was fixed.
    pub fn has_other_plan(&self, survey: &str) -> bool {
        let state = self.state(survey);
        state.is_some_and(|state| state.other_plan.load(Ordering::Acquire))
    }

    /// Records whether the plan is not the one that was fixed.
    pub(super) fn set_other_plan(&self, survey: &str, other: bool) {
        if let Some(state) = self.state(survey) {
            state.other_plan.store(other, Ordering::Release);
        }
    }

    /// Records whether the last attempt failed for another reason than few responses.
    pub(super) fn set_failed(&self, survey: &str, failed: bool) {
        if let Some(state) = self.state(survey) {
            state.failed.store(failed, Ordering::Release);
        }
    }

    /// Records that the responses so far were looked at, whether or not figures came of them.
    pub(super) fn set_examined(&self, survey: &str) {
        if let Some(state) = self.state(survey) {
            state.examined.store(true, Ordering::Release);
        }
    }

    /// Replaces the provisional figures of a survey.
    pub(super) fn replace(&self, survey: &str, figures: Figures) {
        if let Some(state) = self.state(survey)
            && let Ok(mut provisional) = state.provisional.write()
        {
            *provisional = Some(Arc::new(figures));
        }
    }
}

/// The days of fieldwork and the plan.
fn identity(survey: &Survey) -> [String; 3] {
    let questionnaire = &survey.questionnaire;
    let own = [
        &questionnaire.opens,
        &questionnaire.closes,
        &survey.plan_hash,
    ];
    own.map(Clone::clone)
}

fn note(when: &RwLock<Option<Instant>>) {
    if let Ok(mut when) = when.write() {
        *when = Some(Instant::now());
    }
}
