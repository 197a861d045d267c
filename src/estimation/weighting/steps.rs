//! The steps from base weights to final weights: nonresponse, margins, trimming.

use std::sync::Arc;

use serde_json::json;

use crate::estimation::columns::Columns;
use crate::estimation::design::sample_design::Design;
use crate::estimation::error::{Code, Error};
use crate::estimation::spec::weighting::{Compat, Distance, WeightingMethod, WeightingSpec};
use crate::estimation::weighting::adjustment::{Adjustment, FitMethod, Residual, weights_after};
use crate::estimation::weighting::cells::Cells;
use crate::estimation::weighting::margins::{Margin, Margins};
use crate::estimation::weighting::newton::Calibration;
use crate::estimation::weighting::nonresponse;
use crate::estimation::weighting::records::{Records, group_rows};
use crate::estimation::weighting::report::{WeightingReport, report};
use crate::estimation::weighting::trim::trim;

/// Adjusts the weights of a design as `spec` says, and returns the report.
///
/// | step | what | gives the weight |
/// |---|---|---|
/// | 1 nonresponse | respondents get the weight of nonrespondents ([`nonresponse`]) | base |
/// | 2 margins | raking, calibration or post-stratification ([`adjust`]) | final |
/// | 3 trimming | weights cut to limits ([`trim`]) | final |
///
/// Trimmed weights no longer meet the margins exactly. Calibration with `bounds` limits the weights
/// and meets the margins.
///
/// # Errors
///
/// Those of the three steps.
pub fn apply(
    design: &mut Design,
    columns: &Columns,
    margins: &Margins,
    spec: &WeightingSpec,
) -> Result<WeightingReport, Error> {
    let drawn = Arc::clone(&design.base);
    let mut warnings = Vec::new();
    if let Some(nonresponse) = &spec.nonresponse {
        let (weights, found) = nonresponse::adjust(columns, &design.base, nonresponse)?;
        warnings.extend(found);
        design.base = Arc::clone(&weights);
        design.weights = weights;
    }
    let adjustment = adjust(columns, &design.weights, margins, spec)?;
    let fit = adjustment.fit.clone();
    if let Some(cells) = &adjustment.cells {
        warnings.extend(cells.few_respondents(&adjustment.record_of, &design.weights));
    }
    design.push(adjustment);
    let mut trimmed_share = 0.0;
    if let Some(limits) = &spec.trim {
        let (weights, share) = trim(&design.weights, limits)?;
        design.weights = Arc::new(weights);
        trimmed_share = share;
    }
    let mut report = report(&drawn, &design.weights, Some(&fit));
    report.trimmed_share = trimmed_share;
    report.warnings.splice(0..0, warnings);
    Ok(report)
}

/// Adjusts `base` (one weight per row, 0 for rows out of sample) to `margins` as `spec` says.
///
/// | method | how |
/// |---|---|
/// | `rake` | raking; with bounds, calibration with the exponential distance |
/// | `calibrate` | calibration with the distance of `spec` |
/// | `poststratify` | raking to one dimension |
///
/// # Example
///
/// Women are half of the population and a quarter of the sample:
///
/// ```
/// use std::sync::Arc;
///
/// use minyi::estimation::weighting::adjust;
/// use minyi::estimation::{Column, Columns, Margins, Spec};
///
/// let mut columns = Columns::new();
/// columns.push("sex", Column::categories(["F", "M", "M", "M"].map(Some)))?;
/// let margins = Margins::parse("dimension,category,population\nsex,F,60\nsex,M,60\n")?;
/// let spec = Spec::parse("[design]\n[weighting]\nmethod = \"rake\"\n")?;
/// let base = Arc::new(vec![1.0; 4]);
/// let adjustment = adjust(&columns, &base, &margins, &spec.weighting.unwrap())?;
/// assert_eq!(*adjustment.after, [60.0, 20.0, 20.0, 20.0]);
/// # Ok::<(), minyi::estimation::Error>(())
/// ```
///
/// # Errors
///
/// Those of [`Cells::new`], [`group_rows`], [`rake`](crate::estimation::weighting::rake::rake) and
/// [`calibrate`](crate::estimation::weighting::calibrate::calibrate); `SPEC_INVALID` if
/// `poststratify` has several dimensions, bounds or numeric totals, or if a dimension of
/// `spec.dimensions` is not in the margins.
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
    if spec.method == WeightingMethod::Poststratify {
        check_poststratify(&cells, &numeric, spec)?;
    }
    let (records, record_of, cells) = if numeric.is_empty() {
        let record_of = cells.cells.decode(columns.rows());
        (Records::of_cells(&cells), record_of, Some(Arc::new(cells)))
    } else {
        let (records, record_of) = group_rows(columns, base, &cells, &numeric)?;
        (records, record_of, None)
    };
    let method = fit_method(spec);
    let fit = method.fit(cells.as_deref(), &records)?;
    let after = weights_after(base, &record_of, &fit.factor);
    Ok(Adjustment {
        records: Arc::new(records),
        cells,
        record_of: Arc::new(record_of),
        before: Arc::clone(base),
        after: Arc::new(after),
        residual: match spec.compat {
            None => Residual::LeastSquares,
            Some(Compat::RRake) => Residual::RRake,
            Some(Compat::FixedWeights) => Residual::Fixed,
        },
        fit,
        method,
    })
}

/// Raking is also what fits one dimension: it takes one sweep. With bounds, raking is calibration
/// with the exponential distance.
fn fit_method(spec: &WeightingSpec) -> FitMethod {
    let calibrated = spec.method == WeightingMethod::Calibrate;
    FitMethod {
        raked: !calibrated && spec.bounds.is_none(),
        calibration: Calibration {
            distance: if calibrated {
                spec.distance
            } else {
                Distance::Exponential
            },
            bounds: spec.bounds,
            max_steps: spec.max_sweeps,
            tolerance: spec.tolerance,
        },
    }
}

/// Post-stratification has one dimension of categories and no bounds.
fn check_poststratify(
    cells: &Cells,
    numeric: &[&Margin],
    spec: &WeightingSpec,
) -> Result<(), Error> {
    if !numeric.is_empty() || spec.bounds.is_some() {
        return Err(Error::spec(
            "poststratify takes neither bounds nor numeric totals; use calibrate",
        ));
    }
    if cells.dimensions != 1 {
        return Err(Error::spec(format!(
            "poststratify needs one dimension, there are {}; use rake, or cross-classify them as \
             county*sex",
            cells.dimensions
        )));
    }
    Ok(())
}

/// The dimensions that the specification names, in its order, or all.
fn chosen(margins: &Margins, spec: &WeightingSpec) -> Result<Margins, Error> {
    let Some(names) = &spec.dimensions else {
        if margins.is_empty() {
            return Err(Error::spec("[weighting] needs population margins"));
        }
        return Ok(margins.clone());
    };
    let mut chosen = Margins::new();
    for name in names {
        let variables: Vec<String> = name.split('*').map(|name| name.trim().to_owned()).collect();
        let mut dimensions = margins.dimensions().iter();
        let Some(margin) = dimensions.find(|margin| margin.variables == variables) else {
            let known: Vec<String> = margins.dimensions().iter().map(Margin::name).collect();
            return Err(Error::new(
                Code::SpecInvalid,
                format!("the margins have no dimension {name}"),
                json!({"dimension": name, "dimensions": known}),
            ));
        };
        chosen.push(margin.clone());
    }
    Ok(chosen)
}
