//! The columns and designs of the volunteers alone and of both samples pooled.
//!
//! The pooled design needs strata and units in which the reference keeps its own and volunteers get
//! theirs: columns are added to the data, with names in parentheses that no file has. A volunteer
//! has no unit there, because each is one.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "rows and strata are numbered below their count"
)]

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::estimation::columns::{Category, Column, Columns, MISSING};
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
    design(spec, how.volunteer_weight.clone(), None)
}

/// The design of both samples pooled, for the columns of [`pooled_columns`]. Rows without a unit are
/// units of their own.
pub(super) fn pooled_design(spec: &Spec) -> DesignSpec {
    let unit = spec.design.psu.as_ref();
    let unit = unit.map(|_| Names::One(UNIT.to_owned()));
    design(spec, Some(WEIGHT.to_owned()), unit)
}

/// A design by the added columns, with the policy on lonely PSUs of the specification.
fn design(spec: &Spec, weight: Option<String>, psu: Option<Names>) -> DesignSpec {
    DesignSpec {
        weight,
        strata: Some(Names::One(STRATUM.to_owned())),
        psu,
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

/// The volunteers' columns with their strata.
///
/// # Errors
/// `UNKNOWN_COLUMN`.
pub(super) fn volunteer_columns(volunteers: &Columns, spec: &Spec) -> Result<Columns, Error> {
    let strata = Strata::new(volunteers, spec)?;
    let own = strata.of_volunteers(|_| true);
    let codes = strata.of_row.iter().map(|&stratum| own[stratum as usize]);
    let mut columns = volunteers.clone();
    columns.push(STRATUM, Column::codes(codes.collect(), strata.labels))?;
    Ok(columns)
}

/// Everyone, with the strata, units and `weights` of the pooled design: the strata of volunteers
/// are beside those of the reference sample, and volunteers have no unit.
///
/// # Errors
/// `UNKNOWN_COLUMN`.
pub(super) fn pooled_columns(
    columns: &Columns,
    is_reference: &[bool],
    weights: Vec<f64>,
    spec: &Spec,
) -> Result<Columns, Error> {
    let strata = Strata::new(columns, spec)?;
    let of_volunteers = strata.of_volunteers(|row| !is_reference[row]);
    let first_of_volunteers = strata.labels.len() as u32;
    let rows = strata.of_row.iter().zip(is_reference);
    let codes = rows.map(|(&stratum, is_reference)| match is_reference {
        true => stratum,
        false => first_of_volunteers + of_volunteers[stratum as usize],
    });
    let with = |prefix: &'static str| {
        let labels = strata.labels.iter();
        labels.map(move |label| format!("{prefix}{label}"))
    };
    let labels = with("reference").chain(with("volunteer"));
    let mut pooled = columns.clone();
    pooled.push(STRATUM, Column::codes(codes.collect(), labels.collect()))?;
    let psu = spec.design.psu.as_ref();
    if let Some(name) = psu.and_then(|psu| psu.as_slice().first()) {
        let category = columns.get(name)?.to_category();
        let codes = category.decode().into_iter().zip(is_reference);
        let codes = codes.map(|(code, is_reference)| match is_reference {
            true => code,
            false => MISSING,
        });
        let units = Category {
            codes: Arc::new(codes.collect()),
            levels: category.levels,
        };
        pooled.push(UNIT, Column::Category(units))?;
    }
    pooled.push(WEIGHT, Column::numbers(weights))?;
    Ok(pooled)
}

/// The strata of a specification: the labels of its columns, joined.
struct Strata {
    /// In order, each once; one that is empty without strata.
    labels: Vec<String>,
    /// The stratum of each row.
    of_row: Vec<u32>,
}

impl Strata {
    /// The strata of all rows. A missing label is an empty one.
    ///
    /// # Errors
    /// `UNKNOWN_COLUMN`.
    fn new(columns: &Columns, spec: &Spec) -> Result<Self, Error> {
        let mut strata = Self {
            labels: vec![String::new()],
            of_row: vec![0; columns.rows()],
        };
        for name in spec.design.strata.as_ref().map_or(&[][..], Names::as_slice) {
            strata.divide(&columns.get(name)?.to_category());
        }
        Ok(strata)
    }

    /// Divides the strata by one more variable.
    fn divide(&mut self, variable: &Category) {
        let width = variable.levels.len() + 1;
        let mut occurs = vec![false; self.labels.len() * width];
        let mut pairs = variable.decode();
        for (pair, stratum) in pairs.iter_mut().zip(&self.of_row) {
            let level = (*pair as usize).min(width - 1);
            *pair = (*stratum as usize * width + level) as u32;
            occurs[*pair as usize] = true;
        }
        let label = |pair: usize| {
            let level = variable.levels.get(pair % width);
            let level = level.map_or("", String::as_str);
            format!("{}*{level}", self.labels[pair / width])
        };
        let mut numbers: BTreeMap<String, u32> = (0..occurs.len())
            .filter(|pair| occurs[*pair])
            .map(|pair| (label(pair), 0))
            .collect();
        for (number, at) in numbers.values_mut().zip(0..) {
            *number = at;
        }
        let of_pair: Vec<u32> = (0..occurs.len())
            .map(|pair| match occurs[pair] {
                true => numbers.get(&label(pair)).copied().unwrap_or(0),
                false => 0,
            })
            .collect();
        for (stratum, pair) in self.of_row.iter_mut().zip(pairs) {
            *stratum = of_pair[pair as usize];
        }
        self.labels = numbers.into_keys().collect();
    }

    /// For each stratum, the one that its volunteers are in. One with a single volunteer has no
    /// variance; it joins the largest.
    fn of_volunteers(&self, is_volunteer: impl Fn(usize) -> bool) -> Vec<u32> {
        let mut sizes = vec![0_usize; self.labels.len()];
        for (row, &stratum) in self.of_row.iter().enumerate() {
            sizes[stratum as usize] += usize::from(is_volunteer(row));
        }
        let largest = (0_u32..).zip(&sizes).max_by_key(|(_, size)| **size);
        let largest = largest.map_or(0, |(stratum, _)| stratum);
        let strata = (0_u32..).zip(&sizes);
        strata
            .map(|(stratum, size)| if *size < 2 { largest } else { stratum })
            .collect()
    }
}
