//! The rows and the steps of the survey whose weights somebody looked at last. They are kept for a
//! while, so that another choice is tried at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::release::dataset::Dataset;
use crate::release::stored::Extent;
use crate::release::weighting::steps::WeightingSteps;
use crate::store::Held;
use crate::survey::Survey;

/// How long they are kept after their last use.
const KEPT: Duration = Duration::from_secs(600);

/// What was made of the responses of one survey by its plan.
#[derive(Clone)]
pub struct PlanWeighting {
    /// The rows.
    pub dataset: Arc<Dataset>,
    /// The steps of the plan.
    pub steps: Arc<WeightingSteps>,
}

/// What the rows and steps rest on: the survey, its questionnaire, its plan files, the number of
/// responses, and those that are held.
type Basis = (String, String, String, u64, Held);

/// Keeps one [`PlanWeighting`].
pub struct LastWeighting {
    /// A permit for whoever computes: one at a time.
    pub permits: Arc<Semaphore>,
    last: Mutex<Option<(Basis, PlanWeighting, Instant)>>,
}

impl Default for LastWeighting {
    fn default() -> LastWeighting {
        LastWeighting {
            permits: Arc::new(Semaphore::new(1)),
            last: Mutex::new(None),
        }
    }
}

impl LastWeighting {
    /// What is kept of the responses of `survey` in `extent`.
    pub fn get(&self, survey: &Survey, extent: &Extent) -> Option<PlanWeighting> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let (basis, kept, used) = last.as_mut()?;
        if *basis != basis_of(survey, extent) {
            return None;
        }
        *used = Instant::now();
        Some(kept.clone())
    }

    /// Keeps this in place of what was kept before.
    pub fn keep(&self, survey: &Survey, extent: &Extent, weighting: PlanWeighting) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some((basis_of(survey, extent), weighting, Instant::now()));
    }

    /// Frees the memory of what was not used for ten minutes.
    pub fn remove_idle(&self) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.take_if(|(_, _, used)| used.elapsed() > KEPT);
    }
}

fn basis_of(survey: &Survey, extent: &Extent) -> Basis {
    (
        survey.id.clone(),
        survey.questionnaire_hash.clone(),
        survey.plan_files.hash(),
        extent.limit,
        extent.held.clone(),
    )
}
