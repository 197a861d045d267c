//! What a sensitivity analysis gives.

use serde::{Deserialize, Serialize};

use crate::estimation::analysis::estimate::Estimate;
use crate::estimation::error::Error;
use crate::estimation::judgement::Verdict;
use crate::estimation::spec::specification::EstimateIndex;

/// The estimates under other choices, and the tipping points of their verdicts.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Sensitivity {
    /// One for each scenario, in the order of the specification.
    pub scenarios: Vec<ScenarioReport>,
    /// One for each estimate of the specification that has a target.
    pub tipping: Vec<Tipping>,
}

/// The estimates of one scenario.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ScenarioReport {
    /// Its name.
    pub name: String,
    /// Rows that were kept.
    pub rows: u64,
    /// The estimates for the whole, in the order of the specification; empty if refused.
    pub estimates: Vec<Estimate>,
    /// Why there are none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<Error>,
}

/// What it takes until the verdict of one estimate changes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Tipping {
    /// Which estimate of the specification.
    #[serde(skip)]
    pub index: EstimateIndex,
    /// Its name.
    pub name: String,
    /// The verdict as it is.
    pub verdict: Verdict,
    /// The population margin that has to move least. `None` without calibration, or if no move
    /// within 0 to 100 % changes the verdict.
    pub margin: Option<MarginTipping>,
    /// Fabricated forms among the volunteers. `None` without volunteers.
    pub fabrication: Option<Fabrication>,
}

/// A move of one population margin.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MarginTipping {
    /// Dimension, such as `age`.
    pub dimension: String,
    /// Category, such as `a18`.
    pub category: String,
    /// Its share of the population as it is, 0 to 1.
    pub share: f64,
    /// The share at which the verdict changes; the other categories of the dimension give or take
    /// in proportion.
    pub tipping_share: f64,
    /// The verdict there.
    pub verdict: Verdict,
}

/// How many fabricated forms among the volunteers change a verdict.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Fabrication {
    /// Volunteers in the data.
    pub volunteers: u64,
    /// Forms, all positive, until the published verdict changes. `None`: no number does.
    pub published: Option<u64>,
    /// The same if all rows were pooled as one sample. `None`: no number does.
    pub pooled: Option<u64>,
}
