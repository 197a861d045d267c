//! What is reported of a blend: the three weightings side by side.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::estimation::analysis::estimate::{Estimate, as_map};
use crate::estimation::distribution::t_upper;
use crate::estimation::error::Error;
use crate::estimation::spec::blend::BlendChoice;

/// P below which a large difference between modes is flagged.
const MODE_EFFECT_P: f64 = 0.01;

/// The three weightings side by side.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct BlendReport {
    /// Which is published.
    pub publish: BlendChoice,
    /// λ by level of `factor_by`; one entry named "" without it.
    pub factor: BTreeMap<String, f64>,
    /// The bias-aware λ, whatever was chosen: what volunteers would count if their difference is bias.
    pub bias_aware_factor: f64,
    /// √b²: the typical bias behind it, in the unit of shares.
    pub typical_bias: f64,
    /// The probability sample alone.
    pub reference: Vec<Estimate>,
    /// The volunteers alone.
    pub volunteer: Vec<Estimate>,
    /// Both.
    pub blended: Vec<Estimate>,
    /// Volunteers minus reference, estimate by estimate.
    pub differences: Vec<Difference>,
    /// Why the volunteers have no estimates of their own, where the plan publishes the probability sample's and they could
    /// not be weighted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volunteer_refused: Option<Error>,
}

/// The difference between the modes in one estimate.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Difference {
    /// Name of the estimate.
    pub name: String,
    /// Its domain.
    #[serde(serialize_with = "as_map")]
    pub domain: Vec<(String, String)>,
    /// Volunteer minus reference.
    pub difference: f64,
    /// √(v_ref + v_vol): the samples are independent.
    pub std_error: f64,
    /// df_ref + df_vol.
    pub df: f64,
    /// Two-sided P of no difference.
    pub p_value: f64,
    /// Beyond the size that the plan tolerates, and P < 0.01.
    pub mode_effect: bool,
}

/// The same estimate from both sides.
pub(super) fn paired<'a>(
    reference: &'a [Estimate],
    volunteer: &'a [Estimate],
) -> impl Iterator<Item = (&'a Estimate, &'a Estimate)> {
    reference.iter().filter_map(|on| {
        let same = |off: &&Estimate| {
            off.name == on.name && off.domain == on.domain && off.probability == on.probability
        };
        volunteer.iter().find(same).map(|off| (on, off))
    })
}

pub(super) fn differences(
    reference: &[Estimate],
    volunteer: &[Estimate],
    tolerated: f64,
) -> Vec<Difference> {
    paired(reference, volunteer)
        .map(|(on, off)| {
            let difference = off.estimate - on.estimate;
            let std_error = (on.std_error * on.std_error + off.std_error * off.std_error).sqrt();
            let df = on.df + off.df;
            let p_value = 2.0 * t_upper((difference / std_error).abs(), df);
            Difference {
                name: on.name.clone(),
                domain: on.domain.clone(),
                difference,
                std_error,
                df,
                p_value,
                mode_effect: difference.abs() > tolerated && p_value < MODE_EFFECT_P,
            }
        })
        .collect()
}
