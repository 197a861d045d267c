//! `minyi import --visits`: stores visits to cases from a file, all rows or none.

use std::path::Path;

use jiff::Timestamp;

use crate::commands::local::{Answer, Request, carry_out, unexpected};
use crate::commands::settings::Place;
use crate::commands::{Exit, file, open};
use crate::formats::imported::fault::ImportFault;
use crate::formats::imported::visits::{VisitImport, VisitRow};
use crate::locale::Language;
use crate::questionnaire::answer::Mode;
use crate::staff::action::TERMINAL;
use crate::store::{Visit, VisitsOutcome};

/// A file of visits, and what is done with it.
pub(super) struct VisitFile<'a> {
    /// The survey.
    pub(super) survey: &'a str,
    /// The file.
    pub(super) path: &'a Path,
    /// The mode of rows that name none.
    pub(super) mode: Mode,
    /// Of the messages.
    pub(super) language: Language,
    /// Make a new database if there is none.
    pub(super) create: bool,
    /// Check the file, store nothing.
    pub(super) dry_run: bool,
    /// The data folder.
    pub(super) place: &'a Place,
}

/// Checks the file and stores its rows.
///
/// # Errors
/// The exit code; a message was printed.
pub(super) fn import(args: &VisitFile<'_>) -> Result<Exit, Exit> {
    let catalogue = open::catalogue(args.place)?;
    let Some(survey) = catalogue.surveys.get(args.survey) else {
        return Err(open::no_such_survey(&catalogue, args.survey));
    };
    let bytes = std::fs::read(args.path).map_err(|error| {
        eprintln!("minyi import: {}", file::message(args.path, &error));
        Exit::Input
    })?;
    let now = Timestamp::now();
    let import = VisitImport {
        survey,
        mode: args.mode.as_str(),
        language: args.language,
        now,
    };
    let print = |faults: &[ImportFault]| {
        for fault in faults {
            println!(
                "{}: {}",
                args.path.display(),
                fault.in_words(import.language)
            );
        }
        let noun = if faults.len() == 1 { "fault" } else { "faults" };
        eprintln!("minyi import: {} {noun}, nothing stored", faults.len());
        Exit::Input
    };
    let rows = import.read(&bytes).map_err(|faults| print(&faults))?;
    let by = (TERMINAL, now.as_microsecond());
    let visits = rows
        .iter()
        .map(|row| Visit::new(&survey.id, &row.visit, by));
    let visits: Vec<Visit> = visits.collect();
    if !args.create && !open::has_database(args.place) && !args.dry_run {
        eprintln!(
            "minyi import: there is no database in {}; --data names the folder of the server, and \
             --create makes a new database",
            args.place.data.display()
        );
        return Err(Exit::Input);
    }
    if args.dry_run {
        return dry_run(args, &visits, &rows, &import).map_err(|faults| print(&faults));
    }
    let survey = survey.id.clone();
    match carry_out(args.place, Request::ImportVisits { survey, visits })? {
        Answer::Visits(VisitsOutcome::Stored(is_new)) => {
            let new = is_new.iter().filter(|new| **new).count();
            let noun = if new == 1 { "visit" } else { "visits" };
            println!(
                "{new} {noun} stored, {} were stored already",
                is_new.len() - new
            );
            Ok(Exit::Fine)
        }
        Answer::Visits(VisitsOutcome::Differ(places)) => {
            Err(print(&known(&import, &rows, &places)))
        }
        answer => Err(unexpected(&answer)),
    }
}

/// The faults of the rows whose attempts are stored with other values.
fn known(import: &VisitImport<'_>, rows: &[VisitRow], places: &[usize]) -> Vec<ImportFault> {
    let rows = places.iter().filter_map(|place| rows.get(*place));
    rows.map(|row| import.known(row)).collect()
}

/// Says what storing the file would do.
fn dry_run(
    args: &VisitFile<'_>,
    visits: &[Visit],
    rows: &[VisitRow],
    import: &VisitImport<'_>,
) -> Result<Exit, Vec<ImportFault>> {
    let outcome = match open::has_database(args.place) {
        true => match open::reader(args.place).map(|store| store.compare_visits(visits)) {
            Ok(Ok(outcome)) => outcome,
            Ok(Err(error)) => return Ok(open::store_error(&error)),
            Err(exit) => return Ok(exit),
        },
        false => VisitsOutcome::Stored(Visit::are_first(visits)),
    };
    match outcome {
        VisitsOutcome::Stored(is_new) => {
            let new = is_new.iter().filter(|new| **new).count();
            let noun = if new == 1 { "visit" } else { "visits" };
            let known = is_new.len() - new;
            println!(
                "{new} {noun} can be imported, {known} were stored already; nothing was stored \
                 (--dry-run)"
            );
            Ok(Exit::Fine)
        }
        VisitsOutcome::Differ(places) => Err(known(import, rows, &places)),
    }
}
