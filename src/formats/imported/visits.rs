//! Reads a file of visits: one row for each visit, or every fault with its place.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::collection::disposition::{CheckedVisit, VisitFields, VisitOutcome, check};
use crate::collection::table::{Table, TableRow};
use crate::collection::{table, workbook};
use crate::formats::imported::fault::ImportFault;
use crate::locale::{Language, text, text_with};
use crate::survey::Survey;

/// Columns that a file must have.
const NEEDED: [&str; 5] = ["psu", "case", "attempt", "outcome", "visited_at"];

/// Columns that it may have.
const OPTIONAL: [&str; 2] = ["mode", "enumerator"];

/// A file of visits to the cases of a survey.
pub struct VisitImport<'a> {
    /// The survey.
    pub survey: &'a Survey,
    /// The mode of rows that name none.
    pub mode: &'a str,
    /// Of the messages.
    pub language: Language,
    /// The time of receipt.
    pub now: Timestamp,
}

/// A row that was checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VisitRow {
    /// The line of the file where the row begins, from 1.
    pub line: u64,
    /// The cell of its outcome in a workbook; `None` in a text file.
    pub cell: Option<String>,
    /// The visit.
    pub visit: CheckedVisit,
}

impl VisitImport<'_> {
    /// The rows as visits.
    ///
    /// # Errors
    /// All faults of the file.
    pub fn read(&self, bytes: &[u8]) -> Result<Vec<VisitRow>, Vec<ImportFault>> {
        let table = match workbook::is_workbook(bytes) {
            true => workbook::parse(bytes),
            false => table::parse(bytes),
        };
        let table = table.map_err(|faults| {
            let faults = faults.iter();
            let own = faults.map(|fault| ImportFault::of_table(self.language, fault));
            own.collect::<Vec<_>>()
        })?;
        let mut faults = self.header_faults(&table);
        let mut rows = Vec::new();
        if faults.is_empty() {
            for row in &table.rows {
                match self.row(&table, row) {
                    Ok(visit) => rows.push(visit),
                    Err(found) => faults.extend(found),
                }
            }
            faults.extend(self.contradictions(&rows));
        }
        match faults.is_empty() {
            true => Ok(rows),
            false => {
                let faults = faults.into_iter();
                let places = table.places.as_deref();
                Err(faults
                    .map(|fault| fault.in_sheet(&table.header, places))
                    .collect())
            }
        }
    }

    /// The fault of a row whose attempt is stored with other values.
    #[must_use]
    pub fn known(&self, row: &VisitRow) -> ImportFault {
        ImportFault {
            cell: row.cell.clone(),
            ..self.fault(row.line, "outcome", "fault_known")
        }
    }

    fn fault(&self, line: u64, column: &str, key: &str) -> ImportFault {
        ImportFault {
            line,
            column: column.to_owned(),
            cell: None,
            message: text(self.language, &format!("visits.{key}")),
        }
    }

    fn header_faults(&self, table: &Table) -> Vec<ImportFault> {
        let has = |name: &str| table.header.iter().any(|own| own == name);
        let fault = |name: &str, key: &str| ImportFault {
            line: table.heading_line,
            column: name.to_owned(),
            cell: None,
            message: text_with(self.language, &format!("visits.{key}"), &[("column", name)]),
        };
        let missing = NEEDED.iter().filter(|name| !has(name));
        let missing = missing.map(|name| fault(name, "fault_no_column"));
        let is_known = |name: &str| NEEDED.contains(&name) || OPTIONAL.contains(&name);
        let unknown = table.header.iter().filter(|name| !is_known(name));
        let unknown = unknown.map(|name| fault(name, "fault_column"));
        missing.chain(unknown).collect()
    }

    fn row(&self, table: &Table, row: &TableRow) -> Result<VisitRow, Vec<ImportFault>> {
        let cell = |name| cell(table, row, name);
        let outcome = outcome(cell("outcome"));
        let fields = VisitFields {
            mode: Some(cell("mode"))
                .filter(|own| !own.is_empty())
                .unwrap_or(self.mode),
            psu: cell("psu"),
            case: cell("case"),
            attempt: cell("attempt"),
            outcome: match outcome {
                Some(known) => known.as_str(),
                None => cell("outcome"),
            },
            visited_at: cell("visited_at"),
            enumerator: cell("enumerator"),
        };
        let checked = check(&fields, |psu| self.survey.is_drawn(psu), self.now);
        let place = self.fault(row.line, "outcome", "fault_outcome");
        match checked {
            Ok(visit) => Ok(VisitRow {
                line: row.line,
                cell: place.in_sheet(&table.header, table.places.as_deref()).cell,
                visit,
            }),
            Err(faults) => {
                let faults = faults.iter();
                Err(faults
                    .map(|own| self.fault(row.line, own.field, own.key))
                    .collect())
            }
        }
    }

    /// The faults of rows that say something else of an attempt than a row before.
    fn contradictions(&self, rows: &[VisitRow]) -> Vec<ImportFault> {
        let mut first = BTreeMap::new();
        let mut faults = Vec::new();
        for row in rows {
            let own = &row.visit;
            let key = (&own.psu, own.mode, own.case, own.attempt);
            let before = *first.entry(key).or_insert(row);
            if before.visit != *own {
                let line = before.line.to_string();
                let message = text_with(
                    self.language,
                    "visits.fault_twice",
                    &[("line", line.as_str())],
                );
                faults.push(ImportFault {
                    message,
                    ..self.fault(row.line, "outcome", "fault_outcome")
                });
            }
        }
        faults
    }
}

/// The cell of a row in a column; empty if there is no such column.
fn cell<'r>(table: &Table, row: &'r TableRow, name: &str) -> &'r str {
    let place = table.header.iter().position(|own| own == name);
    let cell = place.and_then(|place| row.cells.get(place));
    cell.map_or("", String::as_str)
}

/// The outcome that a word or a label in any language means.
fn outcome(written: &str) -> Option<VisitOutcome> {
    let written = written.trim();
    VisitOutcome::ALL.into_iter().find(|own| {
        let key = format!("visits.outcome_{}", own.as_str());
        let mut labels = Language::all().iter().map(|language| text(*language, &key));
        own.as_str() == written || labels.any(|label| label.eq_ignore_ascii_case(written))
    })
}
