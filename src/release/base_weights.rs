//! The weight of a response before raking.

use crate::release::column_builder::ColumnBuilder;
use crate::release::row::DatasetError;
use crate::release::sample_design::PART_ENDS;
use crate::survey::Survey;
use crate::survey::plan::Plan;

/// N_h / n_h for every row, from the cell it is in; 1 where the plan has no base dimension.
pub(super) fn base_weights(
    survey: &Survey,
    plan: &Plan,
    cell: &ColumnBuilder,
) -> Result<Vec<f64>, DatasetError> {
    let ColumnBuilder::Category { levels, codes, .. } = cell else {
        return Ok(Vec::new());
    };
    if plan.weighting.base == "none" {
        return Ok(vec![1.0; codes.len()]);
    }
    let mut counts = vec![0.0_f64; levels.len()];
    for code in codes {
        if let Some(count) = usize::try_from(*code)
            .ok()
            .and_then(|index| counts.get_mut(index))
        {
            *count += 1.0;
        }
    }
    let figures = survey.population.dimensions.get(&plan.weighting.base);
    let weights: Result<Vec<f64>, DatasetError> = levels
        .iter()
        .zip(&counts)
        .map(|(level, count)| {
            let level = level
                .split_once(PART_ENDS)
                .map_or(level.as_str(), |(_, cell)| cell);
            let figure = figures.and_then(|figures| figures.get(level));
            figure
                .map(|figure| figure.population / count)
                .ok_or_else(|| DatasetError::NoPopulation {
                    dimension: plan.weighting.base.clone(),
                    category: level.to_owned(),
                })
        })
        .collect();
    let weights = weights?;
    let weight = |code: &u32| {
        usize::try_from(*code)
            .ok()
            .and_then(|index| weights.get(index))
            .copied()
    };
    Ok(codes
        .iter()
        .map(|code| weight(code).unwrap_or(f64::NAN))
        .collect())
}
