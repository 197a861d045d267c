//! What each row contributes to an estimate: a numerator a, a denominator b, or nothing because an answer is missing.
//!
//! Every linear statistic here is a total Σwa, a ratio Σwa/Σwb (a mean or share has b = 1), or a sum of such ratios.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "block kernels over codes below the level count"
)]

use std::ops::Range;
use std::sync::Arc;

use serde_json::json;

use super::columns::{BLOCK, Category, Columns, MISSING, Numbers};
use super::error::{Code, Error};
use super::spec::{EstimateSpec, Label, Names};

/// The contribution of rows to a ratio or total.
#[derive(Debug, Clone)]
pub enum Series {
    /// a = 1 if a code counts, b = 1; from one question.
    Share(Answers),
    /// a = 1 if any of several questions counts, b = 1 if any is answered.
    AnyOf(Vec<Answers>),
    /// a = Σ factor·value, b = Σ factor·value or 1.
    Linear {
        /// Parts of the numerator.
        numerator: Vec<(Arc<Numbers>, f64)>,
        /// Parts of the denominator; none: b = 1.
        denominator: Vec<(Arc<Numbers>, f64)>,
        /// Values that are missing.
        missing: Vec<f64>,
    },
}

/// One question with, per level, whether it is in the base and whether it counts. The last entry is for empty cells.
#[derive(Debug, Clone)]
pub struct Answers {
    category: Category,
    outcome: Vec<Outcome>,
}

/// What an answer means to a share. Of several questions the greatest outcome is that of their "any".
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// Not in the base.
    Missing,
    /// In the base.
    Other,
    /// In the base, and counts.
    Counts,
}

impl Answers {
    /// Reads `column` with the codes that count and those outside the base. No code that counts: a column of 0 and 1.
    ///
    /// # Errors
    /// `UNKNOWN_COLUMN`; `SPEC_INVALID` if no code is given and the column holds other values than 0 and 1.
    pub fn new(
        columns: &Columns,
        column: &str,
        counts: &[Label],
        missing: &[Label],
    ) -> Result<Self, Error> {
        let category = columns.get(column)?.to_category();
        let is_missing = |level: &str| missing.iter().any(|label| label.matches(level));
        let number = |level: &str| level.trim().parse::<f64>().ok();
        if counts.is_empty() {
            let others: Vec<&String> = category
                .levels
                .iter()
                .filter(|l| !is_missing(l) && number(l) != Some(0.0) && number(l) != Some(1.0))
                .collect();
            if !others.is_empty() {
                return Err(Error::new(
                    Code::SpecInvalid,
                    format!(
                        "say which codes of {column} count: it holds {:?} besides 0 and 1",
                        others[0]
                    ),
                    json!({"column": column, "levels": *category.levels}),
                ));
            }
        }
        let counted = |level: &str| {
            if counts.is_empty() {
                number(level) == Some(1.0)
            } else {
                counts.iter().any(|label| label.matches(level))
            }
        };
        let mut outcome: Vec<Outcome> = category
            .levels
            .iter()
            .map(|level| match (is_missing(level), counted(level)) {
                (true, _) => Outcome::Missing,
                (false, true) => Outcome::Counts,
                (false, false) => Outcome::Other,
            })
            .collect();
        outcome.push(Outcome::Missing);
        Ok(Self { category, outcome })
    }

    fn fill(&self, range: Range<usize>, out: &mut [Outcome]) {
        let mut codes = [0_u32; BLOCK];
        let codes = &mut codes[..range.len()];
        self.category.codes.fill(range, codes);
        let last = self.outcome.len() - 1;
        for (to, &code) in out.iter_mut().zip(codes.iter()) {
            *to = self.outcome[(code as usize).min(last)];
        }
    }
}

impl Series {
    /// The series of a mean, total, ratio or proportion.
    ///
    /// # Errors
    /// `SPEC_INVALID` for missing or contradicting keys, `UNKNOWN_COLUMN`, `NOT_A_NUMBER`.
    pub fn of(columns: &Columns, spec: &EstimateSpec) -> Result<Self, Error> {
        use super::spec::Kind;
        let variable = spec
            .variable
            .as_ref()
            .ok_or_else(|| Error::spec(format!("estimate {} needs a variable", spec.name)))?;
        if spec.kind == Kind::Proportion {
            return match variable.as_slice() {
                [one] => Ok(Self::Share(Answers::new(
                    columns,
                    one,
                    &spec.counts,
                    &spec.missing,
                )?)),
                _ => Err(Error::spec(format!(
                    "proportion {} takes one variable",
                    spec.name
                ))),
            };
        }
        let denominator = match (&spec.denominator, spec.kind) {
            (Some(names), Kind::Ratio) => parts(
                columns,
                &spec.name,
                names,
                spec.denominator_factors.as_deref(),
            )?,
            (None, Kind::Ratio) => {
                return Err(Error::spec(format!(
                    "ratio {} needs a denominator",
                    spec.name
                )));
            }
            (Some(_), _) => {
                return Err(Error::spec(format!(
                    "{} has a denominator but is no ratio",
                    spec.name
                )));
            }
            (None, _) => Vec::new(),
        };
        let missing = spec.missing.iter().filter_map(Label::number).collect();
        Ok(Self::Linear {
            numerator: parts(columns, &spec.name, variable, spec.factors.as_deref())?,
            denominator,
            missing,
        })
    }

    /// Whether a and b are 0 or 1.
    #[must_use]
    pub const fn is_share(&self) -> bool {
        !matches!(self, Self::Linear { .. })
    }

    /// The outcomes of the rows of `range`, of a share.
    pub fn fill_outcomes(&self, range: Range<usize>, out: &mut [Outcome]) {
        match self {
            Self::Share(answers) => answers.fill(range, out),
            Self::AnyOf(items) => {
                out.fill(Outcome::Missing);
                let mut item = [Outcome::Missing; BLOCK];
                let item = &mut item[..range.len()];
                for answers in items {
                    answers.fill(range.clone(), item);
                    for (to, from) in out.iter_mut().zip(item.iter()) {
                        *to = (*to).max(*from);
                    }
                }
            }
            Self::Linear { .. } => out.fill(Outcome::Missing),
        }
    }

    /// a and b of the rows of `range`; a is NaN where the row is missing.
    pub fn fill_values(&self, range: Range<usize>, a: &mut [f64], b: &mut [f64]) {
        match self {
            Self::Share(_) | Self::AnyOf(_) => {
                let mut outcome = [Outcome::Missing; BLOCK];
                let outcome = &mut outcome[..range.len()];
                self.fill_outcomes(range, outcome);
                for ((a, b), outcome) in a.iter_mut().zip(b.iter_mut()).zip(outcome.iter()) {
                    *a = match outcome {
                        Outcome::Missing => f64::NAN,
                        Outcome::Other => 0.0,
                        Outcome::Counts => 1.0,
                    };
                    *b = 1.0;
                }
            }
            Self::Linear {
                numerator,
                denominator,
                missing,
            } => {
                sum_parts(numerator, missing, range.clone(), a);
                if denominator.is_empty() {
                    b.fill(1.0);
                } else {
                    sum_parts(denominator, missing, range, b);
                    for (a, b) in a.iter_mut().zip(b.iter_mut()).filter(|(_, b)| b.is_nan()) {
                        *a = f64::NAN;
                        *b = 0.0;
                    }
                }
            }
        }
    }

    /// a and b of every row; a is NaN where the row is missing.
    #[must_use]
    pub fn decode(&self, rows: usize) -> (Vec<f64>, Vec<f64>) {
        let (mut a, mut b) = (vec![0.0; rows], vec![0.0; rows]);
        for range in super::columns::blocks(rows) {
            self.fill_values(range.clone(), &mut a[range.clone()], &mut b[range]);
        }
        (a, b)
    }
}

fn parts(
    columns: &Columns,
    name: &str,
    names: &Names,
    factors: Option<&[f64]>,
) -> Result<Vec<(Arc<Numbers>, f64)>, Error> {
    let names = names.as_slice();
    if names.is_empty() || factors.is_some_and(|factors| factors.len() != names.len()) {
        return Err(Error::spec(format!(
            "estimate {name} needs one factor per variable"
        )));
    }
    let mut parts = Vec::new();
    for (at, column) in names.iter().enumerate() {
        let factor = factors.map_or(1.0, |factors| factors[at]);
        parts.push((columns.get(column)?.to_numbers(column)?, factor));
    }
    Ok(parts)
}

fn sum_parts(parts: &[(Arc<Numbers>, f64)], missing: &[f64], range: Range<usize>, out: &mut [f64]) {
    out.fill(0.0);
    let mut block = [0.0; BLOCK];
    let block = &mut block[..range.len()];
    for (numbers, factor) in parts {
        numbers.fill(range.clone(), block);
        for (sum, &value) in out.iter_mut().zip(block.iter()) {
            *sum += if missing.contains(&value) {
                f64::NAN
            } else {
                value * factor
            };
        }
    }
}

/// The rows in which estimates are made: a cross of columns, restricted to some codes of other columns.
#[derive(Debug, Clone)]
pub struct Partition {
    /// Columns of the cross; none: the whole only.
    pub by: Vec<String>,
    /// The levels, numbered in the order of their labels.
    pub crossing: super::crossing::Crossing,
    filters: Vec<(Category, Vec<bool>)>,
}

impl Partition {
    /// The domains of `by` among the rows that satisfy `restriction`.
    ///
    /// # Errors
    /// `UNKNOWN_COLUMN`.
    pub fn new(
        columns: &Columns,
        by: &[String],
        restriction: &std::collections::BTreeMap<String, super::spec::Labels>,
    ) -> Result<Self, Error> {
        let mut axes = Vec::new();
        for column in by {
            axes.push(columns.get(column)?.to_category());
        }
        let mut filters = Vec::new();
        for (column, labels) in restriction {
            let category = columns.get(column)?.to_category();
            let keep = category
                .levels
                .iter()
                .map(|level| labels.as_slice().iter().any(|label| label.matches(level)))
                .collect();
            filters.push((category, keep));
        }
        let crossing = super::crossing::Crossing::new(axes, columns.rows());
        Ok(Self {
            by: by.to_vec(),
            crossing,
            filters,
        })
    }

    /// Number of domains, the rows without a level included as the last one.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.crossing.len() + 1
    }

    /// The domain of each row of `range`: a level, the last for rows without one, [`MISSING`] outside the restriction.
    pub fn fill(&self, range: Range<usize>, out: &mut [u32]) {
        self.crossing.fill(range.clone(), out);
        let rest = self.crossing.len() as u32;
        for level in out.iter_mut().filter(|level| **level == MISSING) {
            *level = rest;
        }
        let mut codes = [0_u32; BLOCK];
        let codes = &mut codes[..range.len()];
        for (category, keep) in &self.filters {
            category.codes.fill(range.clone(), codes);
            for (level, &code) in out.iter_mut().zip(codes.iter()) {
                if !keep.get(code as usize).copied().unwrap_or(false) {
                    *level = MISSING;
                }
            }
        }
    }
}
