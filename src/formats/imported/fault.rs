//! A fault of a file that comes in, and where it is.

use crate::collection::table::{TableFault, column_letters};
use crate::locale::{Language, text_with};

/// One fault, in the reader's language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportFault {
    /// The row of the file, from 1.
    pub line: u64,
    /// The name of the column; empty if the fault is in no column.
    pub column: String,
    /// The cell of the sheet, such as `C17`; `None` in a text file.
    pub cell: Option<String>,
    /// What is wrong and what to do.
    pub message: String,
}

impl ImportFault {
    /// A fault of the file as a table.
    pub fn of_table(language: Language, fault: &TableFault) -> ImportFault {
        let values = fault.kind.values();
        let values: Vec<(&str, &str)> = values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        ImportFault {
            line: fault.line,
            column: String::new(),
            cell: None,
            message: text_with(language, &format!("table.{}", fault.kind.key()), &values),
        }
    }

    /// The fault with its cell, if the file is a workbook with `header` in the columns `places`.
    #[must_use]
    pub fn in_sheet(mut self, header: &[String], places: Option<&[usize]>) -> ImportFault {
        let place = header.iter().position(|name| *name == self.column);
        let column = place.and_then(|place| places?.get(place));
        self.cell = column.map(|column| format!("{}{}", column_letters(*column), self.line));
        self
    }

    /// The fault on one line. The place is written the same in every language, so that scripts can
    /// read it.
    pub fn in_words(&self, language: Language) -> String {
        let line = self.line.to_string();
        let key = match (&self.cell, self.column.is_empty()) {
            (Some(_), _) => "table.sheet_cell",
            (None, false) => "table.cell",
            (None, true) => "table.line",
        };
        let values = [
            ("cell", self.cell.as_deref().unwrap_or_default()),
            ("line", &line),
            ("column", &self.column),
            ("message", &self.message),
        ];
        text_with(language, key, &values)
    }
}
