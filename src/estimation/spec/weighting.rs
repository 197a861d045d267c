//! `[weighting]`: how base weights become final weights.

use serde::{Deserialize, Serialize};

/// How base weights d become final weights w. The steps are at
/// [`apply`](crate::estimation::weighting::steps::apply).
///
/// # Example
///
/// ```toml
/// [weighting]
/// method = "rake"
/// margins = "margins.csv"
/// dimensions = ["county*area", "sex", "age"]
/// bounds = [0.3, 3.0]
///
/// [weighting.nonresponse]
/// respondent = "responded"
/// classes = ["county", "area"]
/// ```
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct WeightingSpec {
    /// Which adjustment to the population margins.
    pub method: WeightingMethod,
    /// File of the population margins, beside the specification. Only the command reads it; the
    /// functions of this module get the margins as a value.
    #[serde(default)]
    pub margins: Option<String>,
    /// Dimensions of the margins to use, such as `["county*area", "sex"]`. Absent: all.
    #[serde(default)]
    pub dimensions: Option<Vec<String>>,
    /// Smallest and largest g = w/d, on both sides of 1.
    #[serde(default)]
    pub bounds: Option<(f64, f64)>,
    /// Distance of `calibrate`; `rake` always has the exponential distance.
    #[serde(default)]
    pub distance: Distance,
    /// Largest number of sweeps of raking, or of steps of Newton's method.
    #[serde(default = "default_max_sweeps")]
    pub max_sweeps: u32,
    /// Largest |Σw − T|/T of any category at the end.
    #[serde(default = "default_tolerance")]
    pub tolerance: f64,
    /// Scale every dimension to the total of the first, if their totals differ.
    #[serde(default)]
    pub rescale_margins: bool,
    /// Leave out population categories without respondents (post-stratification only).
    #[serde(default)]
    pub partial: bool,
    /// Take the residuals of the variance as another program does. Absent: exact least squares.
    #[serde(default)]
    pub compat: Option<Compat>,
    /// Limits of the final weights.
    #[serde(default)]
    pub trim: Option<TrimSpec>,
    /// Adjustment for nonresponse, before the margins.
    #[serde(default)]
    pub nonresponse: Option<NonresponseSpec>,
}

impl WeightingSpec {
    /// A weighting by that method to all margins, every other key at its default.
    #[must_use]
    pub fn new(method: WeightingMethod) -> Self {
        Self {
            method,
            margins: None,
            dimensions: None,
            bounds: None,
            distance: Distance::default(),
            max_sweeps: default_max_sweeps(),
            tolerance: default_tolerance(),
            rescale_margins: false,
            partial: false,
            compat: None,
            trim: None,
            nonresponse: None,
        }
    }
}

const fn default_max_sweeps() -> u32 {
    200
}

const fn default_tolerance() -> f64 {
    1e-8
}

/// Which adjustment to the population margins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum WeightingMethod {
    /// Raking (iterative proportional fitting); with bounds, calibration with the exponential
    /// distance, cut off at the bounds.
    Rake,
    /// Calibration by Newton's method, with the distance that is asked for (linear by default), cut
    /// off at the bounds.
    Calibrate,
    /// Post-stratification: every category of one dimension to its total.
    #[serde(alias = "post_stratify", alias = "post-stratify")]
    Poststratify,
}

/// The distance G(w, d) between base and final weights that a calibration minimises, given by
/// w = d·F(u) with u = x'η (Deville & Särndal 1992, JASA 87).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Distance {
    /// F(u) = 1 + u: the generalised regression estimator; R's default.
    #[default]
    Linear,
    /// F(u) = eᵘ: the weights of raking.
    #[serde(alias = "raking")]
    Exponential,
    /// F(u) between the bounds for every u; needs bounds.
    Logit,
}

/// How another program takes the residuals of the variance.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Compat {
    /// As R's `rake()`: ten sweeps of unweighted means of the categories.
    RRake,
    /// Not at all: the weights are taken as fixed numbers.
    FixedWeights,
}

/// Limits of the final weights, as in R's `trimWeights`.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct TrimSpec {
    /// Largest weight. Absent: none.
    #[serde(default)]
    pub upper: Option<f64>,
    /// Smallest weight. Absent: none.
    #[serde(default)]
    pub lower: Option<f64>,
    /// Repeat until no weight is outside the limits.
    #[serde(default)]
    pub strict: bool,
}

/// Adjustment for nonresponse in weighting classes: a respondent's d is multiplied by
/// Σd of the eligible / Σd of the respondents in the class.
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct NonresponseSpec {
    /// Column that is 1 for respondents and 0 for eligible nonrespondents.
    pub respondent: String,
    /// Columns whose cross-classification gives the classes.
    pub classes: Vec<String>,
}
