//! Finite population corrections.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "units and strata are numbered below their count"
)]

use std::collections::BTreeMap;

use serde_json::json;

use crate::estimation::design::stage::Stage;
use crate::estimation::error::{Code, Error};

/// Sampling fractions by stratum from a column of population counts (or of fractions, if none exceeds 1).
pub(super) fn fractions(
    stage: &Stage,
    sizes: &[f64],
    rows: usize,
    name: &str,
) -> Result<Vec<f64>, Error> {
    let unit_of = stage.unit_of(rows);
    let mut population = vec![f64::NAN; stage.strata.len()];
    let mut faults: BTreeMap<u32, String> = BTreeMap::new();
    for (row, &size) in sizes.iter().enumerate() {
        let stratum = stage.stratum_of[unit_of[row] as usize];
        let known = &mut population[stratum as usize];
        if !(size.is_finite() && size > 0.0) {
            faults
                .entry(stratum)
                .or_insert_with(|| format!("row {}: {name} is {size}", row + 1));
        } else if known.is_nan() {
            *known = size;
        } else if *known != size {
            faults
                .entry(stratum)
                .or_insert_with(|| format!("row {}: {name} is {size}, elsewhere {known}", row + 1));
        }
    }
    let as_fraction = sizes.iter().all(|size| *size <= 1.0);
    for (stratum, &size) in population.iter().enumerate() {
        if !as_fraction && size < f64::from(stage.sizes[stratum]) {
            faults.entry(stratum as u32).or_insert_with(|| {
                format!(
                    "{} units in the sample, {size} in the population",
                    stage.sizes[stratum]
                )
            });
        }
    }
    if !faults.is_empty() {
        let listed: Vec<serde_json::Value> = faults
            .iter()
            .map(|(stratum, fault)| json!({"stratum": stage.strata[*stratum as usize], "fault": fault}))
            .collect();
        return Err(Error::new(
            Code::InvalidFpc,
            format!(
                "{name} must be the number of units in the stratum's population, the same in all its rows"
            ),
            json!({"strata": listed}),
        ));
    }
    Ok(population
        .iter()
        .zip(&stage.sizes)
        .map(|(size, n)| {
            if as_fraction {
                *size
            } else {
                f64::from(*n) / size
            }
        })
        .collect())
}
