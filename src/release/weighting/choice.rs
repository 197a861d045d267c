//! Another choice of margins, bounds and combination, tried on a copy of the plan.

use std::collections::BTreeSet;

use crate::estimation::Columns;
use crate::estimation::columns::MISSING;
use crate::locale::in_every_language;
use crate::release::columns::MODE;
use crate::release::dataset::Dataset;
use crate::survey::Survey;
use crate::survey::plan::{Combine, Plan};

/// The combinations, by the word of a plan.
pub const COMBINATIONS: [(&str, Combine); 3] = [
    ("sampled", Combine::Sampled),
    ("calibrated", Combine::Calibrated),
    ("pool", Combine::Pool),
];

/// A choice as somebody typed it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// Dimensions of the population to rake to.
    pub rake: Vec<String>,
    /// Smallest ratio of final weight to base weight; empty for none.
    pub lower: String,
    /// Largest ratio; empty for none.
    pub upper: String,
    /// `sampled`, `calibrated` or `pool`.
    pub combine: String,
    /// Variables whose totals among the sampled bind the volunteers.
    pub calibrators: Vec<String>,
}

/// What is wrong with a choice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChoiceFault {
    /// The population or the data do not have this dimension.
    Margin(String),
    /// The plan does not have this variable.
    Calibrator(String),
    /// There is no such combination, or it counts volunteers as drawn.
    Combine(String),
    /// Volunteers are combined without a calibrator or without a margin.
    NoCalibrator,
    /// A bound is not a number, or one is missing.
    BoundsNotNumbers,
    /// The bounds are not 0 ≤ L < 1 < U.
    BoundsNotAroundOne,
    /// There are bounds, but no margin.
    BoundsWithoutMargin,
}

/// The dimensions of the population that the data have, in the order of the file's names.
pub fn possible_margins<'s>(survey: &'s Survey, plan: &Plan) -> Vec<&'s str> {
    let has = |part: &str| part == MODE || plan.variables.contains_key(part);
    let dimensions = survey.population.dimensions.keys().map(String::as_str);
    dimensions.filter(|own| own.split('*').all(has)).collect()
}

/// The variables that can be calibrators: those of the plan that no dimension of the population has.
pub fn possible_calibrators<'p>(survey: &Survey, plan: &'p Plan) -> Vec<&'p str> {
    let dimensions = survey.population.dimensions.keys();
    let known: BTreeSet<&str> = dimensions.flat_map(|own| own.split('*')).collect();
    let is_strata = |name: &str| plan.design.strata.iter().any(|own| own == name);
    let variables = plan.variables.keys().map(String::as_str);
    let is_possible = |name: &&str| {
        let is_own = plan.weighting.calibrators.iter().any(|own| own == name);
        is_own || (!known.contains(name) && !is_strata(name))
    };
    variables.filter(is_possible).collect()
}

/// The combinations that a plan of this survey may have: all as one sample only where nobody answers
/// by the open link.
pub fn possible_combinations(plan: &Plan) -> impl Iterator<Item = (&'static str, Combine)> {
    let has_volunteers = !plan.modes.online.is_empty();
    let all = COMBINATIONS.into_iter();
    all.filter(move |(_, own)| match own {
        Combine::Sampled => true,
        Combine::Calibrated => has_volunteers,
        Combine::Pool => !has_volunteers,
    })
}

impl Asked {
    /// The choice of a plan.
    #[must_use]
    pub fn of_plan(plan: &Plan) -> Asked {
        let combine = COMBINATIONS
            .into_iter()
            .find(|(_, own)| *own == plan.modes.combine);
        let bound = |at: usize| {
            let bound = plan.weighting.bounds.and_then(|own| own.get(at).copied());
            bound.map_or_else(String::new, |bound| bound.to_string())
        };
        Asked {
            rake: plan.weighting.rake.clone(),
            lower: bound(0),
            upper: bound(1),
            combine: combine.map_or_else(String::new, |(word, _)| word.to_owned()),
            calibrators: plan.weighting.calibrators.clone(),
        }
    }

    /// A copy of `plan` with this choice.
    ///
    /// # Errors
    /// Everything that is wrong with the choice.
    pub fn plan(&self, survey: &Survey, plan: &Plan) -> Result<Plan, Vec<ChoiceFault>> {
        let mut faults = Vec::new();
        let margins = possible_margins(survey, plan);
        let unknown = |known: &[&str], own: &&String| !known.contains(&own.as_str());
        let wrong = self.rake.iter().filter(|own| unknown(&margins, own));
        faults.extend(wrong.cloned().map(ChoiceFault::Margin));
        let calibrators = possible_calibrators(survey, plan);
        let wrong = self
            .calibrators
            .iter()
            .filter(|own| unknown(&calibrators, own));
        faults.extend(wrong.cloned().map(ChoiceFault::Calibrator));
        let combine = possible_combinations(plan).find(|(word, _)| *word == self.combine);
        match combine {
            None => faults.push(ChoiceFault::Combine(self.combine.clone())),
            Some((_, Combine::Calibrated))
                if self.calibrators.is_empty() || self.rake.is_empty() =>
            {
                faults.push(ChoiceFault::NoCalibrator);
            }
            Some(_) => {}
        }
        let bounds = self.bounds().unwrap_or_else(|fault| {
            faults.push(fault);
            None
        });
        if bounds.is_some() && self.rake.is_empty() {
            faults.push(ChoiceFault::BoundsWithoutMargin);
        }
        let Some((_, combine)) = combine.filter(|_| faults.is_empty()) else {
            return Err(faults);
        };
        let mut other = plan.clone();
        other.weighting.rake.clone_from(&self.rake);
        other.weighting.bounds = bounds;
        other.weighting.calibrators.clone_from(&self.calibrators);
        other.modes.combine = combine;
        Ok(other)
    }

    fn bounds(&self) -> Result<Option<[f64; 2]>, ChoiceFault> {
        if self.lower.is_empty() && self.upper.is_empty() {
            return Ok(None);
        }
        let number = |text: &str| text.parse::<f64>().ok().filter(|own| own.is_finite());
        let (Some(lower), Some(upper)) = (number(&self.lower), number(&self.upper)) else {
            return Err(ChoiceFault::BoundsNotNumbers);
        };
        match (0.0..1.0).contains(&lower) && upper > 1.0 {
            true => Ok(Some([lower, upper])),
            false => Err(ChoiceFault::BoundsNotAroundOne),
        }
    }
}

/// The variables without which a response does not count.
fn needed(plan: &Plan) -> BTreeSet<&str> {
    let weighting = &plan.weighting;
    let dimensions = weighting.rake.iter().chain([&weighting.base]);
    let parts = dimensions.flat_map(|own| own.split('*'));
    let names = parts.chain(weighting.calibrators.iter().map(String::as_str));
    names
        .filter(|name| plan.variables.contains_key(*name))
        .collect()
}

/// Whether the rows of `dataset`, made by `plan`, are those that `other` would give, with the same
/// base weights.
pub fn has_same_rows(dataset: &Dataset, plan: &Plan, other: &Plan) -> bool {
    let is_pooled = |own: &Plan| own.modes.combine == Combine::Pool;
    if is_pooled(plan) != is_pooled(other) {
        return false;
    }
    let (own, others) = (needed(plan), needed(other));
    let incomplete = in_every_language("results.exclusion_incomplete");
    let mut left_out = dataset.exclusions.iter();
    let comes_back = own.difference(&others).next().is_some()
        && left_out.any(|(why, n)| *why == incomplete && *n > 0);
    let mut new = others.difference(&own);
    !comes_back && new.all(|name| has_all_values(&dataset.columns, name))
}

fn has_all_values(columns: &Columns, name: &str) -> bool {
    let column = columns.get(name).map(|column| column.to_category());
    column.is_ok_and(|column| !column.decode().contains(&MISSING))
}
