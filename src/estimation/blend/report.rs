//! What is reported of a blend: three sets of estimates and their differences.
//!
//! The reader of a blended figure must see what it is made of: the probability sample alone, the
//! volunteers alone, and how much they differ. A large and significant difference is a *mode
//! effect*: selection, the presence of an interviewer, or both.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::estimation::analysis::estimate::{Estimate, as_map};
use crate::estimation::distribution::t_upper;
use crate::estimation::error::Error;
use crate::estimation::spec::blend::BlendChoice;
use crate::estimation::spec::specification::EstimateIndex;

/// P below which a large difference between the modes is a mode effect.
const MODE_EFFECT_P: f64 = 0.01;

/// Three sets of estimates and their differences.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BlendReport {
    /// Which of the three is published.
    pub publish: BlendChoice,
    /// λ by level of `factor_by`; one entry with an empty name without `factor_by`.
    pub factor: BTreeMap<String, f64>,
    /// The bias-aware λ, whichever was used: what the reference sample would count if the
    /// differences between the modes are bias of the volunteers.
    pub bias_aware_factor: f64,
    /// The typical bias b behind it, in the unit of shares.
    pub typical_bias: f64,
    /// Estimates from the probability sample alone.
    pub reference: Vec<Estimate>,
    /// Estimates from the volunteers alone.
    pub volunteer: Vec<Estimate>,
    /// Estimates from both.
    pub blended: Vec<Estimate>,
    /// Volunteers minus reference, estimate by estimate.
    pub differences: Vec<Difference>,
    /// Why the volunteers or the blend have no estimates, if they could not be
    /// weighted; then those of the probability sample are published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volunteer_refused: Option<Error>,
}

/// The difference between the modes in one estimate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Which estimate of the specification it belongs to.
    #[serde(skip)]
    pub index: EstimateIndex,
    /// Name of the estimate.
    pub name: String,
    /// Its domain as (column, label); empty for the whole.
    #[serde(serialize_with = "as_map")]
    pub domain: Vec<(String, String)>,
    /// ŷ_vol − ŷ_ref.
    pub difference: f64,
    /// √(v_ref + v_vol): the samples are independent.
    pub std_error: f64,
    /// df_ref + df_vol.
    pub df: f64,
    /// Two-sided P of no difference, 2·P(T_df > |difference|/se).
    pub p_value: f64,
    /// Whether the difference is larger than the plan allows, and P < 0.01.
    pub mode_effect: bool,
}

/// The same estimate from both modes, for every estimate that both have.
pub(super) fn paired<'a>(
    reference: &'a [Estimate],
    volunteer: &'a [Estimate],
) -> impl Iterator<Item = (&'a Estimate, &'a Estimate)> {
    reference.iter().filter_map(|own| {
        let mut others = volunteer.iter();
        others
            .find(|other| other.has_key_of(own))
            .map(|other| (own, other))
    })
}

/// The differences between the modes; `allowed` is the largest that is no mode effect.
pub(super) fn differences(
    reference: &[Estimate],
    volunteer: &[Estimate],
    allowed: f64,
) -> Vec<Difference> {
    let difference = |(reference, volunteer): (&Estimate, &Estimate)| {
        let difference = volunteer.estimate - reference.estimate;
        let (a, b) = (reference.std_error, volunteer.std_error);
        let std_error = (a * a + b * b).sqrt();
        let df = reference.df + volunteer.df;
        let p_value = 2.0 * t_upper((difference / std_error).abs(), df);
        Difference {
            index: reference.index,
            name: reference.name.clone(),
            domain: reference.domain.clone(),
            difference,
            std_error,
            df,
            p_value,
            mode_effect: difference.abs() > allowed && p_value < MODE_EFFECT_P,
        }
    };
    paired(reference, volunteer).map(difference).collect()
}
