//! What the frame says of fieldwork: strata, targets, drawn PSUs, and how representative the sample is.

use std::collections::BTreeMap;

use crate::fieldwork::count;
use crate::fieldwork::progress::{Part, Psu, Target, split};
use crate::fieldwork::representativity::{
    Group, Model, Representativity, Variable, representativity,
};
use crate::questionnaire::Areas;
use crate::release::fieldwork_counts::{FieldworkCounts, county_of};
use crate::release::row::Reader;
use crate::release::sample_design::stratum_of;
use crate::survey::plan::Plan;
use crate::survey::{FrameUnit, Survey};

/// Names of the auxiliary variables of the R-indicator; also their keys in the locale files.
const AUXILIARIES: [&str; 3] = ["county", "urban", "size"];

/// A stratum of the frame.
#[derive(Default)]
pub(super) struct FrameStratum<'a> {
    pub(super) population: f64,
    pub(super) drawn: Vec<&'a FrameUnit>,
    pub(super) per_psu: Option<f64>,
}

/// The strata of the frame in which PSUs are drawn, each with what is planned in a PSU.
pub(super) fn strata<'a>(survey: &'a Survey, plan: &Plan, areas: &Areas) -> Vec<FrameStratum<'a>> {
    let Ok(reader) = Reader::new(survey, areas) else {
        return Vec::new();
    };
    let mut strata: BTreeMap<String, FrameStratum<'a>> = BTreeMap::new();
    for unit in &survey.frame {
        let stratum = stratum_of(unit, survey, plan, &reader).unwrap_or_default();
        let own = strata.entry(stratum).or_default();
        own.population += unit.population;
        if unit.selected == 1 {
            own.drawn.push(unit);
        }
    }
    let mut strata: Vec<FrameStratum<'a>> = strata.into_values().collect();
    if let Some(minimum) = plan.weighting.minimum_sampled {
        let sizes: Vec<(f64, usize)> = strata
            .iter()
            .map(|own| (own.population, own.drawn.len()))
            .collect();
        let shares = split(count::number(minimum), &sizes);
        for (own, share) in strata.iter_mut().zip(shares) {
            own.per_psu = Some(share.per_psu);
        }
    }
    strata.retain(|own| !own.drawn.is_empty());
    strata
}

/// The targets of the plan: all valid responses, the sampled ones, and those of each county.
pub(super) fn targets(plan: &Plan, strata: &[FrameStratum<'_>], areas: &Areas) -> Vec<Target> {
    let mut targets = Vec::new();
    let minimum = plan.indicators.iter().find_map(|own| own.minimum_sample);
    if let Some(minimum) = minimum {
        targets.push(Target {
            part: Part::default(),
            responses: count::number(minimum),
        });
    }
    let Some(sampled) = plan.weighting.minimum_sampled else {
        return targets;
    };
    let all_sampled = Part {
        is_sampled: true,
        ..Part::default()
    };
    targets.push(Target {
        part: all_sampled.clone(),
        responses: count::number(sampled),
    });
    let mut by_county: BTreeMap<String, f64> = BTreeMap::new();
    for stratum in strata {
        for unit in &stratum.drawn {
            let county = by_county.entry(county_of(areas, &unit.area)).or_default();
            *county += stratum.per_psu.unwrap_or(0.0);
        }
    }
    targets.extend(by_county.into_iter().map(|(county, responses)| Target {
        part: Part {
            county: Some(county),
            ..all_sampled.clone()
        },
        responses,
    }));
    targets
}

pub(super) fn psus(
    strata: &[FrameStratum<'_>],
    counts: &FieldworkCounts,
    areas: &Areas,
) -> Vec<Psu> {
    let mut psus = Vec::new();
    for stratum in strata {
        psus.extend(stratum.drawn.iter().map(|unit| {
            let own = counts.psus.get(&unit.psu);
            let last_day = own.and_then(|days| days.keys().next_back());
            Psu {
                code: unit.psu.clone(),
                county: county_of(areas, &unit.area),
                is_urban: unit.urban == "urban",
                target: stratum.per_psu,
                interviews: counts.interviews(&unit.psu),
                last_day: last_day.copied(),
            }
        }));
    }
    psus
}

/// The R-indicator of the sampled part: a case is one that was issued in a drawn PSU, or one of those
/// that are planned there.
pub(super) fn of_sample(
    strata: &[FrameStratum<'_>],
    counts: &FieldworkCounts,
    cases: &BTreeMap<String, u64>,
    areas: &Areas,
    share: f64,
) -> Option<(Representativity, u64)> {
    let drawn = || {
        strata
            .iter()
            .flat_map(|own| own.drawn.iter().map(move |unit| (own, *unit)))
    };
    let mut sizes: Vec<f64> = drawn().map(|(_, unit)| unit.population).collect();
    sizes.sort_by(f64::total_cmp);
    let limit = |part: usize| sizes.get(sizes.len() * part / 3).copied().unwrap_or(0.0);
    let mut variables: Vec<Variable> = AUXILIARIES
        .iter()
        .map(|name| Variable {
            name: (*name).to_owned(),
            categories: Vec::new(),
        })
        .collect();
    let mut groups = Vec::new();
    for (stratum, unit) in drawn() {
        let size = match unit.population {
            own if own < limit(1) => "small",
            own if own < limit(2) => "middle",
            _ => "large",
        };
        let words = [
            county_of(areas, &unit.area),
            unit.urban.clone(),
            size.to_owned(),
        ];
        let place = |(variable, word): (&mut Variable, String)| {
            let known = variable.categories.iter().position(|own| *own == word);
            known.unwrap_or_else(|| {
                variable.categories.push(word);
                variable.categories.len() - 1
            })
        };
        let planned = stratum.per_psu.map(|own| libm::ceil(own).max(0.0));
        let planned = planned.map_or(0, whole);
        let issued = cases.get(&unit.psu).copied().unwrap_or(planned);
        let weight = stratum.population / count::number(whole_of(stratum.drawn.len()));
        groups.push(Group {
            categories: variables.iter_mut().zip(words).map(place).collect(),
            cases: issued,
            respondents: counts.interviews(&unit.psu),
            weight: weight / count::number(issued.max(1)),
        });
    }
    let spread = (share * (1.0 - share)).max(0.0).sqrt();
    let found = representativity(&variables, &groups, Model::Logistic, spread)?;
    Some((found, groups.iter().map(|own| own.cases).sum()))
}

/// A whole number that is not negative.
#[expect(
    clippy::as_conversions,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "saturates"
)]
fn whole(value: f64) -> u64 {
    value as u64
}

fn whole_of(n: usize) -> u64 {
    u64::try_from(n).unwrap_or(u64::MAX)
}
