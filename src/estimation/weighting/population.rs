//! Whether respondents and population have the same categories.
//!
//! Raking needs respondents in every category of the population, and a population figure for every
//! category of the respondents. R and most programs continue without them and miss the margin
//! without a message. Here each such category is an error with the name of the category. If the
//! category has no respondents, the error also names the neighbour it could be merged with.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "cells, dimensions and categories are numbered below their counts"
)]

use std::collections::{BTreeSet, HashMap};

use serde_json::{Value, json};

use crate::estimation::columns::MISSING;
use crate::estimation::cross_classification::CrossClassification;
use crate::estimation::error::{Code, Error};
use crate::estimation::weighting::margins::Margin;

/// Most categories that a message lists. Of the others it gives the number.
const LISTED: usize = 10;

/// A category of a dimension.
#[derive(Debug, Clone)]
pub struct Category {
    /// Index of the dimension.
    pub dimension: usize,
    /// Its labels, one per variable of the dimension.
    pub labels: Vec<String>,
    /// Its population.
    pub target: f64,
}

/// The categories of the population, with the cells of respondents that belong to them.
pub(super) struct Population {
    /// Every category, dimension by dimension.
    pub(super) categories: Vec<Category>,
    /// For each cell, its category in each dimension: `cells × dimensions`, [`MISSING`] for cells
    /// without respondents.
    pub(super) member: Vec<u32>,
    /// Categories of respondents that the population does not have.
    unknown: Vec<Value>,
    /// Categories with respondents whose population is zero.
    zero: Vec<Value>,
    /// Categories of the population without respondents.
    empty: Vec<Value>,
}

impl Population {
    /// Finds the category of every cell with respondents.
    ///
    /// `variables` are those of `cells`; `base` is the sum of base weights by cell, 0 where nobody
    /// responded.
    pub(super) fn new(
        dimensions: &[&Margin],
        variables: &[&String],
        cells: &CrossClassification,
        base: &[f64],
    ) -> Self {
        let mut population = Self {
            categories: Vec::new(),
            member: vec![MISSING; cells.len() * dimensions.len()],
            unknown: Vec::new(),
            zero: Vec::new(),
            empty: Vec::new(),
        };
        let occupied: Vec<usize> = (0..cells.len()).filter(|&cell| base[cell] > 0.0).collect();
        for (dimension, margin) in dimensions.iter().enumerate() {
            let first = population.categories.len();
            let categories = margin.cells.iter().map(|(labels, target)| Category {
                dimension,
                labels: labels.clone(),
                target: *target,
            });
            population.categories.extend(categories);
            let positions: Vec<usize> = margin
                .variables
                .iter()
                .filter_map(|name| variables.iter().position(|known| *known == name))
                .collect();
            let category_of = margin.positions();
            let mut has_respondents = vec![false; margin.cells.len()];
            for &cell in &occupied {
                let all = cells.labels(cell);
                let labels: Vec<&str> = positions.iter().map(|&position| all[position]).collect();
                let Some(&category) = category_of.get(&labels) else {
                    population.unknown.push(category_detail(margin, &labels));
                    continue;
                };
                if margin.cells[category].1 == 0.0 {
                    population.zero.push(category_detail(margin, &labels));
                }
                has_respondents[category] = true;
                population.member[cell * dimensions.len() + dimension] = (first + category) as u32;
            }
            let empty = margin.empty_categories(&has_respondents);
            population.empty.extend(empty);
        }
        population
    }

    /// Refuses categories that only the respondents or, unless `partial`, only the population has.
    ///
    /// # Errors
    /// `CATEGORY_NOT_IN_POPULATION`, `ZERO_TARGET_WITH_RESPONDENTS`, `MARGIN_CATEGORY_EMPTY`, each
    /// with all its categories. A category without respondents is listed with the neighbour that it
    /// could be merged with.
    pub(super) fn check(&mut self, partial: bool) -> Result<(), Error> {
        refuse_categories(
            Code::CategoryNotInPopulation,
            "respondents are in categories that the population table does not have",
            &distinct(&self.unknown),
        )?;
        refuse_categories(
            Code::ZeroTargetWithRespondents,
            "respondents are in categories whose population is zero",
            &distinct(&self.zero),
        )?;
        if partial {
            return Ok(());
        }
        refuse_categories(
            Code::MarginCategoryEmpty,
            "population categories have no respondent; merge each with a neighbour",
            &self.empty,
        )
    }
}

impl Margin {
    /// The position of each category, by its labels.
    fn positions(&self) -> HashMap<Vec<&str>, usize> {
        self.cells
            .iter()
            .enumerate()
            .map(|(at, (labels, _))| (labels.iter().map(String::as_str).collect(), at))
            .collect()
    }

    /// The categories with a population and no respondents, each with the category it could be
    /// merged with: the nearest one with respondents that shares all labels but the last, else the
    /// nearest with respondents.
    fn empty_categories(&self, has_respondents: &[bool]) -> Vec<Value> {
        let group = |at: usize| self.cells[at].0.split_last().map(|(_, group)| group);
        let nearest = |at: usize, same_group: bool| {
            (0..self.cells.len())
                .filter(|&other| has_respondents[other])
                .filter(|&other| !same_group || group(other) == group(at))
                .min_by_key(|&other| other.abs_diff(at))
        };
        let empty = self
            .cells
            .iter()
            .enumerate()
            .filter(|(at, (_, target))| *target > 0.0 && !has_respondents[*at]);
        empty
            .map(|(at, (labels, target))| {
                let merge_with = nearest(at, true)
                    .or_else(|| nearest(at, false))
                    .map(|other| self.cells[other].0.join("*"));
                json!({
                    "dimension": self.name(), "category": labels.join("*"),
                    "population": target, "merge_with": merge_with,
                })
            })
            .collect()
    }
}

/// A category as an object for an error.
fn category_detail(margin: &Margin, labels: &[&str]) -> Value {
    json!({"dimension": margin.name(), "category": labels.join("*")})
}

/// The categories without repetitions, in order.
fn distinct(categories: &[Value]) -> Vec<Value> {
    let mut seen = BTreeSet::new();
    let mut distinct = categories.to_vec();
    distinct.retain(|category| seen.insert(category.to_string()));
    distinct
}

/// An error that lists `categories` (objects with `dimension` or `variable`, and `category`), if
/// there are any.
pub(super) fn refuse_categories(
    code: Code,
    message: &str,
    categories: &[Value],
) -> Result<(), Error> {
    if categories.is_empty() {
        return Ok(());
    }
    let word = |category: &Value, key: &str| {
        let word = category.get(key).and_then(Value::as_str);
        word.unwrap_or_default().to_owned()
    };
    let names: Vec<String> = categories
        .iter()
        .take(LISTED)
        .map(|category| {
            let words = ["dimension", "variable", "category"].map(|key| word(category, key));
            let words: Vec<String> = words.into_iter().filter(|word| !word.is_empty()).collect();
            words.join(" ")
        })
        .collect();
    Err(Error::new(
        code,
        format!("{message}: {}", names.join(", ")),
        json!({"categories": categories}),
    ))
}
