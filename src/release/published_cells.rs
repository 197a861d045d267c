//! What a release published of each cell, with what is in the cells. The next release takes it, so that
//! the two of them together give nobody away. It is kept in the database and never published.

use serde::{Deserialize, Serialize};

use crate::release::cells::Cells;

/// The record of one release.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PublishedCells {
    /// What is in the cells, unrounded.
    pub cells: Cells,
    /// What was published, in the order of the figures.
    pub published: Vec<PublishedCell>,
}

/// What was published of one cell.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PublishedCell {
    /// Name of the measure.
    pub measure: String,
    /// Name of the cell.
    pub cell: String,
    /// The estimate as it was published; `None` if it was not.
    pub value: Option<f64>,
    /// The count beside it, rounded; `None` if it was not published.
    pub n: Option<u64>,
}

impl PublishedCells {
    /// As JSON for the database.
    #[must_use]
    pub fn to_json(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }

    /// From the JSON of the database.
    ///
    /// # Errors
    /// For a text that [`to_json`](Self::to_json) did not write.
    pub fn from_json(json: &str) -> Result<PublishedCells, serde_json::Error> {
        serde_json::from_str(json)
    }

    /// Whether the cell was published.
    #[must_use]
    pub fn has(&self, measure: &str, cell: &str) -> bool {
        let mut all = self.published.iter();
        all.any(|own| own.measure == measure && own.cell == cell && own.value.is_some())
    }
}
