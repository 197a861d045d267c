//! `[weighting]`: how base weights become final weights.

use serde::{Deserialize, Serialize};

/// How base weights become final weights.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WeightingSpec {
    /// Which adjustment.
    pub method: WeightingMethod,
    /// File of the population margins, for the command; the pure core gets them as a value.
    #[serde(default)]
    pub margins: Option<String>,
    /// Dimensions of the margins to use, e.g. `["county*area", "sex"]`; absent: all.
    #[serde(default)]
    pub dimensions: Option<Vec<String>>,
    /// Smallest and largest g-weight (final over base weight).
    #[serde(default)]
    pub bounds: Option<(f64, f64)>,
    /// Distance of `calibrate`; `rake` is always exponential.
    #[serde(default)]
    pub distance: Distance,
    /// Sweeps of raking, or steps of Newton's method, before it is a failure.
    #[serde(default = "default_sweeps")]
    pub max_sweeps: u32,
    /// Largest relative misfit of any margin at the end of a sweep.
    #[serde(default = "default_tolerance")]
    pub tolerance: f64,
    /// Scale every dimension to the total of the first, where they disagree.
    #[serde(default)]
    pub rescale_margins: bool,
    /// Leave out population categories without respondents (post-stratification only).
    #[serde(default)]
    pub partial: bool,
    /// Residual variance: exact least squares, or the convention of another program.
    #[serde(default)]
    pub compat: Option<Compat>,
    /// Limits of the weights after the adjustment.
    #[serde(default)]
    pub trim: Option<TrimSpec>,
    /// Weighting classes for nonresponse, before the adjustment.
    #[serde(default)]
    pub nonresponse: Option<NonresponseSpec>,
}

const fn default_sweeps() -> u32 {
    200
}

const fn default_tolerance() -> f64 {
    1e-8
}

/// Which adjustment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WeightingMethod {
    /// Iterative proportional fitting; with bounds, exponential calibration.
    Rake,
    /// Calibration by Newton's method.
    Calibrate,
    /// Every cell of one dimension to its total.
    #[serde(alias = "post_stratify", alias = "post-stratify")]
    Poststratify,
}

/// The distance between base and final weights in a calibration.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Distance {
    /// F(u) = 1 + u, generalised regression; R's default.
    #[default]
    Linear,
    /// F(u) = eᵘ, the weights of raking.
    #[serde(alias = "raking")]
    Exponential,
    /// F(u) bounded by construction; needs bounds.
    Logit,
}

/// A convention of another program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compat {
    /// Ten sweeps of unweighted cell-mean residuals, as R's `rake()`.
    RRake,
    /// Weights taken as fixed numbers.
    FixedWeights,
}

/// Limits of the weights, as R's `trimWeights`.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TrimSpec {
    /// Largest weight.
    #[serde(default)]
    pub upper: Option<f64>,
    /// Smallest weight.
    #[serde(default)]
    pub lower: Option<f64>,
    /// Repeat until none is outside.
    #[serde(default)]
    pub strict: bool,
}

/// Nonresponse adjustment in weighting classes: d ← d · Σ eligible d / Σ respondents' d.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NonresponseSpec {
    /// Column that is 1 for respondents and 0 for eligible nonrespondents.
    pub respondent: String,
    /// Columns whose cross gives the classes.
    pub classes: Vec<String>,
}
