//! `[blend]`: how a probability sample and volunteers are combined.

use serde::{Deserialize, Serialize};

use crate::estimation::spec::label::Label;

/// How a probability sample (the reference) and volunteers are combined. The stages are at
/// `blend` in `estimation/blend/stages.rs`.
///
/// # Example
///
/// ```toml
/// [blend]
/// mode = "mode"
/// reference = ["onsite", "paper"]
/// volunteer = ["online"]
/// publish = "reference"
/// factor = "bias_aware"
/// calibrators = ["internet"]
/// ```
#[derive(Debug, Clone, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct BlendSpec {
    /// Column that tells the two apart, such as the mode.
    pub mode: String,
    /// Codes of the probability sample, such as `["onsite", "paper"]`.
    pub reference: Vec<Label>,
    /// Codes of the volunteers, such as `["online"]`.
    pub volunteer: Vec<Label>,
    /// Which of the three sets of figures is published.
    #[serde(default)]
    pub publish: BlendChoice,
    /// How λ, the share of the reference sample in the blend, is found.
    #[serde(default)]
    pub factor: BlendFactor,
    /// Column within whose levels λ is found (such as county). Absent: one λ.
    #[serde(default)]
    pub factor_by: Option<String>,
    /// Columns of behaviour asked in both modes. Their totals, estimated from the reference
    /// sample, calibrate the volunteers and the blend.
    #[serde(default)]
    pub calibrators: Vec<String>,
    /// Difference between the modes, in the unit of the estimate, above which `mode_effect` is
    /// set (if also P < 0.01). 0.05 is 5 percentage points of a share.
    #[serde(default = "default_mode_effect")]
    pub mode_effect: f64,
    /// Column of the volunteers' base weights. Absent: equal weights.
    #[serde(default)]
    pub volunteer_weight: Option<String>,
}

const fn default_mode_effect() -> f64 {
    0.05
}

/// Which of the three sets of figures is published.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum BlendChoice {
    /// Those of the probability sample.
    Reference,
    /// Those of the volunteers.
    Volunteer,
    /// Those of both.
    #[default]
    Blended,
}

/// How λ, the share of the reference sample in the blend, is found. n_eff is Kish's effective
/// sample size (Σw)²/Σw², v a variance.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum BlendFactor {
    /// λ = n_eff,ref/(n_eff,ref + n_eff,vol).
    #[default]
    EffectiveSize,
    /// λ = (v_vol + b²)/(v_ref + v_vol + b²), with the bias b² that the differences of the
    /// estimates show.
    BiasAware,
    /// A number fixed by the plan, 0 to 1.
    Fixed(f64),
}
