//! Finite population corrections: what share of each stratum's units was drawn.
//!
//! With a fraction f_h of the units drawn without replacement, the variance between them is smaller
//! by 1 − f_h; a stratum that was drawn completely (f_h = 1) has none.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "units and strata are numbered below their count"
)]

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::estimation::columns::Columns;
use crate::estimation::design::stage::Stage;
use crate::estimation::error::{Code, Error};

/// The sampling fraction f_h = n_h/N_h of each stratum of a stage.
///
/// * `sizes`: the column `name`, one value per row: N_h or, if no value is above 1, f_h itself
/// * `columns`: the data, for the lines of rows in errors
///
/// # Errors
///
/// `INVALID_FPC` with every stratum whose value is missing, not above zero, different in two rows,
/// or smaller than its number of units in the sample.
///
/// # Source
///
/// Cochran 1977, *Sampling Techniques*, 3rd ed., §2.6.
pub(super) fn fractions(
    stage: &Stage,
    sizes: &[f64],
    columns: &Columns,
    name: &str,
) -> Result<Vec<f64>, Error> {
    let unit_of = stage.unit_of(sizes.len());
    let mut population = vec![f64::NAN; stage.strata.len()];
    let mut faults: BTreeMap<usize, String> = BTreeMap::new();
    for (row, &size) in sizes.iter().enumerate() {
        let line = columns.line(row);
        let stratum = stage.stratum_of[unit_of[row] as usize] as usize;
        let known = &mut population[stratum];
        let fault = if !(size.is_finite() && size > 0.0) {
            Some(format!("row {line}: {name} is {size}"))
        } else if known.is_nan() {
            *known = size;
            None
        } else {
            (*known != size).then(|| format!("row {line}: {name} is {size}, elsewhere {known}"))
        };
        if let Some(fault) = fault {
            faults.entry(stratum).or_insert(fault);
        }
    }
    let are_fractions = sizes.iter().all(|size| *size <= 1.0);
    if !are_fractions {
        for (stratum, (&size, &n)) in population.iter().zip(&stage.sizes).enumerate() {
            if size < f64::from(n) {
                faults.entry(stratum).or_insert_with(|| {
                    format!("{n} units in the sample, {size} in the population")
                });
            }
        }
    }
    if !faults.is_empty() {
        let listed: Vec<Value> = faults
            .iter()
            .map(|(stratum, fault)| json!({"stratum": stage.strata[*stratum], "fault": fault}))
            .collect();
        return Err(Error::new(
            Code::InvalidFpc,
            format!(
                "{name} must be the number of units in the stratum's population, the same in all \
                 its rows"
            ),
            json!({"strata": listed}),
        ));
    }
    if are_fractions {
        return Ok(population);
    }
    let fractions = population.iter().zip(&stage.sizes);
    Ok(fractions.map(|(size, n)| f64::from(*n) / size).collect())
}
