//! What each PSU contributes to an estimate, for the covariance with another wave.

use crate::estimation::analysis::estimates::unit_totals_of;
use crate::estimation::analysis::kept_rows::kept_rows;
use crate::estimation::analysis::one_sample::weighted_design;
use crate::estimation::blend::modes::Modes;
use crate::estimation::columns::Columns;
use crate::estimation::comparison::UnitTotal;
use crate::estimation::error::Error;
use crate::estimation::spec::blend::BlendChoice;
use crate::estimation::spec::estimate::EstimateSpec;
use crate::estimation::spec::specification::{EstimateIndex, Spec};
use crate::estimation::weighting::margins::Margins;

/// The totals of the influences of some published estimates for the whole, calibration residuals
/// taken, by PSU; one list for each of `indices`.
///
/// Empty lists for a blend, whose volunteers are no PSUs of another wave, for a specification with
/// replicate weights, and for an index that is not in it.
///
/// # Errors
/// Those of the design, the weighting and the estimates.
pub fn unit_totals(
    columns: &Columns,
    margins: &Margins,
    spec: &Spec,
    indices: &[EstimateIndex],
) -> Result<Vec<Vec<UnitTotal>>, Error> {
    let is_blend = |publish| publish != BlendChoice::Reference;
    let blend = spec.blend.as_ref();
    let own: Vec<(usize, EstimateSpec)> = indices
        .iter()
        .enumerate()
        .filter_map(|(at, index)| Some((at, spec.estimates.get(index.0)?)))
        .map(|(at, own)| (at, own.for_the_whole()))
        .collect();
    let mut all = vec![Vec::new(); indices.len()];
    let has_none = blend.is_some_and(|how| is_blend(how.publish)) || spec.replicates.is_some();
    if has_none || own.is_empty() {
        return Ok(all);
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
    let (places, specs): (Vec<usize>, Vec<EstimateSpec>) = own.into_iter().unzip();
    let totals = unit_totals_of(rows, &design, &specs)?;
    let labels = design.first().labels();
    for (at, totals) in places.into_iter().zip(totals) {
        let units = labels.iter().zip(totals);
        let units = units.map(|((stratum, psu), total)| UnitTotal {
            stratum: stratum.clone(),
            psu: psu.clone(),
            total,
        });
        if let Some(list) = all.get_mut(at) {
            *list = units.collect();
        }
    }
    Ok(all)
}
