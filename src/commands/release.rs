//! `minyi release`: the provisional release of a survey as a folder.

use std::path::{Path, PathBuf};

use clap::Args;

use crate::commands::csv_output::Encoding;
use crate::commands::estimate::estimates_json;
use crate::commands::export::{self, ExportArgs, Format};
use crate::commands::settings::Place;
use crate::commands::{Exit, file, open};
use crate::publication::draft::{Draft, NoDraft, Wanted, draft};
use crate::publication::folder::{self, MICRODATA};
use crate::release::imprint::Imprint;
use crate::release::register::Register;
use crate::release::stored::NoFigures;

/// Write the provisional release of a survey as a folder that anyone can verify
#[derive(Debug, Args)]
#[command(after_help = "\
The folder has what would be published now: pages, bulletin, tables, charts, method, quality report,
plan, questionnaire, frame and margins, `release.json` with the hash of every file, and SHA256SUMS. It is
provisional: only a release that two people approved in the office is published. Evidence that nobody
has looked at is left out.

--with-microdata adds the subfolder microdata/ with the responses as `minyi export` writes them, and
with estimates.json: every number with 17 digits. It is for the office alone.

It may run while minyi serves. The same responses give the same bytes on every machine and database.

Examples:
  minyi release satisfaction-2026 -o release --data /var/lib/minyi
  minyi release satisfaction-2026 -o release --with-microdata --data /var/lib/minyi
  minyi verify release

Exit code 0: the folder is written. 1: the survey is unknown, has no figures yet, or the folder has
files already. 74, 75: the database cannot be read, or is busy.")]
pub struct ReleaseArgs {
    /// Survey, such as satisfaction-2026
    pub survey: String,
    /// Folder to make; it must not exist or be empty
    #[arg(short, long, value_name = "DIR")]
    pub output: PathBuf,
    /// Add the responses, for the office alone
    #[arg(long)]
    pub with_microdata: bool,
    /// URL at which citizens reach the pages
    #[arg(
        long,
        env = "MINYI_PUBLIC_URL",
        value_name = "URL",
        default_value = "http://127.0.0.1:8080"
    )]
    pub public_url: String,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub place: Place,
}

/// Writes the folder and prints what it is.
pub fn run(args: &ReleaseArgs) -> Exit {
    let made = match made(args) {
        Ok(made) => made,
        Err(exit) => return exit,
    };
    if let Err(error) = folder::write(&args.output, &made) {
        eprintln!("minyi release: {}", file::message(&args.output, &error));
        return file::exit(&error);
    }
    if args.with_microdata
        && let Err(exit) = microdata(args, made.manifest.responses)
    {
        return exit;
    }
    println!(
        "release {} of {}: {} files in {}",
        made.manifest.number,
        made.manifest.survey,
        made.manifest.files.len() + 2,
        args.output.display()
    );
    Exit::Fine
}

/// The draft from what is stored now.
fn made(args: &ReleaseArgs) -> Result<Draft, Exit> {
    let mut catalogue = open::catalogue(&args.place)?;
    let store = open::reader(&args.place)?;
    let named = (&args.place, args.survey.as_str());
    open::accept_wording("minyi release", named, &store, &mut catalogue)?;
    let Some(survey) = catalogue.surveys.get(&args.survey) else {
        return Err(open::no_such_survey(&catalogue, &args.survey));
    };
    let unread = |error| open::store_error(&error);
    let register = Register::read(&store).map_err(unread)?;
    // By the newest response and not by the clock, so that the same responses give the same bytes.
    let newest = store.last_received(&survey.id).map_err(unread)?;
    let newest = newest.unwrap_or(0);
    let number = register.next_number(&survey.id, newest);
    let date = register.date(&survey.id, number);
    let imprint = Imprint {
        number,
        published_at: date.map_or(newest, |own| own.announcement.publish_at),
        reason: String::new(),
        next: None,
        public_url: args.public_url.trim_end_matches('/').to_owned(),
    };
    let wanted = Wanted {
        survey,
        imprint,
        responses: None,
        log_size: None,
        is_provisional: true,
    };
    draft(&catalogue, &store, &register, &wanted).map_err(|error| failed("release", &error))
}

/// Says why there is no draft.
pub(super) fn failed(command: &str, error: &NoDraft) -> Exit {
    match error {
        NoDraft::Store(error) | NoDraft::Figures(NoFigures::Store(error)) => {
            open::store_error(error)
        }
        error => {
            eprintln!("minyi {command}: {error}");
            Exit::Input
        }
    }
}

/// Writes the responses beside the release, which rests on `responses` of them.
fn microdata(args: &ReleaseArgs, responses: u64) -> Result<(), Exit> {
    let own = args.output.join(MICRODATA);
    let unwritten = |path: &Path, error: &std::io::Error| {
        eprintln!("minyi release: {}", file::message(path, error));
        file::exit(error)
    };
    std::fs::create_dir_all(&own).map_err(|error| unwritten(&own, &error))?;
    let data = own.join(format!("{}.csv", args.survey));
    let exported = export::run(&ExportArgs {
        survey: args.survey.clone(),
        format: Format::Csv,
        output: data.clone(),
        codes: true,
        labels: false,
        encoding: Encoding::Utf8,
        research: false,
        seed: None,
        place: args.place.clone(),
    });
    if exported != Exit::Fine {
        return Err(exported);
    }
    let rows = |path: &Path| -> u64 {
        let reader = csv::Reader::from_path(path).ok();
        reader.map_or(0, |mut reader| {
            u64::try_from(reader.byte_records().count()).unwrap_or(0)
        })
    };
    let excluded = own.join(format!("{}-excluded.csv", args.survey));
    if rows(&data) + rows(&excluded) != responses {
        eprintln!(
            "minyi release: responses came in while the files were written; close fieldwork, or \
             write the release to another folder again"
        );
        return Err(Exit::Input);
    }
    let spec = own.join(format!("{}-spec.toml", args.survey));
    let estimates = estimates_json(&data, &spec).map_err(|message| {
        eprintln!("minyi release: {message}");
        Exit::Software
    })?;
    let path = own.join("estimates.json");
    std::fs::write(&path, estimates).map_err(|error| unwritten(&path, &error))?;
    folder::add_microdata(&args.output).map_err(|error| unwritten(&own, &error))
}
