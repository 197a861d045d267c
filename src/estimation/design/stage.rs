//! One stage of sampling: which unit each row is in, and which stratum each unit is in.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "units and strata are numbered below their count"
)]

use std::collections::{BTreeMap, BTreeSet};

use serde_json::json;

use crate::estimation::columns::Category;
use crate::estimation::crossing::Crossing;
use crate::estimation::error::{Code, Error};

/// One stage: which unit each row is in, and which stratum each unit is in.
#[derive(Debug, Clone)]
pub struct Stage {
    /// The units.
    pub units: Units,
    /// Stratum of each unit (for [`Units::Rows`], of each row).
    pub stratum_of: Vec<u32>,
    /// Label of each stratum.
    pub strata: Vec<String>,
    /// Number of units in the sample, by stratum.
    pub sizes: Vec<u32>,
    /// Sampling fraction by stratum, 0 without a finite population correction.
    pub fractions: Vec<f64>,
}

/// The sampling units of a stage.
#[derive(Debug, Clone)]
pub enum Units {
    /// Every row is one.
    Rows,
    /// Rows with the same labels are one.
    Clusters(Crossing),
}

impl Stage {
    /// Number of units.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.stratum_of.len()
    }

    /// Whether there is no unit.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.stratum_of.is_empty()
    }

    /// The unit of every row.
    #[must_use]
    pub fn unit_of(&self, rows: usize) -> Vec<u32> {
        match &self.units {
            Units::Rows => (0..rows as u32).collect(),
            Units::Clusters(crossing) => crossing.decode(rows),
        }
    }
}

pub(super) fn first_stage(
    strata: &[Category],
    unit: Option<&Category>,
    names: &[String],
    rows: usize,
    nest: bool,
) -> Result<Stage, Error> {
    let Some(unit) = unit else {
        let crossing = Crossing::new(strata.to_vec(), rows);
        let stratum_of = crossing.decode(rows);
        let labels = (0..crossing.len())
            .map(|id| crossing.labels(id).join("*"))
            .collect();
        return Ok(Stage::new(Units::Rows, stratum_of, labels));
    };
    let mut axes = strata.to_vec();
    axes.push(unit.clone());
    let crossing = Crossing::new(axes, rows);
    if !nest {
        refuse_unnested(&crossing, names)?;
    }
    // Units are sorted by stratum first, so strata are runs of equal heads.
    let mut labels: Vec<String> = Vec::new();
    let mut stratum_of = Vec::with_capacity(crossing.len());
    for id in 0..crossing.len() {
        let head = |id: usize| &crossing.levels(id)[..strata.len()];
        if id == 0 || head(id) != head(id - 1) {
            labels.push(crossing.labels(id)[..strata.len()].join("*"));
        }
        stratum_of.push(labels.len() as u32 - 1);
    }
    Ok(Stage::new(Units::Clusters(crossing), stratum_of, labels))
}

/// A further stage: its strata are the units of the stage before.
pub(super) fn next_stage(
    parent: &Stage,
    strata: &[Category],
    units: &[Category],
    rows: usize,
) -> Stage {
    let axes: Vec<Category> = strata.iter().chain(units).cloned().collect();
    let crossing = Crossing::new(axes, rows);
    let width = strata.len() + units.len() - 1;
    let mut stratum_of = Vec::with_capacity(crossing.len());
    let mut labels: Vec<String> = Vec::new();
    for id in 0..crossing.len() {
        let head = |id: usize| &crossing.levels(id)[..width];
        if id == 0 || head(id) != head(id - 1) {
            labels.push(crossing.labels(id)[..width].join("*"));
        }
        stratum_of.push(labels.len() as u32 - 1);
    }
    debug_assert_eq!(
        labels.len(),
        parent.len(),
        "units of a stage are the strata of the next"
    );
    Stage::new(Units::Clusters(crossing), stratum_of, labels)
}

impl Stage {
    fn new(units: Units, stratum_of: Vec<u32>, strata: Vec<String>) -> Self {
        let mut sizes = vec![0; strata.len()];
        for &stratum in &stratum_of {
            sizes[stratum as usize] += 1;
        }
        let fractions = vec![0.0; strata.len()];
        Self {
            units,
            stratum_of,
            strata,
            sizes,
            fractions,
        }
    }
}

fn refuse_unnested(crossing: &Crossing, names: &[String]) -> Result<(), Error> {
    let mut strata_of: BTreeMap<u32, BTreeSet<usize>> = BTreeMap::new();
    for id in 0..crossing.len() {
        if let Some((unit, _)) = crossing.levels(id).split_last() {
            strata_of.entry(*unit).or_default().insert(id);
        }
    }
    let repeated: Vec<serde_json::Value> = strata_of
        .values()
        .filter(|ids| ids.len() > 1)
        .map(|ids| {
            let strata: Vec<String> = ids
                .iter()
                .map(|&id| {
                    crossing
                        .labels(id)
                        .split_last()
                        .map(|(_, head)| head.join("*"))
                        .unwrap_or_default()
                })
                .collect();
            let unit = ids
                .iter()
                .next()
                .and_then(|&id| crossing.labels(id).last().map(|label| (*label).to_owned()));
            json!({"psu": unit, "strata": strata})
        })
        .collect();
    if repeated.is_empty() {
        return Ok(());
    }
    Err(Error::new(
        Code::PsuNotNested,
        format!(
            "{} codes of {} occur in more than one stratum; if codes start again in every stratum set nest = true",
            repeated.len(),
            names.first().map_or("psu", String::as_str)
        ),
        json!({"units": repeated.len(), "examples": repeated.iter().take(10).collect::<Vec<_>>()}),
    ))
}
