//! `[sensitivity]`: what else the figures could be.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::estimation::spec::blend::BlendChoice;
use crate::estimation::spec::label::Labels;

/// Which estimates are made again under other choices, and under which.
///
/// # Example
///
/// ```toml
/// [sensitivity]
/// estimates = ["satisfaction"]
///
/// [[sensitivity.scenario]]
/// name = "pooled"
/// weight = "pooled_weight"
///
/// [[sensitivity.scenario]]
/// name = "without flagged"
/// keep = { part = ["sampled"], flagged = ["0"] }
/// weight = "unflagged_weight"
/// ```
#[derive(Debug, Clone, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SensitivitySpec {
    /// Names of the estimates.
    pub estimates: Vec<String>,
    /// The scenarios, in the order of the output.
    #[serde(default, rename = "scenario")]
    pub scenarios: Vec<Scenario>,
}

/// One other way to make the figures: rows are one sample, weighted to the margins, unless
/// [`publish`](Scenario::publish) says otherwise.
#[derive(Debug, Clone, Default, PartialEq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Scenario {
    /// Its name in the output.
    pub name: String,
    /// Rows that are kept: column → codes. The others are as if they were not in the data.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keep: BTreeMap<String, Labels>,
    /// Whether the rows that the specification leaves out (`keep`) are in the data too.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub every_row: bool,
    /// Which set of a blend is estimated: the rows are blended as `[blend]` says, `weight` is the base
    /// weight of both modes. Absent: the rows are one sample.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub publish: Option<BlendChoice>,
    /// Column of the base weights. Absent: that of the design.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub weight: Option<String>,
    /// Which populations the weights are adjusted to.
    #[serde(default, skip_serializing_if = "is_middle")]
    pub margins: MarginChoice,
    /// Largest final weight, as a multiple of the mean weight. Absent: none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trim: Option<f64>,
}

/// Which of the populations of `margins.csv` are used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum MarginChoice {
    /// The column `population`.
    #[default]
    Population,
    /// The column `low`, where it has a number; the other categories of the dimension are scaled so
    /// that the total stays.
    Low,
    /// The column `high`, likewise.
    High,
}

fn is_middle(choice: &MarginChoice) -> bool {
    *choice == MarginChoice::Population
}
