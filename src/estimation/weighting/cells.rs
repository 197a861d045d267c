//! The contingency table of the weighting variables: which cells occur, which categories they belong to, and the checks
//! that respondents and population fit together. Adjusting this table instead of the rows is what makes raking cost two
//! passes over the data whatever the number of sweeps.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "tables of known shape, codes below their count"
)]

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::super::columns::{Columns, MISSING};
use super::super::crossing::Crossing;
use super::super::error::{Code, Error};
use super::super::summation::exact_by;
use super::margins::{Margin, Margins};

/// Largest relative disagreement between the totals of two dimensions.
const TOTALS_TOLERANCE: f64 = 1e-6;

/// Respondents cross-classified by every weighting variable, with their base weights and the population categories.
#[derive(Debug, Clone)]
pub struct Cells {
    /// The cells that occur.
    pub crossing: Crossing,
    /// Sum of base weights by cell.
    pub base: Vec<f64>,
    /// For each cell, the category (column of X) it has in each dimension: `cells × dimensions`.
    pub member: Vec<u32>,
    /// Number of dimensions.
    pub dimensions: usize,
    /// The categories: dimension, labels and population. Columns of X.
    pub categories: Vec<Category>,
    /// Names of the dimensions.
    pub names: Vec<String>,
}

/// A category with respondents.
#[derive(Debug, Clone)]
pub struct Category {
    /// Index of the dimension.
    pub dimension: usize,
    /// Its labels.
    pub labels: Vec<String>,
    /// Its population.
    pub target: f64,
}

impl Cells {
    /// Cross-classifies the rows with weight above zero and checks them against the categorical dimensions of `margins`.
    ///
    /// # Errors
    /// `NA_IN_WEIGHTING_VARIABLE`, `CATEGORY_NOT_IN_POPULATION`, `ZERO_TARGET_WITH_RESPONDENTS`, `MARGIN_CATEGORY_EMPTY`
    /// (unless `partial`), `MARGIN_TOTALS_DISAGREE` (unless `rescale`), `UNKNOWN_COLUMN`.
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
        let mut axes = Vec::new();
        for variable in &variables {
            axes.push(columns.get(variable)?.to_category());
        }
        let crossing = Crossing::new(axes, columns.rows());
        let cell_of = crossing.decode(columns.rows());
        refuse_missing(columns, weights, &variables, &cell_of)?;
        let base = exact_by(weights, &cell_of, crossing.len());
        drop(cell_of);

        let mut categories = Vec::new();
        let mut member = vec![MISSING; crossing.len() * dimensions.len()];
        let (mut unknown, mut zero, mut empty) = (Vec::new(), Vec::new(), Vec::new());
        for (dimension, margin) in dimensions.iter().enumerate() {
            let axis_of: Vec<usize> = margin
                .variables
                .iter()
                .filter_map(|name| variables.iter().position(|known| *known == name))
                .collect();
            let first = categories.len();
            for (labels, target) in &margin.cells {
                categories.push(Category {
                    dimension,
                    labels: labels.clone(),
                    target: *target,
                });
            }
            let index: std::collections::HashMap<Vec<&str>, usize> = margin
                .cells
                .iter()
                .enumerate()
                .map(|(at, (labels, _))| (labels.iter().map(String::as_str).collect(), at))
                .collect();
            let mut respondents = vec![false; margin.cells.len()];
            for cell in (0..crossing.len()).filter(|&cell| base[cell] > 0.0) {
                let all = crossing.labels(cell);
                let labels: Vec<&str> = axis_of.iter().map(|&axis| all[axis]).collect();
                match index.get(&labels) {
                    None => unknown.push(place(margin, labels.iter().copied())),
                    Some(&at) => {
                        if margin.cells[at].1 == 0.0 {
                            zero.push(place(margin, labels.iter().copied()));
                        }
                        respondents[at] = true;
                        member[cell * dimensions.len() + dimension] = (first + at) as u32;
                    }
                }
            }
            for (at, (labels, target)) in margin.cells.iter().enumerate() {
                if *target > 0.0 && !respondents[at] {
                    empty.push(proposal(margin, at, labels, &respondents));
                }
            }
        }
        distinct(&mut unknown);
        distinct(&mut zero);
        refuse(
            Code::CategoryNotInPopulation,
            "respondents are in categories that the population table does not have",
            unknown,
        )?;
        refuse(
            Code::ZeroTargetWithRespondents,
            "respondents are in categories whose population is zero",
            zero,
        )?;
        if !partial {
            refuse(
                Code::MarginCategoryEmpty,
                "population categories have no respondent; merge each with a neighbour",
                empty,
            )?;
        }
        let names: Vec<String> = dimensions.iter().map(|margin| margin.name()).collect();
        let mut cells = Self {
            crossing,
            base,
            member,
            dimensions: dimensions.len(),
            categories,
            names,
        };
        cells.agree_totals(rescale, partial)?;
        cells.drop_empty();
        Ok(cells)
    }

    /// Number of columns of X.
    #[must_use]
    pub const fn columns(&self) -> usize {
        self.categories.len()
    }

    /// The category of each dimension that a cell belongs to.
    #[must_use]
    pub fn members(&self, cell: usize) -> &[u32] {
        &self.member[cell * self.dimensions..(cell + 1) * self.dimensions]
    }

    /// Whether a cell has anybody in it.
    #[must_use]
    pub fn occupied(&self, cell: usize) -> bool {
        self.base[cell] > 0.0
    }

    /// Sums of `weights` (one per cell) by category.
    #[must_use]
    pub fn sums(&self, weights: &[f64]) -> Vec<f64> {
        let mut sums = vec![0.0; self.columns()];
        for cell in (0..self.crossing.len()).filter(|&cell| self.occupied(cell)) {
            for &category in self.members(cell) {
                sums[category as usize] += weights[cell];
            }
        }
        sums
    }

    /// The largest |Σw − T|/T over categories, and where it is.
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

    /// A category for people and machines.
    #[must_use]
    pub fn describe(&self, at: usize) -> Value {
        let category = &self.categories[at];
        json!({
            "dimension": self.names[category.dimension],
            "category": category.labels.join("*"),
            "population": category.target,
        })
    }

    /// Warnings for categories with fewer than 30 rows.
    #[must_use]
    pub fn thin(&self, cell_of: &[u32], weights: &[f64]) -> Vec<String> {
        let mut rows = vec![0_u32; self.crossing.len()];
        for (&cell, _) in cell_of
            .iter()
            .zip(weights)
            .filter(|(_, weight)| **weight != 0.0)
        {
            rows[cell as usize] += 1;
        }
        let mut by_category = vec![0_u32; self.columns()];
        for (cell, rows) in rows
            .iter()
            .enumerate()
            .filter(|(cell, _)| self.occupied(*cell))
        {
            for &category in self.members(cell) {
                by_category[category as usize] += rows;
            }
        }
        by_category
            .iter()
            .zip(&self.categories)
            .filter(|(rows, _)| **rows < 30)
            .map(|(rows, category)| {
                format!(
                    "{} {} has {rows} respondents",
                    self.names[category.dimension],
                    category.labels.join("*")
                )
            })
            .collect()
    }

    fn agree_totals(&mut self, rescale: bool, partial: bool) -> Result<(), Error> {
        let mut totals = vec![0.0; self.dimensions];
        for category in &self.categories {
            totals[category.dimension] += category.target;
        }
        let (Some(&first), false) = (totals.first(), partial) else {
            return Ok(());
        };
        let gap = totals
            .iter()
            .map(|total| (total / first - 1.0).abs())
            .fold(0.0, f64::max);
        if gap <= TOTALS_TOLERANCE || rescale {
            // Differences within rounding would otherwise keep the misfit above zero for ever.
            for category in &mut self.categories {
                category.target *= first / totals[category.dimension];
            }
            return Ok(());
        }
        let listed: Vec<Value> = self
            .names
            .iter()
            .zip(&totals)
            .map(|(name, total)| json!({"dimension": name, "total": total, "factor_to_first": first / total}))
            .collect();
        Err(Error::new(
            Code::MarginTotalsDisagree,
            format!(
                "the dimensions of the population table add up to different totals (relative gap {gap:.3e}); correct them or set rescale_margins = true"
            ),
            json!({"relative_gap": gap, "dimensions": listed}),
        ))
    }

    /// Leaves out categories without respondents (of target zero, or partial).
    fn drop_empty(&mut self) {
        let mut used = vec![false; self.categories.len()];
        for &at in self.member.iter().filter(|at| **at != MISSING) {
            used[at as usize] = true;
        }
        let mut place = vec![MISSING; used.len()];
        let mut kept = Vec::new();
        for (at, category) in std::mem::take(&mut self.categories).into_iter().enumerate() {
            if used[at] {
                place[at] = kept.len() as u32;
                kept.push(category);
            }
        }
        self.categories = kept;
        for at in self.member.iter_mut().filter(|at| **at != MISSING) {
            *at = place[*at as usize];
        }
    }
}

fn refuse_missing(
    columns: &Columns,
    weights: &[f64],
    variables: &[&String],
    cell_of: &[u32],
) -> Result<(), Error> {
    if !cell_of
        .iter()
        .zip(weights)
        .any(|(cell, weight)| *cell == MISSING && *weight > 0.0)
    {
        return Ok(());
    }
    let mut listed = Vec::new();
    for variable in variables {
        let codes = columns.get(variable)?.to_category().decode();
        let rows: Vec<usize> = codes
            .iter()
            .zip(weights)
            .enumerate()
            .filter(|(_, (code, weight))| **code == MISSING && **weight > 0.0)
            .map(|(row, _)| columns.line(row))
            .collect();
        if !rows.is_empty() {
            listed.push(json!({"variable": variable, "missing": rows.len(), "first_rows": rows.iter().take(10).collect::<Vec<_>>()}));
        }
    }
    refuse(
        Code::NaInWeightingVariable,
        "weighting variables are missing for some rows; impute or exclude them first",
        listed,
    )
}

fn place<'a>(margin: &Margin, labels: impl Iterator<Item = &'a str>) -> Value {
    json!({"dimension": margin.name(), "category": labels.collect::<Vec<_>>().join("*")})
}

/// An empty category with the neighbour it could be merged with: the nearest one in the order of the table that shares
/// all but its last label and has respondents, else the nearest at all.
fn proposal(margin: &Margin, at: usize, labels: &[String], respondents: &[bool]) -> Value {
    let near = |same_group: bool| {
        (0..margin.cells.len())
            .filter(|&other| other != at && respondents[other])
            .filter(|&other| {
                let (theirs, _) = &margin.cells[other];
                !same_group
                    || theirs.split_last().map(|(_, head)| head)
                        == labels.split_last().map(|(_, head)| head)
            })
            .min_by_key(|&other| other.abs_diff(at))
    };
    let merge = near(true)
        .or_else(|| near(false))
        .map(|other| margin.cells[other].0.join("*"));
    json!({"dimension": margin.name(), "category": labels.join("*"), "population": margin.cells[at].1, "merge_with": merge})
}

fn distinct(places: &mut Vec<Value>) {
    let mut seen = BTreeSet::new();
    places.retain(|place| seen.insert(place.to_string()));
}

fn refuse(code: Code, message: &str, places: Vec<Value>) -> Result<(), Error> {
    if places.is_empty() {
        return Ok(());
    }
    let names: Vec<String> = places
        .iter()
        .take(10)
        .map(|place| {
            let part = |key: &str| {
                place
                    .get(key)
                    .and_then(Value::as_str)
                    .unwrap_or_default()
                    .to_owned()
            };
            format!(
                "{}{} {}",
                part("dimension"),
                part("variable"),
                part("category")
            )
            .trim_end()
            .to_owned()
        })
        .collect();
    Err(Error::new(
        code,
        format!("{message}: {}", names.join(", ")),
        json!({"categories": places}),
    ))
}
