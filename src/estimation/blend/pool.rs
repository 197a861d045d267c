//! The columns and designs of the three samples: the reference's own, the volunteers', and both pooled.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "rows and strata are numbered below their count"
)]

use std::collections::BTreeMap;

use crate::estimation::columns::{Category, Column, Columns};
use crate::estimation::error::Error;
use crate::estimation::spec::blend::BlendSpec;
use crate::estimation::spec::design::DesignSpec;
use crate::estimation::spec::label::Names;
use crate::estimation::spec::specification::Spec;
use crate::estimation::spec::weighting::WeightingSpec;

pub(super) const STRATUM: &str = "(stratum of the blend)";

pub(super) const UNIT: &str = "(unit of the blend)";

pub(super) const WEIGHT: &str = "(weight of the blend)";

/// Volunteers: equal weights or their column, strata as in the reference sample, everyone a unit.
pub(super) fn volunteer_design(spec: &Spec, blend: &BlendSpec) -> DesignSpec {
    pooled_or_volunteer(spec, blend.volunteer_weight.clone())
}

pub(super) fn pooled_or_volunteer(spec: &Spec, weight: Option<String>) -> DesignSpec {
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

pub(super) fn pooled_design(spec: &Spec) -> DesignSpec {
    pooled_or_volunteer(spec, Some(WEIGHT.to_owned()))
}

/// The weighting of volunteers and of the blend: to the dimensions already chosen; nonresponse is the reference sample's.
pub(super) fn further_weighting(spec: &Spec) -> Option<WeightingSpec> {
    spec.weighting.clone().map(|weighting| WeightingSpec {
        dimensions: None,
        nonresponse: None,
        ..weighting
    })
}

/// Labels of the strata of each row, "" without strata.
pub(super) fn stratum_labels(columns: &Columns, spec: &Spec) -> Result<Vec<String>, Error> {
    let mut labels = vec![String::new(); columns.rows()];
    for name in spec.design.strata.as_ref().map_or(&[][..], Names::as_slice) {
        let category = columns.get(name)?.to_category();
        for (label, code) in labels.iter_mut().zip(category.decode()) {
            label.push('*');
            label.push_str(
                category
                    .levels
                    .get(code as usize)
                    .map_or("", String::as_str),
            );
        }
    }
    Ok(labels)
}

/// Volunteers' strata; one with a single volunteer joins the largest, for its variance could not be told.
pub(super) fn volunteer_strata(
    labels: &[String],
    volunteer: impl Fn(usize) -> bool,
) -> Vec<String> {
    let mut sizes: BTreeMap<&String, usize> = BTreeMap::new();
    for (row, label) in labels.iter().enumerate().filter(|(row, _)| volunteer(*row)) {
        let _ = row;
        *sizes.entry(label).or_default() += 1;
    }
    let largest = sizes
        .iter()
        .max_by_key(|(_, size)| **size)
        .map(|(label, _)| (*label).clone())
        .unwrap_or_default();
    labels
        .iter()
        .map(|label| {
            if sizes.get(label).is_some_and(|size| *size > 1) {
                label.clone()
            } else {
                largest.clone()
            }
        })
        .collect()
}

pub(super) fn with_own_units(columns: &Columns, spec: &Spec) -> Result<Columns, Error> {
    let mut columns = columns.clone();
    let strata = volunteer_strata(&stratum_labels(&columns, spec)?, |_| true);
    let units = own_units(columns.rows());
    columns.push(
        STRATUM,
        Column::categories(strata.iter().map(|label| Some(label.as_str()))),
    )?;
    columns.push(
        UNIT,
        Column::categories(units.iter().map(|label| Some(label.as_str()))),
    )?;
    Ok(columns)
}

pub(super) fn own_units(rows: usize) -> Vec<String> {
    (0..rows).map(|row| format!("row {row}")).collect()
}

/// Everyone, with the strata and units of the pooled design and the pooled weight.
pub(super) fn pooled_columns(
    columns: &Columns,
    is_reference: &[bool],
    weights: Vec<f64>,
    spec: &Spec,
) -> Result<Columns, Error> {
    let labels = stratum_labels(columns, spec)?;
    let own = volunteer_strata(&labels, |row| !is_reference[row]);
    let psu = match spec
        .design
        .psu
        .as_ref()
        .and_then(|names| names.as_slice().first())
    {
        Some(name) => Some(columns.get(name)?.to_category()),
        None => None,
    };
    let codes = psu.as_ref().map(Category::decode);
    let (mut strata, mut units) = (Vec::new(), Vec::new());
    for row in 0..columns.rows() {
        strata.push(if is_reference[row] {
            format!("reference{}", labels[row])
        } else {
            format!("volunteer{}", own[row])
        });
        let of_psu = psu
            .as_ref()
            .zip(codes.as_ref())
            .and_then(|(psu, codes)| psu.levels.get(codes[row] as usize));
        units.push(match of_psu {
            Some(label) if is_reference[row] => format!("psu {label}"),
            _ => format!("row {row}"),
        });
    }
    let mut pooled = columns.clone();
    pooled.push(
        STRATUM,
        Column::categories(strata.iter().map(|label| Some(label.as_str()))),
    )?;
    pooled.push(
        UNIT,
        Column::categories(units.iter().map(|label| Some(label.as_str()))),
    )?;
    pooled.push(WEIGHT, Column::numbers(weights))?;
    Ok(pooled)
}
