//! What an amendment changes: the wording of a questionnaire, or the plan, while responses are stored.

use std::collections::BTreeMap;

use crate::release::agreement::{self, Disagreement, OtherPlan, changes, questionnaire_of};
use crate::release::headlines::headlines;
use crate::release::history::Headlines;
use crate::release::refresh::whole_batches;
use crate::release::stored::{self, Extent, NoFigures};
use crate::store::{Amendment, PlanChange, Store, StoreError};
use crate::survey::{Catalogue, PlanFiles, Survey};

/// A change that can be taken into use.
#[derive(Debug)]
pub struct Proposal {
    /// The new wording.
    pub wording: Option<Disagreement>,
    /// The new plan.
    pub plan: Option<NewPlan>,
    survey: String,
    /// Hash and source of the new questionnaire.
    questionnaire: Option<(String, String)>,
}

/// A new plan.
#[derive(Debug)]
pub struct NewPlan {
    /// The headline figures under the plan before, or why it gives none.
    pub before: Result<Headlines, String>,
    change: PlanChange,
}

/// Why nothing can be amended.
#[derive(Debug)]
pub enum Refused {
    /// There is no such survey.
    NoSurvey,
    /// More than the wording changed.
    NotWording(Box<Disagreement>),
    /// The files are those in use, or the survey has no responses yet and may change freely.
    Nothing,
    /// The survey has no plan any more.
    NoPlan,
    /// The database cannot be read.
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Refused {
        Refused::Store(error)
    }
}

impl Proposal {
    /// What differs between the folder of `survey` and what is in use. The headline figures under a
    /// plan before rest on whole batches of `batch` responses, as the published figures do.
    ///
    /// # Errors
    /// [`Refused`].
    pub fn of(
        catalogue: &mut Catalogue,
        store: &Store,
        survey: &str,
        batch: u64,
    ) -> Result<Proposal, Refused> {
        let mut changed = agreement::settle(store, catalogue)?;
        changed.retain(|changed| changed.survey == survey);
        let mut plans = agreement::other_plans(store, catalogue)?;
        plans.retain(|plan| plan.survey == survey);
        let survey = catalogue.surveys.get(survey).ok_or(Refused::NoSurvey)?;
        let (wording, plan) = (changed.pop(), plans.pop());
        if let Some(changed) = wording.as_ref().filter(|changed| !changed.is_wording()) {
            return Err(Refused::NotWording(Box::new(changed.clone())));
        }
        if wording.is_none() && plan.is_none() {
            return Err(Refused::Nothing);
        }
        if plan.is_some() && survey.plan.is_none() {
            return Err(Refused::NoPlan);
        }
        let change = Change {
            catalogue,
            store,
            survey,
            batch,
        };
        Ok(Proposal {
            questionnaire: match &wording {
                Some(_) => Some(change.version()?),
                None => None,
            },
            plan: plan.map(|plan| change.plan(&plan)).transpose()?,
            survey: survey.id.clone(),
            wording,
        })
    }

    /// The amendment to store. `since` is in microseconds UTC.
    #[must_use]
    pub fn amendment(&self, reason: &str, since: i64) -> Amendment {
        Amendment {
            survey: self.survey.clone(),
            reason: reason.to_owned(),
            since,
            questionnaire: self.questionnaire.clone(),
            plan: self.plan.as_ref().map(|plan| plan.change.clone()),
        }
    }
}

/// The change of one survey.
struct Change<'a> {
    catalogue: &'a Catalogue,
    store: &'a Store,
    survey: &'a Survey,
    batch: u64,
}

impl Change<'_> {
    /// Hash and source of the new wording. A wording that was in use before has the hash under which
    /// it is stored.
    fn version(&self) -> Result<(String, String), StoreError> {
        let (survey, areas) = (self.survey, &self.catalogue.areas);
        let versions = self.store.versions(&survey.id)?;
        let earlier = versions.iter().rev().find(|version| {
            questionnaire_of(version, areas)
                .is_some_and(|own| changes(&own, &survey.questionnaire).is_empty())
        });
        let hash = earlier.map_or(&survey.questionnaire_hash, |version| &version.hash);
        Ok((hash.clone(), survey.questionnaire_source.clone()))
    }

    fn plan(&self, other: &OtherPlan) -> Result<NewPlan, StoreError> {
        let before = self.headlines_before(other)?;
        let files = &self.survey.plan_files;
        let figures = before
            .as_ref()
            .map_or_else(|_| String::new(), Headlines::to_json);
        Ok(NewPlan {
            change: PlanChange {
                hash: files.hash(),
                source: files.to_json(),
                figures,
            },
            before,
        })
    }

    /// The headline figures under the plan before, or why it gives none.
    fn headlines_before(&self, other: &OtherPlan) -> Result<Result<Headlines, String>, StoreError> {
        let whole = whole_batches(other.n, self.batch);
        if whole == 0 {
            return Ok(Err("too few responses".to_owned()));
        }
        let Some(files) = PlanFiles::from_json(&other.fixed.source) else {
            return Ok(Err("it cannot be read".to_owned()));
        };
        let before = match self.survey.with_plan_files(&files, &self.catalogue.areas) {
            Ok(before) => before,
            Err(mistakes) => return Ok(Err(mistakes.join("; "))),
        };
        let (catalogue, store) = (self.catalogue, self.store);
        let extent = Extent::now(store, &before, whole)?;
        match stored::figures(catalogue, &before, store, extent, &BTreeMap::new()) {
            Ok(figures) => Ok(Ok(headlines(&figures))),
            Err(NoFigures::Store(error)) => Err(error),
            Err(error) => Ok(Err(error.to_string())),
        }
    }
}
