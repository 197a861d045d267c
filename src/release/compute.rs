//! From a dataset to the figures of a results page, by the plan.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::estimation;
use crate::release::analyses::Analyses;
use crate::release::composition::weighting;
use crate::release::dataset::Dataset;
use crate::release::figures::{
    Evidence, Figures, IndicatorFigures, ItemFigures, PlanIndicatorFigures,
};
use crate::release::indicators::Sources;
use crate::release::labels::Labels;
use crate::release::sample_design::Part;
use crate::release::sections::Sections;
use crate::survey::plan::Plan;
use crate::survey::{Catalogue, Survey};

/// Why there are no figures.
#[derive(Debug, Clone)]
pub enum ComputeError {
    /// The survey has no plan.
    NoPlan,
    /// No response is left after exclusions.
    NoResponses,
    /// The estimation refused, with its code and what to do.
    Estimation(estimation::Error),
}

impl std::fmt::Display for ComputeError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ComputeError::NoPlan => {
                f.write_str("the survey folder has no plan.toml, so there are no figures")
            }
            ComputeError::NoResponses => {
                f.write_str("there are no responses to compute figures from")
            }
            ComputeError::Estimation(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for ComputeError {}

impl From<estimation::Error> for ComputeError {
    fn from(error: estimation::Error) -> ComputeError {
        ComputeError::Estimation(error)
    }
}

/// Figures, and the weights behind them.
#[derive(Debug, Clone)]
pub struct Weighted {
    /// The figures.
    pub figures: Figures,
    /// The final weight of each row of the dataset; 0 for a row that the figures do not rest on.
    pub weights: Vec<f64>,
}

/// The figures of `survey` from `dataset`; `previous` are the figures of waves before, by id. What was
/// in use before (`wordings`, `earlier_plans`, `issued`) is left empty: the database knows it.
///
/// # Errors
/// See [`ComputeError`].
pub fn figures(
    catalogue: &Catalogue,
    survey: &Survey,
    dataset: &Dataset,
    previous: &BTreeMap<String, Arc<Figures>>,
) -> Result<Figures, ComputeError> {
    weighted(catalogue, survey, dataset, previous).map(|weighted| weighted.figures)
}

/// [`figures`] with the weights behind them.
///
/// # Errors
/// See [`ComputeError`].
pub fn weighted(
    catalogue: &Catalogue,
    survey: &Survey,
    dataset: &Dataset,
    previous: &BTreeMap<String, Arc<Figures>>,
) -> Result<Weighted, ComputeError> {
    let plan = survey.plan.as_ref().ok_or(ComputeError::NoPlan)?;
    if dataset.columns.rows() == 0 {
        return Err(ComputeError::NoResponses);
    }
    let (columns, population) = (&dataset.columns, &survey.population);
    let labels = Labels::new(catalogue, survey, plan);
    let analyses = Analyses::new(survey, plan, dataset)?;
    let sources = Sources {
        plan,
        analyses: &analyses,
        labels,
        sections: Sections {
            survey,
            columns,
            analyses: &analyses,
        },
        blocks: &dataset.blocks,
        previous,
    };
    let indicators = plan.indicators.iter();
    let indicators: Vec<IndicatorFigures> = indicators
        .map(|indicator| sources.indicator(indicator))
        .collect();
    let questionnaire = &survey.questionnaire;
    let figures = Figures {
        survey: survey.id.clone(),
        title: questionnaire.title.clone(),
        wave: questionnaire.wave.clone(),
        period: (questionnaire.opens.clone(), questionnaire.closes.clone()),
        agency: questionnaire.agency.clone(),
        updated: dataset.updated.to_string(),
        n_received: dataset.n_received,
        n: u64::try_from(columns.rows()).unwrap_or(u64::MAX),
        exclusions: dataset.exclusions.clone(),
        held: held_by_rule(dataset),
        issued: 0,
        n_by_flag: dataset
            .n_by_flag
            .iter()
            .map(|(flag, n)| ((*flag).to_owned(), *n))
            .collect(),
        n_sampled: dataset.n_by_part.get(&Part::Sampled).copied().unwrap_or(0),
        minimum_sampled: plan.weighting.minimum_sampled,
        coverage: dataset.coverage,
        outcome_rates: Vec::new(),
        n_by_mode: dataset.n_by_mode.clone().into_iter().collect(),
        population_unverified: population.unverified && !plan.weighting.rake.is_empty(),
        population_sources: population.sources.clone(),
        demonstration: questionnaire.approval_number.is_empty(),
        weighting: weighting(plan, population, columns, &analyses.published, labels),
        by_plan_indicator: by_plan_indicator(catalogue, survey, &indicators),
        indicators,
        evidence: evidence(plan, dataset),
        plan_hash: survey.plan_hash.clone(),
        population_hash: survey.population_hash.clone(),
        frame_hash: survey.frame_hash.clone(),
        questionnaire_hash: survey.questionnaire_hash.clone(),
        wordings: Vec::new(),
        earlier_plans: Vec::new(),
        software: env!("CARGO_PKG_VERSION").to_owned(),
    };
    Ok(Weighted {
        figures,
        weights: analyses.published.weights,
    })
}

/// The held responses that would otherwise count, by rule.
fn held_by_rule(dataset: &Dataset) -> Vec<(String, u64)> {
    let with_held = dataset.with_held.iter();
    with_held.flat_map(|own| own.n_by_rule.clone()).collect()
}

/// The table of evidence, if the plan has one.
fn evidence(plan: &Plan, dataset: &Dataset) -> Option<Evidence> {
    let own = plan.evidence.as_ref()?;
    Some(Evidence {
        title: own.title.clone(),
        columns: own.columns.clone(),
        rows: dataset.evidence.clone(),
    })
}

/// The items of all indicators, by the indicator of the city plan that they refer to.
fn by_plan_indicator(
    catalogue: &Catalogue,
    survey: &Survey,
    indicators: &[IndicatorFigures],
) -> Vec<PlanIndicatorFigures> {
    let sections = indicators.iter().flat_map(|indicator| &indicator.sections);
    let items: Vec<&ItemFigures> = sections.flat_map(|section| &section.items).collect();
    let refers = |item: &ItemFigures, number: u16| {
        let question = survey.questionnaire.question(&item.code);
        question.is_some_and(|question| question.indicators.contains(&number))
    };
    let mut tables = Vec::new();
    for indicator in &catalogue.plan_indicators {
        let mut own: Vec<ItemFigures> = Vec::new();
        for item in items.iter().filter(|item| refers(item, indicator.number)) {
            if !own.iter().any(|known| known.code == item.code) {
                own.push((*item).clone());
            }
        }
        if !own.is_empty() {
            tables.push(PlanIndicatorFigures {
                number: indicator.number,
                name: indicator.name.clone(),
                lead: indicator.lead.clone(),
                items: own,
            });
        }
    }
    tables
}
