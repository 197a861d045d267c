//! A probability sample and volunteers together.
//!
//! Volunteers have no inclusion probabilities, so what is said of them rests on a model: that within the weighting
//! variables and the behaviour asked in both modes they answer as others do (Baker et al. 2013; Elliott & Valliant 2017;
//! Kott, calibration weighting with a blended sample). The steps:
//!
//! 1. The reference (on-site) sample is weighted to the population margins on its own.
//! 2. With it, the totals of the behavioural `calibrators` are estimated.
//! 3. Volunteers, from equal base weights, are raked to the margins and those totals. A logistic model of volunteering in
//!    the same variables would give inverse odds exp(−z'γ), which raking multiplies by exp(z'η): the family is the same, so
//!    raked inverse-odds weights and raked equal weights are the same weights and the model is not fitted twice.
//! 4. Reference weights times λ and volunteers' times 1 − λ are pooled and raked once more. λ is
//!    n_eff,ref/(n_eff,ref + n_eff,vol), per level of `factor_by`, or bias-aware:
//!    λ = (v_vol + b²)/(v_ref + v_vol + b²) with b² = mean of max(0, (ŷ_vol − ŷ_ref)² − v_ref − v_vol) over the shares.
//! 5. In the pooled design every volunteer is a sampling unit of its own, in strata beside those of the reference sample.
//!
//! All three estimates and the difference between the modes are always given; the plan says which is published. A target
//! counts as met in the blend only if the reference sample's own estimate is on that side.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "rows and levels are numbered below their count"
)]

mod pool;

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;

use super::analysis::{Estimate, analyse, estimate, weighted_design};
use super::columns::{Columns, MISSING};
use super::distribution::t_upper;
use super::error::{Code, Error};
use super::judgement::Verdict;
use super::spec::{BlendChoice, BlendFactor, BlendSpec, Kind, Spec, WeightingMethod};
use super::summation::{exact, exact_by};
use super::weighting::margins::{Margin, Margins};
use super::weighting::{self, WeightingReport};
use pool::{further_weighting, pooled_columns, pooled_design, volunteer_design, with_own_units};

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
    #[serde(serialize_with = "super::analysis::as_map")]
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

/// A blended analysis.
pub(super) struct Blended {
    pub weighting: Option<WeightingReport>,
    pub estimates: Vec<Estimate>,
    pub weights: Vec<f64>,
    pub report: BlendReport,
}

/// Weights and estimates three ways.
///
/// # Errors
/// Those of [`analyse`] for each of the three; `SPEC_INVALID` if a row is of neither mode.
pub(super) fn blend(
    columns: &Columns,
    margins: &Margins,
    spec: &Spec,
    blend: &BlendSpec,
) -> Result<Blended, Error> {
    let (is_reference, is_volunteer) = modes(columns, blend)?;
    let alone = Spec {
        blend: None,
        ..spec.clone()
    };
    let reference = side(columns, &is_reference, margins, &alone)?;
    let totals = match &reference {
        Some(reference) => with_behaviour(
            &columns.select(&is_reference),
            margins,
            &reference.weights,
            blend,
            spec,
        )?,
        None => margins.clone(),
    };
    let further = further_weighting(spec);
    let volunteer_spec = Spec {
        design: volunteer_design(spec, blend),
        weighting: further.clone(),
        ..alone.clone()
    };
    let volunteer_columns = with_own_units(&columns.select(&is_volunteer), spec)?;
    let everyone = vec![true; volunteer_columns.rows()];
    let mut refused = None;
    let volunteer = match side(&volunteer_columns, &everyone, &totals, &volunteer_spec) {
        Err(error) if blend.publish == BlendChoice::Reference && reference.is_some() => {
            refused = Some(error);
            None
        }
        outcome => outcome?,
    };
    let report = |reference: Vec<Estimate>,
                  volunteer: Vec<Estimate>,
                  blended: Vec<Estimate>,
                  factor| BlendReport {
        publish: blend.publish,
        factor,
        bias_aware_factor: 1.0,
        typical_bias: 0.0,
        differences: differences(&reference, &volunteer, blend.mode_effect),
        reference,
        volunteer,
        blended,
        volunteer_refused: None,
    };
    let (reference, volunteer) = match (reference, volunteer) {
        (Some(reference), Some(volunteer)) => (reference, volunteer),
        // One mode alone: nothing to blend.
        (Some(only), None) | (None, Some(only)) => {
            let from_reference = is_reference.iter().any(|own| *own);
            let (a, b, own, share) = if from_reference {
                (only.estimates.clone(), Vec::new(), &is_reference, 1.0)
            } else {
                (Vec::new(), only.estimates.clone(), &is_volunteer, 0.0)
            };
            let weights = scatter_one(own, &only.weights);
            let mut report = report(
                a,
                b,
                only.estimates.clone(),
                BTreeMap::from([(String::new(), share)]),
            );
            report.volunteer_refused = refused;
            return Ok(Blended {
                weighting: only.weighting,
                estimates: only.estimates,
                weights,
                report,
            });
        }
        (None, None) => {
            return Err(Error::new(
                Code::EmptyDomain,
                "there is no row of either mode",
                json!({}),
            ));
        }
    };
    let (bias_aware, bias) = bias_aware(&reference.estimates, &volunteer.estimates);
    let factor_levels = levels(columns, blend.factor_by.as_deref())?;
    let reference_weights = scatter_one(&is_reference, &reference.weights);
    let mut volunteer_weights = scatter_one(&is_volunteer, &volunteer.weights);
    if spec.weighting.is_none() {
        // Without margins only the reference sample knows how many people there are.
        let scale = exact(&reference_weights) / exact(&volunteer_weights);
        volunteer_weights
            .iter_mut()
            .for_each(|weight| *weight *= scale);
    }
    let factor = factors(
        blend.factor,
        &factor_levels,
        &reference_weights,
        &volunteer_weights,
        bias_aware,
    );
    let pooled_weights: Vec<f64> = (0..columns.rows())
        .map(|row| {
            let lambda = factor_levels
                .1
                .get(row)
                .and_then(|&level| factor.get(level as usize))
                .copied()
                .unwrap_or(0.5);
            reference_weights[row] * lambda + volunteer_weights[row] * (1.0 - lambda)
        })
        .collect();
    let pooled = pooled_columns(columns, &is_reference, pooled_weights, spec)?;
    let pooled_spec = Spec {
        design: pooled_design(spec),
        weighting: further,
        ..alone
    };
    let (design, weighting) = weighted_design(&pooled, &totals, &pooled_spec)?;
    let mut blended = estimate(&pooled, &design, None, &spec.estimates)?;
    guard(&mut blended, &reference.estimates);
    let named = factor_levels.0.iter().cloned().zip(factor).collect();
    let mut report = report(reference.estimates, volunteer.estimates, blended, named);
    (report.bias_aware_factor, report.typical_bias) = (bias_aware, bias);
    let (estimates, weighting, weights) = match blend.publish {
        BlendChoice::Reference => (
            report.reference.clone(),
            reference.weighting,
            reference_weights,
        ),
        BlendChoice::Volunteer => (
            report.volunteer.clone(),
            volunteer.weighting,
            volunteer_weights,
        ),
        BlendChoice::Blended => (report.blended.clone(), weighting, design.weights.to_vec()),
    };
    Ok(Blended {
        weighting,
        estimates,
        weights,
        report,
    })
}

/// Which rows are of the reference sample and which of volunteers.
fn modes(columns: &Columns, blend: &BlendSpec) -> Result<(Vec<bool>, Vec<bool>), Error> {
    let category = columns.get(&blend.mode)?.to_category();
    let of = |labels: &[super::spec::Label]| -> Vec<bool> {
        category
            .levels
            .iter()
            .map(|level| labels.iter().any(|label| label.matches(level)))
            .collect()
    };
    let (reference, volunteer) = (of(&blend.reference), of(&blend.volunteer));
    let codes = category.decode();
    let has = |marks: &[bool], code: u32| marks.get(code as usize).copied().unwrap_or(false);
    let neither: Vec<usize> = codes
        .iter()
        .enumerate()
        .filter(|(_, code)| has(&reference, **code) == has(&volunteer, **code))
        .map(|(row, _)| columns.line(row))
        .collect();
    if !neither.is_empty() {
        return Err(Error::new(
            Code::SpecInvalid,
            format!(
                "{} rows are of no mode or of both: name every code of {} once in [blend]",
                neither.len(),
                blend.mode
            ),
            json!({"column": blend.mode, "levels": *category.levels, "first_rows": neither.iter().take(10).collect::<Vec<_>>()}),
        ));
    }
    Ok((
        codes.iter().map(|&code| has(&reference, code)).collect(),
        codes.iter().map(|&code| has(&volunteer, code)).collect(),
    ))
}

/// One mode as a survey of its own; `None` without rows.
fn side(
    columns: &Columns,
    keep: &[bool],
    margins: &Margins,
    spec: &Spec,
) -> Result<Option<super::Analysis>, Error> {
    if !keep.iter().any(|keep| *keep) {
        return Ok(None);
    }
    analyse(&columns.select(keep), margins, spec).map(Some)
}

/// The margins and, below them, the reference sample's totals of the behavioural calibrators.
fn with_behaviour(
    reference: &Columns,
    margins: &Margins,
    weights: &[f64],
    blend: &BlendSpec,
    spec: &Spec,
) -> Result<Margins, Error> {
    let used = spec
        .weighting
        .as_ref()
        .and_then(|weighting| weighting.dimensions.as_ref());
    let mut all = Margins::new();
    for margin in margins.dimensions() {
        if used.is_none_or(|used| used.contains(&margin.name())) {
            all.push(margin.clone());
        }
    }
    for name in &blend.calibrators {
        let category = reference.get(name)?.to_category();
        let sums = exact_by(weights, &category.decode(), category.levels.len());
        let cells = category
            .levels
            .iter()
            .zip(sums)
            .map(|(level, sum)| (vec![level.clone()], sum))
            .collect();
        all.push(Margin {
            variables: vec![name.clone()],
            cells,
        });
    }
    Ok(all)
}

/// Weights of the kept rows back in the places of all rows.
fn scatter_one(keep: &[bool], weights: &[f64]) -> Vec<f64> {
    let mut from = weights.iter();
    keep.iter()
        .map(|keep| {
            if *keep {
                from.next().copied().unwrap_or(0.0)
            } else {
                0.0
            }
        })
        .collect()
}

/// Labels and codes of the column within whose levels λ is found.
fn levels(columns: &Columns, by: Option<&str>) -> Result<(Vec<String>, Vec<u32>), Error> {
    let Some(name) = by else {
        return Ok((vec![String::new()], vec![0; columns.rows()]));
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
    Ok((category.levels.to_vec(), codes))
}

/// λ of every level.
fn factors(
    how: BlendFactor,
    levels: &(Vec<String>, Vec<u32>),
    reference: &[f64],
    volunteer: &[f64],
    bias_aware: f64,
) -> Vec<f64> {
    let effective = |weights: &[f64]| -> Vec<f64> {
        let squares: Vec<f64> = weights.iter().map(|weight| weight * weight).collect();
        let (sums, squares) = (
            exact_by(weights, &levels.1, levels.0.len()),
            exact_by(&squares, &levels.1, levels.0.len()),
        );
        sums.iter()
            .zip(squares)
            .map(|(sum, squares)| {
                if squares > 0.0 {
                    sum * sum / squares
                } else {
                    0.0
                }
            })
            .collect()
    };
    let (on, off) = (effective(reference), effective(volunteer));
    on.iter()
        .zip(off)
        .map(|(on, off)| match how {
            // A level that one mode did not reach is the other's alone.
            _ if off == 0.0 => 1.0,
            _ if *on == 0.0 => 0.0,
            BlendFactor::EffectiveSize => on / (on + off),
            BlendFactor::BiasAware => bias_aware,
            BlendFactor::Fixed(lambda) => lambda.clamp(0.0, 1.0),
        })
        .collect()
}

/// The bias-aware λ and the typical bias, pooled over the shares for the whole.
fn bias_aware(reference: &[Estimate], volunteer: &[Estimate]) -> (f64, f64) {
    let (mut v_reference, mut v_volunteer, mut excess) = (Vec::new(), Vec::new(), Vec::new());
    for (on, off) in paired(reference, volunteer) {
        let share = matches!(on.kind, Kind::Proportion | Kind::Indicator);
        if share && on.domain.is_empty() && on.std_error.is_finite() && off.std_error.is_finite() {
            let (a, b) = (on.std_error * on.std_error, off.std_error * off.std_error);
            let difference = off.estimate - on.estimate;
            v_reference.push(a);
            v_volunteer.push(b);
            excess.push((difference * difference - a - b).max(0.0));
        }
    }
    if excess.is_empty() {
        return (1.0, 0.0);
    }
    let mean = |values: &[f64]| exact(values) / weighting::count(values.len());
    let (a, b, bias) = (mean(&v_reference), mean(&v_volunteer), mean(&excess));
    ((b + bias) / (a + b + bias), libm::sqrt(bias))
}

/// The same estimate from both sides.
fn paired<'a>(
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

fn differences(reference: &[Estimate], volunteer: &[Estimate], tolerated: f64) -> Vec<Difference> {
    paired(reference, volunteer)
        .map(|(on, off)| {
            let difference = off.estimate - on.estimate;
            let std_error = libm::sqrt(on.std_error * on.std_error + off.std_error * off.std_error);
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

/// A target is met in the blend only if the reference sample's own estimate lies on that side.
fn guard(blended: &mut [Estimate], reference: &[Estimate]) {
    for estimate in blended
        .iter_mut()
        .filter(|estimate| estimate.verdict == Some(Verdict::Met))
    {
        let own = reference
            .iter()
            .find(|on| on.name == estimate.name && on.domain == estimate.domain);
        let agrees = own.zip(estimate.target).is_some_and(|(own, target)| {
            if target.wants_more() {
                own.estimate >= target.value
            } else {
                own.estimate <= target.value
            }
        });
        if !agrees {
            estimate.verdict = Some(Verdict::Inconclusive);
            estimate.reasons.push("reference_disagrees");
        }
    }
}

/// Whether the calibrators can be used: raking and calibration take further dimensions, post-stratification does not.
pub(super) fn check(spec: &Spec, blend: &BlendSpec) -> Result<(), Error> {
    let poststratified = spec
        .weighting
        .as_ref()
        .is_some_and(|weighting| weighting.method == WeightingMethod::Poststratify);
    if !blend.calibrators.is_empty() && (poststratified || spec.weighting.is_none()) {
        return Err(Error::spec(
            "calibrators of [blend] need [weighting] with method rake or calibrate",
        ));
    }
    if spec.replicates.is_some() {
        return Err(Error::spec("[blend] and [replicates] cannot be combined"));
    }
    if blend.reference.is_empty() || blend.volunteer.is_empty() {
        return Err(Error::spec("[blend] needs the codes of both modes"));
    }
    Ok(())
}
