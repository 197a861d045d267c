//! Everything an analysis gives.

use serde::Serialize;

use crate::estimation::analysis::estimate::{Estimate, as_map};
use crate::estimation::blend::report::BlendReport;
use crate::estimation::contrast::Contrast;
use crate::estimation::crosstab::table::Crosstab;
use crate::estimation::response_rate::rates::ResponseRates;
use crate::estimation::sensitivity::report::Sensitivity;
use crate::estimation::spec::specification::EstimateIndex;
use crate::estimation::weighting::report::WeightingReport;

/// Everything an analysis gives. Serialised, it is the output of `minyi estimate`; lists of kinds
/// that the specification does not have are left out.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
pub struct Analysis {
    /// What the weighting did; `None` without `[weighting]`.
    pub weighting: Option<WeightingReport>,
    /// The estimates, in the order of the specification; of each the whole first, then the levels
    /// of each `by` in the order of their labels.
    pub estimates: Vec<Estimate>,
    /// The two-way tables (kind `crosstab`), in the same order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub crosstabs: Vec<Named<Crosstab>>,
    /// The response rates (kind `response_rates`), in the same order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub response_rates: Vec<Named<ResponseRates>>,
    /// The contrasts (kind `contrast`), in the same order.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub contrasts: Vec<Named<Contrast>>,
    /// The three weightings of a blend; `None` without `[blend]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub blend: Option<BlendReport>,
    /// What else the figures could be, if it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sensitivity: Option<Sensitivity>,
    /// Final weight of every row, 0 out of sample.
    #[serde(skip)]
    pub weights: Vec<f64>,
}

/// A result that is not a single number, with the estimate of the specification it belongs to.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Named<T> {
    /// Which estimate of the specification it belongs to.
    #[serde(skip)]
    pub index: EstimateIndex,
    /// Name from the specification.
    pub name: String,
    /// The domain as (column, label) in order; empty for the whole.
    #[serde(serialize_with = "as_map")]
    pub domain: Vec<(String, String)>,
    /// The result.
    #[serde(flatten)]
    pub result: T,
}
