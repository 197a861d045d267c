//! One estimate with everything that may be said of it.

use serde::Serialize;

use crate::estimation::judgement::{Presentation, Target, Verdict};
use crate::estimation::spec::estimate::Kind;

/// One figure with what may be said of it. Numbers that do not exist (no answer, no degree of freedom) are NaN.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Estimate {
    /// Name from the specification.
    pub name: String,
    /// The domain as (column, level) in order; empty for the whole.
    #[serde(serialize_with = "as_map")]
    pub domain: Vec<(String, String)>,
    /// Interviews behind it: rows of the domain with an answer and weight above zero.
    pub n: u64,
    /// The estimate; a share is between 0 and 1.
    pub estimate: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Degrees of freedom: PSUs − strata with members of the domain.
    pub df: f64,
    /// Lower end of the two-sided interval.
    pub lower: f64,
    /// Upper end.
    pub upper: f64,
    /// Confidence of the interval.
    pub level: f64,
    /// v/(s²/n): variance over that of a simple random sample of the same size with replacement. Not a number of an
    /// indicator that averages several questions, for which no single s² is defined; Kish's effect of the weights stands in.
    pub design_effect: f64,
    /// p(1 − p)/v of a share, of several questions too (what NCHS judges a share by); n/deff of anything else.
    pub n_effective: f64,
    /// The verdict on the target, if there is one.
    pub verdict: Option<Verdict>,
    /// The target.
    pub target: Option<Target>,
    /// One-sided bounds behind the verdict, each at confidence 1 − α (after Holm's correction, if asked for).
    pub decision_lower: Option<f64>,
    /// The upper one.
    pub decision_upper: Option<f64>,
    /// P of the t-test against the target in the direction of meeting it, uncorrected.
    pub p_value: Option<f64>,
    /// Publish, review or suppress.
    pub presentation: Presentation,
    /// Why, as stable words; of a published figure, footnotes.
    pub reasons: Vec<&'static str>,
    /// What it is.
    pub kind: Kind,
    /// The probability of a quantile.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub probability: Option<f64>,
}

pub(in crate::estimation) fn as_map<S: serde::Serializer>(
    domain: &[(String, String)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_map(domain.iter().map(|(variable, level)| (variable, level)))
}
