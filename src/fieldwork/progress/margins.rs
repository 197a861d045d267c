//! Margins so far against the population.

use std::collections::BTreeMap;

/// A category of a margin.
#[derive(Debug, Clone, PartialEq)]
pub struct Category {
    /// Variable, such as `sex`.
    pub variable: String,
    /// Category, such as `female`.
    pub category: String,
    /// What is in: base weights or a count, ≥ 0.
    pub sampled: f64,
    /// People in the population, ≥ 0.
    pub population: f64,
}

/// A category of a margin against the population.
#[derive(Debug, Clone, PartialEq)]
pub struct Distance {
    /// Variable.
    pub variable: String,
    /// Category.
    pub category: String,
    /// Its share of the sample, 0 to 1; NaN while nothing is in.
    pub sampled: f64,
    /// Its share of the population, 0 to 1.
    pub population: f64,
    /// Sample − population: −0.08 is 8 points too few.
    pub distance: f64,
}

/// The categories against the population, in the order given.
#[must_use]
pub fn distances(categories: &[Category]) -> Vec<Distance> {
    let mut totals: BTreeMap<&str, (f64, f64)> = BTreeMap::new();
    for own in categories {
        let total = totals.entry(&own.variable).or_default();
        total.0 += own.sampled;
        total.1 += own.population;
    }
    categories
        .iter()
        .map(|own| {
            let (all_sampled, people) = totals
                .get(own.variable.as_str())
                .copied()
                .unwrap_or_default();
            let (sampled, population) = (own.sampled / all_sampled, own.population / people);
            Distance {
                variable: own.variable.clone(),
                category: own.category.clone(),
                sampled,
                population,
                distance: sampled - population,
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_variable_has_its_own_total() {
        let category = |variable: &str, category: &str, sampled, population| Category {
            variable: variable.to_owned(),
            category: category.to_owned(),
            sampled,
            population,
        };
        let found = distances(&[
            category("sex", "m", 30.0, 500.0),
            category("age", "old", 5.0, 400.0),
            category("sex", "f", 70.0, 500.0),
            category("age", "young", 15.0, 600.0),
        ]);
        let gaps: Vec<f64> = found.iter().map(|own| own.distance).collect();
        for (gap, expected) in gaps.iter().zip([-0.2, -0.15, 0.2, 0.15]) {
            assert!((gap - expected).abs() < 1e-12);
        }
    }
}
