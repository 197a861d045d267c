//! The rows and the steps of the survey whose weights somebody looked at last. They are kept for a
//! while, so that another choice is tried at once.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use crate::pages::results::Absence;
use crate::release::dataset::Dataset;
use crate::release::stored::Extent;
use crate::release::weighting::steps::WeightingSteps;
use crate::store::Held;
use crate::survey::Survey;

/// How long they are kept after their last use.
const KEPT: Duration = Duration::from_secs(600);

/// While responses come in, they are made again after this time at the earliest.
const RENEWED: Duration = Duration::from_secs(60);

/// What was made of the responses of one survey by its plan.
#[derive(Clone)]
pub struct PlanWeighting {
    /// The responses.
    pub extent: Extent,
    /// The rows.
    pub dataset: Arc<Dataset>,
    /// The steps of the plan.
    pub steps: Arc<WeightingSteps>,
}

/// What the rows and steps rest on beside the number of responses: the survey, its questionnaire, its
/// plan files, how often its kept columns were thrown away, and the responses that are held.
type Basis = (String, String, String, u64, Held);

struct Last {
    basis: Basis,
    /// How many responses it rests on.
    n: u64,
    /// Or why there are no weights.
    weighting: Result<PlanWeighting, Absence>,
    made: Instant,
    used: Instant,
}

/// Keeps one [`PlanWeighting`].
pub struct LastWeighting {
    /// A permit for whoever tries a choice: one at a time.
    pub permits: Arc<Semaphore>,
    /// A permit for the thread that makes the weights of a large survey: one at a time.
    pub renewals: Arc<Semaphore>,
    last: Mutex<Option<Last>>,
}

impl Default for LastWeighting {
    fn default() -> LastWeighting {
        LastWeighting {
            permits: Arc::new(Semaphore::new(1)),
            renewals: Arc::new(Semaphore::new(1)),
            last: Mutex::new(None),
        }
    }
}

impl LastWeighting {
    /// What is kept of the responses of `survey` in `extent`, and whether it is up to date. It may rest
    /// on fewer responses; what is not up to date is a minute old at least.
    pub fn get(
        &self,
        survey: &Survey,
        (extent, columns): (&Extent, u64),
    ) -> Option<(Result<PlanWeighting, Absence>, bool)> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let last = last.as_mut()?;
        if last.basis != basis_of(survey, extent, columns) {
            return None;
        }
        last.used = Instant::now();
        let is_whole = last.n == extent.limit && last.weighting.is_ok();
        let is_current = is_whole || last.made.elapsed() < RENEWED;
        Some((last.weighting.clone(), is_current))
    }

    /// Keeps this in place of what was kept before.
    pub fn keep(
        &self,
        survey: &Survey,
        (extent, columns): (&Extent, u64),
        weighting: Result<PlanWeighting, Absence>,
    ) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        *last = Some(Last {
            basis: basis_of(survey, extent, columns),
            n: extent.limit,
            weighting,
            made: Instant::now(),
            used: Instant::now(),
        });
    }

    /// Frees the memory of what was not used for ten minutes.
    pub fn remove_idle(&self) {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        last.take_if(|last| last.used.elapsed() > KEPT);
    }
}

fn basis_of(survey: &Survey, extent: &Extent, columns: u64) -> Basis {
    (
        survey.id.clone(),
        survey.questionnaire_hash.clone(),
        survey.plan_files.hash(),
        columns,
        extent.held.clone(),
    )
}
