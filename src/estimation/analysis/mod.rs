//! The one entry that turns columns, margins and a specification into judged estimates; `minyi estimate` and the release
//! both go through it, so both give the same figures to the last digit.
#![expect(
    clippy::indexing_slicing,
    reason = "plans refer to series and partitions by the index they were given"
)]

mod judge;
mod plan;

use rayon::prelude::*;
use serde::Serialize;

use super::blend::{self, BlendReport};
use super::columns::Columns;
use super::design::Design;
use super::error::{Code, Error};
use super::judgement::{Presentation, Target, Verdict};
use super::moments::{self, Domain, Moments};
use super::replicate::Replicates;
use super::rows::Rows;
use super::series::Partition;
use super::spec::{EstimateSpec, Kind, Spec};
use super::weighting::margins::Margins;
use super::weighting::{self, WeightingReport};
use judge::holm;
pub(in crate::estimation) use judge::{judge, missing, suppress_unless_numbers};
use plan::{Plan, Planned};

/// Everything an analysis gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Analysis {
    /// What the weighting did; `None` without `[weighting]`.
    pub weighting: Option<WeightingReport>,
    /// In the order of the specification; per estimate the whole first, then the levels of each `by`, sorted.
    pub estimates: Vec<Estimate>,
    /// The probability sample alone, the volunteers alone and both, if the specification blends modes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blend: Option<BlendReport>,
    /// Final weight of every row, 0 out of sample.
    #[serde(skip)]
    pub weights: Vec<f64>,
}

/// One figure with what may be said of it. Numbers that do not exist (no answer, no degree of freedom) are NaN.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// Name from the specification.
    pub name: String,
    /// The domain as (column, level) in order; empty for the whole.
    #[serde(serialize_with = "as_map")]
    pub domain: Vec<(String, String)>,
    /// Interviews behind it: rows of the domain with an answer and weight above zero.
    pub n: u64,
    /// The estimate; a share is between 0 and 1.
    pub estimate: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Degrees of freedom: PSUs − strata with members of the domain.
    pub df: f64,
    /// Lower end of the two-sided interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Confidence of the interval.
    pub level: f64,
    /// v/(s²/n): variance over that of a simple random sample of the same size with replacement. Not a number of an
    /// indicator that averages several questions, for which no single s² is defined; Kish's effect of the weights stands in.
    pub design_effect: f64,
    /// p(1 − p)/v of a share, of several questions too (what NCHS judges a share by); n/deff of anything else.
    pub n_effective: f64,
    /// The verdict on the target, if there is one.
    pub verdict: Option<Verdict>,
    /// The target.
    pub target: Option<Target>,
    /// One-sided bounds behind the verdict, each at confidence 1 − α (after Holm's correction, if asked for).
    pub decision_lower: Option<f64>,
    /// The upper one.
    pub decision_upper: Option<f64>,
    /// P of the t-test against the target in the direction of meeting it, uncorrected.
    pub p_value: Option<f64>,
    /// Publish, review or suppress.
    pub presentation: Presentation,
    /// Why, as stable words; of a published figure, footnotes.
    pub reasons: Vec<&'static str>,
    /// What it is.
    pub kind: Kind,
    /// Whether the whole population of the domain is in the sample, so that there is no sampling error.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub census: bool,
    /// The probability of a quantile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
}

pub(in crate::estimation) fn as_map<S: serde::Serializer>(
    domain: &[(String, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(domain.iter().map(|(variable, level)| (variable, level)))
}

/// Weights, estimates and judges.
///
/// # Errors
/// Every code of [`Code`]: the first fault found in the order design, weighting, estimates, with all its places.
pub fn analyse(columns: &Columns, margins: &Margins, spec: &Spec) -> Result<Analysis, Error> {
    if let Some(how) = &spec.blend {
        blend::check(spec, how)?;
        let blended = blend::blend(columns, margins, spec, how)?;
        let (weighting, estimates, weights) =
            (blended.weighting, blended.estimates, blended.weights);
        return Ok(Analysis {
            weighting,
            estimates,
            blend: Some(blended.report),
            weights,
        });
    }
    let (design, report) = weighted_design(columns, margins, spec)?;
    finish(columns, spec, &design, report)
}

/// The estimates of a specification without blend on its weighted design: the second half of [`analyse`], for callers
/// that time or report the halves apart.
///
/// # Errors
/// As [`analyse`].
pub fn finish(
    columns: &Columns,
    spec: &Spec,
    design: &Design,
    report: Option<WeightingReport>,
) -> Result<Analysis, Error> {
    let replicates = spec
        .replicates
        .as_ref()
        .map(|replicates| Replicates::of(design, replicates))
        .transpose()?;
    let estimates = estimate(columns, design, replicates.as_ref(), &spec.estimates)?;
    Ok(Analysis {
        weighting: report,
        estimates,
        blend: None,
        weights: design.weights.to_vec(),
    })
}

/// The design of a specification with its weights adjusted.
///
/// # Errors
/// The codes of [`Design::new`] and of the weighting steps.
pub fn weighted_design(
    columns: &Columns,
    margins: &Margins,
    spec: &Spec,
) -> Result<(Design, Option<WeightingReport>), Error> {
    let mut design = Design::new(columns, &spec.design)?;
    let Some(weighting) = &spec.weighting else {
        return Ok((design, None));
    };
    let report = weighting::apply(&mut design, columns, margins, weighting)?;
    Ok((design, Some(report)))
}

/// Every estimate of `specs` on a weighted design.
///
/// # Errors
/// `SPEC_INVALID`, `UNKNOWN_COLUMN`, `NOT_A_NUMBER`; `EMPTY_DOMAIN` and `DF_ZERO` for the whole (levels without rows or
/// degrees of freedom are suppressed instead).
pub fn estimate(
    columns: &Columns,
    design: &Design,
    replicates: Option<&Replicates>,
    specs: &[EstimateSpec],
) -> Result<Vec<Estimate>, Error> {
    let plan = Plan::new(columns, specs)?;
    let fast = if replicates.is_none() && moments::serves(design) {
        Moments::new(design, &plan.partitions, &plan.series, &plan.used)
    } else {
        None
    };
    let rows = Rows {
        design,
        partitions: &plan.partitions,
        series: &plan.series,
        replicates,
    };
    let engine = Engine { fast, rows };
    let mut tasks: Vec<(&Planned, usize, Domain)> = Vec::new();
    for planned in &plan.estimates {
        for (at, &partition) in planned.places.iter().enumerate() {
            let own = &plan.partitions[partition];
            let levels = if own.by.is_empty() {
                0
            } else {
                own.crossing.len()
            };
            let whole = (at == 0).then_some(Domain::Whole);
            tasks.extend(
                whole
                    .into_iter()
                    .chain((0..levels).map(Domain::Level))
                    .map(|domain| (planned, partition, domain)),
            );
        }
    }
    let figures: Vec<Vec<Estimate>> = tasks
        .par_iter()
        .map(|&(planned, partition, domain)| {
            let labels = labels(&plan.partitions[partition], domain);
            engine.estimates(columns, planned, partition, domain, labels)
        })
        .collect::<Result<_, _>>()?;
    let mut estimates: Vec<Estimate> = Vec::with_capacity(figures.len());
    let mut start = 0;
    for planned in &plan.estimates {
        let own = tasks[start..]
            .iter()
            .take_while(|(other, ..)| std::ptr::eq(*other, planned))
            .count();
        let mut block: Vec<Estimate> = figures[start..start + own]
            .iter()
            .flatten()
            .cloned()
            .collect();
        start += own;
        if planned.spec.holm {
            holm(&mut block, planned.spec);
        }
        estimates.append(&mut block);
    }
    Ok(estimates)
}

fn labels(partition: &Partition, domain: Domain) -> Vec<(String, String)> {
    match domain {
        Domain::Whole => Vec::new(),
        Domain::Level(level) => partition
            .by
            .iter()
            .cloned()
            .zip(
                partition
                    .crossing
                    .labels(level)
                    .into_iter()
                    .map(str::to_owned),
            )
            .collect(),
    }
}

struct Engine<'a> {
    fast: Option<Moments<'a>>,
    rows: Rows<'a>,
}

impl Engine<'_> {
    fn estimates(
        &self,
        columns: &Columns,
        planned: &Planned<'_>,
        partition: usize,
        domain: Domain,
        labels: Vec<(String, String)>,
    ) -> Result<Vec<Estimate>, Error> {
        let spec = planned.spec;
        if spec.kind == Kind::Quantile {
            return super::quantile::estimates(
                columns, &self.rows, spec, partition, domain, labels,
            );
        }
        let (figure, n, df) = match &self.fast {
            Some(fast) => {
                let figure = match spec.kind {
                    Kind::Total => fast.total(partition, domain, planned.counted),
                    _ => fast.ratio(partition, domain, &planned.parts),
                };
                (
                    figure,
                    fast.rows(partition, domain, planned.counted),
                    fast.degrees_of_freedom(partition, domain),
                )
            }
            None => {
                let figure = match spec.kind {
                    Kind::Total => self.rows.total(partition, domain, planned.counted),
                    _ => self.rows.ratio(partition, domain, &planned.parts),
                };
                (
                    figure,
                    self.rows.rows(partition, domain, planned.counted),
                    self.rows.degrees_of_freedom(partition, domain),
                )
            }
        };
        let Some(mut figure) = figure else {
            return missing(spec, labels, n, df, "no_answer", Code::EmptyDomain)
                .map(|estimate| vec![estimate]);
        };
        figure.n = n;
        if figure.df < 1.0 && !figure.census {
            let mut estimate = missing(spec, labels, n, df, "df_zero", Code::DfZero)?;
            estimate.estimate = figure.estimate;
            return Ok(vec![estimate]);
        }
        Ok(vec![judge(spec, labels, &figure)])
    }
}
