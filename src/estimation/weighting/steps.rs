//! The steps from base weights to final weights, in order: nonresponse, margins, trimming.

use std::sync::Arc;

use serde_json::json;

use crate::estimation::columns::Columns;
use crate::estimation::design::Design;
use crate::estimation::error::{Code, Error};
use crate::estimation::spec::weighting::{Compat, Distance, WeightingMethod, WeightingSpec};
use crate::estimation::weighting::adjustment::{Adjustment, Fitting, Residual, after};
use crate::estimation::weighting::cells::Cells;
use crate::estimation::weighting::margins::{Margin, Margins};
use crate::estimation::weighting::nonresponse;
use crate::estimation::weighting::records::{Records, with_numeric};
use crate::estimation::weighting::report::{WeightingReport, report};
use crate::estimation::weighting::trim::trim;

/// Adjusts `base` (one weight per row, 0 out of sample) to `margins` as `spec` says.
///
/// # Errors
/// Every code of the weighting steps: see [`Cells::new`], [`rake`](crate::estimation::weighting::rake::rake), [`calibrate`](crate::estimation::weighting::calibrate::calibrate).
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
        let (weights, share) = trim(&design.weights, limits)?;
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
