//! A column of labels that grows row by row.

use foldhash::fast::RandomState;
use std::collections::HashMap;
use std::ops::Range;

use crate::estimation::columns::{Codes, MISSING};

/// A column of labels: for each row the number of its label, in the order of first use.
#[derive(Debug, Clone)]
pub struct LabelColumn {
    codes: Codes,
    labels: Vec<String>,
    index: HashMap<String, u32, RandomState>,
}

impl Default for LabelColumn {
    fn default() -> LabelColumn {
        LabelColumn {
            codes: Codes::with_capacity(0),
            labels: Vec::new(),
            index: HashMap::default(),
        }
    }
}

impl LabelColumn {
    /// A column of stored codes; each must be below the number of labels, or [`MISSING`].
    #[must_use]
    pub fn new(codes: Codes, labels: Vec<String>) -> LabelColumn {
        let numbered = labels.iter().cloned().zip(0..);
        LabelColumn {
            index: numbered.collect(),
            codes,
            labels,
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
        &self.labels
    }

    /// The codes of all rows.
    #[must_use]
    pub fn codes(&self) -> &Codes {
        &self.codes
    }

    /// Adds a row; `None` is missing.
    pub fn push(&mut self, label: Option<&str>) {
        let code = label.map_or(MISSING, |label| self.code_of(label));
        self.codes.extend(&[code]);
    }

    fn code_of(&mut self, label: &str) -> u32 {
        if let Some(code) = self.index.get(label) {
            return *code;
        }
        let code = u32::try_from(self.labels.len()).unwrap_or(MISSING);
        self.index.insert(label.to_owned(), code);
        self.labels.push(label.to_owned());
        code
    }

    /// Adds the rows of another column.
    pub fn append(&mut self, other: &LabelColumn) {
        let to: Vec<u32> = other
            .labels
            .iter()
            .map(|label| self.code_of(label))
            .collect();
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
        let at = usize::try_from(code).unwrap_or(usize::MAX);
        self.labels.get(at).map_or("", String::as_str)
    }
}
