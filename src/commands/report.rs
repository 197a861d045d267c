//! `minyi report`: the tables of the survey's report as one workbook.

use std::path::PathBuf;

use clap::Args;

use crate::commands::output::Output;
use crate::commands::settings::Place;
use crate::commands::{Exit, file, open};
use crate::formats::report_xlsx;
use crate::locale::{Language, text};
use crate::release::report::tables::tables;
use crate::release::stored::NoFigures;

/// Write the tables of a survey's report as an Excel workbook
#[derive(Debug, Args)]
#[command(after_help = "\
The figures are the provisional ones, from all responses that are stored now. The workbook is for the
office and not for publication, and says so on every sheet. Numbers that fewer than 10 answers support
are replaced by *; those that fewer than 30 support are in brackets.

It may run while minyi serves.

Examples:
  minyi report satisfaction-2026 -o report.xlsx --data /var/lib/minyi
  minyi report satisfaction-2026 -o report-en.xlsx --lang en --data /var/lib/minyi

Exit code 0: the workbook is written. 1: the survey is unknown, has no figures yet, or the file cannot
be written. 74, 75: the database cannot be read, or is busy.")]
pub struct ReportArgs {
    /// Survey, such as satisfaction-2026
    pub survey: String,
    /// File to write
    #[arg(short, long, value_name = "FILE.xlsx")]
    pub output: PathBuf,
    /// Language: zh or en
    #[arg(long, value_name = "LANG", default_value = "zh")]
    pub lang: String,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub place: Place,
}

/// Writes the workbook and prints how many sheets it has.
pub fn run(args: &ReportArgs) -> Exit {
    let Some(language) = Language::from_code(&args.lang) else {
        let known: Vec<&str> = Language::all().iter().map(|own| own.code()).collect();
        let known = known.join(", ");
        eprintln!(
            "minyi report: there is no language `{}`; the languages are: {known}",
            args.lang
        );
        return Exit::Usage;
    };
    let mut catalogue = match open::catalogue(&args.place) {
        Ok(catalogue) => catalogue,
        Err(exit) => return exit,
    };
    let store = match open::reader(&args.place) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    let named = (&args.place, args.survey.as_str());
    if let Err(exit) = open::accept_wording("minyi report", named, &store, &mut catalogue) {
        return exit;
    }
    let Some(survey) = catalogue.surveys.get(&args.survey) else {
        return open::no_such_survey(&catalogue, &args.survey);
    };
    let tables = match tables(&catalogue, survey, &store, language) {
        Ok(tables) => tables,
        Err(NoFigures::Store(error)) => return open::store_error(&error),
        Err(error) => {
            eprintln!("minyi report: {error}");
            return Exit::Input;
        }
    };
    let mark = text(language, "report.internal");
    let written = Output::create(&args.output).and_then(|mut output| {
        report_xlsx::write(&tables, &mark, &mut output)?;
        output.finish()
    });
    match written {
        Ok(()) => {
            println!("{} sheets in {}", tables.len(), args.output.display());
            Exit::Fine
        }
        Err(error) => {
            eprintln!("minyi report: {error}");
            file::exit(&error)
        }
    }
}
