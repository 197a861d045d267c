//! `minyi doctor`: is this installation fit, and is everything that was stored still what it was?

use std::path::Path;

use clap::{Args, ValueEnum};
use jiff::Timestamp;
use serde::Serialize;

use crate::commands::settings::Place;
use crate::commands::{Exit, open, progress};
use crate::store::{self, DatabaseUrl, FileSystem, Store, StoreError};
use crate::survey::Catalogue;

/// Check the machine, the instruments and every stored response
#[derive(Debug, Args)]
#[command(
    after_help = "Reads everything: a minute for a million responses. It may run beside a serving minyi and changes nothing.\n\n\
                        Exit code 0: fit, warnings at most. 1: at least one check failed; what to do stands behind it."
)]
pub struct DoctorArgs {
    /// How to print the findings
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub place: Place,
}

/// Forms of the findings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A line for each check
    Text,
    /// For programs
    Json,
}

/// Free space below which a warning is due: some days of a large survey.
const LITTLE_ROOM: u64 = 1024 * 1024 * 1024;

/// Free space below which nothing can be collected.
const NO_ROOM: u64 = 96 * 1024 * 1024;

/// Clocks that differ by more are not set right.
const CLOCK_TOLERANCE_MICROSECONDS: i64 = 5_000_000;

/// No clock of a running minyi stands before the day its first version was made.
const FIRST_DAY: &str = "2026-11-23T00:00:00Z";

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Status {
    Ok,
    Warn,
    Fail,
}

/// One check: what was found, and what to do about it.
#[derive(Debug, Serialize)]
struct Finding {
    check: &'static str,
    status: Status,
    found: String,
    cure: String,
}

fn ok(check: &'static str, found: impl Into<String>) -> Finding {
    finding(check, Status::Ok, found, "")
}

fn warn(check: &'static str, found: impl Into<String>, cure: &str) -> Finding {
    finding(check, Status::Warn, found, cure)
}

fn fail(check: &'static str, found: impl Into<String>, cure: &str) -> Finding {
    finding(check, Status::Fail, found, cure)
}

fn finding(check: &'static str, status: Status, found: impl Into<String>, cure: &str) -> Finding {
    Finding {
        check,
        status,
        found: found.into(),
        cure: cure.to_owned(),
    }
}

/// Makes every check and prints what was found.
pub fn run(args: &DoctorArgs) -> Exit {
    let url = match open::database_url(&args.place) {
        Ok(url) => url,
        Err(exit) => return exit,
    };
    let mut findings = vec![linked_sqlite()];
    if let DatabaseUrl::Sqlite(path) = &url.resolved() {
        findings.extend(disk(path));
    }
    findings.push(instruments(&args.place));
    match Store::open_reader(&url) {
        Ok(store) => findings.extend(database(&store)),
        Err(error) => findings.push(unopened(&error)),
    }
    let fit = findings
        .iter()
        .all(|finding| finding.status != Status::Fail);
    match args.format {
        Format::Text => findings.iter().for_each(print),
        Format::Json => println!("{}", serde_json::json!({"fit": fit, "findings": findings})),
    }
    if fit { Exit::Fine } else { Exit::Input }
}

fn print(finding: &Finding) {
    let status = match finding.status {
        Status::Ok => "ok  ",
        Status::Warn => "warn",
        Status::Fail => "FAIL",
    };
    let cure = if finding.cure.is_empty() {
        String::new()
    } else {
        format!("; {}", finding.cure)
    };
    println!("{status}  {:12} {}{cure}", finding.check, finding.found);
}

fn unopened(error: &StoreError) -> Finding {
    // The message ends with what to do.
    fail("database", error.to_string(), "")
}

fn linked_sqlite() -> Finding {
    let version = store::sqlite_version();
    if store::is_safe_sqlite(&version) {
        ok("sqlite", version)
    } else {
        let cure = "3.51.3 or later keeps every commit: build minyi with its own";
        fail("sqlite", version, cure)
    }
}

/// The disk that a SQLite file is on, and who may read it.
fn disk(database: &Path) -> Vec<Finding> {
    let shown = database.display();
    let kind = match store::file_system(database) {
        Ok(FileSystem::Local) => ok("filesystem", format!("{shown} is on a local disk")),
        Ok(FileSystem::Layered) => {
            let cure = "mount a volume for --data: what is in the container goes with it";
            warn("filesystem", "a container's own layers", cure)
        }
        Ok(FileSystem::Program) => {
            let cure = "put --data on a local disk, or make sure that the program behind it holds locks and syncs";
            warn("filesystem", "provided by a program (FUSE)", cure)
        }
        Ok(FileSystem::Network(kind)) => {
            let cure = "put --data on a local disk, or use PostgreSQL: SQLite loses data here";
            fail("filesystem", kind, cure)
        }
        Err(error) => warn(
            "filesystem",
            format!("{shown}: {error}"),
            "name the folder with --data",
        ),
    };
    let free = match store::free_bytes(database) {
        Ok(free) => {
            let found = format!("{} MiB free", free / 1024 / 1024);
            if free < NO_ROOM {
                fail("room", found, "make room: responses are refused")
            } else if free < LITTLE_ROOM {
                warn("room", found, "make room before the survey opens")
            } else {
                ok("room", found)
            }
        }
        Err(error) => warn("room", error.to_string(), "name the folder with --data"),
    };
    let mut findings = vec![kind, free];
    if database.exists() {
        findings.push(permissions(database));
    }
    findings
}

fn permissions(database: &Path) -> Finding {
    use std::os::unix::fs::PermissionsExt;
    let mode = |path: &Path| std::fs::metadata(path).map_or(0, |told| told.permissions().mode());
    let folder = database
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let folder = folder.unwrap_or(Path::new("."));
    if !store::may_write(database) || !store::may_write(folder) {
        let cure = "run minyi as the user that owns it";
        return fail(
            "permissions",
            format!("{} may not be written", database.display()),
            cure,
        );
    }
    // Everyone's rights: the file can be reached only if its folder can.
    if mode(database) & 0o007 != 0 && mode(folder) & 0o007 != 0 {
        let cure = format!(
            "every user of this machine can read the answers: chmod 700 {}",
            folder.display()
        );
        return warn("permissions", "open to others", &cure);
    }
    ok("permissions", "its owner's alone")
}

fn instruments(place: &Place) -> Finding {
    let folder = place.surveys();
    match Catalogue::load(&folder) {
        Ok(catalogue) => ok(
            "surveys",
            format!("{} in {}", catalogue.surveys.len(), folder.display()),
        ),
        Err(errors) => {
            let first = errors.0.first().cloned().unwrap_or_default();
            let found = format!("{} mistakes, the first: {first}", errors.0.len());
            fail("surveys", found, "`minyi check` lists all with their cures")
        }
    }
}

/// What stands in the database.
fn database(store: &Store) -> Vec<Finding> {
    let mut findings = Vec::new();
    let made = (|| -> Result<(), StoreError> {
        if let Some(server) = store.server()? {
            findings.extend(server_findings(&server));
        }
        findings.push(schema(store)?);
        findings.push(match store.check_fully() {
            Ok(()) => ok("pages", "every page and index entry is whole"),
            Err(error) => fail("pages", error.to_string(), ""),
        });
        findings.push(clock(store.newest()?));
        let bar = progress::bar(0);
        let audit = store.audit(&mut |n| bar.set_position(n))?;
        bar.finish_and_clear();
        let found = format!(
            "{} leaves for {} responses, digest {}",
            audit.leaves,
            audit.n_responses(),
            audit.leaf_digest
        );
        findings.push(if audit.n_discrepancies == 0 {
            ok("log", found)
        } else {
            let listed: Vec<String> = audit.discrepancies.iter().map(ToString::to_string).collect();
            let found = format!("{} contradictions: {}", audit.n_discrepancies, listed.join(", "));
            let cure = "someone or something changed the database: keep it as it is, restore a backup beside it and compare";
            fail("log", found, cure)
        });
        Ok(())
    })();
    if let Err(error) = made {
        findings.push(unopened(&error));
    }
    findings
}

fn server_findings(server: &store::Server) -> Vec<Finding> {
    let mut findings = vec![ok("postgresql", format!("{} answers", server.version))];
    for (name, value) in &server.settings {
        if value == "off" {
            let cure = format!("set {name} = on: acknowledged responses can be lost");
            findings.push(fail("postgresql", format!("{name} is off"), &cure));
        }
    }
    let apart = Timestamp::now()
        .as_microsecond()
        .saturating_sub(server.clock)
        .abs();
    if apart > CLOCK_TOLERANCE_MICROSECONDS {
        let found = format!("{} s apart from the database server's", apart / 1_000_000);
        findings.push(warn("clock", found, "set both by NTP"));
    }
    findings
}

fn schema(store: &Store) -> Result<Finding, StoreError> {
    let ours = store::schema_version();
    Ok(match store.schema_found()? {
        Some(found) if found == ours => ok("schema", found),
        found => warn(
            "schema",
            format!(
                "{}, this version has {ours}",
                found.unwrap_or_else(|| "none".into())
            ),
            "the next start migrates it: take a backup first",
        ),
    })
}

/// Against the newest response, which no clock should stand before.
fn clock(newest: Option<i64>) -> Finding {
    let now = Timestamp::now();
    let cure = "set it by NTP";
    if FIRST_DAY.parse().is_ok_and(|first: Timestamp| now < first) {
        return fail("clock", format!("it says {now}"), cure);
    }
    let ahead = newest.unwrap_or(0).saturating_sub(now.as_microsecond());
    if ahead > CLOCK_TOLERANCE_MICROSECONDS {
        let found = format!(
            "it says {now}, {} s before the newest response",
            ahead / 1_000_000
        );
        return warn("clock", found, cure);
    }
    ok("clock", now.to_string())
}
