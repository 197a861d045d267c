//! Which figures there are, and which of them the public may see.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

use crate::release::figures::Figures;
use crate::survey::Catalogue;

/// Figures that the public may see. Handlers and pages of the public take nothing else.
#[derive(Debug, Clone)]
pub struct Published(Arc<Figures>);

impl Published {
    /// The figures.
    pub fn figures(&self) -> &Figures {
        &self.0
    }

    /// Whether both are the same publication, so that what was made from one serves for the other.
    pub fn is(&self, other: &Published) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

/// The figures of every survey.
pub struct Publication {
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
}

impl Publication {
    /// No figures yet, for every survey of `catalogue`.
    pub fn new(catalogue: &Catalogue) -> Publication {
        let publication = Publication {
            surveys: RwLock::default(),
        };
        publication.add(catalogue);
        publication
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

    /// The figures of a survey as the public may see them. Until releases are approved by people,
    /// the provisional figures are published by themselves.
    pub fn published(&self, survey: &str) -> Option<Published> {
        let state = self.state(survey)?;
        let provisional = self.provisional(survey)?;
        (!state.other_plan.load(Ordering::Acquire)).then_some(Published(provisional))
    }

    /// Everything that is published, in falling order of the surveys' ids.
    pub fn all_published(&self) -> Vec<Published> {
        let ids = self.ids().into_iter().rev();
        ids.filter_map(|id| self.published(&id)).collect()
    }

    /// The latest figures of a survey, for the office and for later waves.
    pub fn provisional(&self, survey: &str) -> Option<Arc<Figures>> {
        self.state(survey)?.provisional.read().ok()?.clone()
    }

    /// The latest figures of all surveys that have some.
    pub fn all_provisional(&self) -> BTreeMap<String, Arc<Figures>> {
        let ids = self.ids().into_iter();
        ids.filter_map(|id| {
            let figures = self.provisional(&id)?;
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

    /// Whether this is so for any survey.
    pub fn is_computing_any(&self) -> bool {
        self.ids().iter().any(|id| self.is_computing(id))
    }

    /// Whether figures cannot be computed, for another reason than few responses: the plan or the
    /// database is at fault, never the respondents.
    pub fn is_failed(&self, survey: &str) -> bool {
        let state = self.state(survey);
        state.is_some_and(|state| state.failed.load(Ordering::Acquire))
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
