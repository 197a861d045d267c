//! The population margins that a plan rakes to.

use crate::estimation::{Error, Margins};
use crate::survey::plan::Plan;
use crate::survey::population::Population;

/// The margins as CSV, for `[weighting] margins` of a specification.
pub fn margins_csv(plan: &Plan, population: &Population) -> String {
    let mut lines = String::from("dimension,category,population,low,high\n");
    for dimension in &plan.weighting.rake {
        for (category, figure) in population.dimensions.get(dimension).into_iter().flatten() {
            let range = figure
                .range
                .map_or_else(|| ",".to_owned(), |[low, high]| format!("{low},{high}"));
            let population = figure.population;
            lines.push_str(&format!("{dimension},{category},{population},{range}\n"));
        }
    }
    lines
}

/// The margins as the estimation takes them; none if the plan does not rake.
///
/// # Errors
/// When the population file holds what cannot be a margin.
pub fn margins(plan: &Plan, population: &Population) -> Result<Margins, Error> {
    if plan.weighting.rake.is_empty() {
        return Ok(Margins::new());
    }
    Margins::parse(&margins_csv(plan, population))
}
