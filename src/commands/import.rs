//! `minyi import`: stores filled-in questionnaires from a file, all rows or none.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use uuid::Uuid;

use crate::collection::table::{self, Table, TableFault, TableRow};
use crate::collection::{self, Answers, Intake, Response, Submission, Timing, response_id};
use crate::commands::local::{Answer, Request, carry_out, unexpected};
use crate::commands::settings::Place;
use crate::commands::{Exit, file, open};
use crate::locale::{Language, text, text_with};
use crate::pages::fault_message;
use crate::questionnaire::Areas;
use crate::questionnaire::answer::{self, Fault, Mode};
use crate::store::SubmitError;
use crate::survey::{Survey, hex_digest};

/// Store filled-in questionnaires from a CSV file: all rows or none
#[derive(Debug, Args)]
#[command(after_help = "\
The file has one column for each question, named by its code, and one row for each questionnaire.
Cells hold codes or labels; several choices in one cell are separated by `;`. UTF-8, UTF-16 or
GB18030; comma, semicolon or tab.
Optional columns: response_id (a UUID), psu, channel, enumerator, started_at and finished_at
(RFC 3339). If any row has a fault, nothing is stored, and every fault is printed with its line and
column.
Importing the same file again stores nothing twice.

Examples:
  minyi import satisfaction-2026 paper.csv --dry-run --data /var/lib/minyi
  minyi import satisfaction-2026 paper.csv --mode paper --data /var/lib/minyi

Exit code 0: all rows are stored. 1: the file has faults; nothing is stored.")]
pub struct ImportArgs {
    /// Survey, such as satisfaction-2026
    pub survey: String,
    /// CSV file
    pub file: PathBuf,
    /// How the questionnaires were filled in
    #[arg(long, value_enum, default_value_t = ImportMode::Paper)]
    pub mode: ImportMode,
    /// Make a new database if there is none
    #[arg(long)]
    pub create: bool,
    /// Check the file, store nothing
    #[arg(long)]
    pub dry_run: bool,
    /// Language of the messages: zh or en
    #[arg(long, env = "MINYI_LANGUAGE", default_value = "zh", value_parser = languages())]
    pub language: String,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub place: Place,
}

/// Modes that a file can be imported in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ImportMode {
    /// Paper questionnaires, typed in
    Paper,
    /// Interviews on site
    Onsite,
}

impl ImportMode {
    fn mode(self) -> Mode {
        match self {
            ImportMode::Paper => Mode::Paper,
            ImportMode::Onsite => Mode::Onsite,
        }
    }
}

/// Columns that are no answers.
const OWN_COLUMNS: [&str; 6] = [
    "response_id",
    "psu",
    "channel",
    "enumerator",
    "started_at",
    "finished_at",
];

/// Checks the file and stores its rows.
pub fn run(args: &ImportArgs) -> Exit {
    let catalogue = match open::catalogue(&args.place) {
        Ok(catalogue) => catalogue,
        Err(exit) => return exit,
    };
    let Some(survey) = catalogue.surveys.get(&args.survey) else {
        return open::no_such_survey(&catalogue, &args.survey);
    };
    let bytes = match std::fs::read(&args.file) {
        Ok(bytes) => bytes,
        Err(error) => {
            eprintln!("minyi import: {}", file::message(&args.file, &error));
            return Exit::Input;
        }
    };
    let import = Import {
        survey,
        areas: &catalogue.areas,
        mode: args.mode.mode(),
        language: Language::from_code(&args.language).unwrap_or(Language::ZH),
        file_hash: hex_digest(&bytes),
        now: Timestamp::now(),
    };
    let responses = match import.read(&bytes) {
        Ok(responses) => responses,
        Err(faults) => {
            let file = args.file.display();
            faults.iter().for_each(|fault| println!("{file}: {fault}"));
            let n_faults = counted(faults.len(), "fault");
            eprintln!("minyi import: {n_faults}, nothing stored");
            return Exit::Input;
        }
    };
    let count = responses.len();
    if args.dry_run {
        let rows = counted(count, "row");
        println!("{rows} can be imported; nothing was stored (--dry-run)");
        return Exit::Fine;
    }
    if !args.create && !open::has_database(&args.place) {
        eprintln!(
            "minyi import: there is no database in {}; --data names the folder of the server, and \
             --create makes a new database",
            args.place.data.display()
        );
        return Exit::Input;
    }
    match carry_out(&args.place, Request::Import(responses)) {
        Ok(Answer::Imported(stored, repeated)) => {
            let stored = counted(stored, "row");
            println!("{stored} stored, {repeated} were stored already");
            Exit::Fine
        }
        Ok(Answer::Conflict) => open::submit_error("minyi import", &SubmitError::Conflict),
        Ok(answer) => unexpected(&answer),
        Err(exit) => exit,
    }
}

/// The import of one file.
struct Import<'a> {
    survey: &'a Survey,
    areas: &'a Areas,
    mode: Mode,
    language: Language,
    file_hash: String,
    now: Timestamp,
}

impl Import<'_> {
    /// The rows as responses, or every fault with its line and column.
    fn read(&self, bytes: &[u8]) -> Result<Vec<Response>, Vec<String>> {
        let table = table::parse(bytes).map_err(|faults| {
            faults
                .iter()
                .map(|fault| self.table_fault(fault))
                .collect::<Vec<_>>()
        })?;
        self.check_header(&table)?;
        let mut faults = Vec::new();
        let mut responses = Vec::new();
        let mut first_lines: BTreeMap<Uuid, u64> = BTreeMap::new();
        for row in &table.rows {
            let mut found = Vec::new();
            let id = self.id(&table, row).unwrap_or_else(|fault| {
                found.push(fault);
                self.made_id(row)
            });
            let first = *first_lines.entry(id).or_insert(row.line);
            if first != row.line {
                let first = first.to_string();
                let message = text_with(self.language, "table.same_id", &[("first", &first)]);
                found.push(self.cell_fault(row.line, "response_id", &message));
            }
            let response = self.response(&table, row, id, &mut found);
            responses.extend(response.map(|response| *response));
            faults.extend(found);
        }
        match faults.is_empty() {
            true => Ok(responses),
            false => Err(faults),
        }
    }

    fn check_header(&self, table: &Table) -> Result<(), Vec<String>> {
        let columns = table.header.iter().map(String::as_str);
        let columns: Vec<&str> = columns.filter(|name| !OWN_COLUMNS.contains(name)).collect();
        let checked = answer::check_header(&self.survey.questionnaire, &columns);
        checked.map_err(|faults| {
            faults
                .iter()
                .map(|fault| self.answer_fault(1, fault))
                .collect()
        })
    }

    /// The id in the row, or one that the same row of the same file always gets.
    fn id(&self, table: &Table, row: &TableRow) -> Result<Uuid, String> {
        match cell(table, row, "response_id") {
            None => Ok(self.made_id(row)),
            Some(written) => response_id(written).ok_or_else(|| {
                let message = text(self.language, "table.no_id");
                self.cell_fault(row.line, "response_id", &message)
            }),
        }
    }

    fn made_id(&self, row: &TableRow) -> Uuid {
        let name = format!("{}/{}/{}", self.survey.id, self.file_hash, row.number);
        Uuid::new_v5(&Uuid::NAMESPACE_OID, name.as_bytes())
    }

    /// One row as a response; every fault of it is added to `faults`.
    fn response(
        &self,
        table: &Table,
        row: &TableRow,
        id: Uuid,
        faults: &mut Vec<String>,
    ) -> Option<Box<Response>> {
        let mut time = |column| match cell(table, row, column).map(str::parse::<Timestamp>) {
            Some(Err(_)) => {
                let message = text(self.language, "problem.no_time");
                faults.push(self.cell_fault(row.line, column, &message));
                None
            }
            time => time.and_then(Result::ok),
        };
        let timing = Timing::new(self.now, time("started_at"), time("finished_at"));
        let named = table.header.iter().zip(&row.cells);
        let answers: Vec<(&str, &str)> = named
            .filter(|(column, _)| !OWN_COLUMNS.contains(&column.as_str()))
            .map(|(column, cell)| (column.as_str(), cell.as_str()))
            .collect();
        let submission = Submission {
            id,
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
            Intake::Accepted(response) => return Some(response),
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

    fn answer_fault(&self, line: u64, fault: &Fault) -> String {
        let message = fault_message(self.language, &self.survey.questionnaire, fault);
        self.cell_fault(line, fault.pointer.trim_start_matches('/'), &message)
    }

    fn cell_fault(&self, line: u64, column: &str, message: &str) -> String {
        let line = line.to_string();
        let values = [
            ("line", line.as_str()),
            ("column", column),
            ("message", message),
        ];
        text_with(self.language, "table.cell", &values)
    }

    fn table_fault(&self, fault: &TableFault) -> String {
        let values = fault.kind.values();
        let values: Vec<(&str, &str)> = values
            .iter()
            .map(|(name, value)| (*name, value.as_str()))
            .collect();
        let message = text_with(
            self.language,
            &format!("table.{}", fault.kind.key()),
            &values,
        );
        let line = fault.line.to_string();
        text_with(
            self.language,
            "table.line",
            &[("line", &line), ("message", &message)],
        )
    }
}

/// The cell of a row in the column of that name; `None` where it is empty.
fn cell<'t>(table: &'t Table, row: &'t TableRow, name: &str) -> Option<&'t str> {
    let place = table.header.iter().position(|column| column == name)?;
    let cell = row.cells.get(place)?;
    (!cell.is_empty()).then_some(cell)
}

/// `1 row`, `2 rows`.
fn counted(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// The languages of the messages.
fn languages() -> clap::builder::PossibleValuesParser {
    let codes = Language::all().iter().map(|language| language.code());
    codes.collect::<Vec<_>>().into()
}
