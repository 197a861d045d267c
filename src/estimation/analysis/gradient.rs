//! How a calibrated estimate moves with the population margins.

use crate::estimation::analysis::estimates::coefficients_of;
use crate::estimation::analysis::one_sample::weighted_design;
use crate::estimation::columns::Columns;
use crate::estimation::design::sample_design::Design;
use crate::estimation::error::Error;
use crate::estimation::spec::estimate::EstimateSpec;
use crate::estimation::spec::specification::Spec;
use crate::estimation::weighting::margins::Margins;

/// How an estimate moves with each category of the margins.
pub(in crate::estimation) struct Gradient {
    categories: Vec<MovedCategory>,
}

/// A category of a margin.
pub(in crate::estimation) struct MovedCategory {
    /// Dimension, such as `age`.
    pub(in crate::estimation) dimension: String,
    /// Category, such as `a18`.
    pub(in crate::estimation) category: String,
    /// Its share of the population, 0 to 1.
    pub(in crate::estimation) share: f64,
    population: f64,
    /// β: the change of the estimate per person that is added to the category.
    coefficient: f64,
}

impl Gradient {
    /// Each category with the change of the estimate per unit of its share, the other categories of
    /// its dimension giving in proportion.
    pub(in crate::estimation) fn slopes(&self) -> impl Iterator<Item = (&MovedCategory, f64)> {
        self.categories.iter().map(|own| {
            let others = self
                .categories
                .iter()
                .filter(|other| other.dimension == own.dimension && other.category != own.category);
            let given: f64 = others
                .map(|other| other.coefficient * other.share / (1.0 - own.share))
                .sum();
            let total = own.population / own.share;
            (own, total * (own.coefficient - given))
        })
    }
}

/// The gradients of some estimates for the whole, on rows that are one sample.
///
/// # Errors
/// Those of the design, the weighting and the estimates.
pub(in crate::estimation) fn gradients(
    columns: &Columns,
    margins: &Margins,
    spec: &Spec,
    own: &[EstimateSpec],
) -> Result<Vec<Gradient>, Error> {
    let spec = Spec {
        blend: None,
        sensitivity: None,
        ..spec.clone()
    };
    let (design, _) = weighted_design(columns, margins, &spec)?;
    let coefficients = coefficients_of(columns, &design, own)?;
    let gradients = coefficients.into_iter();
    Ok(gradients.map(|own| gradient(&design, own)).collect())
}

/// The gradient of an estimate from its β, by adjustment.
fn gradient(design: &Design, coefficients: Vec<Vec<f64>>) -> Gradient {
    let mut categories = Vec::new();
    for (adjustment, beta) in design.adjustments.iter().zip(coefficients) {
        let Some(cells) = &adjustment.cells else {
            continue;
        };
        for (category, coefficient) in cells.categories.iter().zip(beta) {
            let dimension = cells.names.get(category.dimension).cloned();
            categories.push(MovedCategory {
                dimension: dimension.unwrap_or_default(),
                category: category.labels.join("*"),
                share: 0.0,
                population: category.target,
                coefficient,
            });
        }
    }
    let totals: Vec<f64> = categories
        .iter()
        .map(|own| {
            let same = categories
                .iter()
                .filter(|other| other.dimension == own.dimension);
            same.map(|other| other.population).sum()
        })
        .collect();
    for (category, total) in categories.iter_mut().zip(totals) {
        category.share = category.population / total;
    }
    Gradient { categories }
}
