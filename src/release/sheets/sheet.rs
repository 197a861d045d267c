//! A sheet of the workbook of a release, and its cells, as values.

use crate::locale::{Language, text, text_with};
use crate::release::marker::Marker;
use crate::release::public_lines::Measured;

/// One sheet.
#[derive(Debug, Clone, PartialEq)]
pub struct Sheet {
    /// Code, also the name of the table: letters, digits and `_`.
    pub code: &'static str,
    /// Name on the tab, at most 31 characters.
    pub name: String,
    /// Title in the first cell.
    pub title: String,
    /// What stands under the title, one cell each.
    pub above: Vec<Cell>,
    /// Headings of the table, each another; empty for a sheet without a table.
    pub header: Vec<String>,
    /// Rows of the table; each has a cell for every heading.
    pub rows: Vec<Vec<Cell>>,
}

/// A cell. None is empty.
#[derive(Debug, Clone, PartialEq)]
pub enum Cell {
    /// Words.
    Text(String),
    /// A number as published, or the marker that stands for it.
    Measured(Measured),
    /// Words that lead to a sheet, by its name.
    ToSheet {
        /// The words.
        words: String,
        /// Name of the sheet.
        sheet: String,
    },
    /// Words that lead to an address.
    ToAddress {
        /// The words.
        words: String,
        /// The address.
        address: String,
    },
}

impl Cell {
    /// Words; the marker "not applicable" where there are none.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Cell {
        let text: String = text.into();
        match text.trim().is_empty() {
            true => Cell::Measured(Measured::Marked(Marker::NotApplicable)),
            false => Cell::Text(text),
        }
    }

    /// A count that is no count of people, such as sweeps.
    #[must_use]
    pub fn exact(n: f64) -> Cell {
        Cell::Measured(Measured::Number {
            value: n,
            decimals: 0,
        })
    }
}

impl Sheet {
    /// A sheet with a table. Name and title are the texts `sheet_{code}` and `title_{code}`.
    #[must_use]
    pub fn of_table(
        language: Language,
        code: &'static str,
        headings: &[&str],
        rows: Vec<Vec<Cell>>,
    ) -> Sheet {
        let words = |key: &str| text(language, &format!("release_files.{key}"));
        Sheet {
            code,
            name: words(&format!("sheet_{code}")),
            title: words(&format!("title_{code}")),
            above: vec![Cell::Text(words("one_table")), to_notes(language)],
            header: headings
                .iter()
                .map(|key| words(&format!("column_{key}")))
                .collect(),
            rows,
        }
    }

    /// The same with the title of an indicator in its title, and with its number in code and name.
    #[must_use]
    pub fn about(self, language: Language, title: &str) -> Sheet {
        let values = [("table", self.title.as_str()), ("indicator", title)];
        let title = text_with(language, "release_files.title_of", &values);
        Sheet { title, ..self }
    }
}

fn to_notes(language: Language) -> Cell {
    Cell::ToSheet {
        words: text(language, "release_files.see_notes"),
        sheet: text(language, "release_files.sheet_notes"),
    }
}
