//! The columns and designs of the volunteers alone and of both samples pooled.
//!
//! The pooled design needs strata and units in which the reference keeps its own and volunteers get
//! theirs: columns are added to the data, with names in parentheses that no file has.
#![expect(
    clippy::indexing_slicing,
    reason = "rows are numbered below their count"
)]

use std::collections::BTreeMap;

use crate::estimation::columns::{Column, Columns};
use crate::estimation::error::Error;
use crate::estimation::spec::blend::BlendSpec;
use crate::estimation::spec::design::DesignSpec;
use crate::estimation::spec::label::Names;
use crate::estimation::spec::specification::Spec;
use crate::estimation::spec::weighting::WeightingSpec;

/// Columns that are added to the data; no column of a file has such a name.
const STRATUM: &str = "(stratum of the blend)";
const UNIT: &str = "(unit of the blend)";
const WEIGHT: &str = "(weight of the blend)";

/// The design of the volunteers: equal weights or those of their column, strata as in the reference
/// sample, everyone a sampling unit.
pub(super) fn volunteer_design(spec: &Spec, how: &BlendSpec) -> DesignSpec {
    design(spec, how.volunteer_weight.clone())
}

/// The design of both samples pooled, for the columns of [`pooled_columns`].
pub(super) fn pooled_design(spec: &Spec) -> DesignSpec {
    design(spec, Some(WEIGHT.to_owned()))
}

/// A design by the added columns, with the policy on lonely PSUs of the specification.
fn design(spec: &Spec, weight: Option<String>) -> DesignSpec {
    DesignSpec {
        weight,
        strata: Some(Names::One(STRATUM.to_owned())),
        psu: Some(Names::One(UNIT.to_owned())),
        fpc: None,
        nest: true,
        lonely_psu: spec.design.lonely_psu,
        adjust_domain_lonely: false,
    }
}

/// The weighting of the volunteers and of the blend: to all dimensions of the margins they are
/// given. The adjustment for nonresponse is for the reference sample only.
pub(super) fn further_weighting(spec: &Spec) -> Option<WeightingSpec> {
    spec.weighting.clone().map(|weighting| WeightingSpec {
        dimensions: None,
        nonresponse: None,
        ..weighting
    })
}

/// The volunteers' columns with strata and with a sampling unit for each row.
///
/// # Errors
/// `UNKNOWN_COLUMN`.
pub(super) fn volunteer_columns(volunteers: &Columns, spec: &Spec) -> Result<Columns, Error> {
    let labels = stratum_labels(volunteers, spec)?;
    let strata = volunteer_strata(&labels, |_| true);
    let units: Vec<String> = (0..volunteers.rows()).map(own_unit).collect();
    let mut columns = volunteers.clone();
    columns.push(STRATUM, categories(&strata))?;
    columns.push(UNIT, categories(&units))?;
    Ok(columns)
}

/// Everyone, with the strata, units and `weights` of the pooled design: the strata of volunteers
/// are beside those of the reference sample, and every volunteer is a sampling unit.
///
/// # Errors
/// `UNKNOWN_COLUMN`.
pub(super) fn pooled_columns(
    columns: &Columns,
    is_reference: &[bool],
    weights: Vec<f64>,
    spec: &Spec,
) -> Result<Columns, Error> {
    let labels = stratum_labels(columns, spec)?;
    let of_volunteers = volunteer_strata(&labels, |row| !is_reference[row]);
    let psu = match spec
        .design
        .psu
        .as_ref()
        .and_then(|psu| psu.as_slice().first())
    {
        Some(name) => Some(row_labels(columns, name)?),
        None => None,
    };
    let stratum = |row: usize| match is_reference[row] {
        true => format!("reference{}", labels[row]),
        false => format!("volunteer{}", of_volunteers[row]),
    };
    let unit = |row: usize| match psu.as_ref().and_then(|psu| psu[row].as_ref()) {
        Some(label) if is_reference[row] => format!("psu {label}"),
        _ => own_unit(row),
    };
    let strata: Vec<String> = (0..columns.rows()).map(stratum).collect();
    let units: Vec<String> = (0..columns.rows()).map(unit).collect();
    let mut pooled = columns.clone();
    pooled.push(STRATUM, categories(&strata))?;
    pooled.push(UNIT, categories(&units))?;
    pooled.push(WEIGHT, Column::numbers(weights))?;
    Ok(pooled)
}

/// The name of a sampling unit that is one row.
fn own_unit(row: usize) -> String {
    format!("row {row}")
}

/// Labels as a column.
fn categories(labels: &[String]) -> Column {
    Column::categories(labels.iter().map(|label| Some(label.as_str())))
}

/// The label of a column in each row, `None` where it is missing.
fn row_labels(columns: &Columns, name: &str) -> Result<Vec<Option<String>>, Error> {
    let category = columns.get(name)?.to_category();
    let label = |code: u32| {
        let at = usize::try_from(code).ok()?;
        category.levels.get(at).cloned()
    };
    Ok(category.decode().into_iter().map(label).collect())
}

/// The labels of the strata of each row, joined; empty without strata.
fn stratum_labels(columns: &Columns, spec: &Spec) -> Result<Vec<String>, Error> {
    let mut labels = vec![String::new(); columns.rows()];
    for name in spec.design.strata.as_ref().map_or(&[][..], Names::as_slice) {
        for (joined, label) in labels.iter_mut().zip(row_labels(columns, name)?) {
            joined.push('*');
            joined.push_str(label.as_deref().unwrap_or_default());
        }
    }
    Ok(labels)
}

/// The strata of volunteers. One with a single volunteer has no variance; it joins the largest.
fn volunteer_strata(labels: &[String], is_volunteer: impl Fn(usize) -> bool) -> Vec<String> {
    let mut sizes: BTreeMap<&String, usize> = BTreeMap::new();
    for (row, label) in labels.iter().enumerate() {
        if is_volunteer(row) {
            *sizes.entry(label).or_default() += 1;
        }
    }
    let largest = sizes.iter().max_by_key(|(_, size)| **size);
    let largest = largest
        .map(|(label, _)| (*label).clone())
        .unwrap_or_default();
    let stratum = |label: &String| match sizes.get(label) {
        Some(2..) => label.clone(),
        _ => largest.clone(),
    };
    labels.iter().map(stratum).collect()
}
