//! The contingency table of the weighting variables.
//!
//! Adjusting the cells of this table instead of the rows is what makes raking read the rows only
//! twice, whatever the number of sweeps. Rows in the same cell get the same factor g.
//!
//! # Checks
//!
//! Respondents and population must fit together before anything is fitted: no missing variable, the
//! same categories, the same total in every dimension ([`Cells::new`]).
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "tables of known shape, codes below their count"
)]

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::estimation::columns::{Columns, MISSING};
use crate::estimation::cross_classification::CrossClassification;
use crate::estimation::error::{Code, Error};
use crate::estimation::summation::exact_by;
use crate::estimation::weighting::fit::TotalName;
use crate::estimation::weighting::margins::{Margin, Margins};
use crate::estimation::weighting::population::{Category, Population, refuse_categories};

/// Largest relative difference between the totals of two dimensions.
const TOTALS_TOLERANCE: f64 = 1e-6;

/// Respondents in a category below which there is a warning.
const FEW_RESPONDENTS: u32 = 30;

/// The respondents, cross-classified by every weighting variable, and the population categories
/// that the cells belong to.
#[derive(Debug, Clone)]
pub struct Cells {
    /// The cells that occur.
    pub cells: CrossClassification,
    /// Sum of base weights by cell.
    pub base: Vec<f64>,
    /// For each cell, its category (column of X) in each dimension: `cells × dimensions`.
    pub member: Vec<u32>,
    /// Number of dimensions.
    pub dimensions: usize,
    /// The categories with respondents: the columns of X.
    pub categories: Vec<Category>,
    /// Names of the dimensions.
    pub names: Vec<String>,
}

impl Cells {
    /// Cross-classifies the rows with a weight above zero and checks them against the categorical
    /// dimensions of `margins`.
    ///
    /// * `weights`: the base weight of each row, 0 for rows out of sample
    /// * `partial`: leave out population categories without respondents instead of refusing them
    /// * `rescale`: scale every dimension to the total of the first instead of refusing different
    ///   totals
    ///
    /// # Errors
    ///
    /// | code | if |
    /// |---|---|
    /// | `NA_IN_WEIGHTING_VARIABLE` | a row with a weight misses a variable |
    /// | `CATEGORY_NOT_IN_POPULATION` | respondents are in a category without population |
    /// | `ZERO_TARGET_WITH_RESPONDENTS` | respondents are in a category with a population of 0 |
    /// | `MARGIN_CATEGORY_EMPTY` | a category has a population and no respondents |
    /// | `MARGIN_TOTALS_DISAGREE` | dimensions add up to totals that differ by more than 10⁻⁶ |
    /// | `UNKNOWN_COLUMN` | a variable is not in the data |
    pub fn new(
        columns: &Columns,
        weights: &[f64],
        margins: &Margins,
        partial: bool,
        rescale: bool,
    ) -> Result<Self, Error> {
        let dimensions: Vec<&Margin> = margins
            .dimensions()
            .iter()
            .filter(|margin| !margin.is_numeric())
            .collect();
        let variables: Vec<&String> = dimensions
            .iter()
            .flat_map(|margin| &margin.variables)
            .collect::<BTreeSet<_>>()
            .into_iter()
            .collect();
        let mut categories = Vec::new();
        for variable in &variables {
            categories.push(columns.get(variable)?.to_category());
        }
        let cells = CrossClassification::new(categories, columns.rows());
        let cell_of = cells.decode(columns.rows());
        refuse_missing(columns, weights, &variables, &cell_of)?;
        let base = exact_by(weights, &cell_of, cells.len());
        let mut population = Population::new(&dimensions, &variables, &cells, &base);
        population.check(partial)?;
        let mut cells = Self {
            cells,
            base,
            member: population.member,
            dimensions: dimensions.len(),
            categories: population.categories,
            names: dimensions.iter().map(|margin| margin.name()).collect(),
        };
        if !partial {
            cells.agree_totals(rescale)?;
        }
        cells.drop_empty();
        Ok(cells)
    }

    /// Number of columns of X.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.categories.len()
    }

    /// The category of a cell in each dimension.
    #[must_use]
    pub fn members(&self, cell: usize) -> &[u32] {
        &self.member[cell * self.dimensions..(cell + 1) * self.dimensions]
    }

    /// Whether a cell has respondents.
    #[must_use]
    pub fn occupied(&self, cell: usize) -> bool {
        self.base[cell] > 0.0
    }

    /// Population totals T of the columns of X.
    #[must_use]
    pub fn targets(&self) -> Vec<f64> {
        let targets = self.categories.iter().map(|category| category.target);
        targets.collect()
    }

    /// X′w: the sums by category of `weights` (one per cell). Cells without respondents are left
    /// out.
    #[must_use]
    pub fn sums(&self, weights: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.columns()];
        for cell in (0..self.cells.len()).filter(|&cell| self.occupied(cell)) {
            for &category in self.members(cell) {
                sums[category as usize] += weights[cell];
            }
        }
        sums
    }

    /// The largest |Σw − T|/T over the categories, and the category it belongs to. `weights` has
    /// one entry per cell. A sum that is not a number is the worst.
    #[must_use]
    pub fn misfit(&self, weights: &[f64]) -> (f64, usize) {
        let mut worst = (0.0, 0);
        for (at, (sum, category)) in self.sums(weights).iter().zip(&self.categories).enumerate() {
            let gap = (sum - category.target).abs() / category.target.max(f64::MIN_POSITIVE);
            if gap > worst.0 || gap.is_nan() {
                worst = (gap, at);
            }
        }
        worst
    }

    /// The name of a category in an error.
    #[must_use]
    pub fn describe(&self, at: usize) -> TotalName {
        let category = &self.categories[at];
        let (dimension, labels) = (&self.names[category.dimension], category.labels.join("*"));
        TotalName {
            text: format!("{dimension} {labels}"),
            detail: json!({
                "dimension": dimension, "category": labels, "population": category.target,
            }),
        }
    }

    /// Warnings for categories with fewer than 30 rows, whose weights rest on few answers.
    ///
    /// * `cell_of`: the cell of each row
    /// * `weights`: its weight; rows with weight 0 are not counted
    #[must_use]
    pub fn few_respondents(&self, cell_of: &[u32], weights: &[f64]) -> Vec<String> {
        let mut rows = vec![0_u32; self.cells.len()];
        let in_sample = cell_of.iter().zip(weights);
        for (&cell, _) in in_sample.filter(|(_, weight)| **weight != 0.0) {
            rows[cell as usize] += 1;
        }
        let mut by_category = vec![0_u32; self.columns()];
        for (cell, rows) in rows.iter().enumerate() {
            if self.occupied(cell) {
                for &category in self.members(cell) {
                    by_category[category as usize] += rows;
                }
            }
        }
        by_category
            .iter()
            .enumerate()
            .filter(|(_, rows)| **rows < FEW_RESPONDENTS)
            .map(|(at, rows)| format!("{} has {rows} respondents", self.describe(at).text))
            .collect()
    }

    /// Makes all dimensions add up to the total of the first: always if they differ by rounding
    /// (10⁻⁶), with `rescale` if they differ by more.
    ///
    /// # Errors
    ///
    /// `MARGIN_TOTALS_DISAGREE` with the total of each dimension and its factor to the first.
    fn agree_totals(&mut self, rescale: bool) -> Result<(), Error> {
        let mut totals = vec![0.0; self.dimensions];
        for category in &self.categories {
            totals[category.dimension] += category.target;
        }
        let Some(&first) = totals.first() else {
            return Ok(());
        };
        let gap = totals
            .iter()
            .map(|total| (total / first - 1.0).abs())
            .fold(0.0, f64::max);
        if gap <= TOTALS_TOLERANCE || rescale {
            // With totals that differ by rounding the misfit could not reach zero.
            for category in &mut self.categories {
                category.target *= first / totals[category.dimension];
            }
            return Ok(());
        }
        let listed: Vec<Value> = self
            .names
            .iter()
            .zip(&totals)
            .map(|(name, total)| {
                json!({"dimension": name, "total": total, "factor_to_first": first / total})
            })
            .collect();
        Err(Error::new(
            Code::MarginTotalsDisagree,
            format!(
                "the dimensions of the population table add up to different totals (relative gap \
                 {gap:.3e}); correct them or set rescale_margins = true"
            ),
            json!({"relative_gap": gap, "dimensions": listed}),
        ))
    }

    /// Leaves out categories without respondents: those with a population of zero, and with
    /// `partial` all others.
    fn drop_empty(&mut self) {
        let mut used = vec![false; self.categories.len()];
        for &at in self.member.iter().filter(|at| **at != MISSING) {
            used[at as usize] = true;
        }
        let mut new_position = vec![MISSING; used.len()];
        let mut kept = Vec::new();
        for (at, category) in std::mem::take(&mut self.categories).into_iter().enumerate() {
            if used[at] {
                new_position[at] = kept.len() as u32;
                kept.push(category);
            }
        }
        self.categories = kept;
        for at in self.member.iter_mut().filter(|at| **at != MISSING) {
            *at = new_position[*at as usize];
        }
    }
}

/// Refuses rows with a weight that miss a weighting variable, with every variable and its rows.
fn refuse_missing(
    columns: &Columns,
    weights: &[f64],
    variables: &[&String],
    cell_of: &[u32],
) -> Result<(), Error> {
    let is_missing = |(code, weight): (&u32, &f64)| *code == MISSING && *weight > 0.0;
    if !cell_of.iter().zip(weights).any(is_missing) {
        return Ok(());
    }
    let mut listed = Vec::new();
    for variable in variables {
        let codes = columns.get(variable)?.to_category().decode();
        let rows: Vec<usize> = codes
            .iter()
            .zip(weights)
            .enumerate()
            .filter(|(_, cell)| is_missing(*cell))
            .map(|(row, _)| columns.line(row))
            .collect();
        if !rows.is_empty() {
            let first: Vec<&usize> = rows.iter().take(10).collect();
            listed.push(json!({"variable": variable, "missing": rows.len(), "first_rows": first}));
        }
    }
    refuse_categories(
        Code::NaInWeightingVariable,
        "weighting variables are missing for some rows; impute or exclude them first",
        &listed,
    )
}
