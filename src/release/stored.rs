//! The figures of a survey from its stored responses.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::collection::flag;
use crate::estimation;
use crate::questionnaire::Areas;
use crate::release::compute::{self, ComputeError};
use crate::release::dataset::{Builder, Dataset};
use crate::release::figures::Figures;
use crate::release::history;
use crate::release::interviews::{Interviews, interviews};
use crate::release::kept::{Basis, BasisBuilder, KeptColumns, NO_DURATION, ReadError, WaveColumns};
use crate::release::row::{DatasetError, Reader};
use crate::release::versions::StoredVersions;
use crate::store::{Held, Store, StoreError};
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

impl From<ReadError> for NoFigures {
    fn from(error: ReadError) -> NoFigures {
        match error {
            ReadError::Store(error) => NoFigures::Store(error),
            ReadError::Dataset(error) => NoFigures::Dataset(error),
        }
    }
}

impl From<StoreError> for NoFigures {
    fn from(error: StoreError) -> NoFigures {
        NoFigures::Store(error)
    }
}

/// Which of the stored responses of a survey figures rest on.
#[derive(Debug, Clone)]
pub struct Extent {
    /// The first ones so many in leaf order; all if there are fewer.
    pub limit: u64,
    /// Without these.
    pub held: Held,
    /// How many leaves the log had; `None` for all.
    pub log_size: Option<u64>,
}

impl Extent {
    /// The first `limit` responses without those that are held now.
    ///
    /// # Errors
    /// As [`Store::held`].
    pub fn now(store: &Store, survey: &Survey, limit: u64) -> Result<Extent, StoreError> {
        Extent::at(store, survey, limit, None)
    }

    /// The first `limit` responses without those that were held when the log had `log_size` leaves.
    ///
    /// # Errors
    /// As [`Store::held`].
    pub fn at(
        store: &Store,
        survey: &Survey,
        limit: u64,
        log_size: Option<u64>,
    ) -> Result<Extent, StoreError> {
        let held = store.held(&survey.id, log_size)?;
        Ok(Extent {
            limit,
            held,
            log_size,
        })
    }
}

/// The figures of a survey from the responses of `extent`; `previous` holds the figures of earlier waves by
/// survey. Every response is read from the database and compared with its leaf.
///
/// # Errors
/// See [`NoFigures`].
pub fn figures(
    catalogue: &Catalogue,
    survey: &Survey,
    store: &Store,
    extent: Extent,
    previous: &BTreeMap<String, Arc<Figures>>,
) -> Result<Figures, NoFigures> {
    let wave = wave_from(survey, (store, &KeptColumns::nowhere()), extent.limit)?;
    figures_of(catalogue, survey, store, (wave, extent), previous)
}

/// The first `limit` stored responses of a wave, from the columns that are kept beside the database
/// where they are.
///
/// # Errors
/// See [`NoFigures`]; also if the plan is not the one that was fixed.
pub fn wave_from(
    survey: &Survey,
    (store, kept): (&Store, &KeptColumns),
    limit: u64,
) -> Result<WaveColumns, NoFigures> {
    let plan = plan_of(survey, store)?;
    let counted = countable(survey, plan, store, limit)?;
    Ok(kept.wave(survey, store, counted)?)
}

/// The figures of the responses in `wave`, without those that its extent leaves out; `previous` as in
/// [`figures`].
///
/// # Errors
/// See [`NoFigures`].
pub fn figures_of(
    catalogue: &Catalogue,
    survey: &Survey,
    store: &Store,
    (wave, extent): (WaveColumns, Extent),
    previous: &BTreeMap<String, Arc<Figures>>,
) -> Result<Figures, NoFigures> {
    let plan = plan_of(survey, store)?;
    let rows = u64::try_from(wave.len()).unwrap_or(u64::MAX);
    let builder = Builder::new(survey, plan, &catalogue.areas, rows);
    let builder = builder.map_err(NoFigures::Dataset)?.with_wave(wave);
    let dataset = builder.without(extent.held).finish();
    let dataset = (dataset.map_err(NoFigures::Dataset)?, extent.log_size);
    let weighted = weighted(catalogue, survey, store, dataset, previous)?;
    Ok(weighted.figures)
}

/// What the figures of an extent rest on, beside the responses themselves: the
/// database is told by its first leaf, since its log only grows.
///
/// # Errors
/// When the database cannot be read.
pub fn basis(
    catalogue: &Catalogue,
    survey: &Survey,
    store: &Store,
    extent: &Extent,
    previous: &BTreeMap<String, Arc<Figures>>,
) -> Result<Basis, StoreError> {
    let mut basis = BasisBuilder::default();
    let questionnaire = &survey.questionnaire;
    basis.add(&(&survey.id, extent, store.leaves(0, 1)?));
    basis.add(&(&catalogue.areas, &catalogue.plan_indicators));
    basis.add(&(&survey.questionnaire_source, &survey.questionnaire_hash));
    basis.add(&(
        &questionnaire.opens,
        &questionnaire.closes,
        &questionnaire.approval_number,
    ));
    basis.add(&survey.plan_files);
    basis.add(&(
        store.versions(&survey.id)?,
        store.plan_versions(&survey.id)?,
    ));
    basis.add(&store.block_shares(&survey.id)?);
    basis.add(&store.invitations_issued(&survey.id, extent.log_size)?);
    let plan = survey.plan.iter().flat_map(|plan| &plan.indicators);
    let compared_with: BTreeSet<&String> = plan.filter_map(|own| own.previous.as_ref()).collect();
    for wave in compared_with {
        // As JSON: figures that were read from a file are the same as those that were computed.
        let figures = previous.get(wave).map(serde_json::to_string);
        basis.add(&(wave, figures.and_then(Result::ok)));
    }
    Ok(basis.finish())
}

/// Figures with the responses that they rest on.
#[derive(Debug)]
pub struct Snapshot {
    /// The figures.
    pub figures: Figures,
    /// The responses, with the [answers](crate::release::columns::answer) to all questions but texts.
    pub dataset: Dataset,
    /// The final weight of each row; 0 for a row that the figures do not rest on.
    pub weights: Vec<f64>,
}

/// The figures of a survey from the responses of `extent`, with these responses; `previous` as in
/// [`figures`].
///
/// # Errors
/// See [`NoFigures`].
pub fn snapshot(
    catalogue: &Catalogue,
    survey: &Survey,
    store: &Store,
    extent: Extent,
    previous: &BTreeMap<String, Arc<Figures>>,
) -> Result<Snapshot, NoFigures> {
    let plan = plan_of(survey, store)?;
    let log_size = extent.log_size;
    let (builder, counted) = builder(catalogue, survey, plan, store, extent)?;
    let dataset = filled(builder.with_answers(), counted, survey, store)?;
    weighted(catalogue, survey, store, (dataset, log_size), previous)
}

/// The figures of all waves that `survey` is compared with, and of those that they are compared with,
/// as far as they have any.
#[must_use]
pub fn figures_before(
    catalogue: &Catalogue,
    survey: &Survey,
    store: &Store,
) -> BTreeMap<String, Arc<Figures>> {
    let compared_with = |id: &str| -> BTreeSet<String> {
        let plan = catalogue.surveys.get(id).and_then(|own| own.plan.as_ref());
        let indicators = plan.into_iter().flat_map(|plan| &plan.indicators);
        indicators.filter_map(|own| own.previous.clone()).collect()
    };
    let mut all: BTreeSet<String> = BTreeSet::new();
    let mut open = compared_with(&survey.id);
    while let Some(id) = open.pop_first() {
        if id != survey.id && all.insert(id.clone()) {
            open.extend(compared_with(&id));
        }
    }
    // In order of id: a wave comes after the wave that it is compared with.
    let mut before = BTreeMap::new();
    for wave in all.iter().filter_map(|id| catalogue.surveys.get(id)) {
        let Ok(extent) = Extent::now(store, wave, u64::MAX) else {
            continue;
        };
        if let Ok(figures) = figures(catalogue, wave, store, extent, &before) {
            before.insert(wave.id.clone(), Arc::new(figures));
        }
    }
    before
}

/// The plan of a survey, if it is the one that was fixed.
fn plan_of<'a>(survey: &'a Survey, store: &Store) -> Result<&'a Plan, NoFigures> {
    let plan = survey.plan.as_ref();
    let plan = plan.ok_or(NoFigures::Compute(ComputeError::NoPlan))?;
    let plans = store.plan_versions(&survey.id)?;
    let fixed = plans.last().map(|fixed| fixed.hash.as_str());
    match fixed.is_some_and(|fixed| fixed != survey.plan_files.hash()) {
        true => Err(NoFigures::OtherPlan),
        false => Ok(plan),
    }
}

/// The figures of `dataset`, with what the database knows of the time before.
fn weighted(
    catalogue: &Catalogue,
    survey: &Survey,
    store: &Store,
    (mut dataset, log_size): (Dataset, Option<u64>),
    previous: &BTreeMap<String, Arc<Figures>>,
) -> Result<Snapshot, NoFigures> {
    dataset.blocks = store.block_shares(&survey.id)?;
    let weighted = compute::weighted(catalogue, survey, &dataset, previous);
    let versions = StoredVersions::read(store, &survey.id, &catalogue.areas)?;
    let plans = store.plan_versions(&survey.id)?;
    let weighted = weighted.map_err(NoFigures::Compute)?;
    Ok(Snapshot {
        figures: Figures {
            wordings: history::wordings(&dataset.n_by_version, &versions),
            earlier_plans: history::earlier_plans(&plans),
            issued: store.invitations_issued(&survey.id, log_size)?,
            ..weighted.figures
        },
        dataset,
        weights: weighted.weights,
    })
}

/// The stored responses of a survey of an `extent` as columns, in leaf order.
///
/// # Errors
/// See [`NoFigures`].
pub fn dataset(
    catalogue: &Catalogue,
    survey: &Survey,
    plan: &Plan,
    store: &Store,
    extent: Extent,
) -> Result<Dataset, NoFigures> {
    let (builder, counted) = builder(catalogue, survey, plan, store, extent)?;
    filled(builder, counted, survey, store)
}

/// What headlines by `plan` need of the stored responses of `extent`: `plan` is that of the survey,
/// or another choice that is tried. Read from the kept columns where they are.
///
/// # Errors
/// See [`NoFigures`]; also if the survey's plan is not the one that was fixed.
pub fn lean_dataset(
    catalogue: &Catalogue,
    survey: &Survey,
    plan: &Plan,
    (store, kept): (&Store, &KeptColumns),
    extent: Extent,
) -> Result<Dataset, NoFigures> {
    let wave = wave_from(survey, (store, kept), extent.limit)?;
    let lean = Plan {
        evidence: None,
        ..plan.clone()
    };
    let rows = u64::try_from(wave.len()).unwrap_or(u64::MAX);
    let builder = Builder::new(survey, &lean, &catalogue.areas, rows);
    let builder = builder.map_err(NoFigures::Dataset)?.lean().with_wave(wave);
    builder
        .without(extent.held)
        .finish()
        .map_err(NoFigures::Dataset)
}

/// The interviews among all stored responses of a survey; see [`interviews`].
///
/// # Errors
/// When the database cannot be read, or a response was altered.
pub fn interviews_now(
    survey: &Survey,
    areas: &Areas,
    (store, kept): (&Store, &KeptColumns),
) -> Result<Interviews, NoFigures> {
    let wave = kept.wave(survey, store, u64::MAX)?;
    let held = store.held(&survey.id, None)?;
    interviews_of(survey, areas, (&wave, &held))
}

/// The interviews among the stored responses in `wave`, of which some are `held`.
///
/// # Errors
/// As [`Reader::new`].
pub fn interviews_of(
    survey: &Survey,
    areas: &Areas,
    (wave, held): (&WaveColumns, &Held),
) -> Result<Interviews, NoFigures> {
    let reader = Reader::new(survey, areas).map_err(NoFigures::Dataset)?;
    let (modes, flags) = (wave.mode.decode_all(), wave.flags.decode_all());
    let is_valid = |row: usize| {
        let (mode, flags) = (modes.get(row).copied(), flags.get(row).copied());
        let mode = mode.map_or("", |code| wave.mode.label(code));
        let flags = flags.map_or("", |code| wave.flags.label(code));
        let duration = wave.duration.get(row).copied();
        let duration = duration.filter(|own| *own != NO_DURATION);
        let has_bad_time = flag::has(flags, flag::BAD_TIME);
        reader.excluded(duration, mode, has_bad_time).is_none()
    };
    Ok(interviews(wave, held, is_valid))
}

/// How many of the first `limit` responses there are, if columns can be made of them.
fn countable(survey: &Survey, plan: &Plan, store: &Store, limit: u64) -> Result<u64, NoFigures> {
    let counted = store.count(&survey.id)?.min(limit);
    if counted > 0 && plan.design.psu.is_some() && store.has_psu_in_channel(&survey.id)? {
        return Err(NoFigures::PsuInChannel);
    }
    Ok(counted)
}

/// An empty builder, and the number of the responses that it will take.
fn builder<'a>(
    catalogue: &'a Catalogue,
    survey: &'a Survey,
    plan: &'a Plan,
    store: &Store,
    extent: Extent,
) -> Result<(Builder<'a>, u64), NoFigures> {
    let counted = countable(survey, plan, store, extent.limit)?;
    let builder = Builder::new(survey, plan, &catalogue.areas, counted);
    let builder = builder.map_err(NoFigures::Dataset)?;
    Ok((builder.without(extent.held), counted))
}

/// What `builder` makes of the first `counted` responses.
fn filled(
    builder: Builder<'_>,
    counted: u64,
    survey: &Survey,
    store: &Store,
) -> Result<Dataset, NoFigures> {
    let wave = KeptColumns::nowhere().wave(survey, store, counted)?;
    let dataset = builder.with_wave(wave).finish();
    dataset.map_err(NoFigures::Dataset)
}
