//! The analysis of one sample: no blend of two.

use crate::estimation::analysis::estimates::estimate;
use crate::estimation::analysis::outcome::Analysis;
use crate::estimation::columns::Columns;
use crate::estimation::design::sample_design::Design;
use crate::estimation::error::Error;
use crate::estimation::replicate::Replicates;
use crate::estimation::spec::specification::Spec;
use crate::estimation::weighting::margins::Margins;
use crate::estimation::weighting::report::WeightingReport;
use crate::estimation::weighting::steps::apply;

/// The weights and estimates of a specification without blend.
///
/// # Errors
/// As [`weighted_design`] and [`finish`].
pub fn analyse_one(columns: &Columns, margins: &Margins, spec: &Spec) -> Result<Analysis, Error> {
    let (design, report) = weighted_design(columns, margins, spec)?;
    finish(columns, spec, &design, report)
}

/// The estimates of a specification without blend on its weighted design: the second half of [`analyse_one`], for callers
/// that time or report the halves apart.
///
/// # Errors
/// As [`estimate`], and those of [`Replicates::of`].
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
    let report = apply(&mut design, columns, margins, weighting)?;
    Ok((design, Some(report)))
}
