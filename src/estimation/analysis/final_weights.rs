//! The final weights of a specification without its estimates, which take far more memory.

use std::collections::BTreeMap;

use crate::estimation::analysis::analyse::analyse;
use crate::estimation::analysis::kept_rows::kept_rows;
use crate::estimation::analysis::one_sample::weighted_design;
use crate::estimation::blend::modes::{Modes, spread};
use crate::estimation::columns::Columns;
use crate::estimation::error::Error;
use crate::estimation::spec::BlendChoice;
use crate::estimation::spec::specification::Spec;
use crate::estimation::weighting::WeightingReport;
use crate::estimation::weighting::margins::Margins;

/// The final weight of every row, 0 out of sample, and what the weighting reported: those of
/// [`analyse`], bit for bit. If only the probability sample is published, only that is weighted.
///
/// # Errors
/// Those of [`analyse`].
pub fn final_weights(
    columns: &Columns,
    margins: &Margins,
    spec: &Spec,
) -> Result<(Vec<f64>, Option<WeightingReport>), Error> {
    if !spec.keep.is_empty() {
        let kept = kept_rows(columns, &spec.keep)?;
        let spec = Spec {
            keep: BTreeMap::new(),
            ..spec.clone()
        };
        let (weights, report) = final_weights(&columns.select(&kept), margins, &spec)?;
        return Ok((spread(&kept, &weights), report));
    }
    // Blended weights depend on the estimates: λ is computed from them.
    let with_estimates = Spec {
        replicates: None,
        sensitivity: None,
        ..spec.clone()
    };
    let spec = Spec {
        estimates: Vec::new(),
        ..with_estimates.clone()
    };
    let Some(how) = &spec.blend else {
        let (design, report) = weighted_design(columns, margins, &spec)?;
        return Ok((design.weights.to_vec(), report));
    };
    let modes = Modes::new(columns, how)?;
    if how.publish != BlendChoice::Reference || !modes.reference.contains(&true) {
        let analysis = analyse(columns, margins, &with_estimates)?;
        return Ok((analysis.weights, analysis.weighting));
    }
    let only = Spec {
        blend: None,
        ..spec.clone()
    };
    let (design, report) = weighted_design(&columns.select(&modes.reference), margins, &only)?;
    Ok((spread(&modes.reference, &design.weights), report))
}
