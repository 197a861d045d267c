//! λ: how much the probability sample counts in the blend.
//!
//! By effective sizes λ is the precision of the reference relative to both, and the bias of
//! volunteers is ignored. The bias-aware λ counts what the estimates of both modes differ by beyond
//! their sampling errors as bias of the volunteers; it is near 1 as soon as they differ by a few
//! percentage points.

use serde_json::json;

use crate::estimation::analysis::estimate::Estimate;
use crate::estimation::blend::report::paired;
use crate::estimation::columns::{Columns, MISSING};
use crate::estimation::count::count;
use crate::estimation::error::{Code, Error};
use crate::estimation::spec::blend::BlendFactor;
use crate::estimation::summation::{exact, exact_by};

/// The levels within which λ is found.
pub(super) struct Levels {
    pub(super) labels: Vec<String>,
    /// Level of each row.
    pub(super) codes: Vec<u32>,
}

impl Levels {
    /// The levels of a column; one level, with an empty label, without a column.
    ///
    /// # Errors
    /// `NA_IN_WEIGHTING_VARIABLE` if the column is missing for a row, `UNKNOWN_COLUMN`.
    pub(super) fn new(columns: &Columns, by: Option<&str>) -> Result<Self, Error> {
        let Some(name) = by else {
            return Ok(Self {
                labels: vec![String::new()],
                codes: vec![0; columns.rows()],
            });
        };
        let category = columns.get(name)?.to_category();
        let codes = category.decode();
        if codes.contains(&MISSING) {
            return Err(Error::new(
                Code::NaInWeightingVariable,
                format!("{name} is missing for some rows"),
                json!({"categories": [{"variable": name}]}),
            ));
        }
        Ok(Self {
            labels: category.levels.to_vec(),
            codes,
        })
    }

    /// Kish's effective sample size (Σw)²/Σw² of each level; 0 for levels without weights.
    fn effective_sizes(&self, weights: &[f64]) -> Vec<f64> {
        let squares: Vec<f64> = weights.iter().map(|weight| weight * weight).collect();
        let by_level = |values: &[f64]| exact_by(values, &self.codes, self.labels.len());
        let sums = by_level(weights).into_iter().zip(by_level(&squares));
        let size = |(sum, squares): (f64, f64)| match squares > 0.0 {
            true => sum * sum / squares,
            false => 0.0,
        };
        sums.map(size).collect()
    }

    /// λ of each level, 0 to 1.
    ///
    /// * `how`: effective sizes, bias-aware or fixed; formulas at [`BlendFactor`]
    /// * `reference`, `volunteer`: weights of all rows, 0 in the rows of the other mode
    /// * `bias_aware`: the bias-aware λ
    ///
    /// A level that one mode did not reach is the other's alone.
    pub(super) fn factors(
        &self,
        how: BlendFactor,
        reference: &[f64],
        volunteer: &[f64],
        bias_aware: f64,
    ) -> Vec<f64> {
        let reference = self.effective_sizes(reference);
        let sizes = reference.into_iter().zip(self.effective_sizes(volunteer));
        sizes
            .map(|(reference, volunteer)| match how {
                _ if volunteer == 0.0 => 1.0,
                _ if reference == 0.0 => 0.0,
                BlendFactor::EffectiveSize => reference / (reference + volunteer),
                BlendFactor::BiasAware => bias_aware,
                BlendFactor::Fixed(lambda) => lambda.clamp(0.0, 1.0),
            })
            .collect()
    }
}

/// The bias-aware λ and the typical bias b, pooled over the shares for the whole.
///
/// # Formula
///
/// ```text
/// λ = (v_vol + b²)/(v_ref + v_vol + b²)          b² = max(0, (ŷ_vol − ŷ_ref)² − v_ref − v_vol)
/// ```
///
/// with the means over the shares of v_ref, v_vol and b². (1, 0) without shares.
pub(super) fn bias_aware(reference: &[Estimate], volunteer: &[Estimate]) -> (f64, f64) {
    let (mut v_reference, mut v_volunteer, mut excess) = (Vec::new(), Vec::new(), Vec::new());
    for (reference, volunteer) in paired(reference, volunteer) {
        let (se_reference, se_volunteer) = (reference.std_error, volunteer.std_error);
        let is_whole_share = reference.kind.is_share() && reference.domain.is_empty();
        if is_whole_share && se_reference.is_finite() && se_volunteer.is_finite() {
            let (a, b) = (se_reference * se_reference, se_volunteer * se_volunteer);
            let difference = volunteer.estimate - reference.estimate;
            v_reference.push(a);
            v_volunteer.push(b);
            excess.push((difference * difference - a - b).max(0.0));
        }
    }
    if excess.is_empty() {
        return (1.0, 0.0);
    }
    let mean = |values: &[f64]| exact(values) / count(values.len());
    let (a, b, bias) = (mean(&v_reference), mean(&v_volunteer), mean(&excess));
    ((b + bias) / (a + b + bias), bias.sqrt())
}
