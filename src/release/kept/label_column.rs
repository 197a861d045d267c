//! A column of labels that grows row by row.

use std::ops::Range;

use crate::estimation::columns::{Codes, MISSING};
use crate::release::label_numbers::LabelNumbers;

/// A column of labels: for each row the number of its label, in the order of first use.
#[derive(Debug, Clone)]
pub struct LabelColumn {
    codes: Codes,
    labels: LabelNumbers,
}

impl Default for LabelColumn {
    fn default() -> LabelColumn {
        LabelColumn {
            codes: Codes::with_capacity(0),
            labels: LabelNumbers::default(),
        }
    }
}

impl LabelColumn {
    /// A column of stored codes; each must be below the number of labels, or [`MISSING`].
    #[must_use]
    pub fn new(codes: Codes, labels: Vec<String>) -> LabelColumn {
        LabelColumn {
            codes,
            labels: LabelNumbers::new(labels),
        }
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.codes.len()
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.codes.is_empty()
    }

    /// The labels in the order of first use.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        self.labels.labels()
    }

    /// The codes of all rows.
    #[must_use]
    pub fn codes(&self) -> &Codes {
        &self.codes
    }

    /// Adds a row; `None` is missing.
    pub fn push(&mut self, label: Option<&str>) {
        let code = label.map_or(MISSING, |label| self.labels.number(label));
        self.codes.extend(&[code]);
    }

    /// Adds the rows of another column.
    pub fn append(&mut self, other: &LabelColumn) {
        let labels = other.labels().iter();
        let to: Vec<u32> = labels.map(|label| self.labels.number(label)).collect();
        self.codes.extend_mapped(&other.codes, &to);
    }

    /// Keeps the first `rows` rows.
    pub fn truncate(&mut self, rows: usize) {
        if rows < self.len() {
            let kept: Vec<u32> = (0..u32::try_from(rows).unwrap_or(u32::MAX)).collect();
            self.codes = self.codes.gather(&kept);
        }
    }

    /// The codes of the rows of `range`.
    #[must_use]
    pub fn decode(&self, range: Range<usize>) -> Vec<u32> {
        let mut codes = vec![MISSING; range.len()];
        self.codes.fill(range, &mut codes);
        codes
    }

    /// The codes of all rows.
    #[must_use]
    pub fn decode_all(&self) -> Vec<u32> {
        self.decode(0..self.len())
    }

    /// The label of a code; empty for [`MISSING`].
    #[must_use]
    pub fn label(&self, code: u32) -> &str {
        self.labels.label(code)
    }
}
