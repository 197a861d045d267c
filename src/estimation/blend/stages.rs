//! A probability sample and volunteers together, stage by stage.
//!
//! Volunteers have no inclusion probabilities, so estimates from them rest on a model: within the
//! weighting variables and the behaviour that both modes are asked about, they answer as others do
//! (Baker et al. 2013, JSSAM 1; Elliott & Valliant 2017, Stat. Sci. 32; Kott, *Calibration
//! weighting with a blended sample*, RTI Press). The stages:
//!
//! 1. The probability sample (the reference) is weighted to the population margins alone.
//! 2. It gives estimates of the totals of the behavioural `calibrators`.
//! 3. The volunteers, from equal base weights, are raked to the margins and to those totals.
//!    Elliott & Valliant's weights are the inverse odds exp(−z′γ) of a logistic model of
//!    volunteering in the same variables z; raking multiplies them by exp(z′η), which gives the
//!    same weights as raking equal weights. So no model is fitted.
//! 4. The weights of the reference times λ and those of the volunteers times 1 − λ are pooled and
//!    raked once more ([`BlendFactor`] says how λ is found).
//! 5. In the pooled design every volunteer is a sampling unit, in strata beside those of the
//!    reference sample.
//!
//! All three sets of estimates and the differences between the modes are always given; the plan
//! says which set is published. A target is *met* or *not met* in the blend only if the reference
//! sample alone says the same.
//!
//! [`BlendFactor`]: crate::estimation::spec::blend::BlendFactor

use std::collections::BTreeMap;

use serde_json::json;

use crate::estimation::analysis::estimate::Estimate;
use crate::estimation::analysis::estimates::estimate;
use crate::estimation::analysis::one_sample::{analyse_one, weighted};
use crate::estimation::analysis::outcome::Analysis;
use crate::estimation::blend::factor::{Levels, bias_aware};
use crate::estimation::blend::modes::{Modes, spread};
use crate::estimation::blend::pool::{
    further_weighting, pooled_columns, pooled_design, volunteer_columns, volunteer_design,
};
use crate::estimation::blend::report::{BlendReport, differences};
use crate::estimation::columns::Columns;
use crate::estimation::design::sample_design::Design;
use crate::estimation::error::{Code, Error};
use crate::estimation::judgement::Verdict;
use crate::estimation::spec::blend::{BlendChoice, BlendSpec};
use crate::estimation::spec::specification::Spec;
use crate::estimation::spec::weighting::WeightingMethod;
use crate::estimation::summation::{exact, exact_by};
use crate::estimation::weighting::margins::{Margin, Margins};

/// Refuses specifications that cannot be blended.
///
/// # Errors
/// `SPEC_INVALID`.
pub(in crate::estimation) fn check(spec: &Spec, how: &BlendSpec) -> Result<(), Error> {
    let takes_calibrators = spec
        .weighting
        .as_ref()
        .is_some_and(|weighting| weighting.method != WeightingMethod::Poststratify);
    let fault = if !how.calibrators.is_empty() && !takes_calibrators {
        "calibrators of [blend] need [weighting] with method rake or calibrate"
    } else if spec.replicates.is_some() {
        "[blend] and [replicates] cannot be combined"
    } else if how.reference.is_empty() || how.volunteer.is_empty() {
        "[blend] needs the codes of both modes"
    } else if spec
        .estimates
        .iter()
        .any(|own| !own.kind.is_single_number())
    {
        "[blend] cannot be combined with crosstab, response_rates or contrast"
    } else {
        return Ok(());
    };
    Err(Error::spec(fault))
}

/// Weights and estimates of the three sets, with the set to be published on top.
///
/// # Errors
/// Those of [`analyse_one`] for each of the three; `SPEC_INVALID` if a row is of no mode or of
/// both; `EMPTY_DOMAIN` without rows.
pub(in crate::estimation) fn blend(
    columns: &Columns,
    margins: &Margins,
    spec: &Spec,
    how: &BlendSpec,
) -> Result<Analysis, Error> {
    let modes = Modes::new(columns, how)?;
    let (reference, totals) = match modes.reference.contains(&true) {
        true => {
            let rows = columns.select(&modes.reference);
            let reference = analyse_reference(&rows, margins, spec)?;
            let totals = with_calibrators(&rows, margins, &reference.weights, spec, how)?;
            (Some(reference), totals)
        }
        false => (None, margins.clone()),
    };
    let volunteer = analyse_volunteers(columns, &modes.volunteer, &totals, spec, how);
    let can_do_without = how.publish != BlendChoice::Volunteer && reference.is_some();
    let (volunteer, refused) = match volunteer {
        Err(error) if can_do_without => (None, Some(error)),
        volunteer => (volunteer?, None),
    };
    match (reference, volunteer) {
        (Some(reference), Some(volunteer)) => {
            let stage = Pooling {
                columns,
                totals: &totals,
                spec,
                how,
                modes: &modes,
            };
            let alone = can_do_without.then(|| (reference.clone(), volunteer.estimates.clone()));
            match (stage.pool(reference, volunteer), alone) {
                (Err(error), Some((only, volunteer))) => {
                    let mut analysis = one_mode(only, &modes, true, how, Some(error));
                    if let Some(report) = &mut analysis.blend {
                        report.volunteer = volunteer;
                    }
                    Ok(analysis)
                }
                (pooled, _) => pooled,
            }
        }
        (Some(only), None) => Ok(one_mode(only, &modes, true, how, refused)),
        (None, Some(_)) if how.publish == BlendChoice::Reference => Err(Error::new(
            Code::EmptyDomain,
            "there is no row of the probability sample, whose figures are published",
            json!({}),
        )),
        (None, Some(only)) => Ok(one_mode(only, &modes, false, how, refused)),
        (None, None) => Err(Error::new(
            Code::EmptyDomain,
            "there is no row of either mode",
            json!({}),
        )),
    }
}

/// Stage 1: the reference sample, whose rows are `reference`, as a survey of its own.
///
/// # Errors
///
/// Those of [`analyse_one`].
pub(super) fn analyse_reference(
    reference: &Columns,
    margins: &Margins,
    spec: &Spec,
) -> Result<Analysis, Error> {
    let spec = Spec {
        blend: None,
        ..spec.clone()
    };
    analyse_one(reference, margins, &spec)
}

/// Stage 3: the volunteers as a survey of their own, weighted to `totals`; `None` without rows.
/// Every volunteer is a sampling unit.
///
/// # Errors
///
/// Those of [`analyse_one`].
pub(super) fn analyse_volunteers(
    columns: &Columns,
    is_volunteer: &[bool],
    totals: &Margins,
    spec: &Spec,
    how: &BlendSpec,
) -> Result<Option<Analysis>, Error> {
    if !is_volunteer.contains(&true) {
        return Ok(None);
    }
    let columns = volunteer_columns(&columns.select(is_volunteer), spec)?;
    let spec = Spec {
        design: volunteer_design(spec, how),
        weighting: further_weighting(spec),
        blend: None,
        ..spec.clone()
    };
    analyse_one(&columns, totals, &spec).map(Some)
}

/// Stage 2: the margins that the specification uses, followed by the totals of the calibrators that
/// the reference sample with its weights gives.
///
/// * `reference`: the rows of the reference sample; `weights`: their final weights
///
/// # Errors
///
/// `UNKNOWN_COLUMN`.
pub(super) fn with_calibrators(
    reference: &Columns,
    margins: &Margins,
    weights: &[f64],
    spec: &Spec,
    how: &BlendSpec,
) -> Result<Margins, Error> {
    let dimensions = spec
        .weighting
        .as_ref()
        .and_then(|weighting| weighting.dimensions.as_ref());
    let mut all = Margins::new();
    for margin in margins.dimensions() {
        if dimensions.is_none_or(|dimensions| dimensions.contains(&margin.name())) {
            all.push(margin.clone());
        }
    }
    for name in &how.calibrators {
        let category = reference.get(name)?.to_category();
        let sums = exact_by(weights, &category.decode(), category.levels.len());
        let cells = category.levels.iter().zip(sums);
        all.push(Margin {
            variables: vec![name.clone()],
            cells: cells
                .map(|(level, sum)| (vec![level.clone()], sum))
                .collect(),
        });
    }
    Ok(all)
}

/// The analysis of one mode alone: there is nothing to blend, so λ is 1 or 0.
///
/// * `refused`: why the volunteers could not be weighted, if that is the reason
fn one_mode(
    only: Analysis,
    modes: &Modes,
    is_reference: bool,
    how: &BlendSpec,
    refused: Option<Error>,
) -> Analysis {
    let (rows, lambda) = if is_reference {
        (&modes.reference, 1.0)
    } else {
        (&modes.volunteer, 0.0)
    };
    let mut only = only;
    if !is_reference {
        withdraw_unsupported(&mut only.estimates, &[]);
    } else if how.publish == BlendChoice::Blended && refused.is_some() {
        withdraw(&mut only.estimates, "blend_missing");
    }
    let own = only.estimates.clone();
    let (reference, volunteer) = if is_reference {
        (own, Vec::new())
    } else {
        (Vec::new(), own)
    };
    let report = BlendReport {
        publish: how.publish,
        factor: BTreeMap::from([(String::new(), lambda)]),
        bias_aware_factor: 1.0,
        typical_bias: 0.0,
        reference,
        volunteer,
        blended: only.estimates.clone(),
        differences: Vec::new(),
        volunteer_refused: refused,
    };
    Analysis {
        weights: spread(rows, &only.weights),
        blend: Some(report),
        ..only
    }
}

/// What the pooling of two weighted samples needs.
struct Pooling<'a> {
    columns: &'a Columns,
    /// The margins and the totals of the calibrators.
    totals: &'a Margins,
    spec: &'a Spec,
    how: &'a BlendSpec,
    modes: &'a Modes,
}

impl Pooling<'_> {
    /// Stages 4 and 5: both samples with their weights times λ and 1 − λ, raked once more.
    fn pool(&self, reference: Analysis, volunteer: Analysis) -> Result<Analysis, Error> {
        let reference_weights = spread(&self.modes.reference, &reference.weights);
        let volunteer_weights = self.volunteer_weights(&reference_weights, &volunteer);
        let (bias_aware, typical_bias) = bias_aware(&reference.estimates, &volunteer.estimates);
        let levels = Levels::new(self.columns, self.how.factor_by.as_deref())?;
        let factors = levels.factors(
            self.how.factor,
            &reference_weights,
            &volunteer_weights,
            bias_aware,
        );
        let weights = pooled_weights(&levels, &factors, &reference_weights, &volunteer_weights);
        let columns = pooled_columns(self.columns, &self.modes.reference, weights, self.spec)?;
        let spec = Spec {
            design: pooled_design(self.spec),
            weighting: further_weighting(self.spec),
            blend: None,
            ..self.spec.clone()
        };
        let design = Design::with_rows_as_units(&columns, &spec.design)?;
        let (design, weighting) = weighted(design, &columns, self.totals, &spec)?;
        let mut blended = estimate(&columns, &design, None, &spec.estimates)?;
        withdraw_unsupported(&mut blended, &reference.estimates);
        let (estimates, weighting, weights) = match self.how.publish {
            BlendChoice::Reference => (
                reference.estimates.clone(),
                reference.weighting,
                reference_weights,
            ),
            BlendChoice::Volunteer => (
                volunteer.estimates.clone(),
                volunteer.weighting,
                volunteer_weights,
            ),
            BlendChoice::Blended => (blended.clone(), weighting, design.weights.to_vec()),
        };
        let mode_effect = self.how.mode_effect;
        let report = BlendReport {
            publish: self.how.publish,
            factor: levels.labels.into_iter().zip(factors).collect(),
            bias_aware_factor: bias_aware,
            typical_bias,
            differences: differences(&reference.estimates, &volunteer.estimates, mode_effect),
            reference: reference.estimates,
            volunteer: volunteer.estimates,
            blended,
            volunteer_refused: None,
        };
        Ok(Analysis {
            weighting,
            estimates,
            weights,
            blend: Some(report),
            ..Analysis::default()
        })
    }

    /// The weights of the volunteers in all rows. Without margins only the reference sample knows
    /// the size of the population, so they are scaled to its sum of weights.
    fn volunteer_weights(&self, reference: &[f64], volunteer: &Analysis) -> Vec<f64> {
        let mut weights = spread(&self.modes.volunteer, &volunteer.weights);
        if self.spec.weighting.is_none() {
            let scale = exact(reference) / exact(&weights);
            weights.iter_mut().for_each(|weight| *weight *= scale);
        }
        weights
    }
}

/// λ times the weight of the reference plus 1 − λ times that of the volunteer, of which one is 0.
fn pooled_weights(
    levels: &Levels,
    factors: &[f64],
    reference: &[f64],
    volunteer: &[f64],
) -> Vec<f64> {
    let lambda = |level: u32| {
        let at = usize::try_from(level).unwrap_or(usize::MAX);
        factors.get(at).copied().unwrap_or(0.5)
    };
    let rows = levels.codes.iter().zip(reference).zip(volunteer);
    rows.map(|((&level, reference), volunteer)| {
        reference * lambda(level) + volunteer * (1.0 - lambda(level))
    })
    .collect()
}

/// Makes *met* and *not met* inconclusive, for a reason.
fn withdraw(estimates: &mut [Estimate], reason: &'static str) {
    for estimate in estimates {
        if matches!(estimate.verdict, Some(Verdict::Met | Verdict::NotMet)) {
            estimate.verdict = Some(Verdict::Inconclusive);
            estimate.reasons.push(reason);
        }
    }
}

/// Makes *met* and *not met* inconclusive where the reference sample does not say the same:
/// volunteers can take a verdict away, never give one. The reason `reference_disagrees` says so.
fn withdraw_unsupported(blended: &mut [Estimate], reference: &[Estimate]) {
    let decided = blended
        .iter_mut()
        .filter(|own| matches!(own.verdict, Some(Verdict::Met | Verdict::NotMet)));
    for estimate in decided {
        let own = reference.iter().find(|own| own.has_key_of(estimate));
        if own.is_none_or(|own| own.verdict != estimate.verdict) {
            estimate.verdict = Some(Verdict::Inconclusive);
            estimate.reasons.push("reference_disagrees");
        }
    }
}
