//! The analyses behind the figures of one wave.

use crate::estimation::{self, Analysis, Columns, Estimate};
use crate::release::dataset::Dataset;
use crate::release::margins::margins;
use crate::release::parts::part;
use crate::release::spec::{Key, PlanSpec, Scope};
use crate::survey::Survey;
use crate::survey::plan::Plan;

/// The analyses of one wave: the published one and those that are shown beside it.
pub struct Analyses<'a> {
    keys: PlanSpec<'a>,
    /// The published analysis.
    pub published: Analysis,
    /// Headlines without any weight.
    unweighted: OneSample<'a>,
    /// Estimates of the on-site part and of the online part, each alone. `None` where the survey had
    /// one of them only, or where one is too thin to be weighted by itself.
    parts: Option<[OneSample<'a>; 2]>,
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
        dataset: &Dataset,
    ) -> Result<Analyses<'a>, estimation::Error> {
        let columns = &dataset.columns;
        let (keys, published) = analyse(survey, plan, columns, Scope::Full)?;
        let (without, unweighted) = analyse(survey, plan, columns, Scope::Unweighted)?;
        let parts = match &published.blend {
            Some(blend) => Some([&blend.reference, &blend.volunteer].map(|part| OneSample {
                keys: keys.clone(),
                estimates: part.clone(),
            })),
            None => parts(survey, plan, dataset),
        };
        Ok(Analyses {
            keys,
            published,
            unweighted: OneSample {
                keys: without,
                estimates: unweighted.estimates,
            },
            parts,
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

    /// The headline without any weight.
    pub fn unweighted(&self, key: Key<'_>) -> Option<&Estimate> {
        self.unweighted.whole(key)
    }

    /// The headline of the on-site part and of the online part, each alone.
    pub fn parts(&self, key: Key<'_>) -> Option<[&Estimate; 2]> {
        let [onsite, online] = self.parts.as_ref()?;
        Some([onsite.whole(key)?, online.whole(key)?])
    }

    /// Responses that the published figures rest on. Where the on-site part alone is published, the
    /// others have no weight.
    pub fn n_used(&self) -> u64 {
        let weights = self.published.weights.iter();
        let used = weights.filter(|weight| **weight > 0.0).count();
        u64::try_from(used).unwrap_or(u64::MAX)
    }
}

impl OneSample<'_> {
    fn whole(&self, key: Key<'_>) -> Option<&Estimate> {
        self.keys.whole(&self.estimates, key)
    }
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

/// The on-site and the online part, where all modes are weighted together.
fn parts<'a>(survey: &'a Survey, plan: &'a Plan, dataset: &Dataset) -> Option<[OneSample<'a>; 2]> {
    let alone = |modes: &[String]| {
        let part = part(survey, plan, &dataset.columns, modes)?;
        let (keys, analysis) = analyse(survey, plan, &part, Scope::Headline).ok()?;
        let estimates = analysis.estimates;
        Some(OneSample { keys, estimates })
    };
    Some([alone(&plan.modes.onsite)?, alone(&plan.modes.online)?])
}
