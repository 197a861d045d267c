//! `minyi import`: filled-in questionnaires from a file, all rows or none.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use uuid::Uuid;

use crate::commands::settings::Place;
use crate::commands::{Exit, open};
use crate::locale::Language;
use crate::questionnaire::answer::{self, Mode, Outcome};
use crate::release;
use crate::release::survey::{Survey, hex_digest};
use crate::store::{NewResponse, Timing};

/// Store filled-in questionnaires from a CSV file: all rows or none
#[derive(Debug, Args)]
#[command(
    after_help = "The file has one column per question (its code) and one row per questionnaire; codes and labels are both accepted,\n\
                        several choices in one cell are separated by `;`. Optional columns: response_id (a UUID), channel (PSU), enumerator.\n\
                        If any row is at fault, nothing is stored and every fault is printed with its row and column.\n\
                        Importing the same file again stores nothing twice.\n\n\
                        Examples:\n  minyi import satisfaction-2026 paper.csv --dry-run\n  minyi import satisfaction-2026 paper.csv --mode paper"
)]
pub struct ImportArgs {
    /// Survey, such as satisfaction-2026
    pub survey: String,
    /// CSV file, UTF-8
    pub file: PathBuf,
    /// How the questionnaires were filled in
    #[arg(long, value_enum, default_value_t = ImportMode::Paper)]
    pub mode: ImportMode,
    /// Judge the file, store nothing
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

/// Modes a file can come from.
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

/// Columns that are no questions.
const OWN_COLUMNS: [&str; 3] = ["response_id", "channel", "enumerator"];

/// Imports the file.
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
            eprintln!("minyi import: {}: {error}", args.file.display());
            return Exit::Input;
        }
    };
    let language = Language::from_code(&args.language).unwrap_or(Language::ZH);
    let rows = match read(&bytes, args, survey, &catalogue.areas, language) {
        Ok(rows) => rows,
        Err(faults) => {
            faults
                .iter()
                .for_each(|fault| println!("{}: {fault}", args.file.display()));
            eprintln!("minyi import: {} faults, nothing stored", faults.len());
            return Exit::Input;
        }
    };
    let count = rows.len();
    if args.dry_run {
        println!("{count} rows can be imported; nothing was stored (--dry-run)");
        return Exit::Fine;
    }
    let store = match open::store(&args.place) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    match store.insert_all(rows) {
        Ok(receipts) => {
            let repeated = receipts.iter().filter(|receipt| receipt.repeated).count();
            println!(
                "{} rows stored, {repeated} were stored already",
                count - repeated
            );
            Exit::Fine
        }
        Err(error) => open::submit_error("minyi import", &error),
    }
}

/// The rows as responses, or every fault with row and column. Rows are counted as a spreadsheet does: the header is row 1.
fn read(
    bytes: &[u8],
    args: &ImportArgs,
    survey: &Survey,
    areas: &crate::questionnaire::Areas,
    language: Language,
) -> Result<Vec<NewResponse>, Vec<String>> {
    let file_hash = hex_digest(bytes);
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let line = bytes
            .iter()
            .take(error.valid_up_to())
            .filter(|byte| **byte == b'\n')
            .count()
            + 1;
        vec![format!(
            "row {line}: the file is not UTF-8 from here on; save it as CSV UTF-8"
        )]
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = csv::ReaderBuilder::new()
        .flexible(true)
        .from_reader(text.as_bytes());
    let header = reader
        .headers()
        .map_err(|error| vec![format!("row 1: {error}")])?
        .clone();
    let header: Vec<&str> = header.iter().map(str::trim).collect();
    let mut rows = Vec::new();
    let mut faults = Vec::new();
    if let Err(message) = answer::check_header(&survey.questionnaire, &question_columns(&header)) {
        return Err(message
            .iter()
            .map(|message| format!("row 1: {message}"))
            .collect());
    }
    let now = Timestamp::now();
    for (index, record) in reader.records().enumerate() {
        let row = index + 2;
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                faults.push(format!("row {row}: {error}"));
                continue;
            }
        };
        if record.len() != header.len() {
            faults.push(format!(
                "row {row}: {} cells, but the header has {} columns",
                record.len(),
                header.len()
            ));
            continue;
        }
        if record.iter().all(|cell| cell.trim().is_empty()) {
            continue;
        }
        let cell = |name: &str| {
            let place = header.iter().position(|column| *column == name)?;
            record
                .get(place)
                .map(str::trim)
                .filter(|cell| !cell.is_empty())
        };
        let id = match cell("response_id").map(Uuid::parse_str) {
            Some(Ok(id)) => id,
            Some(Err(_)) => {
                faults.push(format!("row {row}, column response_id: not a UUID"));
                continue;
            }
            None => Uuid::new_v5(
                &Uuid::NAMESPACE_OID,
                format!("{}/{file_hash}/{row}", survey.id).as_bytes(),
            ),
        };
        let cells: Vec<(&str, &str)> = header
            .iter()
            .zip(record.iter())
            .filter(|(column, _)| !OWN_COLUMNS.contains(column))
            .map(|(column, cell)| (*column, cell))
            .collect();
        let mut no_label = false;
        for column in ["channel", "enumerator"] {
            if cell(column).is_some_and(|text| !release::is_label(text)) {
                let message = crate::locale::text(language, "problem.field_label");
                faults.push(format!("row {row}, column {column}: {message}"));
                no_label = true;
            }
        }
        if no_label {
            continue;
        }
        match answer::parse_row(&survey.questionnaire, areas, args.mode.mode(), &cells) {
            Outcome::Complete(complete) => {
                let timing = Timing::new(now, None, None);
                let channel = cell("channel").unwrap_or_default();
                let mut response = release::new_response(id, survey, channel, &complete, timing);
                response.enumerator = cell("enumerator").unwrap_or_default().to_owned();
                rows.push(response);
            }
            Outcome::Faults(found) => faults.extend(found.iter().map(|fault| {
                let message = crate::pages::fault_message(language, &survey.questionnaire, fault);
                format!("row {row}, column {}: {message}", fault.pointer)
            })),
            Outcome::ScreenedOut { question, text } => {
                faults.push(format!(
                    "row {row}, column {question}: {}",
                    text.get(language.code())
                ));
            }
        }
    }
    if faults.is_empty() {
        Ok(rows)
    } else {
        Err(faults)
    }
}

fn question_columns<'a>(header: &[&'a str]) -> Vec<&'a str> {
    header
        .iter()
        .copied()
        .filter(|column| !OWN_COLUMNS.contains(column))
        .collect()
}

/// The languages that there are texts in.
fn languages() -> clap::builder::PossibleValuesParser {
    Language::all()
        .iter()
        .map(|language| language.code())
        .collect::<Vec<_>>()
        .into()
}
