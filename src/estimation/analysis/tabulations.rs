//! The results of a specification that are not single numbers: crosstabs, response rates,
//! contrasts.
//!
//! Crosstabs and response rates are computed for the whole and for every domain of `by`. A contrast
//! is computed for the whole only: its `by` names the groups that it compares.

use crate::estimation::analysis::contrasts::contrast_of;
use crate::estimation::analysis::crosstabs::crosstab_of;
use crate::estimation::analysis::outcome::Named;
use crate::estimation::analysis::response_rates::Cases;
use crate::estimation::columns::Columns;
use crate::estimation::contrast::Contrast;
use crate::estimation::crosstab::table::Crosstab;
use crate::estimation::design::sample_design::Design;
use crate::estimation::domains::{Domain, Domains};
use crate::estimation::error::Error;
use crate::estimation::replicate::replicates::Replicates;
use crate::estimation::response_rate::rates::ResponseRates;
use crate::estimation::spec::estimate::{EstimateSpec, Kind};
use crate::estimation::spec::label::Names;
use crate::estimation::spec::specification::{EstimateIndex, Spec};
use crate::estimation::statistic::Sample;

/// The results that are not single numbers, each list in the order of the specification.
#[derive(Debug, Default)]
pub(super) struct Tabulations {
    pub(super) crosstabs: Vec<Named<Crosstab>>,
    pub(super) response_rates: Vec<Named<ResponseRates>>,
    pub(super) contrasts: Vec<Named<Contrast>>,
}

impl Tabulations {
    /// Computes the crosstabs, response rates and contrasts of a specification. The caller has
    /// [checked](crate::estimation::spec::check) its keys. `design` has the final weights.
    ///
    /// # Errors
    /// `SPEC_INVALID`, `UNKNOWN_COLUMN`, `NOT_A_NUMBER`, `UNKNOWN_DISPOSITION`; `EMPTY_DOMAIN` and
    /// `DF_ZERO` for the whole and for contrasts.
    pub(super) fn new(
        columns: &Columns,
        spec: &Spec,
        design: &Design,
        replicates: Option<&Replicates>,
    ) -> Result<Self, Error> {
        let mut tabulations = Self::default();
        for (at, estimate) in spec.estimates.iter().enumerate() {
            let index = EstimateIndex(at);
            let sample = |domains: &Domains, domain: Domain| Sample {
                design,
                replicates,
                member: domains.members(domain, design.rows),
            };
            match estimate.kind {
                Kind::Crosstab => {
                    let crosstab = |domains: &Domains, domain| {
                        crosstab_of(columns, &sample(domains, domain), estimate, domain)
                    };
                    let found = by_domain(columns, index, estimate, &estimate.by, crosstab)?;
                    tabulations.crosstabs.extend(found);
                }
                Kind::ResponseRates => {
                    let cases = Cases::new(columns, &spec.design, estimate)?;
                    let rates = |domains: &Domains, domain| {
                        Ok(cases.rates(&domains.members(domain, design.rows), estimate.e))
                    };
                    let found = by_domain(columns, index, estimate, &estimate.by, rates)?;
                    tabulations.response_rates.extend(found);
                }
                Kind::Contrast => {
                    let contrast = |domains: &Domains, domain| {
                        contrast_of(columns, &sample(domains, domain), estimate)
                    };
                    // The `by` of a contrast names groups, not domains.
                    let found = by_domain(columns, index, estimate, &[], contrast)?;
                    tabulations.contrasts.extend(found);
                }
                _ => {}
            }
        }
        Ok(tabulations)
    }
}

/// The result for the whole, and for every level of each of `by`, in this order.
///
/// * `result`: makes the result of one domain
fn by_domain<T>(
    columns: &Columns,
    index: EstimateIndex,
    spec: &EstimateSpec,
    by: &[Names],
    result: impl Fn(&Domains, Domain) -> Result<T, Error>,
) -> Result<Vec<Named<T>>, Error> {
    let mut results = Vec::new();
    let whole = Names::Many(Vec::new());
    for by in std::iter::once(&whole).chain(by) {
        let domains = Domains::new(columns, by.as_slice(), &spec.restriction)?;
        let is_whole = by.as_slice().is_empty().then_some(Domain::Whole);
        for domain in is_whole.into_iter().chain(domains.each_level()) {
            results.push(Named {
                index,
                name: spec.name.clone(),
                domain: domains.labels(domain),
                result: result(&domains, domain)?,
            });
        }
    }
    Ok(results)
}
