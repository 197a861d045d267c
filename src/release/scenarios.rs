//! The other choices under which the headlines are computed again.

use crate::estimation::spec::{Label, Labels, MarginChoice, Scenario, SensitivitySpec};
use crate::release::columns::{
    BASE_WEIGHT, FLAGGED, MODE, ONSITE_WEIGHT, PART, POOLED_WEIGHT, UNFLAGGED_WEIGHT,
};
use crate::release::sample_design::Part;
use crate::survey::Survey;
use crate::survey::plan::{Combine, Plan};

/// Weights above this multiple of their mean are cut in the scenario of trimmed weights.
const TRIM_RATIO: f64 = 3.0;

/// The scenarios of a plan, for its judged indicators; `None` where the responses of all modes are one
/// sample.
///
/// | name | what is different |
/// |---|---|
/// | `pooled` | volunteers count as if they had been drawn |
/// | `onsite` | the invited who answered online are left out |
/// | `unflagged` | responses with a flag are left out |
/// | `trimmed` | large weights are cut |
/// | `margins_low`, `margins_high` | assumed population figures at their lowest, at their highest |
pub fn sensitivity(survey: &Survey, plan: &Plan) -> Option<SensitivitySpec> {
    if plan.modes.combine == Combine::Pool {
        return None;
    }
    let one = |label: &str| Labels::One(Label::from(label));
    let sampled = || (PART.to_owned(), one(Part::Sampled.as_str()));
    let onsite = plan.modes.onsite.iter();
    let onsite = onsite.map(|mode| Label::from(mode.as_str())).collect();
    let onsite = (MODE.to_owned(), Labels::Many(onsite));
    let unflagged = (FLAGGED.to_owned(), one("0"));
    let scenario = |name: &str, weight: &str, keep: Vec<(String, Labels)>| Scenario {
        name: name.to_owned(),
        weight: Some(weight.to_owned()),
        keep: keep.into_iter().collect(),
        ..Scenario::default()
    };
    let mut scenarios = vec![
        scenario("pooled", POOLED_WEIGHT, Vec::new()),
        scenario("onsite", ONSITE_WEIGHT, vec![sampled(), onsite]),
        scenario("unflagged", UNFLAGGED_WEIGHT, vec![sampled(), unflagged]),
        Scenario {
            trim: Some(TRIM_RATIO),
            ..scenario("trimmed", BASE_WEIGHT, vec![sampled()])
        },
    ];
    let margins = [
        ("margins_low", MarginChoice::Low),
        ("margins_high", MarginChoice::High),
    ];
    for (name, margins) in margins.into_iter().filter(|_| has_range(survey, plan)) {
        scenarios.push(Scenario {
            margins,
            ..scenario(name, BASE_WEIGHT, vec![sampled()])
        });
    }
    let indicators = plan.indicators.iter();
    let judged = indicators.filter(|indicator| !indicator.reference);
    Some(SensitivitySpec {
        estimates: judged.map(|indicator| indicator.code.clone()).collect(),
        scenarios,
    })
}

/// Whether a population figure that the plan rakes to could be another.
fn has_range(survey: &Survey, plan: &Plan) -> bool {
    plan.weighting.rake.iter().any(|dimension| {
        let figures = survey.population.dimensions.get(dimension);
        figures.is_some_and(|figures| figures.values().any(|figure| figure.range.is_some()))
    })
}
