//! `minyi export`: the responses of a survey for Excel, SPSS, R and Python, with codebook and spec.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::commands::settings::Place;
use crate::commands::{Exit, open, progress};
use crate::release::export::{self, Cells, ExportError};
use crate::release::spec::{self, Scope};

/// Write the responses of a survey to a file, with codebook and the spec of its figures
#[derive(Debug, Args)]
#[command(
    after_help = "Beside FILE.csv it writes FILE-codebook.csv, FILE-excluded.csv (responses the plan leaves out, with the reason),\n\
                        FILE-spec.toml and FILE-margins.csv. The published figures come out again, to the last digit, by\n  \
                        minyi estimate --data FILE.csv --spec FILE-spec.toml\n\n\
                        It may run beside a serving minyi."
)]
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
    /// CSV, UTF-8 with byte order mark
    Csv,
}

/// Exports the survey.
pub fn run(args: &ExportArgs) -> Exit {
    let catalogue = match open::catalogue(&args.place) {
        Ok(catalogue) => catalogue,
        Err(exit) => return exit,
    };
    let Some(survey) = catalogue.surveys.get(&args.survey) else {
        return open::no_such_survey(&catalogue, &args.survey);
    };
    let store = match open::reader(&args.place) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    let cells = if args.labels {
        Cells::Labels
    } else {
        Cells::Codes
    };
    let beside = |ending: &str| beside(&args.output, ending);
    let total = store.count(&survey.id).unwrap_or(0);
    let bar = progress::bar(total);
    let written = (|| -> Result<_, ExportError> {
        let data = BufWriter::new(File::create(&args.output)?);
        let excluded = BufWriter::new(File::create(beside("-excluded.csv"))?);
        let mut told = |rows| bar.set_position(rows);
        let exported = export::csv(&catalogue, survey, &store, cells, data, excluded, &mut told)?;
        export::codebook_csv(
            &catalogue,
            survey,
            BufWriter::new(File::create(beside("-codebook.csv"))?),
        )?;
        if let Some(plan) = &survey.plan {
            let margins = beside("-margins.csv");
            let name = margins
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            File::create(&margins)?
                .write_all(spec::margins(plan, &survey.population).as_bytes())?;
            let text = spec::spec(survey, plan, Scope::Full, &name);
            File::create(beside("-spec.toml"))?.write_all(text.as_bytes())?;
        }
        Ok(exported)
    })();
    bar.finish_and_clear();
    match written {
        Ok(exported) => {
            println!(
                "{} rows in {}, {} excluded",
                exported.rows,
                args.output.display(),
                exported.excluded
            );
            if exported.excluded == 0 {
                let _ = std::fs::remove_file(beside("-excluded.csv"));
            }
            Exit::Fine
        }
        Err(error) => {
            eprintln!("minyi export: {error}");
            Exit::Io
        }
    }
}

/// `out-codebook.csv` beside `out.csv`.
fn beside(output: &Path, ending: &str) -> PathBuf {
    let stem = output
        .file_stem()
        .map_or_else(String::new, |stem| stem.to_string_lossy().into_owned());
    output.with_file_name(format!("{stem}{ending}"))
}
