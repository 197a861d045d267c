//! `minyi invite`: issues invitations and counts them.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha20Rng;

use crate::collection::{InvitationCode, InvitationHash, InvitationKey};
use crate::commands::local::{Answer, Request, carry_out, unexpected};
use crate::commands::output::Output;
use crate::commands::settings::Place;
use crate::commands::{Exit, invitation_key, open, progress};
use crate::formats;
use crate::pages::invitation::{Layout, Sheet};
use crate::survey::{FrameUnit, Survey};

/// Codes that are stored in one transaction, so that submissions do not wait long.
const CODES_AT_ONCE: usize = 20_000;

/// Most codes in one printed file.
const MOST_PRINTED: usize = 20_000;

/// Issue invitations to print, or count those that were issued
#[derive(Debug, Args)]
#[command(after_help = "\
An invitation is a code for one response from a drawn PSU. It is printed on a slip, as a QR code and
as 12 characters to type. Only its hash is stored, and nothing leads from a response to its code. The
file holds the codes: print it, then delete it.

Without --count it prints, for each PSU, how many were issued and how many are used.

Examples:
  minyi invite satisfaction-2026 --all --count 40 -o slips.html \\
    --public-url https://survey.example.gov.cn --data /var/lib/minyi
  minyi invite satisfaction-2026 --psu 411702-U-06 --count 100 -o codes.csv --data /var/lib/minyi
  minyi invite satisfaction-2026 --data /var/lib/minyi

The key of the hashes is invitation.key in the data folder. Keep it with the backups but not in them;
several servers of one database need the same file.

Exit code 0: done. 1: the survey, the PSU or the file is at fault. 74, 75: the database cannot be
written, or is busy.")]
pub struct InviteArgs {
    /// The survey, such as satisfaction-2026
    pub survey: String,
    /// A drawn PSU of frame.csv; repeatable
    #[arg(long, value_name = "PSU", conflicts_with = "all", requires = "count")]
    pub psu: Vec<String>,
    /// Every drawn PSU
    #[arg(long, requires = "count")]
    pub all: bool,
    /// Invitations for each PSU
    #[arg(long, value_name = "N", requires = "output", value_parser = clap::value_parser!(u32).range(1..))]
    pub count: Option<u32>,
    /// The file to write: .csv with the codes and links, .html to print
    #[arg(short, long, value_name = "FILE", requires = "count")]
    pub output: Option<PathBuf>,
    /// What is printed
    #[arg(long, value_enum, default_value = "slips")]
    pub layout: PrintLayout,
    /// URL at which citizens reach the pages, for the links and QR codes [default:
    /// http://127.0.0.1:8080]
    #[arg(long, env = "MINYI_PUBLIC_URL", value_name = "URL")]
    pub public_url: Option<String>,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub place: Place,
}

impl InviteArgs {
    fn public_url(&self) -> &str {
        self.public_url
            .as_deref()
            .unwrap_or("http://127.0.0.1:8080")
    }
}

/// What a printed file has on a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum PrintLayout {
    /// Eight slips on an A4 page
    Slips,
    /// A letter on each A4 page
    Letters,
}

/// Issues or counts.
pub fn run(args: &InviteArgs) -> Exit {
    let catalogue = match open::catalogue(&args.place) {
        Ok(catalogue) => catalogue,
        Err(exit) => return exit,
    };
    let Some(survey) = catalogue.surveys.get(&args.survey) else {
        return open::no_such_survey(&catalogue, &args.survey);
    };
    let (Some(count), Some(output)) = (args.count, &args.output) else {
        return counts(args, survey);
    };
    let issued = drawn(args, survey).and_then(|drawn| {
        let areas = &catalogue.areas;
        let area = |code: &str| {
            areas
                .get(code)
                .map_or_else(String::new, |area| area.name.get("zh").to_owned())
        };
        issue(args, survey, &drawn, &area, (count, output))
    });
    match issued {
        Ok(n) => {
            eprintln!(
                "minyi invite: {n} invitations issued and written to {}; print the file, then \
                 delete it",
                output.display()
            );
            if args.public_url.is_none() {
                eprintln!(
                    "minyi invite: its links lead to this machine ({}), where no phone finds them; \
                     issue again with --public-url, the address of the citizens' pages",
                    args.public_url()
                );
            }
            Exit::Fine
        }
        Err(exit) => exit,
    }
}

/// Says why nothing was done.
fn refuse(message: &str) -> Exit {
    eprintln!("minyi invite: {message}");
    Exit::Input
}

/// The PSUs that the command line names.
fn drawn<'s>(args: &InviteArgs, survey: &'s Survey) -> Result<Vec<&'s FrameUnit>, Exit> {
    let drawn = survey.frame.iter().filter(|unit| unit.selected == 1);
    let drawn: Vec<&FrameUnit> = drawn.collect();
    if drawn.is_empty() {
        let message = format!(
            "{} has no drawn PSU, so nobody can be invited; add frame.csv to the folder",
            survey.id
        );
        return Err(refuse(&message));
    }
    if args.all {
        return Ok(drawn);
    }
    if args.psu.is_empty() {
        return Err(refuse("name the PSUs with --psu, or write --all"));
    }
    let mut named = Vec::new();
    for psu in &args.psu {
        let unit = drawn.iter().find(|unit| unit.psu == *psu);
        let unit = unit.ok_or_else(|| {
            let message = format!(
                "`{psu}` is not a drawn PSU of {}; use a psu of frame.csv whose column selected is 1",
                survey.id
            );
            refuse(&message)
        })?;
        named.push(*unit);
    }
    Ok(named)
}

/// New codes from a generator that the system seeds (ChaCha20, RFC 8439).
struct Codes(ChaCha20Rng);

impl Codes {
    fn new() -> Result<Codes, Exit> {
        let mut seed = [0; 32];
        getrandom::fill(&mut seed).map_err(|error| {
            eprintln!("minyi invite: the system gives no random numbers: {error}");
            Exit::Io
        })?;
        Ok(Codes(ChaCha20Rng::from_seed(seed)))
    }

    fn next(&mut self) -> InvitationCode {
        InvitationCode::from_bits(self.0.next_u64())
    }
}

/// Makes the codes, writes the file beside its place, stores the hashes, then puts the file in its
/// place. So a printed code is always a stored one. Returns the number of codes.
fn issue(
    args: &InviteArgs,
    survey: &Survey,
    drawn: &[&FrameUnit],
    area: &dyn Fn(&str) -> String,
    (count, output): (u32, &Path),
) -> Result<usize, Exit> {
    let n = drawn.len() * usize::try_from(count).unwrap_or(usize::MAX);
    let format = Format::of(output, args.layout, n)?;
    let key = invitation_key::of(&args.place.data)?;
    let mut codes = Codes::new()?;
    let failed = |error: io::Error| {
        eprintln!("minyi invite: {error}; nothing was written");
        crate::commands::file::exit(&error)
    };
    let mut file = Output::create(output).map_err(failed)?;
    let sheet = Sheet {
        questionnaire: &survey.questionnaire,
        public_url: args.public_url().trim_end_matches('/'),
    };
    let mut hashes = Vec::with_capacity(n);
    format.begin(&mut file, &sheet).map_err(failed)?;
    for unit in drawn {
        let area = area(&unit.area);
        let own: Vec<InvitationCode> = (0..count).map(|_| codes.next()).collect();
        format
            .write(&mut file, &sheet, (&unit.psu, &area), &own)
            .map_err(failed)?;
        let hash = |code| (unit.psu.clone(), key.hash(&survey.id, code));
        hashes.extend(own.iter().map(hash));
    }
    format.end(&mut file).map_err(failed)?;
    store(args, survey, &key, hashes)?;
    file.finish().map_err(|error| {
        eprintln!(
            "minyi invite: {error}; the invitations are stored, but nobody has their codes: issue \
             others"
        );
        crate::commands::file::exit(&error)
    })?;
    Ok(n)
}

/// Stores the hashes, through the running server if there is one.
fn store(
    args: &InviteArgs,
    survey: &Survey,
    key: &InvitationKey,
    hashes: Vec<(String, InvitationHash)>,
) -> Result<(), Exit> {
    let now = Timestamp::now().as_microsecond();
    let bar = progress::bar(u64::try_from(hashes.len()).unwrap_or(0));
    for chunk in hashes.chunks(CODES_AT_ONCE) {
        let mut by_psu: BTreeMap<String, Vec<InvitationHash>> = BTreeMap::new();
        for (psu, hash) in chunk {
            by_psu.entry(psu.clone()).or_default().push(hash.clone());
        }
        let request = Request::IssueInvitations {
            survey: survey.id.clone(),
            hashes: by_psu,
            key_check: key.check_value(),
            now,
        };
        match carry_out(&args.place, request)? {
            Answer::Issued => bar.inc(u64::try_from(chunk.len()).unwrap_or(0)),
            answer => return Err(unexpected(&answer)),
        }
    }
    bar.finish_and_clear();
    Ok(())
}

/// What the file is.
enum Format {
    Csv,
    Html(Layout),
}

impl Format {
    fn of(path: &Path, layout: PrintLayout, n: usize) -> Result<Format, Exit> {
        let ending = path.extension().and_then(|ending| ending.to_str());
        match ending {
            Some("csv") => Ok(Format::Csv),
            Some("html") if n > MOST_PRINTED => Err(refuse(&format!(
                "{n} slips in one file are too many for a browser; write a .csv, or name fewer PSUs \
                 (at most {MOST_PRINTED} slips)"
            ))),
            Some("html") => Ok(Format::Html(match layout {
                PrintLayout::Slips => Layout::Slips,
                PrintLayout::Letters => Layout::Letters,
            })),
            _ => Err(refuse(&format!(
                "{}: the name ends with .csv for codes and links, or with .html to print",
                path.display()
            ))),
        }
    }

    fn begin(&self, file: &mut Output, sheet: &Sheet<'_>) -> io::Result<()> {
        match self {
            Format::Csv => {
                let mut heading = formats::csv::writer(Vec::new())?;
                heading.write_record(["psu", "area", "code", "link"])?;
                file.write_all(&written(heading)?)
            }
            Format::Html(layout) => file.write_all(sheet.begin(*layout).as_bytes()),
        }
    }

    fn write(
        &self,
        file: &mut Output,
        sheet: &Sheet<'_>,
        (psu, area): (&str, &str),
        codes: &[InvitationCode],
    ) -> io::Result<()> {
        match self {
            Format::Csv => {
                let mut rows = csv::WriterBuilder::new();
                let mut rows = rows
                    .terminator(csv::Terminator::CRLF)
                    .from_writer(Vec::new());
                for code in codes {
                    let printed = code.to_string();
                    rows.write_record([psu, area, printed.as_str(), &sheet.link(code)])?;
                }
                file.write_all(&written(rows)?)
            }
            Format::Html(layout) => file.write_all(
                sheet
                    .psu(*layout, (psu, area), codes)
                    .into_string()
                    .as_bytes(),
            ),
        }
    }

    fn end(&self, file: &mut Output) -> io::Result<()> {
        match self {
            Format::Csv => Ok(()),
            Format::Html(_) => file.write_all(Sheet::END.as_bytes()),
        }
    }
}

/// What a writer of CSV has written.
fn written(rows: csv::Writer<Vec<u8>>) -> io::Result<Vec<u8>> {
    rows.into_inner().map_err(csv::IntoInnerError::into_error)
}

/// Prints issued and used by PSU.
fn counts(args: &InviteArgs, survey: &Survey) -> Exit {
    let store = match open::reader(&args.place) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    let counts = match store.invitation_counts(&survey.id) {
        Ok(counts) => counts,
        Err(error) => return open::store_error(&error),
    };
    println!("psu\tissued\tused");
    let (mut issued, mut used) = (0, 0);
    for (psu, count) in counts {
        println!("{psu}\t{}\t{}", count.issued, count.used());
        issued += count.issued;
        used += count.used();
    }
    println!("total\t{issued}\t{used}");
    Exit::Fine
}
