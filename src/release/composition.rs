//! How far weighting went, and what the sample looks like before and after it, beside the census.

use crate::estimation::spec::BlendChoice;
use crate::estimation::{Analysis, Columns};
use crate::release::category_totals::CategoryTotals;
use crate::release::figures::{CompositionRow, WeightingSummary};
use crate::release::labels::Labels;
use crate::survey::plan::Plan;
use crate::survey::population::Population;

/// How far weighting went; `None` if the plan does not weight.
pub fn weighting(
    plan: &Plan,
    population: &Population,
    columns: &Columns,
    analysis: &Analysis,
    labels: Labels<'_>,
) -> Option<WeightingSummary> {
    let report = analysis.weighting.as_ref()?;
    let blend = analysis.blend.as_ref();
    let has_both = blend
        .filter(|blend| !blend.reference.is_empty() && !blend.volunteer.is_empty())
        .filter(|blend| blend.publish == BlendChoice::Blended);
    Some(WeightingSummary {
        sampled_share: has_both.and_then(|blend| blend.factor.values().next().copied()),
        is_sampled_alone: blend.is_some_and(|blend| blend.publish == BlendChoice::Reference),
        is_from_frame: plan.weighting.base == "frame",
        rake: plan.weighting.rake.clone(),
        sweeps: report.sweeps,
        max_misfit: report.max_misfit,
        kish_deff: report.kish_deff,
        n_effective: report.n_effective,
        g_range: (report.min_g, report.max_g),
        composition: composition(population, columns, &analysis.weights, labels),
    })
}

/// The sample beside the census, for the single dimensions of the population file.
fn composition(
    population: &Population,
    columns: &Columns,
    weights: &[f64],
    labels: Labels<'_>,
) -> Vec<CompositionRow> {
    let mut rows = Vec::new();
    for (dimension, figures) in &population.dimensions {
        let Some(totals) = CategoryTotals::of(columns, dimension, weights) else {
            continue;
        };
        let sample = totals.sum();
        let people: f64 = figures.values().map(|figure| figure.population).sum();
        let mut categories: Vec<_> = totals.categories.iter().collect();
        categories.sort_by_key(|(code, _)| labels.position(dimension, code));
        rows.extend(categories.into_iter().map(|(code, total)| CompositionRow {
            dimension: labels.title(dimension),
            category: labels.label(dimension, code),
            n: u64::from(total.n),
            unweighted: Some(f64::from(total.n) / f64::from(sample.n)),
            weighted: total.weight / sample.weight,
            population: figures.get(code).map_or(0.0, |figure| figure.population) / people,
        }));
    }
    rows
}
