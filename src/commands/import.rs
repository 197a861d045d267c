//! `minyi import`: stores filled-in questionnaires from a file, all rows or none.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;

use crate::commands::import_visits::VisitFile;
use crate::commands::imported_ids::{self, Known};
use crate::commands::imported_version::{print_versions, versions};
use crate::commands::local::{Answer, Request, carry_out, unexpected};
use crate::commands::output::Output;
use crate::commands::settings::Place;
use crate::commands::{Exit, file, import_visits, open};
use crate::formats::import_template;
use crate::formats::imported::file::{Import, ImportedFile, Unread};
use crate::formats::imported::ids::{self, Decision};
use crate::formats::imported::version::Versions;
use crate::locale::Language;
use crate::questionnaire::answer::Mode;
use crate::store::{Store, StoreError, SubmitError};
use crate::survey::Catalogue;

/// Most lines of rows that one message names.
const MOST_LINES: usize = 10;

/// Store filled-in questionnaires from a CSV or XLSX file: all rows or none
#[derive(Debug, Args)]
#[command(after_help = "\
The file has one column for each question, named by its code, and one row for each questionnaire.
Cells hold codes or labels; several choices in one cell are separated by `;`. CSV in UTF-8, UTF-16 or
GB18030; comma, semicolon or tab. XLSX: the first sheet, its first row is the heading; at most 5 MiB
and 200,000 cells. --template writes a workbook with the columns and codes of the survey.
Optional columns: response_id (a UUID), psu, channel, enumerator, started_at and finished_at
(RFC 3339, or Beijing time as 2026-11-28 09:30), version (or questionnaire_hash). If any row has a
fault, nothing is stored, and every fault is printed with its line and column, in a workbook with its
cell, such as C17.
A row without response_id is known by its content: answers, mode, version, psu, channel, enumerator
and times. The same file again stores nothing twice, also after it was saved in another way. If only
some rows are stored already, nothing is stored without --known.
A file of `minyi export` can be imported: responses that are stored are recognised by response_id, and
stored answers are never changed. New rows must have the mode of --mode. To move a whole database use
`minyi backup` and `minyi restore`.
If the wording was amended, --version or the column names what was printed on the paper: the hash, or
its first 12 digits.

With --visits the file has one row for each visit or call, with the columns psu, case (the number of
the case in its PSU, never a name, address or telephone number), attempt, outcome (interview, partial,
refusal, no_contact, other, ineligible, unknown), visited_at (a day, or a day and time in Beijing) and, if
wanted, mode (onsite, phone, intercept; else --mode) and enumerator. A row that is stored already is no
second visit. If a stored attempt has other values, nothing is stored; the office's page corrects it.

Examples:
  minyi import satisfaction-2026 --template template.xlsx
  minyi import satisfaction-2026 paper.csv --dry-run --data /var/lib/minyi
  minyi import satisfaction-2026 paper.csv --mode paper --data /var/lib/minyi
  minyi import satisfaction-2026 visits.csv --visits --data /var/lib/minyi

Exit code 0: all rows are stored. 1: the file has faults, or some of its rows are stored already and
--known is missing; nothing is stored.")]
pub struct ImportArgs {
    /// Survey, such as satisfaction-2026
    pub survey: String,
    /// CSV or XLSX file
    #[arg(required_unless_present = "template")]
    pub file: Option<PathBuf>,
    /// Write a workbook to type questionnaires in, with the codes as lists, and import nothing
    #[arg(long, value_name = "FILE.xlsx", conflicts_with = "file")]
    pub template: Option<PathBuf>,
    /// How the questionnaires were filled in
    #[arg(long, value_enum, default_value_t = ImportMode::Paper)]
    pub mode: ImportMode,
    /// The questionnaire version that was answered, where the file has no such column
    #[arg(long, value_name = "HASH")]
    pub version: Option<String>,
    /// What to do with rows that are stored already, if others are not
    #[arg(long, value_enum)]
    pub known: Option<Known>,
    /// The file has visits to cases, not questionnaires
    #[arg(long, conflicts_with_all = ["template", "version", "known"])]
    pub visits: bool,
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
    /// Interviews by telephone
    Phone,
    /// Interviews of people who pass by
    Intercept,
}

impl ImportMode {
    fn mode(self) -> Mode {
        match self {
            ImportMode::Paper => Mode::Paper,
            ImportMode::Onsite => Mode::Onsite,
            ImportMode::Phone => Mode::Phone,
            ImportMode::Intercept => Mode::Intercept,
        }
    }
}

/// Checks the file and stores its rows.
pub fn run(args: &ImportArgs) -> Exit {
    import(args).unwrap_or_else(|exit| exit)
}

fn import(args: &ImportArgs) -> Result<Exit, Exit> {
    if let (true, Some(path)) = (args.visits, &args.file) {
        return import_visits::import(&VisitFile {
            survey: &args.survey,
            path,
            mode: match args.mode {
                ImportMode::Paper => Mode::Onsite,
                mode => mode.mode(),
            },
            language: Language::from_code(&args.language).unwrap_or(Language::ZH),
            create: args.create,
            dry_run: args.dry_run,
            place: &args.place,
        });
    }
    let mut catalogue = open::catalogue(&args.place)?;
    let Some(path) = &args.file else {
        return write_template(args, &catalogue);
    };
    let store = existing(args)?;
    let store = store.as_ref();
    let versions = versions(&args.place, store, &args.survey, &mut catalogue)?;
    let Some(survey) = catalogue.surveys.get(&args.survey) else {
        return Err(open::no_such_survey(&catalogue, &args.survey));
    };
    let bytes = std::fs::read(path).map_err(|error| {
        eprintln!("minyi import: {}", file::message(path, &error));
        Exit::Input
    })?;
    let import = Import {
        store,
        versions: Versions::new(&versions, survey, args.version.as_deref()),
        survey,
        areas: &catalogue.areas,
        mode: args.mode.mode(),
        language: Language::from_code(&args.language).unwrap_or(Language::ZH),
        now: Timestamp::now(),
    };
    if let Some(version) = &args.version
        && import.versions.default.is_none()
    {
        eprintln!("minyi import: --version {version} is not a version of this questionnaire");
        print_versions(&versions);
        return Err(Exit::Input);
    }
    let read = match import.read(&bytes) {
        Ok(read) => read,
        Err(Unread::Store(error)) => return Err(open::store_error(&error)),
        Err(Unread::Faults(faults)) => {
            let file = path.display();
            for fault in &faults {
                println!("{file}: {}", fault.in_words(import.language));
            }
            let n_faults = counted(faults.len(), "fault");
            eprintln!("minyi import: {n_faults}, nothing stored");
            if import.versions.default.is_none() {
                print_versions(&versions);
            }
            return Err(Exit::Input);
        }
    };
    if !args.dry_run && !args.create && !open::has_database(&args.place) {
        eprintln!(
            "minyi import: there is no database in {}; --data names the folder of the server, and \
             --create makes a new database",
            args.place.data.display()
        );
        return Err(Exit::Input);
    }
    store_new(args, store, read)
}

/// Writes the workbook to type questionnaires in.
fn write_template(args: &ImportArgs, catalogue: &Catalogue) -> Result<Exit, Exit> {
    let Some(survey) = catalogue.surveys.get(&args.survey) else {
        return Err(open::no_such_survey(catalogue, &args.survey));
    };
    let path = args.template.as_deref().unwrap_or(Path::new(""));
    let language = Language::from_code(&args.language).unwrap_or(Language::ZH);
    let bytes = import_template::template(survey, &catalogue.areas, language);
    let written = bytes.map_err(std::io::Error::other).and_then(|bytes| {
        let mut output = Output::create(path)?;
        output.write_all(&bytes)?;
        output.finish()
    });
    match written {
        Ok(()) => Ok(Exit::Fine),
        Err(error) => {
            eprintln!("minyi import: {error}");
            Err(Exit::Input)
        }
    }
}

/// The database, if there is one. An empty database of PostgreSQL is none.
fn existing(args: &ImportArgs) -> Result<Option<Store>, Exit> {
    if !open::has_database(&args.place) {
        return Ok(None);
    }
    match Store::open_reader(&open::database_url(&args.place)?) {
        Ok(store) => Ok(Some(store)),
        Err(StoreError::Missing { .. }) if args.create => Ok(None),
        Err(error) => Err(open::store_error(&error)),
    }
}

/// Stores the rows that are not stored already, all of them or none.
fn store_new(args: &ImportArgs, store: Option<&Store>, file: ImportedFile) -> Result<Exit, Exit> {
    let n_rows = file.n_stored + file.rows.len();
    let needs_key = file.rows.iter().any(|row| !row.has_own_id);
    let key = imported_ids::key(&args.place, store, needs_key && !args.dry_run)?;
    let known = args.known.map(ids::Known::from);
    let decision = ids::decide(file.rows, &args.survey, &key, store, known)
        .map_err(|error| open::store_error(&error))?;
    let Decision {
        responses,
        stored_lines,
    } = decision;
    if args.known.is_none() && !stored_lines.is_empty() && !responses.is_empty() {
        return Err(refuse(&stored_lines, n_rows));
    }
    let n_stored = file.n_stored + stored_lines.len();
    if args.dry_run {
        let rows = counted(responses.len(), "row");
        let already = match n_stored {
            0 => String::new(),
            n => format!(", {n} were stored already"),
        };
        println!("{rows} can be imported{already}; nothing was stored (--dry-run)");
        return Ok(Exit::Fine);
    }
    let (stored, repeated) = match responses.is_empty() {
        true => (0, 0),
        false => match carry_out(&args.place, Request::Import(responses))? {
            Answer::Imported(stored, repeated) => (stored, repeated),
            Answer::Conflict => {
                return Err(open::submit_error("minyi import", &SubmitError::Conflict));
            }
            answer => return Err(unexpected(&answer)),
        },
    };
    let rows = counted(stored, "row");
    println!("{rows} stored, {} were stored already", n_stored + repeated);
    Ok(Exit::Fine)
}

/// Says which rows are stored already and what the person may do.
fn refuse(stored_lines: &[u64], n_rows: usize) -> Exit {
    let named: Vec<String> = stored_lines
        .iter()
        .take(MOST_LINES)
        .map(u64::to_string)
        .collect();
    let more = match stored_lines.len() - named.len() {
        0 => String::new(),
        n => format!(" and {n} more"),
    };
    eprintln!(
        "minyi import: of {}, {} {} stored already, with the same answers: row {}{more}; nothing was \
         stored",
        counted(n_rows, "row"),
        stored_lines.len(),
        if stored_lines.len() == 1 { "is" } else { "are" },
        named.join(", "),
    );
    eprintln!(
        "--known skip stores only the others; --known store stores all, as questionnaires of other \
         people with the same answers"
    );
    Exit::Input
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
