//! `[weighting]`, `[replicates]` and `[blend]`: how base weights become final weights.

use serde::{Deserialize, Serialize};

use super::Label;

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

pub(super) const fn default_sweeps() -> u32 {
    200
}

pub(super) const fn default_tolerance() -> f64 {
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

/// Replicate weights made from the design.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReplicateSpec {
    /// How they are made.
    pub method: ReplicateMethod,
    /// Number of bootstrap replicates.
    #[serde(default = "default_replicates")]
    pub count: u32,
    /// Seed of the bootstrap (ChaCha20).
    #[serde(default)]
    pub seed: u64,
    /// Fay's ρ, 0 ≤ ρ < 1.
    #[serde(default = "default_rho")]
    pub rho: f64,
    /// Centre at the full-sample estimate instead of the mean of the replicates.
    #[serde(default)]
    pub mse: bool,
}

pub(super) const fn default_replicates() -> u32 {
    200
}

pub(super) const fn default_rho() -> f64 {
    0.3
}

/// How replicates are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplicateMethod {
    /// Delete one PSU, one stratum.
    Jk1,
    /// Delete one PSU within strata.
    Jkn,
    /// Balanced half samples; two PSUs per stratum.
    Brr,
    /// Fay's method; two PSUs per stratum.
    Fay,
    /// Rao–Wu rescaling bootstrap with n_h − 1 draws.
    Bootstrap,
}

/// How a probability sample and volunteers are combined (`statistics.md` of the methods chapter in [`super`]).
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BlendSpec {
    /// Column of the mode.
    pub mode: String,
    /// Codes of the probability sample, e.g. `["onsite", "paper"]`.
    pub reference: Vec<Label>,
    /// Codes of the volunteers, e.g. `["online"]`.
    pub volunteer: Vec<Label>,
    /// Which of the three the published figures are.
    #[serde(default)]
    pub publish: BlendChoice,
    /// How the share of the reference sample is found.
    #[serde(default)]
    pub factor: BlendFactor,
    /// Column within whose levels the factor is found (e.g. county); absent: one factor.
    #[serde(default)]
    pub factor_by: Option<String>,
    /// Columns of behaviour asked in both modes, whose totals from the reference sample calibrate the blend.
    #[serde(default)]
    pub calibrators: Vec<String>,
    /// Largest difference between the modes (in the unit of the estimate) that is not flagged.
    #[serde(default = "default_gap")]
    pub mode_effect: f64,
    /// Base weight of volunteers: absent, the mean reference weight (or, with calibrators, the inverse odds).
    #[serde(default)]
    pub volunteer_weight: Option<String>,
}

pub(super) const fn default_gap() -> f64 {
    0.05
}

/// Which of the three weightings is published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BlendChoice {
    /// The probability sample alone.
    Reference,
    /// The volunteers alone.
    Volunteer,
    /// Both.
    #[default]
    Blended,
}

/// How much the probability sample counts in the blend.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BlendFactor {
    /// n_eff,ref / (n_eff,ref + n_eff,vol).
    #[default]
    EffectiveSize,
    /// (v_vol + b²) / (v_ref + v_vol + b²), b² from the differences of the estimates, pooled.
    BiasAware,
    /// A number fixed by the plan.
    Fixed(f64),
}
