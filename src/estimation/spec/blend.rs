//! `[blend]`: how a probability sample and volunteers are combined.

use serde::{Deserialize, Serialize};

use crate::estimation::spec::label::Label;

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

const fn default_gap() -> f64 {
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
