//! The other choices under which the headlines are computed again.

use std::collections::BTreeMap;

use crate::estimation::spec::{
    BlendChoice, Label, Labels, MarginChoice, Scenario, SensitivitySpec, Spec,
};
use crate::release::columns::{
    BASE_WEIGHT, FLAGGED, HELD, MODE, ONSITE_WEIGHT, PART, POOLED_WEIGHT, UNFLAGGED_WEIGHT,
    WITH_HELD_WEIGHT,
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
///
/// [`with_held`] adds those that count what is held.
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
    Some(SensitivitySpec {
        estimates: judged(plan),
        scenarios,
    })
}

/// The names of the estimates of judged indicators.
fn judged(plan: &Plan) -> Vec<String> {
    let indicators = plan.indicators.iter();
    let judged = indicators.filter(|indicator| !indicator.reference);
    judged.map(|indicator| indicator.code.clone()).collect()
}

/// The scenario of the published figures as if nothing was held.
pub const WITH_HELD: &str = "with_held";
/// That of the volunteers' figures.
pub const VOLUNTEERS_WITH_HELD: &str = "volunteers_with_held";

/// `spec` for data in which some rows are held: the figures rest on the others, and two more scenarios say
/// what they would be if nothing was held.
pub fn with_held(plan: &Plan, spec: &mut Spec) {
    let one = |label: &str| Labels::One(Label::from(label));
    spec.keep = BTreeMap::from([(HELD.to_owned(), one("0"))]);
    let none = || SensitivitySpec {
        estimates: judged(plan),
        scenarios: Vec::new(),
    };
    let sensitivity = spec.sensitivity.get_or_insert_with(none);
    let scenario = |name: &str| Scenario {
        name: name.to_owned(),
        weight: Some(WITH_HELD_WEIGHT.to_owned()),
        every_row: true,
        ..Scenario::default()
    };
    let all = scenario(WITH_HELD);
    let volunteers = Scenario {
        publish: Some(BlendChoice::Volunteer),
        ..scenario(VOLUNTEERS_WITH_HELD)
    };
    let sampled = BTreeMap::from([(PART.to_owned(), one(Part::Sampled.as_str()))]);
    sensitivity.scenarios.extend(match plan.modes.combine {
        Combine::Pool => vec![all],
        Combine::Sampled => vec![
            Scenario {
                keep: sampled,
                ..all
            },
            volunteers,
        ],
        Combine::Calibrated => {
            let publish = Some(BlendChoice::Blended);
            vec![Scenario { publish, ..all }, volunteers]
        }
    });
}

/// Whether a population figure that the plan rakes to could be another.
fn has_range(survey: &Survey, plan: &Plan) -> bool {
    plan.weighting.rake.iter().any(|dimension| {
        let figures = survey.population.dimensions.get(dimension);
        figures.is_some_and(|figures| figures.values().any(|figure| figure.range.is_some()))
    })
}
