//! One mode as a sample of its own, where all modes are weighted together.

use std::collections::BTreeMap;

use crate::estimation::columns::MISSING;
use crate::estimation::{Column, Columns};
use crate::release::columns::{BASE_WEIGHT, MODE};
use crate::survey::Survey;
use crate::survey::plan::Plan;

/// The rows of `modes` with base weights N_h / n_h of their own: n_h counts these rows alone.
/// `None` if there are none, or if a cell has no population figure.
pub fn part(survey: &Survey, plan: &Plan, columns: &Columns, modes: &[String]) -> Option<Columns> {
    let mut part = columns.select(&rows_of(columns, modes)?);
    if part.rows() == 0 {
        return None;
    }
    if plan.weighting.base != "none" {
        let weights = base_weights(survey, plan, &part)?;
        part.replace(BASE_WEIGHT, Column::numbers(weights)).ok()?;
    }
    Some(part)
}

/// Which rows came by one of `modes`.
fn rows_of(columns: &Columns, modes: &[String]) -> Option<Vec<bool>> {
    let mode = columns.get(MODE).ok()?.to_category();
    let is_kept = |code: u32| level(&mode.levels, code).is_some_and(|level| modes.contains(level));
    Some(mode.decode().into_iter().map(is_kept).collect())
}

fn base_weights(survey: &Survey, plan: &Plan, part: &Columns) -> Option<Vec<f64>> {
    let variables = plan.weighting.base.split('*');
    let variables: Option<Vec<_>> = variables
        .map(|name| part.get(name).ok().map(Column::to_category))
        .collect();
    let variables = variables?;
    let codes: Vec<Vec<u32>> = variables.iter().map(|variable| variable.decode()).collect();
    let cell = |row: usize| -> Vec<u32> {
        let codes = codes.iter();
        codes
            .map(|codes| codes.get(row).copied().unwrap_or(MISSING))
            .collect()
    };
    let cells: Vec<Vec<u32>> = (0..part.rows()).map(cell).collect();
    let mut counts: BTreeMap<&[u32], f64> = BTreeMap::new();
    for cell in &cells {
        *counts.entry(cell).or_insert(0.0) += 1.0;
    }
    let figures = survey.population.dimensions.get(&plan.weighting.base)?;
    let weight = |cell: &Vec<u32>| {
        let labels = cell.iter().zip(&variables);
        let labels = labels
            .map(|(code, variable)| level(&variable.levels, *code).map_or("", String::as_str));
        let category = labels.collect::<Vec<_>>().join("*");
        Some(figures.get(&category)?.population / counts.get(cell.as_slice())?)
    };
    cells.iter().map(weight).collect()
}

fn level(levels: &[String], code: u32) -> Option<&String> {
    levels.get(usize::try_from(code).ok()?)
}
