//! Domains: the groups of rows for which estimates are made.
//!
//! A domain marks rows and never selects them: rows outside it have an influence of zero, and their
//! sampling units still count in the variance. An estimate from a filtered file would lose the
//! units without members, and with them part of the variance (Särndal, Swensson & Wretman 1992,
//! §5.8; Lumley 2010, *Complex Surveys*, §2.2.1).
//!
//! # Levels
//!
//! The levels of a cross-classification by columns are numbered in the order of their labels. Rows
//! that miss one of the columns are in no level but belong to the whole; they get one more number,
//! the last. Rows outside the restriction (`where`) belong to nothing.
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
    /// The domains by the columns `by` of the rows whose codes are those of `restriction`.
    ///
    /// * `by`: columns to cross-classify; empty: only the whole
    /// * `restriction`: column → codes. A row must have one of the codes in every column named.
    ///
    /// # Example
    ///
    /// ```
    /// use std::collections::BTreeMap;
    ///
    /// use minyi::estimation::domains::{Domain, Domains};
    /// use minyi::estimation::spec::{Label, Labels};
    /// use minyi::estimation::{Column, Columns};
    ///
    /// let mut columns = Columns::new();
    /// columns.push("county", Column::categories([Some("C2"), Some("C1"), None, Some("C1")]))?;
    /// columns.push("sex", Column::categories(["F", "F", "F", "M"].map(Some)))?;
    /// let women = BTreeMap::from([("sex".to_owned(), Labels::One(Label::from("F")))]);
    /// let domains = Domains::new(&columns, &["county".to_owned()], &women)?;
    /// assert_eq!(domains.members(Domain::Whole, 4), [true, true, true, false]);
    /// assert_eq!(domains.members(Domain::Level(0), 4), [false, true, false, false]);
    /// assert_eq!(domains.labels(Domain::Level(0)), [("county".to_owned(), "C1".to_owned())]);
    /// # Ok::<(), minyi::estimation::Error>(())
    /// ```
    ///
    /// # Errors
    ///
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

    /// The domains after the whole, in the order of the output: the levels of `by`, none without
    /// `by`.
    pub fn each_level(&self) -> impl Iterator<Item = Domain> {
        let levels = if self.by.is_empty() {
            0
        } else {
            self.levels.len()
        };
        (0..levels).map(Domain::Level)
    }

    /// The columns of `by` with the labels of a domain, empty for the whole: `[("county", "C01")]`.
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

    /// Writes the level of each row of `range` to `out`, which is as long as `range`: the last
    /// number (`width() − 1`) for rows without a level, [`MISSING`] for rows outside the
    /// restriction.
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

    /// Whether each of `rows` rows is in a domain. Rows without a level are in the whole.
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
