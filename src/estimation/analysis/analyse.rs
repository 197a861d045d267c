//! The one entry from columns, margins and a specification to judged estimates. `minyi estimate`
//! and the release both use it, so both give the same figures to the last digit.

use crate::estimation::analysis::one_sample::analyse_one;
use crate::estimation::analysis::outcome::Analysis;
use crate::estimation::blend::stages::{blend, check};
use crate::estimation::columns::Columns;
use crate::estimation::error::Error;
use crate::estimation::spec::specification::Spec;
use crate::estimation::weighting::margins::Margins;

/// Weights the sample, estimates and judges.
///
/// * `columns`: the data; those that [`Spec::columns`] names must be there
/// * `margins`: the population margins; none without `[weighting]`
/// * `spec`: what is wanted
///
/// The same input gives the same output, whatever the order of the rows and the number of threads.
///
/// # Errors
///
/// Every code of [`Code`](crate::estimation::error::Code) but those of reading files: the first
/// fault in the order design, weighting, estimates, with all its places.
pub fn analyse(columns: &Columns, margins: &Margins, spec: &Spec) -> Result<Analysis, Error> {
    let Some(how) = &spec.blend else {
        return analyse_one(columns, margins, spec);
    };
    check(spec, how)?;
    blend(columns, margins, spec, how)
}
