//! From base weights to final weights, and what the variance must remember of it.
//!
//! Every adjustment here multiplies base weights by a g-weight that depends on a row's auxiliary values only, so it is
//! computed on [`Records`] (groups of rows with equal auxiliaries) and costs two passes over the rows.

pub mod calibrate;
pub mod cells;
pub mod margins;
pub mod nonresponse;
pub mod rake;
pub mod trim;

use std::sync::Arc;

use rayon::prelude::*;
use serde::Serialize;
use serde_json::json;

use super::columns::{Columns, MISSING};
use super::design::Design;
use super::error::{Code, Error};
use super::spec::{Compat, Distance, WeightingMethod, WeightingSpec};
use super::summation::{exact, exact_by, exact_of};
use calibrate::Records;
use cells::Cells;
use margins::{Margin, Margins};

/// g-weights by record, and how they were reached.
#[derive(Debug, Clone)]
pub struct Fit {
    /// g = w/d, one per record.
    pub factor: Vec<f64>,
    /// Sweeps of raking or steps of Newton's method.
    pub sweeps: u32,
    /// Largest |Σw − T|/T at the end.
    pub max_misfit: f64,
}

/// What an adjustment did, as much as the variance needs.
#[derive(Debug, Clone)]
pub struct Adjustment {
    /// Rows grouped by auxiliaries: X, base weights, totals.
    pub records: Arc<Records>,
    /// The cells behind the records when all auxiliaries are categorical.
    pub cells: Option<Arc<Cells>>,
    /// Record of each row; [`MISSING`] for rows out of sample.
    pub record_of: Arc<Vec<u32>>,
    /// Weights before.
    pub before: Arc<Vec<f64>>,
    /// Weights after.
    pub after: Arc<Vec<f64>>,
    /// How residuals are taken.
    pub residual: Residual,
    /// Sweeps, misfit.
    pub fit: Fit,
    method: Fitting,
}

/// How g-weights are found again for other base weights, as every replicate needs.
#[derive(Debug, Clone, Copy)]
struct Fitting {
    raked: bool,
    distance: Distance,
    bounds: Option<(f64, f64)>,
    max_sweeps: u32,
    tolerance: f64,
}

impl Adjustment {
    /// The same adjustment, to the same totals, from other weights of the same rows.
    ///
    /// # Errors
    /// As for the first time, when these weights cannot be adjusted.
    pub fn refit(&self, before: &[f64]) -> Result<Vec<f64>, Error> {
        let base = exact_by(before, &self.record_of, self.records.base.len());
        let fit = match &self.cells {
            Some(cells) => {
                let cells = Cells {
                    base: base.clone(),
                    ..Cells::clone(cells)
                };
                self.method.fit(
                    Some(&cells),
                    &Records {
                        base,
                        ..Records::clone(&self.records)
                    },
                )?
            }
            None => self.method.fit(
                None,
                &Records {
                    base,
                    ..Records::clone(&self.records)
                },
            )?,
        };
        Ok(after(before, &self.record_of, &fit.factor))
    }
}

impl Fitting {
    fn fit(&self, cells: Option<&Cells>, records: &Records) -> Result<Fit, Error> {
        match cells {
            Some(cells) if self.raked => rake::rake(cells, self.max_sweeps, self.tolerance),
            _ => calibrate::calibrate(
                records,
                self.distance,
                self.bounds,
                self.max_sweeps,
                self.tolerance,
                |at| {
                    cells.map_or_else(
                        || json!({"column": at, "population": records.targets.get(at)}),
                        |cells| cells.describe(at),
                    )
                },
            ),
        }
    }
}

/// How the residual of an influence on the auxiliaries is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Residual {
    /// z − X(X'DX)⁻X'Dz with D the weights before: exact for every calibration (Särndal, Swensson & Wretman 1989).
    LeastSquares,
    /// Ten sweeps of unweighted cell means, as R's `rake()`.
    RRake,
    /// None: weights taken as fixed.
    Fixed,
}

/// What is reported of the weights.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct WeightingReport {
    /// Sweeps of raking or steps of Newton's method.
    pub sweeps: u32,
    /// Largest relative misfit of a margin.
    pub max_misfit: f64,
    /// Kish's design effect n Σw²/(Σw)².
    pub kish_deff: f64,
    /// Kish's effective sample size (Σw)²/Σw².
    pub n_effective: f64,
    /// Smallest final over base weight.
    pub min_g: f64,
    /// Largest final over base weight.
    pub max_g: f64,
    /// Rows with a weight above zero.
    pub n: usize,
    /// Sum of the final weights.
    pub sum: f64,
    /// Smallest final weight.
    pub min_weight: f64,
    /// Largest final weight.
    pub max_weight: f64,
    /// Share of rows that trimming changed.
    pub trimmed_share: f64,
    /// What a statistician should look at: cells below 30, g outside [0.3, 3], Kish effect above 2.5.
    pub warnings: Vec<String>,
}

/// Adjusts `base` (one weight per row, 0 out of sample) to `margins` as `spec` says.
///
/// # Errors
/// Every code of the weighting steps: see [`Cells::new`], [`rake::rake`], [`calibrate::calibrate`].
pub fn adjust(
    columns: &Columns,
    base: &Arc<Vec<f64>>,
    margins: &Margins,
    spec: &WeightingSpec,
) -> Result<Adjustment, Error> {
    let margins = chosen(margins, spec)?;
    let partial = spec.partial && spec.method == WeightingMethod::Poststratify;
    let cells = Cells::new(columns, base, &margins, partial, spec.rescale_margins)?;
    let numeric: Vec<&Margin> = margins
        .dimensions()
        .iter()
        .filter(|margin| margin.is_numeric())
        .collect();
    let (records, record_of, cells) = if numeric.is_empty() {
        let record_of = cells.crossing.decode(columns.rows());
        let records = Records {
            base: cells.base.clone(),
            member: cells.member.clone(),
            dimensions: cells.dimensions,
            values: Vec::new(),
            numeric: 0,
            targets: cells
                .categories
                .iter()
                .map(|category| category.target)
                .collect(),
        };
        (records, record_of, Some(Arc::new(cells)))
    } else {
        let (records, record_of) = with_numeric(columns, base, &cells, &numeric)?;
        (records, record_of, None)
    };
    if spec.method == WeightingMethod::Poststratify {
        match &cells {
            Some(cells) if cells.dimensions == 1 && spec.bounds.is_none() => {}
            Some(cells) if spec.bounds.is_none() => {
                return Err(Error::spec(format!(
                    "poststratify needs one dimension, there are {}; use rake, or a cross such as county*sex",
                    cells.dimensions
                )));
            }
            _ => {
                return Err(Error::spec(
                    "poststratify takes neither bounds nor numeric totals; use calibrate",
                ));
            }
        }
    }
    let method = Fitting {
        raked: spec.method != WeightingMethod::Calibrate && spec.bounds.is_none(),
        distance: if spec.method == WeightingMethod::Calibrate {
            spec.distance
        } else {
            Distance::Exponential
        },
        bounds: spec.bounds,
        max_sweeps: spec.max_sweeps,
        tolerance: spec.tolerance,
    };
    let fit = method.fit(cells.as_deref(), &records)?;
    let after = after(base, &record_of, &fit.factor);
    let residual = match spec.compat {
        None => Residual::LeastSquares,
        Some(Compat::RRake) => Residual::RRake,
        Some(Compat::FixedWeights) => Residual::Fixed,
    };
    Ok(Adjustment {
        records: Arc::new(records),
        cells,
        record_of: Arc::new(record_of),
        before: Arc::clone(base),
        after: Arc::new(after),
        residual,
        fit,
        method,
    })
}

/// Adjusts the weights of a design as `spec` says: nonresponse, margins, trimming. Gives the report.
///
/// # Errors
/// Every code of the weighting steps.
pub fn apply(
    design: &mut Design,
    columns: &Columns,
    margins: &Margins,
    spec: &WeightingSpec,
) -> Result<WeightingReport, Error> {
    let mut warnings = Vec::new();
    let drawn = Arc::clone(&design.base);
    if let Some(nonresponse) = &spec.nonresponse {
        let (weights, found) = nonresponse::adjust(columns, &design.base, nonresponse)?;
        warnings.extend(found);
        design.base = Arc::clone(&weights);
        design.weights = weights;
    }
    let adjustment = adjust(columns, &design.weights, margins, spec)?;
    let fit = adjustment.fit.clone();
    let thin = adjustment.cells.as_ref().map_or_else(Vec::new, |cells| {
        cells.thin(&adjustment.record_of, &design.weights)
    });
    design.push(adjustment);
    let mut trimmed_share = 0.0;
    if let Some(limits) = &spec.trim {
        let (weights, share) = trim::trim(&design.weights, limits)?;
        design.weights = Arc::new(weights);
        trimmed_share = share;
    }
    let mut report = report(&drawn, &design.weights, Some(&fit));
    report.trimmed_share = trimmed_share;
    report
        .warnings
        .splice(0..0, warnings.into_iter().chain(thin));
    Ok(report)
}

/// w = d g.
fn after(before: &[f64], record_of: &[u32], factor: &[f64]) -> Vec<f64> {
    let mut after = vec![0.0; before.len()];
    after
        .par_iter_mut()
        .zip(before.par_iter())
        .zip(record_of.par_iter())
        .for_each(|((after, before), record)| {
            *after = usize::try_from(*record)
                .ok()
                .and_then(|at| factor.get(at))
                .map_or(*before, |factor| before * factor);
        });
    after
}

/// The report of final weights against the base weights they came from.
#[must_use]
pub fn report(base: &[f64], weights: &[f64], fit: Option<&Fit>) -> WeightingReport {
    let bounds = |(base, weights): (&[f64], &[f64])| {
        let mut seen = (
            0_usize,
            f64::INFINITY,
            f64::NEG_INFINITY,
            f64::INFINITY,
            f64::NEG_INFINITY,
        );
        for (base, weight) in base
            .iter()
            .zip(weights)
            .filter(|(_, weight)| **weight != 0.0)
        {
            let g = weight / base;
            seen = (
                seen.0 + 1,
                seen.1.min(g),
                seen.2.max(g),
                seen.3.min(*weight),
                seen.4.max(*weight),
            );
        }
        seen
    };
    let (n, min_g, max_g, min_weight, max_weight) = base
        .par_chunks(1 << 15)
        .zip(weights.par_chunks(1 << 15))
        .map(bounds)
        .reduce(
            || {
                (
                    0,
                    f64::INFINITY,
                    f64::NEG_INFINITY,
                    f64::INFINITY,
                    f64::NEG_INFINITY,
                )
            },
            |a, b| {
                (
                    a.0 + b.0,
                    a.1.min(b.1),
                    a.2.max(b.2),
                    a.3.min(b.3),
                    a.4.max(b.4),
                )
            },
        );
    let sum = exact(weights);
    let squares = exact_of(weights, |weight| weight * weight);
    let count = count(n);
    let kish_deff = count * squares / (sum * sum);
    let mut warnings = Vec::new();
    if min_g < 0.3 || max_g > 3.0 {
        warnings.push(format!(
            "g-weights from {min_g:.3} to {max_g:.3} leave [0.3, 3]"
        ));
    }
    if kish_deff > 2.5 {
        warnings.push(format!(
            "unequal weights alone cost a design effect of {kish_deff:.2}"
        ));
    }
    WeightingReport {
        sweeps: fit.map_or(0, |fit| fit.sweeps),
        max_misfit: fit.map_or(0.0, |fit| fit.max_misfit),
        kish_deff,
        n_effective: sum * sum / squares,
        min_g,
        max_g,
        n,
        sum,
        min_weight,
        max_weight,
        trimmed_share: 0.0,
        warnings,
    }
}

/// A count as a number; exact below 2⁵³.
#[expect(clippy::as_conversions, reason = "no count of rows reaches 2^53")]
#[must_use]
pub fn count(n: usize) -> f64 {
    n as f64
}

/// The dimensions that the specification names, in its order, or all.
fn chosen(margins: &Margins, spec: &WeightingSpec) -> Result<Margins, Error> {
    let Some(names) = &spec.dimensions else {
        if margins.is_empty() {
            return Err(Error::spec("[weighting] needs population margins"));
        }
        return Ok(margins.clone());
    };
    let mut out = Margins::new();
    for name in names {
        let wanted: Vec<String> = name.split('*').map(|part| part.trim().to_owned()).collect();
        let found = margins
            .dimensions()
            .iter()
            .find(|margin| margin.variables == wanted);
        let known: Vec<String> = margins.dimensions().iter().map(Margin::name).collect();
        out.push(found.cloned().ok_or_else(|| {
            Error::new(
                Code::SpecInvalid,
                format!("the margins have no dimension {name}"),
                json!({"dimension": name, "dimensions": known}),
            )
        })?);
    }
    Ok(out)
}

/// Groups rows by cell and the values of numeric auxiliaries, in an order that depends on those values alone.
fn with_numeric(
    columns: &Columns,
    base: &[f64],
    cells: &Cells,
    numeric: &[&Margin],
) -> Result<(Records, Vec<u32>), Error> {
    let mut values = Vec::new();
    for margin in numeric {
        let name = margin.variables.first().map_or("", String::as_str);
        let decoded = if name == "(Intercept)" {
            vec![1.0; columns.rows()]
        } else {
            columns.get(name)?.to_numbers(name)?.decode()
        };
        let missing: Vec<usize> = decoded
            .iter()
            .zip(base)
            .enumerate()
            .filter(|(_, (value, weight))| value.is_nan() && **weight > 0.0)
            .map(|(row, _)| columns.line(row))
            .collect();
        if !missing.is_empty() {
            return Err(Error::new(
                Code::NaInWeightingVariable,
                format!(
                    "{name} is missing for {} rows; impute or exclude them first",
                    missing.len()
                ),
                json!({"categories": [{"variable": name, "missing": missing.len(), "first_rows": missing.iter().take(10).collect::<Vec<_>>()}]}),
            ));
        }
        values.push(decoded);
    }
    let cell_of = cells.crossing.decode(columns.rows());
    let key = |row: usize| {
        let numbers: Vec<u64> = values
            .iter()
            .filter_map(|column| column.get(row))
            .map(|value| (value + 0.0).to_bits())
            .collect();
        (cell_of.get(row).copied().unwrap_or(MISSING), numbers)
    };
    let mut keyed: Vec<((u32, Vec<u64>), usize)> = (0..columns.rows())
        .filter(|&row| base.get(row).is_some_and(|weight| *weight > 0.0))
        .map(|row| (key(row), row))
        .collect();
    keyed.sort_unstable();
    let mut records = Records {
        base: Vec::new(),
        member: Vec::new(),
        dimensions: cells.dimensions,
        values: Vec::new(),
        numeric: numeric.len(),
        targets: cells
            .categories
            .iter()
            .map(|category| category.target)
            .collect(),
    };
    records.targets.extend(
        numeric
            .iter()
            .filter_map(|margin| margin.cells.first())
            .map(|(_, total)| *total),
    );
    let mut record_of = vec![MISSING; columns.rows()];
    for group in keyed.chunk_by(|a, b| a.0 == b.0) {
        let Some(((cell, numbers), _)) = group.first() else {
            continue;
        };
        let id = u32::try_from(records.base.len()).unwrap_or(MISSING);
        let weights: Vec<f64> = group
            .iter()
            .filter_map(|(_, row)| base.get(*row))
            .copied()
            .collect();
        records.base.push(exact(&weights));
        records
            .member
            .extend(usize::try_from(*cell).map_or(&[][..], |cell| cells.members(cell)));
        records
            .values
            .extend(numbers.iter().map(|bits| f64::from_bits(*bits)));
        for (_, row) in group {
            if let Some(slot) = record_of.get_mut(*row) {
                *slot = id;
            }
        }
    }
    Ok((records, record_of))
}
