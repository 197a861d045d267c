//! Domains: the groups of rows for which estimates are made.
//!
//! A domain marks rows and never selects them: rows outside it have an influence of zero, and
//! their sampling units still count in the variance (Särndal, Swensson & Wretman 1992, §5.8).
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "levels are numbered below their count"
)]

use std::collections::BTreeMap;
use std::ops::Range;

use crate::estimation::columns::{BLOCK, Category, Columns, MISSING, blocks};
use crate::estimation::cross_classification::CrossClassification;
use crate::estimation::error::Error;
use crate::estimation::spec::label::Labels;

/// One of the domains of a [`Domains`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// All rows that satisfy the restriction.
    Whole,
    /// The rows of one level of the cross-classification.
    Level(usize),
}

/// The rows that satisfy a restriction, divided by a cross-classification of columns.
#[derive(Debug, Clone)]
pub struct Domains {
    /// The columns of the cross-classification; none: only [`Domain::Whole`].
    pub by: Vec<String>,
    /// The levels, numbered in the order of their labels.
    pub levels: CrossClassification,
    restrictions: Vec<Restriction>,
}

/// A column and, for each of its levels, whether rows with it are in.
#[derive(Debug, Clone)]
struct Restriction {
    category: Category,
    allowed: Vec<bool>,
}

impl Domains {
    /// The domains by the columns `by` of the rows whose codes are those of `restriction`
    /// (column → codes).
    ///
    /// # Errors
    /// `UNKNOWN_COLUMN`.
    pub fn new(
        columns: &Columns,
        by: &[String],
        restriction: &BTreeMap<String, Labels>,
    ) -> Result<Self, Error> {
        let mut variables = Vec::new();
        for column in by {
            variables.push(columns.get(column)?.to_category());
        }
        let mut restrictions = Vec::new();
        for (column, codes) in restriction {
            let category = columns.get(column)?.to_category();
            let allowed = category
                .levels
                .iter()
                .map(|level| codes.as_slice().iter().any(|code| code.matches(level)))
                .collect();
            restrictions.push(Restriction { category, allowed });
        }
        Ok(Self {
            by: by.to_vec(),
            levels: CrossClassification::new(variables, columns.rows()),
            restrictions,
        })
    }

    /// Number of levels, plus one for the rows without a level.
    #[must_use]
    pub const fn width(&self) -> usize {
        self.levels.len() + 1
    }

    /// The domains in the order of the output: the levels of `by`, none without `by`.
    pub fn each_level(&self) -> impl Iterator<Item = Domain> {
        let levels = if self.by.is_empty() {
            0
        } else {
            self.levels.len()
        };
        (0..levels).map(Domain::Level)
    }

    /// The columns and labels of a domain, empty for the whole.
    #[must_use]
    pub fn labels(&self, domain: Domain) -> Vec<(String, String)> {
        match domain {
            Domain::Whole => Vec::new(),
            Domain::Level(level) => {
                let labels = self.levels.labels(level).into_iter().map(str::to_owned);
                self.by.iter().cloned().zip(labels).collect()
            }
        }
    }

    /// Writes the level of each row of `range` to `out`: the last number (`width() − 1`) for rows
    /// without a level, [`MISSING`] for rows outside the restriction.
    pub fn fill(&self, range: Range<usize>, out: &mut [u32]) {
        self.levels.fill(range.clone(), out);
        let rest = self.levels.len() as u32;
        for level in out.iter_mut().filter(|level| **level == MISSING) {
            *level = rest;
        }
        let mut codes = [0_u32; BLOCK];
        let codes = &mut codes[..range.len()];
        for Restriction { category, allowed } in &self.restrictions {
            category.codes.fill(range.clone(), codes);
            for (level, &code) in out.iter_mut().zip(codes.iter()) {
                if !allowed.get(code as usize).copied().unwrap_or(false) {
                    *level = MISSING;
                }
            }
        }
    }

    /// Whether each of `rows` rows is in a domain.
    #[must_use]
    pub fn members(&self, domain: Domain, rows: usize) -> Vec<bool> {
        let mut levels = vec![0; rows];
        for range in blocks(rows) {
            self.fill(range.clone(), &mut levels[range]);
        }
        levels
            .into_iter()
            .map(|level| match domain {
                Domain::Whole => level != MISSING,
                Domain::Level(wanted) => level as usize == wanted,
            })
            .collect()
    }
}
