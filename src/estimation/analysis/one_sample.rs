//! The analysis of one sample, without a blend of two: weights first, then estimates.
//!
//! The halves are apart for callers that report the time of each, and for the blend, which makes
//! its own estimates on a pooled design.

use crate::estimation::analysis::estimates::estimate;
use crate::estimation::analysis::outcome::Analysis;
use crate::estimation::analysis::tabulations::Tabulations;
use crate::estimation::columns::Columns;
use crate::estimation::design::sample_design::Design;
use crate::estimation::error::Error;
use crate::estimation::replicate::replicates::Replicates;
use crate::estimation::spec::specification::Spec;
use crate::estimation::weighting::margins::Margins;
use crate::estimation::weighting::report::WeightingReport;
use crate::estimation::weighting::steps::apply;

/// The weights and estimates of a specification without blend.
///
/// # Errors
/// Those of [`weighted_design`] and [`finish`].
pub fn analyse_one(columns: &Columns, margins: &Margins, spec: &Spec) -> Result<Analysis, Error> {
    let (design, report) = weighted_design(columns, margins, spec)?;
    finish(columns, spec, &design, report)
}

/// The design of a specification with its weights adjusted, and the report of the weighting.
///
/// # Errors
/// Those of [`Design::new`] and [`apply`].
pub fn weighted_design(
    columns: &Columns,
    margins: &Margins,
    spec: &Spec,
) -> Result<(Design, Option<WeightingReport>), Error> {
    weighted(Design::new(columns, &spec.design)?, columns, margins, spec)
}

/// A design with its weights adjusted as a specification says, and the report of the weighting.
///
/// # Errors
/// Those of [`apply`].
pub(in crate::estimation) fn weighted(
    mut design: Design,
    columns: &Columns,
    margins: &Margins,
    spec: &Spec,
) -> Result<(Design, Option<WeightingReport>), Error> {
    let Some(weighting) = &spec.weighting else {
        return Ok((design, None));
    };
    let report = apply(&mut design, columns, margins, weighting)?;
    Ok((design, Some(report)))
}

/// The estimates of a specification without blend on its weighted design: the second half of
/// [`analyse_one`].
///
/// * `report`: what the weighting reported, for the result
///
/// # Errors
///
/// Those of [`Replicates::of`] and of each kind of estimate.
pub fn finish(
    columns: &Columns,
    spec: &Spec,
    design: &Design,
    report: Option<WeightingReport>,
) -> Result<Analysis, Error> {
    let replicates = match &spec.replicates {
        Some(replicates) => Some(Replicates::of(design, replicates)?),
        None => None,
    };
    let estimates = estimate(columns, design, replicates.as_ref(), &spec.estimates)?;
    let tabulations = Tabulations::new(columns, spec, design, replicates.as_ref())?;
    Ok(Analysis {
        weighting: report,
        estimates,
        crosstabs: tabulations.crosstabs,
        response_rates: tabulations.response_rates,
        contrasts: tabulations.contrasts,
        blend: None,
        sensitivity: None,
        weights: design.weights.to_vec(),
    })
}
