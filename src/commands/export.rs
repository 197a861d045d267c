//! `minyi export`: writes the responses of a survey for Excel, SPSS, R and Python.

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::commands::csv_output::{Csv, Encoding};
use crate::commands::output::Output;
use crate::commands::settings::Place;
use crate::commands::{Exit, description, file, open, progress, research};
use crate::formats::cell_labels::cell_labels;
use crate::formats::codebook_csv;
use crate::formats::export_error::ExportError;
use crate::formats::labelled_spec::{margins_with_labels, with_labels};
use crate::formats::microdata::{Cells, Exported, Microdata};
use crate::formats::microdata_csv;
use crate::formats::microdata_file::{FileFormat, write_file};
use crate::questionnaire::Areas;
use crate::release::agreement;
use crate::release::margins::margins_csv;
use crate::release::refresh::return_large_blocks;
use crate::release::spec::{PlanSpec, Scope};
use crate::release::versions::StoredVersions;
use crate::store::{Store, StoreError};
use crate::survey::{Catalogue, Survey};

/// Write the responses of a survey to a file, with codebook and spec
#[derive(Debug, Args)]
#[command(after_help = "\
A file of csv holds the responses that count, for figures, and those that are held after review (held is
1, base weight 0). Beside FILE.csv it writes
FILE-codebook.csv, FILE-spec.toml, FILE-margins.csv, FILE-frame.csv, FILE-areas.csv and
FILE-plan.toml, FILE-excluded.csv with the responses that the plan leaves out, with the reason, and
datapackage.json, which describes FILE.csv. This gives the published figures again, to the last digit:
  minyi estimate --data FILE.csv --spec FILE-spec.toml

All other formats are one file with all responses; the column `excluded` says why a response does not
count. Codes have their labels in .sav and .dta; in .xlsx and Parquet they have a codebook. Beside
FILE.json it writes FILE-codebook.csv. .sav names its weight; in .dta \"don't know\" is .a and a question
that was not asked .b. Names are short enough for both.

--research writes a random half of the responses without ids, times, places below the county, texts
and weights of one's own. Each combination of county, sex, age, town or village, education and
occupation has at least 5 people, who gave at least 2 answers to each question; values are taken away
until that holds. FILE-README.txt says how many. The seed that it prints must stay in the office.

It may run while minyi serves.

Examples:
  minyi export satisfaction-2026 -o satisfaction.csv --data /var/lib/minyi
  minyi export satisfaction-2026 -o labels.csv --labels --data /var/lib/minyi
  minyi export satisfaction-2026 -o satisfaction.sav --format sav --data /var/lib/minyi
  minyi export satisfaction-2026 -o excel.csv --encoding gb18030 --data /var/lib/minyi
  minyi export satisfaction-2026 -o satisfaction.xml --format ddi --data /var/lib/minyi
  minyi export satisfaction-2026 -o research.csv --research --data /var/lib/minyi

Exit code 0: the files are written. 1: the survey is unknown, or a file cannot be written. 74, 75:
the database cannot be read, or is busy.")]
pub struct ExportArgs {
    /// Survey, such as satisfaction-2026
    pub survey: String,
    /// File format
    #[arg(long, value_enum, default_value_t = Format::Csv)]
    pub format: Format,
    /// File to write
    #[arg(short, long, value_name = "FILE")]
    pub output: PathBuf,
    /// Codes in the cells (the default)
    #[arg(long, conflicts_with = "labels")]
    pub codes: bool,
    /// Chinese labels in the cells instead of codes
    #[arg(long)]
    pub labels: bool,
    /// Encoding of csv and of the csv files beside it
    #[arg(long, value_enum, default_value_t = Encoding::Utf8)]
    pub encoding: Encoding,
    /// A file for researchers, in which nobody can be recognised (CSV)
    #[arg(long, conflicts_with = "labels")]
    pub research: bool,
    /// Seed by which the responses of a researcher's file are drawn [default: made from the data]
    #[arg(long, value_name = "TEXT", requires = "research")]
    pub seed: Option<String>,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub place: Place,
}

/// File formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// CSV
    Csv,
    /// Excel workbook for statisticians
    Xlsx,
    /// SPSS
    Sav,
    /// Stata
    Dta,
    /// Parquet
    Parquet,
    /// JSON, an array of objects
    Json,
    /// Documentation of the CSV file as DDI-Codebook 2.5, XML
    Ddi,
}

impl Format {
    /// The format of one file; `None` for CSV, which is several, and for what describes it.
    fn of_file(self) -> Option<FileFormat> {
        match self {
            Format::Csv | Format::Ddi => None,
            Format::Xlsx => Some(FileFormat::Xlsx),
            Format::Sav => Some(FileFormat::Sav),
            Format::Dta => Some(FileFormat::Dta),
            Format::Parquet => Some(FileFormat::Parquet),
            Format::Json => Some(FileFormat::Json),
        }
    }
}

/// Writes the files and prints how many rows they have.
pub fn run(args: &ExportArgs) -> Exit {
    if args.research && (args.format != Format::Csv || args.encoding != Encoding::Utf8) {
        eprintln!(
            "minyi export: --research writes CSV in UTF-8; leave --format and --encoding out"
        );
        return Exit::Usage;
    }
    return_large_blocks();
    let mut catalogue = match open::catalogue(&args.place) {
        Ok(catalogue) => catalogue,
        Err(exit) => return exit,
    };
    let store = match open::reader(&args.place) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    if let Err(exit) = compare(args, &store, &mut catalogue) {
        return exit;
    }
    let Some(survey) = catalogue.surveys.get(&args.survey) else {
        return open::no_such_survey(&catalogue, &args.survey);
    };
    let stored = match StoredVersions::read(&store, &survey.id, &catalogue.areas) {
        Ok(stored) => stored,
        Err(error) => return open::store_error(&error),
    };
    if args.encoding != Encoding::Utf8 && args.format != Format::Csv {
        eprintln!("minyi export: --encoding is for csv; this format has its own");
        return Exit::Input;
    }
    let bar = progress::bar(store.count(&survey.id).unwrap_or(0));
    let mut progress = |rows| bar.set_position(rows);
    if args.research {
        let source = (&catalogue, survey, &store);
        return research::run(source, args.seed.as_deref(), &args.output, &mut progress);
    }
    let versions = (&store, &stored);
    let written = write(args, &catalogue, survey, versions, &mut progress);
    bar.finish_and_clear();
    match written {
        Ok(Exported {
            rows,
            held,
            excluded,
            versions,
        }) => {
            say_versions(&versions, &stored);
            let held = match held {
                0 => String::new(),
                held => format!(", {held} of them held"),
            };
            println!(
                "{rows} rows in {}{held}, {excluded} excluded",
                args.output.display()
            );
            Exit::Fine
        }
        Err(error) => {
            eprintln!("minyi export: {error}");
            match error {
                ExportError::Io(error) => file::exit(&error),
                ExportError::Read(_) => Exit::Io,
                ExportError::Form(_) => Exit::Input,
            }
        }
    }
}

/// Says what of the folder is not as it was when people answered. With another wording the answers can
/// still be exported, with the stored labels.
///
/// # Errors
/// The exit code when the database cannot be read, or more than the wording differs.
fn compare(args: &ExportArgs, store: &Store, catalogue: &mut Catalogue) -> Result<(), Exit> {
    let folder = args.place.surveys();
    let unread = |error: StoreError| open::store_error(&error);
    let named = (&args.place, args.survey.as_str());
    open::accept_wording("minyi export", named, store, catalogue)?;
    for plan in agreement::other_plans(store, catalogue).map_err(unread)? {
        if plan.survey == args.survey {
            eprintln!("{}", plan.line(&folder));
            eprintln!("minyi export: weights and spec are by the plan in the folder");
        }
    }
    Ok(())
}

/// Says which versions the rows answered, if there are several or one is not stored.
fn say_versions(versions: &BTreeMap<String, u64>, stored: &StoredVersions) {
    for (hash, n) in versions {
        match stored.answered(hash) {
            Some(_) if versions.len() > 1 => {
                eprintln!("minyi export: {n} rows answered the questionnaire version {hash}");
            }
            Some(_) => {}
            None => eprintln!(
                "minyi export: {n} rows answered the questionnaire version {hash}, whose wording is \
                 not stored: their cells hold codes, not labels"
            ),
        }
    }
}

/// Writes what the format asks for.
fn write(
    args: &ExportArgs,
    catalogue: &Catalogue,
    survey: &Survey,
    (store, versions): (&Store, &StoredVersions),
    progress: &mut dyn FnMut(u64),
) -> Result<Exported, ExportError> {
    let cells = match args.labels {
        true => Cells::Labels,
        false => Cells::Codes,
    };
    if args.format == Format::Ddi {
        return description::ddi(catalogue, survey, store, &args.output, progress);
    }
    let (source, versions) = ((catalogue, survey), (store, versions));
    match args.format.of_file() {
        Some(format) => write_one(args, source, versions, (format, cells), progress),
        None => write_csv(args, source, versions, cells, progress),
    }
}

/// Writes the data, the codebook and the spec. All files are complete before the first one is moved
/// to its place.
fn write_csv(
    args: &ExportArgs,
    (catalogue, survey): (&Catalogue, &Survey),
    (store, versions): (&Store, &StoredVersions),
    cells: Cells,
    progress: &mut dyn FnMut(u64),
) -> Result<Exported, ExportError> {
    let beside = |ending: &str| beside(&args.output, ending);
    let create = |path: &Path| Csv::create(path, args.encoding);
    let mut data = create(&args.output)?;
    let mut excluded = create(&beside("-excluded.csv"))?;
    let mut codebook = create(&beside("-codebook.csv"))?;
    let microdata = Microdata::open(catalogue, survey, store)?;
    let mut csv = microdata_csv::Csv::new(cells, &mut data, &mut excluded)?;
    let exported = microdata.write(&mut csv, progress)?;
    drop(csv);
    let form = (cells, args.encoding.name());
    let columns = microdata.columns();
    let package = description::data_package(survey, columns, &args.output, form)?;
    let answered = (versions, &exported.versions);
    codebook_csv::codebook_csv(catalogue, survey, answered, &mut codebook)?;
    if let Some(plan) = &survey.plan {
        let (mut margins, mut spec) = (
            Output::create(&beside("-margins.csv"))?,
            Output::create(&beside("-spec.toml"))?,
        );
        let name = beside("-margins.csv");
        let name = name
            .file_name()
            .map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        let mut plan_spec = PlanSpec::new(survey, plan, Scope::Full, &name);
        if microdata.design().has_held() {
            plan_spec = plan_spec.with_held(plan);
        }
        let mut margins_text = margins_csv(plan, &survey.population);
        if cells == Cells::Labels {
            let answered = exported.versions.keys();
            let areas = &catalogue.areas;
            margins_text = label(&mut plan_spec, &margins_text, versions, answered, areas);
        }
        margins.write_all(margins_text.as_bytes())?;
        spec.write_all(plan_spec.text().as_bytes())?;
        write_design_files(args, catalogue, survey)?;
        margins.finish()?;
        spec.finish()?;
    }
    codebook.finish()?;
    package.finish()?;
    match exported.excluded {
        0 => {
            // An earlier export may have left one, which does not belong to these data.
            let _ = std::fs::remove_file(beside("-excluded.csv"));
        }
        _ => excluded.finish()?,
    }
    data.finish()?;
    Ok(exported)
}

/// Writes one file that is complete in itself; beside JSON, which has no place for it, the codebook.
fn write_one(
    args: &ExportArgs,
    (catalogue, survey): (&Catalogue, &Survey),
    (store, versions): (&Store, &StoredVersions),
    (format, cells): (FileFormat, Cells),
    progress: &mut dyn FnMut(u64),
) -> Result<Exported, ExportError> {
    let mut data = Output::create(&args.output)?;
    let folder = data.folder().to_owned();
    let source = (catalogue, survey, store);
    let exported = write_file(format, source, cells, &mut data, &folder, progress)?;
    if format == FileFormat::Json {
        let mut codebook = Output::create(&beside(&args.output, "-codebook.csv"))?;
        let answered = (versions, &exported.versions);
        codebook_csv::codebook_csv(catalogue, survey, answered, &mut codebook)?;
        codebook.finish()?;
    }
    data.finish()?;
    Ok(exported)
}

/// Puts the labels of the `answered` versions into the spec, and those of the newest into the margins,
/// which are returned.
fn label<'h>(
    spec: &mut PlanSpec<'_>,
    margins: &str,
    versions: &StoredVersions,
    answered: impl Iterator<Item = &'h String>,
    areas: &Areas,
) -> String {
    let wordings: Vec<_> = answered
        .map(|hash| cell_labels(versions, hash, areas))
        .collect();
    with_labels(&mut spec.spec, &wordings);
    let newest = versions.all().last();
    let newest = newest.map(|own| cell_labels(versions, &own.row.hash, areas));
    margins_with_labels(margins, &newest.unwrap_or_default())
}

/// Writes the frame, the areas and the plan beside the data: what an independent statistician needs to
/// make the base weights again.
fn write_design_files(
    args: &ExportArgs,
    catalogue: &Catalogue,
    survey: &Survey,
) -> Result<(), ExportError> {
    let beside = |ending: &str| beside(&args.output, ending);
    if !survey.frame.is_empty() {
        let mut frame = Csv::create(&beside("-frame.csv"), args.encoding)?;
        codebook_csv::frame_csv(survey, &mut frame)?;
        frame.finish()?;
    }
    let mut areas = Csv::create(&beside("-areas.csv"), args.encoding)?;
    codebook_csv::areas_csv(catalogue, &mut areas)?;
    areas.finish()?;
    let mut plan = Output::create(&beside("-plan.toml"))?;
    plan.write_all(survey.plan_files.plan.as_bytes())?;
    plan.finish()?;
    Ok(())
}

/// The path of a file beside `output`: `out-codebook.csv` beside `out.csv`.
fn beside(output: &Path, ending: &str) -> PathBuf {
    let stem = output
        .file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    output.with_file_name(format!("{stem}{ending}"))
}
