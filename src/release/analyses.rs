//! The analyses behind the figures of one wave.

use std::collections::BTreeMap;

use crate::estimation::analysis::contributions::unit_totals;
use crate::estimation::blend::subsets::volunteers_of;
use crate::estimation::comparison::UnitTotal;
use crate::estimation::sensitivity::Tipping;
use crate::estimation::spec::EstimateIndex;
use crate::estimation::{self, Analysis, Columns, Estimate};
use crate::release::channel_groups::{ChannelGroups, GroupSize, can_be_shown};
use crate::release::dataset::Dataset;
use crate::release::margins::margins;
use crate::release::spec::{Key, PlanSpec, Scope};
use crate::survey::Survey;
use crate::survey::plan::Plan;

/// The analyses of one wave: the published one and those that are shown beside it.
pub struct Analyses<'a> {
    keys: PlanSpec<'a>,
    /// What each PSU contributes to the headline of each indicator.
    contributions: BTreeMap<EstimateIndex, Vec<UnitTotal>>,
    /// The published analysis.
    pub published: Analysis,
    /// Headlines without any weight.
    unweighted: OneSample<'a>,
    /// Headlines without each group of responses that could move them.
    without: Vec<WithoutGroup<'a>>,
    /// Responses in any of these groups.
    n_grouped: u64,
}

/// Headlines without one group of responses.
struct WithoutGroup<'a> {
    size: GroupSize,
    keys: PlanSpec<'a>,
    /// The published estimates.
    headline: Vec<Estimate>,
    /// Those of the volunteers.
    volunteer: Vec<Estimate>,
}

/// An estimate without one group of responses.
pub struct Without<'e> {
    pub size: &'e GroupSize,
    /// Responses in any group.
    pub of: u64,
    /// The published estimate.
    pub headline: Option<&'e Estimate>,
    /// The estimate of the volunteers.
    pub volunteer: Option<&'e Estimate>,
}

/// An estimate from the sampled, from the volunteers and from both.
pub struct Parts<'e> {
    pub sampled: &'e Estimate,
    pub volunteer: &'e Estimate,
    /// `None` if the two could not be weighted together.
    pub blend: Option<&'e Estimate>,
}

/// Estimates of one sample, and how they are found.
struct OneSample<'a> {
    keys: PlanSpec<'a>,
    estimates: Vec<Estimate>,
}

impl<'a> Analyses<'a> {
    /// Analyses `dataset` as the plan says.
    ///
    /// # Errors
    /// What the estimation refuses, with its code and what to do.
    pub fn new(
        survey: &'a Survey,
        plan: &'a Plan,
        dataset: &'a Dataset,
    ) -> Result<Analyses<'a>, estimation::Error> {
        let columns = &dataset.columns;
        let (keys, published) = published(survey, plan, dataset)?;
        let margins = margins(plan, &survey.population)?;
        let indicators = plan.indicators.iter();
        let headlines = indicators.filter_map(|own| keys.index(Key::Indicator(&own.code)));
        let headlines: Vec<EstimateIndex> = headlines.collect();
        let totals = unit_totals(columns, &margins, &keys.spec, &headlines).unwrap_or_default();
        let (without, unweighted) = analyse(survey, plan, columns, Scope::Unweighted)?;
        let groups = &dataset.channels;
        Ok(Analyses {
            without: without_groups(survey, plan, columns, groups),
            n_grouped: groups.n(),
            keys,
            contributions: headlines.into_iter().zip(totals).collect(),
            published,
            unweighted: OneSample {
                keys: without,
                estimates: unweighted.estimates,
            },
        })
    }

    /// The published estimate of the whole city.
    pub fn whole(&self, key: Key<'_>) -> Option<&Estimate> {
        self.keys.whole(&self.published.estimates, key)
    }

    /// The published estimates of the levels of one domain, in the order of their codes.
    pub fn domain(&self, key: Key<'_>, column: &str) -> impl Iterator<Item = (&str, &Estimate)> {
        let estimates = self.keys.all(&self.published.estimates, key).iter();
        estimates.filter_map(move |estimate| match estimate.domain.as_slice() {
            [(variable, level)] if variable == column => Some((level.as_str(), estimate)),
            _ => None,
        })
    }

    /// The headline under each scenario, with the code of the scenario; `None` where it cannot be
    /// computed.
    pub fn scenarios(&self, key: Key<'_>) -> Vec<(&str, Option<&Estimate>)> {
        let Some(sensitivity) = &self.published.sensitivity else {
            return Vec::new();
        };
        let scenarios = sensitivity.scenarios.iter();
        scenarios
            .map(|scenario| {
                let estimate = self.keys.whole(&scenario.estimates, key);
                (scenario.name.as_str(), estimate)
            })
            .collect()
    }

    /// What each PSU contributes to a headline; nothing where that has no meaning.
    pub fn contributions(&self, key: Key<'_>) -> Vec<UnitTotal> {
        let index = self.keys.index(key);
        let known = index.and_then(|index| self.contributions.get(&index));
        known.cloned().unwrap_or_default()
    }

    /// How far an input must move until the verdict of a headline changes.
    pub fn tipping(&self, key: Key<'_>) -> Option<&Tipping> {
        let sensitivity = self.published.sensitivity.as_ref()?;
        let index = self.keys.index(key)?;
        let mut tipping = sensitivity.tipping.iter();
        tipping.find(|tipping| tipping.index == index)
    }

    /// The headline without any weight.
    pub fn unweighted(&self, key: Key<'_>) -> Option<&Estimate> {
        self.unweighted.whole(key)
    }

    /// The headline and the estimate of the volunteers without each group of responses.
    pub fn without(&self, key: Key<'_>) -> impl Iterator<Item = Without<'_>> {
        self.without.iter().map(move |own| Without {
            size: &own.size,
            of: self.n_grouped,
            headline: own.keys.whole(&own.headline, key),
            volunteer: own.keys.whole(&own.volunteer, key),
        })
    }

    /// The estimate from the sampled and from the volunteers, each alone, and from both. `None`
    /// where the survey has one of them only, or where the volunteers cannot be weighted.
    pub fn parts(&self, key: Key<'_>) -> Option<Parts<'_>> {
        let report = self.published.blend.as_ref()?;
        let both = !report.volunteer.is_empty() && report.volunteer_refused.is_none();
        Some(Parts {
            sampled: self.keys.whole(&report.reference, key)?,
            volunteer: self.keys.whole(&report.volunteer, key)?,
            blend: both
                .then(|| self.keys.whole(&report.blended, key))
                .flatten(),
        })
    }
}

impl OneSample<'_> {
    fn whole(&self, key: Key<'_>) -> Option<&Estimate> {
        self.keys.whole(&self.estimates, key)
    }
}

/// The headlines without each group that is large enough to move them. A group without which they
/// cannot be computed is left out.
fn without_groups<'a>(
    survey: &'a Survey,
    plan: &'a Plan,
    columns: &Columns,
    groups: &ChannelGroups,
) -> Vec<WithoutGroup<'a>> {
    let of = groups.n();
    let sizes = groups.sizes().into_iter();
    let sizes: Vec<GroupSize> = sizes.filter(|size| can_be_shown(size, of)).collect();
    if let Some(found) = without_volunteers(survey, plan, columns, groups, &sizes) {
        return found;
    }
    sizes
        .into_iter()
        .filter_map(|size| {
            let kept = columns.select(&groups.without(&size.group));
            let (keys, analysis) = analyse(survey, plan, &kept, Scope::Headline).ok()?;
            let report = analysis.blend;
            Some(WithoutGroup {
                size,
                keys,
                headline: analysis.estimates,
                volunteer: report.map(|report| report.volunteer).unwrap_or_default(),
            })
        })
        .collect()
}

/// [`without_groups`] where the drawn alone are published: they are analysed once. `None` elsewhere.
fn without_volunteers<'a>(
    survey: &'a Survey,
    plan: &'a Plan,
    columns: &Columns,
    groups: &ChannelGroups,
    sizes: &[GroupSize],
) -> Option<Vec<WithoutGroup<'a>>> {
    let keys = PlanSpec::new(survey, plan, Scope::Headline, "margins.csv");
    let margins = margins(plan, &survey.population).ok()?;
    let kept = sizes.iter().map(|size| groups.without(&size.group));
    let found = volunteers_of(columns, &margins, &keys.spec, kept).ok()??;
    let volunteer = sizes.iter().zip(found.volunteer);
    let without = volunteer.filter_map(|(size, volunteer)| {
        Some(WithoutGroup {
            size: size.clone(),
            keys: keys.clone(),
            headline: found.reference.clone(),
            volunteer: volunteer?,
        })
    });
    Some(without.collect())
}

/// The published analysis, with what it would be if nothing was held. Its weights are those of the rows
/// that count.
fn published<'a>(
    survey: &'a Survey,
    plan: &'a Plan,
    dataset: &Dataset,
) -> Result<(PlanSpec<'a>, Analysis), estimation::Error> {
    if dataset.with_held.is_none() {
        return analyse(survey, plan, &dataset.columns, Scope::Full);
    }
    let keys = PlanSpec::new(survey, plan, Scope::Full, "margins.csv").with_held(plan);
    let margins = margins(plan, &survey.population)?;
    let mut analysis = estimation::analyse(dataset.every_row(), &margins, &keys.spec)?;
    let weights = analysis.weights.iter().enumerate();
    let counting = weights.filter(|(row, _)| dataset.counts(*row));
    analysis.weights = counting.map(|(_, weight)| *weight).collect();
    Ok((keys, analysis))
}

fn analyse<'a>(
    survey: &'a Survey,
    plan: &'a Plan,
    columns: &Columns,
    scope: Scope,
) -> Result<(PlanSpec<'a>, Analysis), estimation::Error> {
    let keys = PlanSpec::new(survey, plan, scope, "margins.csv");
    let margins = margins(plan, &survey.population)?;
    let analysis = estimation::analyse(columns, &margins, &keys.spec)?;
    Ok((keys, analysis))
}
