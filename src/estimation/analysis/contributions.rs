//! What each PSU contributes to an estimate, for the covariance with another wave.

use crate::estimation::analysis::estimates::influence_of;
use crate::estimation::analysis::kept_rows::kept_rows;
use crate::estimation::analysis::one_sample::weighted_design;
use crate::estimation::blend::modes::Modes;
use crate::estimation::columns::Columns;
use crate::estimation::comparison::UnitTotal;
use crate::estimation::error::Error;
use crate::estimation::influence::take_residuals;
use crate::estimation::spec::blend::BlendChoice;
use crate::estimation::spec::specification::{EstimateIndex, Spec};
use crate::estimation::summation::exact_by;
use crate::estimation::weighting::margins::Margins;

/// The totals of the influences of a published estimate for the whole, calibration residuals taken,
/// by PSU.
///
/// Empty for a blend, whose volunteers are no PSUs of another wave, and for a specification with
/// replicate weights.
///
/// # Errors
/// Those of the design, the weighting and the estimate.
pub fn unit_totals(
    columns: &Columns,
    margins: &Margins,
    spec: &Spec,
    index: EstimateIndex,
) -> Result<Vec<UnitTotal>, Error> {
    let is_blend = |publish| publish != BlendChoice::Reference;
    let blend = spec.blend.as_ref();
    let Some(own) = spec.estimates.get(index.0) else {
        return Ok(Vec::new());
    };
    if blend.is_some_and(|how| is_blend(how.publish)) || spec.replicates.is_some() {
        return Ok(Vec::new());
    }
    let kept;
    let columns = match spec.keep.is_empty() {
        true => columns,
        false => {
            kept = columns.select(&kept_rows(columns, &spec.keep)?);
            &kept
        }
    };
    let selected;
    let rows = match blend {
        Some(how) => {
            selected = columns.select(&Modes::new(columns, how)?.reference);
            &selected
        }
        None => columns,
    };
    let one_sample = Spec {
        blend: None,
        sensitivity: None,
        ..spec.clone()
    };
    let (design, _) = weighted_design(rows, margins, &one_sample)?;
    let mut influence = influence_of(rows, &design, own)?;
    take_residuals(&design, &mut influence);
    let first = design.first();
    let unit_of = first.unit_of(design.rows);
    let totals = exact_by(&influence, &unit_of, first.len());
    let labels = first.labels();
    let units = labels.into_iter().zip(totals);
    Ok(units
        .map(|((stratum, psu), total)| UnitTotal {
            stratum,
            psu,
            total,
        })
        .collect())
}
