//! The figures of a survey from its stored responses.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::estimation;
use crate::release::compute::{self, ComputeError};
use crate::release::dataset::{Builder, Dataset};
use crate::release::figures::Figures;
use crate::release::history;
use crate::release::row::DatasetError;
use crate::release::versions::StoredVersions;
use crate::store::{Store, StoreError};
use crate::survey::plan::Plan;
use crate::survey::{Catalogue, Survey};

/// Why there are no figures.
#[derive(Debug)]
pub enum NoFigures {
    /// The database could not be read.
    Store(StoreError),
    /// The responses could not be made into columns.
    Dataset(DatasetError),
    /// The figures could not be computed.
    Compute(ComputeError),
    /// The PSUs of earlier responses are still in `channel`.
    PsuInChannel,
    /// The plan, or a file that it takes figures from, is not the one that was fixed.
    OtherPlan,
}

impl std::fmt::Display for NoFigures {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            NoFigures::Store(error) => write!(f, "{error}"),
            NoFigures::Dataset(error) => write!(f, "{error}"),
            NoFigures::Compute(error) => write!(f, "{error}"),
            NoFigures::OtherPlan => f.write_str(
                "plan.toml, population.csv or frame.csv is not the one that was fixed before the \
                 responses came in; restore the old file, or take the new one into use with `minyi \
                 amend SURVEY --reason TEXT`",
            ),
            NoFigures::PsuInChannel => f.write_str(
                "an earlier version stored the PSUs of this survey as channels; start `minyi serve` \
                 once, which moves them",
            ),
        }
    }
}

impl NoFigures {
    /// Whether more responses can help.
    #[must_use]
    pub fn is_for_few_responses(&self) -> bool {
        use estimation::Code;
        match self {
            NoFigures::Compute(ComputeError::NoResponses) => true,
            NoFigures::Compute(ComputeError::Estimation(error)) => [
                Code::EmptyDomain,
                Code::DfZero,
                Code::MarginCategoryEmpty,
                Code::RakingNotConverged,
                Code::CalibrationInfeasible,
                Code::LonelyPsu,
            ]
            .iter()
            .any(|code| code.as_str() == error.code()),
            _ => false,
        }
    }
}

impl std::error::Error for NoFigures {}

impl From<StoreError> for NoFigures {
    fn from(error: StoreError) -> NoFigures {
        NoFigures::Store(error)
    }
}

/// The figures of a survey from its first `limit` stored responses (all if there are fewer), in leaf
/// order; `previous` holds the figures of earlier waves by survey.
///
/// # Errors
/// See [`NoFigures`].
pub fn figures(
    catalogue: &Catalogue,
    survey: &Survey,
    store: &Store,
    limit: u64,
    previous: &BTreeMap<String, Arc<Figures>>,
) -> Result<Figures, NoFigures> {
    let plan = survey
        .plan
        .as_ref()
        .ok_or(NoFigures::Compute(ComputeError::NoPlan))?;
    let plans = store.plan_versions(&survey.id)?;
    let fixed = plans.last().map(|fixed| fixed.hash.as_str());
    if fixed.is_some_and(|fixed| fixed != survey.plan_files.hash()) {
        return Err(NoFigures::OtherPlan);
    }
    let mut dataset = dataset(catalogue, survey, plan, store, limit)?;
    dataset.blocks = store.block_shares(&survey.id)?;
    let figures = compute::figures(catalogue, survey, &dataset, previous);
    let versions = StoredVersions::read(store, &survey.id, &catalogue.areas)?;
    Ok(Figures {
        wordings: history::wordings(&dataset.n_by_version, &versions),
        earlier_plans: history::earlier_plans(&plans),
        ..figures.map_err(NoFigures::Compute)?
    })
}

/// The first `limit` stored responses of a survey as columns, in leaf order.
pub fn dataset(
    catalogue: &Catalogue,
    survey: &Survey,
    plan: &Plan,
    store: &Store,
    limit: u64,
) -> Result<Dataset, NoFigures> {
    let counted = store.count(&survey.id)?.min(limit);
    if counted > 0 && plan.design.psu.is_some() && store.has_psu_in_channel(&survey.id)? {
        return Err(NoFigures::PsuInChannel);
    }
    let builder = Builder::new(survey, plan, &catalogue.areas, counted);
    let mut builder = builder.map_err(NoFigures::Dataset)?;
    let mut left = usize::try_from(counted).unwrap_or(usize::MAX);
    // Reads all of them: only all can be compared with their count.
    store.each_verified_page(&survey.id, &mut |page| {
        for response in page.iter().take(left) {
            builder.push(response).map_err(NoFigures::Dataset)?;
        }
        left = left.saturating_sub(page.len());
        Ok::<(), NoFigures>(())
    })?;
    builder.finish().map_err(NoFigures::Dataset)
}
