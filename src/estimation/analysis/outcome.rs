//! Everything an analysis gives.

use serde::Serialize;

use crate::estimation::analysis::estimate::Estimate;
use crate::estimation::blend::report::BlendReport;
use crate::estimation::weighting::report::WeightingReport;

/// Everything an analysis gives.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Analysis {
    /// What the weighting did; `None` without `[weighting]`.
    pub weighting: Option<WeightingReport>,
    /// In the order of the specification; per estimate the whole first, then the levels of each `by`, sorted.
    pub estimates: Vec<Estimate>,
    /// The probability sample alone, the volunteers alone and both, if the specification blends modes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blend: Option<BlendReport>,
    /// Final weight of every row, 0 out of sample.
    #[serde(skip)]
    pub weights: Vec<f64>,
}
