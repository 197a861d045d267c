//! The volunteers without some of them.

use crate::estimation::analysis::estimate::Estimate;
use crate::estimation::blend::modes::Modes;
use crate::estimation::blend::stages::{analyse_reference, analyse_volunteers, with_calibrators};
use crate::estimation::columns::Columns;
use crate::estimation::error::Error;
use crate::estimation::spec::blend::BlendChoice;
use crate::estimation::spec::specification::Spec;
use crate::estimation::weighting::margins::Margins;

/// The estimates of a specification from the probability sample, and from subsets of the volunteers.
#[derive(Debug, Clone, PartialEq)]
pub struct Subsets {
    /// Those of the probability sample, which are published.
    pub reference: Vec<Estimate>,
    /// Those of the volunteers of each subset; `None` if there are none or they cannot be weighted.
    pub volunteer: Vec<Option<Vec<Estimate>>>,
}

/// The estimates of `spec` from each of `subsets` of the volunteers.
///
/// They are those of [`analyse`](crate::estimation::analyse()) on the rows of a subset, but the
/// probability sample is analysed once, and nothing is pooled. `None` unless the probability sample
/// is published and has rows: else the published figures differ by subset.
///
/// * `subsets`: whether each row is kept; rows of the probability sample always are
///
/// # Errors
/// Those of the probability sample; `SPEC_INVALID` if a row is of no mode or of both.
pub fn volunteers_of(
    columns: &Columns,
    margins: &Margins,
    spec: &Spec,
    subsets: impl IntoIterator<Item = Vec<bool>>,
) -> Result<Option<Subsets>, Error> {
    let how = spec.blend.as_ref();
    let Some(how) = how.filter(|how| how.publish == BlendChoice::Reference) else {
        return Ok(None);
    };
    let modes = Modes::new(columns, how)?;
    if !modes.reference.contains(&true) {
        return Ok(None);
    }
    let rows = columns.select(&modes.reference);
    let reference = analyse_reference(&rows, margins, spec)?;
    let totals = with_calibrators(&rows, margins, &reference.weights, spec, how)?;
    drop(rows);
    let estimates = |kept: Vec<bool>| {
        let rows = kept.iter().zip(&modes.volunteer);
        let rows: Vec<bool> = rows.map(|(kept, volunteer)| *kept && *volunteer).collect();
        let found = analyse_volunteers(columns, &rows, &totals, spec, how);
        found.ok().flatten().map(|analysis| analysis.estimates)
    };
    Ok(Some(Subsets {
        reference: reference.estimates,
        volunteer: subsets.into_iter().map(estimates).collect(),
    }))
}
