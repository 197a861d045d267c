//! Every estimate of a specification on a weighted design.
#![expect(
    clippy::indexing_slicing,
    reason = "plans refer to series and partitions by the index they were given"
)]

use rayon::prelude::*;

use crate::estimation::analysis::estimate::Estimate;
use crate::estimation::analysis::judge::{holm, judge, missing};
use crate::estimation::analysis::plan::{Plan, Planned};
use crate::estimation::analysis::quantiles;
use crate::estimation::columns::Columns;
use crate::estimation::design::sample_design::Design;
use crate::estimation::domain::{Domain, Partition};
use crate::estimation::error::{Code, Error};
use crate::estimation::moments::one_pass::{Moments, serves};
use crate::estimation::replicate::Replicates;
use crate::estimation::rows::Rows;
use crate::estimation::spec::estimate::{EstimateSpec, Kind};

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
    let fast = if replicates.is_none() && serves(design) {
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
            return quantiles::estimates(columns, &self.rows, spec, partition, domain, labels);
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
        if figure.df < 1.0 {
            let mut estimate = missing(spec, labels, n, df, "df_zero", Code::DfZero)?;
            estimate.estimate = figure.estimate;
            return Ok(vec![estimate]);
        }
        Ok(vec![judge(spec, labels, &figure)])
    }
}
