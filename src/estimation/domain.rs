//! Domains: the groups of rows for which estimates are made.
#![expect(
    clippy::as_conversions,
    reason = "levels are numbered below their count"
)]

use std::collections::BTreeMap;
use std::ops::Range;

use crate::estimation::columns::{BLOCK, Category, Columns, MISSING};
use crate::estimation::crossing::Crossing;
use crate::estimation::error::Error;
use crate::estimation::spec::label::Labels;

/// A domain of a partition.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Domain {
    /// Every row that the partition holds.
    Whole,
    /// One level.
    Level(usize),
}

/// The rows in which estimates are made: a cross of columns, restricted to some codes of other columns.
#[derive(Debug, Clone)]
pub struct Partition {
    /// Columns of the cross; none: the whole only.
    pub by: Vec<String>,
    /// The levels, numbered in the order of their labels.
    pub crossing: Crossing,
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
        restriction: &BTreeMap<String, Labels>,
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
        let crossing = Crossing::new(axes, columns.rows());
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
