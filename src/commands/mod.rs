//! One file per command of the `minyi` program.
//!
//! Every command takes its arguments as a struct and returns an [`Exit`]. Results go to standard
//! output, everything else to standard error.

pub mod amend;
pub mod approval;
pub mod backup;
pub mod check;
pub mod demo;
pub mod doctor;
pub mod estimate;
pub mod export;
pub mod fieldwork;
pub mod import;
pub mod invite;
pub mod next_wave;
pub mod plan_sample;
pub mod release;
pub mod report;
pub mod restore;
pub mod serve;
pub mod token;
pub mod user;
pub mod verify;

pub mod accounts;
pub mod csv_output;
pub mod description;
pub mod dry_run;
pub mod file;
pub mod import_visits;
mod imported_ids;
pub mod imported_version;
pub mod invitation_key;
pub mod local;
pub mod open;
pub mod output;
pub mod progress;
pub mod reason;
pub mod research;
pub mod settings;
pub mod terminal;
pub mod watched_folder;

use std::ffi::OsString;
use std::process::ExitCode;

use clap::{CommandFactory, FromArgMatches, Parser, Subcommand};

/// How a command ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// Success.
    Fine,
    /// The input is wrong; a message says what and where.
    Input,
    /// The command line is wrong.
    Usage,
    /// A bug of minyi (`EX_SOFTWARE`).
    Software,
    /// Reading or writing failed (`EX_IOERR`).
    Io,
    /// Another server uses the database, or it is busy (`EX_TEMPFAIL`).
    Busy,
    /// The settings contradict each other, or this version does not fit the database (`EX_CONFIG`).
    Config,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(match exit {
            Exit::Fine => 0,
            Exit::Input => 1,
            Exit::Usage => 2,
            Exit::Software => 70,
            Exit::Io => 74,
            Exit::Busy => 75,
            Exit::Config => 78,
        })
    }
}

/// The whole command line.
#[derive(Debug, Parser)]
#[command(
    name = "minyi",
    version,
    about = "民意 minyi: a city's public survey, from the questionnaire to the weighted figure",
    after_help = "\
Start here:         minyi demo                          a fictional city, filled in and served
For a real survey:  minyi serve --data /var/lib/minyi   collects with the surveys of ./surveys

Every flag has an environment variable (--listen is MINYI_LISTEN) and a key in minyi.toml
(listen = \"…\"). A flag comes before the environment, the environment before minyi.toml.

Exit codes: 0 success; 1 the input is wrong; 2 the command line is wrong; 70 a bug; 74 reading or
writing failed; 75 the database is used by another server, or busy; 78 the settings or the version
do not fit."
)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Demo(demo::DemoArgs),
    Serve(serve::ServeArgs),
    Check(check::CheckArgs),
    Amend(amend::AmendArgs),
    Approval(approval::ApprovalArgs),
    Fieldwork(fieldwork::FieldworkArgs),
    NextWave(next_wave::NextWaveArgs),
    Import(import::ImportArgs),
    Invite(invite::InviteArgs),
    Token(token::TokenArgs),
    User(user::UserArgs),
    Export(export::ExportArgs),
    Report(report::ReportArgs),
    Release(release::ReleaseArgs),
    Verify(verify::VerifyArgs),
    Estimate(estimate::EstimateArgs),
    PlanSample(plan_sample::PlanSampleArgs),
    Backup(backup::BackupArgs),
    Restore(restore::RestoreArgs),
    Doctor(doctor::DoctorArgs),
}

impl Command {
    fn run(&self) -> Exit {
        match self {
            Command::Demo(args) => demo::run(args),
            Command::Serve(args) => serve::run(args),
            Command::Check(args) => check::run(args),
            Command::Amend(args) => amend::run(args),
            Command::Approval(args) => approval::run(args),
            Command::Fieldwork(args) => fieldwork::run(args),
            Command::NextWave(args) => next_wave::run(args),
            Command::Import(args) => import::run(args),
            Command::Invite(args) => invite::run(args),
            Command::Token(args) => token::run(args),
            Command::User(args) => user::run(args),
            Command::Export(args) => export::run(args),
            Command::Report(args) => report::run(args),
            Command::Release(args) => release::run(args),
            Command::Verify(args) => verify::run(args),
            Command::Estimate(args) => estimate::run(args),
            Command::PlanSample(args) => plan_sample::run(args),
            Command::Backup(args) => backup::run(args),
            Command::Restore(args) => restore::run(args),
            Command::Doctor(args) => doctor::run(args),
        }
    }
}

/// Runs the command of `arguments` (program name first).
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> ExitCode {
    let command = match settings::with_file_defaults(Cli::command()) {
        Ok(command) => command,
        Err(error) => {
            eprintln!("minyi: {error}");
            return Exit::Config.into();
        }
    };
    let matches = match command.try_get_matches_from(arguments) {
        Ok(matches) => matches,
        Err(error) => {
            let _ = error.print();
            return ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2));
        }
    };
    match Cli::from_arg_matches(&matches) {
        Ok(cli) => {
            log();
            cli.command.run().into()
        }
        Err(error) => {
            let _ = error.print();
            Exit::Usage.into()
        }
    }
}

/// Sends log messages to standard error: as text on a terminal, as JSON elsewhere.
/// `MINYI_LOG=debug` logs more.
fn log() {
    use std::io::IsTerminal;
    use tracing_subscriber::EnvFilter;
    let filter =
        EnvFilter::try_from_env("MINYI_LOG").unwrap_or_else(|_| EnvFilter::new("warn,minyi=info"));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr);
    // Only the first call in a process sets the log.
    let _ = if std::io::stderr().is_terminal() {
        log.try_init()
    } else {
        log.json().try_init()
    };
}
