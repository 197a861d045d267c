//! The one entry that turns columns, margins and a specification into judged estimates; `minyi estimate` and the release
//! both go through it, so both give the same figures to the last digit.

use crate::estimation::analysis::one_sample::analyse_one;
use crate::estimation::analysis::outcome::Analysis;
use crate::estimation::blend::stages;
use crate::estimation::columns::Columns;
use crate::estimation::error::Error;
use crate::estimation::spec::specification::Spec;
use crate::estimation::weighting::margins::Margins;

/// Weights, estimates and judges.
///
/// # Errors
/// Every code of [`Code`](crate::estimation::error::Code): the first fault found in the order design, weighting, estimates, with all its places.
pub fn analyse(columns: &Columns, margins: &Margins, spec: &Spec) -> Result<Analysis, Error> {
    if let Some(how) = &spec.blend {
        stages::check(spec, how)?;
        let blended = stages::blend(columns, margins, spec, how)?;
        let (weighting, estimates, weights) =
            (blended.weighting, blended.estimates, blended.weights);
        return Ok(Analysis {
            weighting,
            estimates,
            blend: Some(blended.report),
            weights,
        });
    }
    analyse_one(columns, margins, spec)
}
