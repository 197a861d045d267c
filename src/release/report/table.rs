//! A table and its cells.

/// One table of the report.
#[derive(Debug, Clone, PartialEq)]
pub struct Table {
    /// Short name, at most 31 characters.
    pub name: String,
    /// Title.
    pub title: String,
    /// How to read it, one sentence or more each.
    pub notes: Vec<String>,
    /// Headings of the columns, each another.
    pub header: Vec<String>,
    /// Rows; each has a cell for every column.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Nothing to say.
    Empty,
    /// Words.
    Text(String),
    /// A count.
    Count(u64),
    /// A number, rounded.
    Number {
        /// The rounded value.
        value: f64,
        /// Decimals to print.
        decimals: usize,
        /// Whether few answers support it: it is printed in brackets.
        is_weak: bool,
    },
    /// Too few answers: printed as `*`.
    Hidden,
}

impl Cell {
    /// Words.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Cell {
        Cell::Text(text.into())
    }
}
