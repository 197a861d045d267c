//! Every estimate of a specification that is a single number, on a weighted design.
//!
//! There are two ways to the same numbers: sums of one pass over the rows, for single-stage
//! designs with at most one adjustment by categories ([`Moments`]), and row by row for all others
//! ([`RowwiseEstimator`]). Estimates and domains are independent of one another and made in
//! parallel; their order in the result is that of the specification.

use rayon::prelude::*;

use crate::estimation::analysis::estimate::Estimate;
use crate::estimation::analysis::holm::holm;
use crate::estimation::analysis::judge::{Item, judge, missing};
use crate::estimation::analysis::plan::{Plan, Planned};
use crate::estimation::analysis::quantiles::quantiles;
use crate::estimation::columns::Columns;
use crate::estimation::design::sample_design::Design;
use crate::estimation::domains::{Domain, Domains};
use crate::estimation::error::{Code, Error};
use crate::estimation::figure::Figure;
use crate::estimation::influence::{coefficients, take_residuals};
use crate::estimation::moments::linearised::Moments;
use crate::estimation::moments::one_pass::serves;
use crate::estimation::replicate::replicates::Replicates;
use crate::estimation::rowwise::RowwiseEstimator;
use crate::estimation::spec::estimate::{DegreesOfFreedom, EstimateSpec, Kind};
use crate::estimation::spec::specification::EstimateIndex;
use crate::estimation::summation::exact_by;

/// Every estimate of `specs` that is a single number, in the order of `specs`; of each the whole
/// first, then its domains.
///
/// # Errors
/// `SPEC_INVALID`, `UNKNOWN_COLUMN`, `NOT_A_NUMBER`; `EMPTY_DOMAIN` and `DF_ZERO` for the whole
/// (domains without rows or degrees of freedom are suppressed instead).
pub fn estimate(
    columns: &Columns,
    design: &Design,
    replicates: Option<&Replicates>,
    specs: &[EstimateSpec],
) -> Result<Vec<Estimate>, Error> {
    let plan = Plan::new(columns, specs)?;
    let one_pass = match replicates {
        None => sums(&plan, design),
        Some(_) => None,
    };
    let estimator = Estimator {
        columns,
        plan: &plan,
        one_pass,
        rowwise: RowwiseEstimator {
            design,
            variables: &plan.variables,
            replicates,
            with_satterthwaite: specs
                .iter()
                .any(|spec| spec.df == DegreesOfFreedom::Satterthwaite),
        },
        small_sample_factor: match specs.iter().any(|spec| spec.small_sample) {
            true => design.small_sample_factor(),
            false => 1.0,
        },
    };
    let by_spec = plan.estimates.par_iter();
    concatenated(by_spec.map(|planned| estimator.all_domains(planned)))
}

/// The sums of a plan, for a design that they serve.
fn sums<'a>(plan: &'a Plan<'_>, design: &'a Design) -> Option<Moments<'a>> {
    if !serves(design) {
        return None;
    }
    let (domains, variables) = (&plan.domains, &plan.variables);
    Moments::new(design, domains, variables, &plan.used, &plan.combinations())
}

/// The two ways to an estimate, which give the same numbers.
struct Estimator<'a> {
    columns: &'a Columns,
    plan: &'a Plan<'a>,
    /// From the sums of one pass, for the designs that this serves.
    one_pass: Option<Moments<'a>>,
    /// Row by row, for all others and for quantiles.
    rowwise: RowwiseEstimator<'a>,
    /// That of the design; 1 if no estimate asks for it, because it takes a pass over the rows.
    small_sample_factor: f64,
}

/// One of the domains of an estimate.
#[derive(Clone, Copy)]
struct OneDomain<'a> {
    /// Index of `domains` in the plan.
    at: usize,
    domains: &'a Domains,
    domain: Domain,
}

impl Estimator<'_> {
    /// An estimate for the whole and for its domains, with Holm's correction if it is asked for.
    fn all_domains(&self, planned: &Planned<'_>) -> Result<Vec<Estimate>, Error> {
        let mut all = Vec::new();
        for (order, &at) in planned.domains.iter().enumerate() {
            let Some(domains) = self.plan.domains.get(at) else {
                continue;
            };
            let whole = (order == 0).then_some(Domain::Whole);
            let each = whole.into_iter().chain(domains.each_level());
            all.extend(each.map(|domain| OneDomain {
                at,
                domains,
                domain,
            }));
        }
        let all = all.into_par_iter();
        let mut estimates = concatenated(all.map(|one| self.estimates(planned, one)))?;
        if planned.spec.holm {
            holm(&mut estimates, planned.spec);
        }
        Ok(estimates)
    }

    /// An estimate for one domain; several of a quantile with several probabilities.
    fn estimates(&self, planned: &Planned<'_>, one: OneDomain<'_>) -> Result<Vec<Estimate>, Error> {
        let item = Item {
            index: planned.index,
            spec: planned.spec,
            domain: one.domains.labels(one.domain),
        };
        if planned.spec.kind == Kind::Quantile {
            let (domains, domain) = (one.domains, one.domain);
            return quantiles(self.columns, &self.rowwise, &item, domains, domain);
        }
        let n = self.rows(planned, one);
        let Some(figure) = self.figure(planned, one) else {
            let df = self.degrees_of_freedom(one);
            return Ok(vec![missing(&item, n, df, "no_answer", Code::EmptyDomain)?]);
        };
        if figure.df < 1.0 && !figure.census {
            let missing = missing(&item, n, figure.df, "df_zero", Code::DfZero)?;
            return Ok(vec![Estimate {
                estimate: figure.estimate,
                ..missing
            }]);
        }
        let figure = Figure { n, ..figure };
        Ok(vec![judge(&item, &figure, self.small_sample_factor)])
    }

    /// The figure of an estimate on one domain; `None` if no row has an answer.
    fn figure(&self, planned: &Planned<'_>, one: OneDomain<'_>) -> Option<Figure> {
        let is_total = planned.spec.kind == Kind::Total;
        let OneDomain {
            at,
            domains,
            domain,
        } = one;
        match &self.one_pass {
            Some(sums) if is_total => sums.total(at, domain, planned.counted),
            Some(sums) => sums.ratio(at, domain, &planned.terms),
            None if is_total => self.rowwise.total(domains, domain, planned.counted),
            None => self.rowwise.ratio(domains, domain, &planned.terms),
        }
    }

    /// n: the rows of the domain that are behind the estimate.
    fn rows(&self, planned: &Planned<'_>, one: OneDomain<'_>) -> f64 {
        match &self.one_pass {
            Some(sums) => sums.rows(one.at, one.domain, planned.counted),
            None => {
                let (domains, domain) = (one.domains, one.domain);
                self.rowwise.rows(domains, domain, planned.counted)
            }
        }
    }

    /// PSUs − strata of the domain, which exist without answers too.
    fn degrees_of_freedom(&self, one: OneDomain<'_>) -> f64 {
        match &self.one_pass {
            Some(sums) => sums.degrees_of_freedom(one.at, one.domain),
            None => self.rowwise.degrees_of_freedom(one.domains, one.domain),
        }
    }
}

/// β = (X′DX)⁻X′Dz of each of `specs`, for the whole, on each adjustment of the design: how much an
/// estimate moves for each unit that is added to the population total of a column of X.
///
/// # Errors
/// As [`estimate`].
pub(super) fn coefficients_of(
    columns: &Columns,
    design: &Design,
    specs: &[EstimateSpec],
) -> Result<Vec<Vec<Vec<f64>>>, Error> {
    let plan = Plan::new(columns, specs)?;
    let sums = sums(&plan, design);
    let by_sums = |planned: &Planned<'_>| {
        let at = *planned.domains.first()?;
        sums.as_ref()?.coefficients_of(at, &planned.terms)
    };
    let mut all = Vec::new();
    for (at, spec) in specs.iter().enumerate() {
        let mut planned = plan.estimates.iter();
        let planned = planned.find(|planned| planned.index == EstimateIndex(at));
        all.push(match planned.and_then(by_sums) {
            Some(beta) => vec![beta],
            None => {
                let influence = influence_of(columns, design, spec)?;
                let adjustments = design.adjustments.iter();
                adjustments
                    .map(|own| coefficients(own, &influence))
                    .collect()
            }
        });
    }
    Ok(all)
}

/// The total of the influences by PSU of each of `specs` for the whole, residuals taken, in the order
/// of the PSUs of the design.
///
/// # Errors
/// As [`estimate`].
pub(super) fn unit_totals_of(
    columns: &Columns,
    design: &Design,
    specs: &[EstimateSpec],
) -> Result<Vec<Vec<f64>>, Error> {
    let plan = Plan::new(columns, specs)?;
    let sums = sums(&plan, design);
    let by_sums = |planned: &Planned<'_>| {
        let at = *planned.domains.first()?;
        let is_total = planned.spec.kind == Kind::Total;
        sums.as_ref()
            .filter(|_| !is_total)?
            .unit_totals(at, &planned.terms)
    };
    let by_row = |spec: &EstimateSpec| -> Result<Vec<f64>, Error> {
        let mut influence = influence_of(columns, design, spec)?;
        take_residuals(design, &mut influence);
        let first = design.first();
        let unit_of = first.unit_of(design.rows);
        Ok(exact_by(&influence, &unit_of, first.len()))
    };
    let mut all = Vec::new();
    for (at, spec) in specs.iter().enumerate() {
        let mut planned = plan.estimates.iter();
        let planned = planned.find(|planned| planned.index == EstimateIndex(at));
        all.push(match planned.and_then(by_sums) {
            Some(totals) => totals,
            None => by_row(spec)?,
        });
    }
    Ok(all)
}

/// The influence of each row on one estimate for the whole, before any residuals are taken; see
/// [`influence`](crate::estimation::influence).
///
/// # Errors
/// As [`estimate`].
pub(super) fn influence_of(
    columns: &Columns,
    design: &Design,
    spec: &EstimateSpec,
) -> Result<Vec<f64>, Error> {
    let specs = std::slice::from_ref(spec);
    let plan = Plan::new(columns, specs)?;
    let rowwise = RowwiseEstimator {
        design,
        variables: &plan.variables,
        replicates: None,
        with_satterthwaite: false,
    };
    let planned = plan.estimates.first().zip(plan.domains.first());
    let influence =
        planned.and_then(|(planned, domains)| rowwise.influence(domains, &planned.terms));
    Ok(influence.unwrap_or_else(|| vec![0.0; design.rows]))
}

/// The estimates one after another, or the first error in their order (not in that of the threads).
fn concatenated(
    lists: impl IndexedParallelIterator<Item = Result<Vec<Estimate>, Error>>,
) -> Result<Vec<Estimate>, Error> {
    let lists: Vec<Result<Vec<Estimate>, Error>> = lists.collect();
    let mut all = Vec::new();
    for list in lists {
        all.extend(list?);
    }
    Ok(all)
}
