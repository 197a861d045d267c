//! Reads a file of filled-in questionnaires: its rows as responses, or every fault with its place.

use std::collections::BTreeMap;

use jiff::Timestamp;
use jiff::civil::DateTime;
use uuid::Uuid;

use crate::collection::table::{Table, TableRow};
use crate::collection::{self, Answers, Intake, Response, Submission, Timing, response_id};
use crate::collection::{table, workbook};
use crate::formats::imported::export::undo_export;
use crate::formats::imported::fault::ImportFault;
use crate::formats::imported::version::Versions;
use crate::locale::{Language, fault_message, text, text_with};
use crate::questionnaire::answer::{self, Fault, Mode, Outcome};
use crate::questionnaire::{Areas, version_named};
use crate::release::columns::MODE;
use crate::release::versions::StoredVersions;
use crate::store::{Store, StoreError, StoredAnswers};
use crate::survey::Survey;

/// Columns that an export has and that are read.
const KEPT_COLUMNS: [&str; 6] = [
    "response_id",
    "psu",
    "channel",
    "enumerator",
    "version",
    MODE,
];

/// Columns that are no answers.
const OWN_COLUMNS: [&str; 8] = [
    "version",
    "questionnaire_hash",
    "response_id",
    "psu",
    "channel",
    "enumerator",
    "started_at",
    "finished_at",
];

/// What is stored under the ids of a file.
#[derive(Default)]
struct Stored {
    responses: BTreeMap<Uuid, StoredAnswers>,
    /// `None` if no ids were looked up.
    versions: Option<StoredVersions>,
    /// Whether the rows may be of other modes than the import: those of an export say their own.
    in_any_mode: bool,
}

/// What is in a file.
#[derive(Debug, Default)]
pub struct ImportedFile {
    /// The rows that are not known to be stored.
    pub rows: Vec<ImportedRow>,
    /// How many rows have the `response_id` of a response that is stored with the same answers.
    pub n_stored: usize,
}

/// One row as a response.
#[derive(Debug)]
pub struct ImportedRow {
    /// The line of the file where the row begins, from 1.
    pub line: u64,
    /// Its response. Without a `response_id` in the row, it has no id yet: it is nil.
    pub response: Box<Response>,
    /// Whether the row has a `response_id`.
    pub has_own_id: bool,
}

/// Why a file was not read.
pub enum Unread {
    /// All its faults.
    Faults(Vec<ImportFault>),
    /// The database could not be read.
    Store(StoreError),
}

/// The import of one file.
pub struct Import<'a> {
    /// The database, if there is one.
    pub store: Option<&'a Store>,
    /// Which questionnaire versions rows may name.
    pub versions: Versions<'a>,
    /// The survey.
    pub survey: &'a Survey,
    /// All areas.
    pub areas: &'a Areas,
    /// How the questionnaires were filled in.
    pub mode: Mode,
    /// Of the messages.
    pub language: Language,
    /// The time of receipt.
    pub now: Timestamp,
}

impl Import<'_> {
    /// The rows as responses.
    ///
    /// # Errors
    /// See [`Unread`].
    pub fn read(&self, bytes: &[u8]) -> Result<ImportedFile, Unread> {
        let table = match workbook::is_workbook(bytes) {
            true => workbook::parse(bytes),
            false => table::parse(bytes),
        };
        let mut table = table.map_err(|faults| {
            let faults = faults.iter();
            Unread::Faults(
                faults
                    .map(|fault| ImportFault::of_table(self.language, fault))
                    .collect(),
            )
        })?;
        let header = table.header.clone();
        let places = table.places.clone();
        self.read_table(&mut table).map_err(|unread| match unread {
            Unread::Faults(faults) => {
                let faults = faults.into_iter();
                let placed = faults.map(|fault| fault.in_sheet(&header, places.as_deref()));
                Unread::Faults(placed.collect())
            }
            error => error,
        })
    }

    fn read_table(&self, table: &mut Table) -> Result<ImportedFile, Unread> {
        let is_export = undo_export(table, self.survey, self.areas, &KEPT_COLUMNS);
        self.check_header(table).map_err(Unread::Faults)?;
        let stored = self.stored(table, is_export).map_err(Unread::Store)?;
        let mut faults = Vec::new();
        let mut file = ImportedFile::default();
        let mut first_lines: BTreeMap<Uuid, u64> = BTreeMap::new();
        for row in &table.rows {
            let mut found = Vec::new();
            let id = self.id(table, row).unwrap_or_else(|fault| {
                found.push(fault);
                None
            });
            let first = id.map(|id| *first_lines.entry(id).or_insert(row.line));
            if let Some(first) = first.filter(|first| *first != row.line) {
                let first = first.to_string();
                let message = text_with(self.language, "table.same_id", &[("first", &first)]);
                found.push(self.cell_fault(row.line, "response_id", &message));
            }
            if let Some(known) = id.and_then(|id| stored.responses.get(&id)) {
                found.extend(self.compare(table, row, known, &stored));
                file.n_stored += 1;
            } else if let Some(fault) = self.other_mode(table, row).filter(|_| is_export) {
                found.push(fault);
            } else {
                let response = self.response(table, row, id.unwrap_or_default(), &mut found);
                file.rows.extend(response.map(|response| ImportedRow {
                    line: row.line,
                    response,
                    has_own_id: id.is_some(),
                }));
            }
            faults.extend(found);
        }
        match faults.is_empty() {
            true => Ok(file),
            false => Err(Unread::Faults(faults)),
        }
    }

    /// The stored responses whose ids are in the table.
    fn stored(&self, table: &Table, is_export: bool) -> Result<Stored, StoreError> {
        let ids = table.rows.iter();
        let ids: Vec<Uuid> = ids
            .filter_map(|row| self.id(table, row).ok().flatten())
            .collect();
        let Some(store) = self.store.filter(|_| !ids.is_empty()) else {
            return Ok(Stored::default());
        };
        let survey = &self.survey.id;
        Ok(Stored {
            responses: store.stored_answers(survey, &ids)?,
            versions: Some(StoredVersions::read(store, survey, self.areas)?),
            in_any_mode: is_export,
        })
    }

    /// What differs between a row and the stored response with its id.
    fn compare(
        &self,
        table: &Table,
        row: &TableRow,
        known: &StoredAnswers,
        stored: &Stored,
    ) -> Vec<ImportFault> {
        let fault = |key: &str| {
            let message = text_with(self.language, key, &[("mode", &known.mode)]);
            vec![self.cell_fault(row.line, "response_id", &message)]
        };
        if !stored.in_any_mode && known.mode != self.mode.as_str() {
            return fault("table.stored_mode");
        }
        let mode = Mode::from_name(&known.mode).unwrap_or(self.mode);
        // Labels are those of the wording that was answered.
        let versions = stored.versions.as_ref();
        let version = versions.and_then(|own| own.answered(&known.questionnaire_hash));
        let questionnaire = version.and_then(|version| version.questionnaire.as_ref());
        let questionnaire = questionnaire.unwrap_or(&self.survey.questionnaire);
        match answer::parse_row(questionnaire, self.areas, mode, &answers(table, row)) {
            Outcome::Complete(own) if is_same(&own.canonical_json(), &known.answers) => Vec::new(),
            Outcome::Faults(faults) => {
                let faults = faults.iter();
                faults
                    .map(|fault| self.answer_fault(row.line, fault))
                    .collect()
            }
            Outcome::Complete(_) | Outcome::ScreenedOut { .. } => fault("table.other_answers"),
        }
    }

    /// The fault of a row of another mode.
    fn other_mode(&self, table: &Table, row: &TableRow) -> Option<ImportFault> {
        let found = cell(table, row, MODE).filter(|found| *found != self.mode.as_str())?;
        let values = [("found", found), ("mode", self.mode.as_str())];
        let message = text_with(self.language, "table.other_mode", &values);
        Some(self.cell_fault(row.line, MODE, &message))
    }

    fn check_header(&self, table: &Table) -> Result<(), Vec<ImportFault>> {
        let columns = table.header.iter().map(String::as_str);
        let columns: Vec<&str> = columns.filter(|name| !OWN_COLUMNS.contains(name)).collect();
        let checked = answer::check_header(&self.survey.questionnaire, &columns);
        checked.map_err(|faults| {
            faults
                .iter()
                .map(|fault| self.answer_fault(table.heading_line, fault))
                .collect()
        })
    }

    /// The id in the row, if it has one.
    fn id(&self, table: &Table, row: &TableRow) -> Result<Option<Uuid>, ImportFault> {
        let written = cell(table, row, "response_id");
        let id = written.map(|written| {
            response_id(written).ok_or_else(|| {
                let message = text(self.language, "table.no_id");
                self.cell_fault(row.line, "response_id", &message)
            })
        });
        id.transpose()
    }

    /// One row as a response; every fault of it is added to `faults`.
    fn response(
        &self,
        table: &Table,
        row: &TableRow,
        id: Uuid,
        faults: &mut Vec<ImportFault>,
    ) -> Option<Box<Response>> {
        let mut time = |column| match cell(table, row, column).map(time_in) {
            Some(None) => {
                let message = text(self.language, "problem.no_time");
                faults.push(self.cell_fault(row.line, column, &message));
                None
            }
            time => time.flatten(),
        };
        let timing = Timing::new(self.now, time("started_at"), time("finished_at"));
        let version = self.version(table, row).unwrap_or_else(|fault| {
            faults.push(fault);
            ""
        });
        let answers = answers(table, row);
        let submission = Submission {
            id,
            version,
            mode: self.mode,
            channel: cell(table, row, "channel").unwrap_or_default(),
            psu: cell(table, row, "psu").unwrap_or_default(),
            invitation: None,
            enumerator: cell(table, row, "enumerator").unwrap_or_default(),
            device: "",
            timing,
            flags: "",
            answers: Answers::Row(&answers),
        };
        match collection::intake(self.survey, self.areas, &submission) {
            Intake::Accepted(response) => return (!version.is_empty()).then_some(response),
            Intake::Faults(found) => {
                faults.extend(found.iter().map(|fault| self.answer_fault(row.line, fault)));
            }
            Intake::ScreenedOut { question, text } => {
                let reason = text.get(self.language.code());
                let message = text_with(self.language, "table.screened_out", &[("text", reason)]);
                faults.push(self.cell_fault(row.line, &question, &message));
            }
        }
        None
    }

    /// The hash of the version that a row answers.
    fn version(&self, table: &Table, row: &TableRow) -> Result<&str, ImportFault> {
        let columns = ["version", "questionnaire_hash"];
        let mut named = columns
            .iter()
            .filter_map(|column| Some((*column, cell(table, row, column)?)));
        let (column, found) = match named.next() {
            Some((column, named)) => (column, version_named(&self.versions.known, named)),
            None => ("version", self.versions.default),
        };
        found.ok_or_else(|| {
            let message = text(self.language, "table.no_version");
            self.cell_fault(row.line, column, &message)
        })
    }

    fn answer_fault(&self, line: u64, fault: &Fault) -> ImportFault {
        let message = fault_message(self.language, &self.survey.questionnaire, fault);
        self.cell_fault(line, fault.pointer.trim_start_matches('/'), &message)
    }

    fn cell_fault(&self, line: u64, column: &str, message: &str) -> ImportFault {
        ImportFault {
            line,
            column: column.to_owned(),
            cell: None,
            message: message.to_owned(),
        }
    }
}

/// Reads the text as a time. Without an offset it is the time in Beijing (UTC+8), as spreadsheet
/// programs write it: `2026-11-28 09:30`.
fn time_in(text: &str) -> Option<Timestamp> {
    text.parse::<Timestamp>().ok().or_else(|| {
        let local: DateTime = text.parse().ok().filter(|_| text.contains(':'))?;
        let zone = jiff::tz::offset(8);
        zone.to_timestamp(local).ok()
    })
}

/// The names and cells of the columns of answers.
fn answers<'t>(table: &'t Table, row: &'t TableRow) -> Vec<(&'t str, &'t str)> {
    let named = table.header.iter().zip(&row.cells);
    named
        .filter(|(column, _)| !OWN_COLUMNS.contains(&column.as_str()))
        .map(|(column, cell)| (column.as_str(), cell.as_str()))
        .collect()
}

/// Whether two JSON texts have the same answers.
fn is_same(one: &str, other: &str) -> bool {
    let parsed = |text: &str| serde_json::from_str::<serde_json::Value>(text).ok();
    one == other || parsed(one).is_some_and(|own| Some(own) == parsed(other))
}

/// The cell of a row in the column of that name; `None` where it is empty.
fn cell<'t>(table: &'t Table, row: &'t TableRow, name: &str) -> Option<&'t str> {
    let place = table.header.iter().position(|column| column == name)?;
    let cell = row.cells.get(place)?;
    (!cell.is_empty()).then_some(cell)
}
