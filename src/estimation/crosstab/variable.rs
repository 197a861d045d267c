//! A categorical variable of a two-way table.
//!
//! A level without rows in the table would give cells of 0, an expected count of 0 and a test that
//! is not a number, so such levels are left out.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "levels are numbered below their count"
)]

use crate::estimation::columns::MISSING;

/// A categorical variable: its name, the labels of its levels and the level of each row
/// ([`MISSING`] where there is none).
#[derive(Debug, Clone)]
pub struct Variable {
    /// Its name.
    pub name: String,
    /// Labels of the levels.
    pub levels: Vec<String>,
    /// Index of the level of each row.
    pub codes: Vec<u32>,
}

impl Variable {
    /// Whether a row has a level.
    pub(super) fn has_level(&self, row: usize) -> bool {
        (self.codes[row] as usize) < self.levels.len()
    }

    /// The variable with the levels that occur in `rows` only, in the same order.
    #[must_use]
    pub(super) fn restricted(&self, rows: &[bool]) -> Self {
        let mut occurs = vec![false; self.levels.len()];
        for (&code, _) in self.codes.iter().zip(rows).filter(|(_, row)| **row) {
            if let Some(occurs) = occurs.get_mut(code as usize) {
                *occurs = true;
            }
        }
        let mut new_code = vec![MISSING; occurs.len()];
        let mut levels = Vec::new();
        for (code, level) in self
            .levels
            .iter()
            .enumerate()
            .filter(|(code, _)| occurs[*code])
        {
            new_code[code] = levels.len() as u32;
            levels.push(level.clone());
        }
        let codes = self.codes.iter();
        let codes = codes.map(|&code| new_code.get(code as usize).copied().unwrap_or(MISSING));
        Self {
            name: self.name.clone(),
            codes: codes.collect(),
            levels,
        }
    }
}
