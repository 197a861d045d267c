//! The estimates again, under other choices.

use std::collections::BTreeMap;

use crate::estimation::analysis::estimate::{Estimate, whole_of};
use crate::estimation::analysis::kept_rows::kept_rows;
use crate::estimation::analysis::one_sample::analyse_one;
use crate::estimation::analysis::outcome::Analysis;
use crate::estimation::blend::stages::blend;
use crate::estimation::columns::Columns;
use crate::estimation::count::count;
use crate::estimation::error::Error;
use crate::estimation::sensitivity::report::{ScenarioReport, Sensitivity};
use crate::estimation::sensitivity::tipping::tipping;
use crate::estimation::spec::blend::BlendSpec;
use crate::estimation::spec::estimate::EstimateSpec;
use crate::estimation::spec::sensitivity::{Scenario, SensitivitySpec};
use crate::estimation::spec::specification::{EstimateIndex, Spec};
use crate::estimation::spec::weighting::TrimSpec;
use crate::estimation::weighting::margins::Margins;

/// Every scenario of `spec`, and the tipping points of `published`.
///
/// A scenario that cannot be computed is reported with its error: it must not stop the figures.
///
/// * `columns`: the rows that the specification keeps; `every_row`: all rows of the data
///
/// # Errors
/// `UNKNOWN_COLUMN` if a column of a scenario does not exist.
pub(in crate::estimation) fn sensitivity(
    (columns, every_row): (&Columns, &Columns),
    margins: &Margins,
    spec: &Spec,
    how: &SensitivitySpec,
    published: &Analysis,
) -> Result<Sensitivity, Error> {
    let chosen = chosen(spec, how);
    let mut scenarios = Vec::new();
    // Most scenarios keep the same rows.
    let mut known: Option<((bool, Vec<bool>), Columns)> = None;
    for scenario in &how.scenarios {
        let every = match scenario.every_row {
            true => every_row,
            false => columns,
        };
        let kept = kept_rows(every, &scenario.keep)?;
        let rows = if !kept.contains(&false) {
            every
        } else {
            let known = match known.take() {
                Some(same) if same.0 == (scenario.every_row, kept.clone()) => known.insert(same),
                _ => {
                    let rows = every.select(&kept);
                    known.insert(((scenario.every_row, kept), rows))
                }
            };
            &known.1
        };
        scenarios.push(report(rows, margins, spec, &chosen, scenario));
    }
    Ok(Sensitivity {
        scenarios,
        tipping: tipping(columns, margins, spec, &chosen, published)?,
    })
}

/// The estimates that `how` names, for the whole only, with their index in `spec`.
fn chosen(spec: &Spec, how: &SensitivitySpec) -> Vec<(EstimateIndex, EstimateSpec)> {
    let all = spec.estimates.iter().enumerate();
    all.filter(|(_, own)| how.estimates.contains(&own.name))
        .map(|(at, own)| (EstimateIndex(at), own.for_the_whole()))
        .collect()
}

/// The estimates of one scenario from the `rows` that it keeps.
fn report(
    rows: &Columns,
    margins: &Margins,
    spec: &Spec,
    chosen: &[(EstimateIndex, EstimateSpec)],
    scenario: &Scenario,
) -> ScenarioReport {
    let margins = margins.chosen(scenario.margins);
    let found = analysis_of(rows, &margins, spec, chosen, scenario);
    let (estimates, refused) = match found {
        Ok(estimates) => (estimates, None),
        Err(error) => (Vec::new(), Some(error)),
    };
    ScenarioReport {
        name: scenario.name.clone(),
        rows: u64::try_from(rows.rows()).unwrap_or(u64::MAX),
        estimates,
        refused,
    }
}

fn analysis_of(
    rows: &Columns,
    margins: &Margins,
    spec: &Spec,
    chosen: &[(EstimateIndex, EstimateSpec)],
    scenario: &Scenario,
) -> Result<Vec<Estimate>, Error> {
    let mut own = Spec {
        keep: BTreeMap::new(),
        blend: None,
        sensitivity: None,
        estimates: chosen
            .iter()
            .map(|(_, estimate)| estimate.clone())
            .collect(),
        ..spec.clone()
    };
    if let Some(weight) = &scenario.weight {
        own.design.weight = Some(weight.clone());
    }
    if let (Some(ratio), Some(weighting)) = (scenario.trim, &mut own.weighting) {
        let total = margins.dimensions().first().map(|margin| margin.total());
        let mean = total.unwrap_or(f64::NAN) / count(rows.rows());
        weighting.trim = Some(TrimSpec {
            upper: Some(ratio * mean),
            lower: None,
            strict: true,
        });
    }
    if let (Some(how), Some(publish)) = (&spec.blend, scenario.publish) {
        let how = BlendSpec {
            publish,
            volunteer_weight: scenario.weight.clone().or(how.volunteer_weight.clone()),
            ..how.clone()
        };
        // λ is found from all estimates.
        own.estimates = spec.estimates.clone();
        own.blend = Some(how.clone());
        let all = blend(rows, margins, &own, &how)?.estimates;
        let whole = |(index, _): &(EstimateIndex, EstimateSpec)| whole_of(&all, *index).cloned();
        return Ok(chosen.iter().filter_map(whole).collect());
    }
    let mut estimates = analyse_one(rows, margins, &own)?.estimates;
    for (estimate, (index, _)) in estimates.iter_mut().zip(chosen) {
        estimate.index = *index;
    }
    Ok(estimates)
}
