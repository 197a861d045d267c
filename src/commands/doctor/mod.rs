//! `minyi doctor`: checks the machine, the survey folders and every stored response.
//!
//! | file | does |
//! |---|---|
//! | `answers` | compares the survey folders with what is stored |
//! | `finding` | the result of one check |

mod answers;
mod finding;

use std::path::Path;

use answers::{changed, invitations, orphans};
use clap::{Args, ValueEnum};
use finding::{Finding, Status, fail, ok, unopened, warn};
use jiff::Timestamp;

use crate::commands::settings::Place;
use crate::commands::{Exit, open, progress};
use crate::store::{self, DatabaseUrl, FileSystem, Store, StoreError};
use crate::survey::{Catalogue, FolderErrors};

/// Check the machine, the survey folders and every stored response
#[derive(Debug, Args)]
#[command(after_help = "\
Reads everything: about a minute for a million responses. It may run while minyi serves, and changes
nothing.

Examples:
  minyi doctor --data /var/lib/minyi
  minyi doctor --data /var/lib/minyi --format json

Exit code 0: no check failed, there may be warnings. 1: at least one check failed; its line says
what to do.")]
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

/// Output formats.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Format {
    /// A line for each check
    Text,
    /// For programs
    Json,
}

/// Free bytes below which there is a warning: what a large survey stores in some days.
const LITTLE_ROOM: u64 = 1024 * 1024 * 1024;

/// Free bytes below which responses are refused.
const NO_ROOM: u64 = 96 * 1024 * 1024;

/// Largest difference of two clocks that are set.
const CLOCK_TOLERANCE_MICROSECONDS: i64 = 5_000_000;

/// The day of the first version: a clock that shows an earlier day is wrong.
const FIRST_DAY: &str = "2026-11-23T00:00:00Z";

/// Runs every check and prints the findings.
pub fn run(args: &DoctorArgs) -> Exit {
    let url = match open::database_url(&args.place) {
        Ok(url) => url,
        Err(exit) => return exit,
    };
    let mut findings = vec![linked_sqlite()];
    if let DatabaseUrl::Sqlite(path) = &url.resolved() {
        findings.extend(disk(path));
    }
    let loaded = Catalogue::load_without_broken(&args.place.surveys());
    findings.push(surveys(&args.place, &loaded));
    match Store::open_reader(&url) {
        Ok(store) => {
            if let Ok((catalogue, _)) = &loaded {
                findings.extend(orphans(catalogue, &store));
                let found = invitations(&args.place.data, catalogue, &store);
                findings.extend(found.unwrap_or_else(|error| vec![unopened(&error)]));
                findings.extend(changed(&args.place, catalogue, &store));
            }
            findings.extend(database(&store));
        }
        Err(error) => findings.push(unopened(&error)),
    }
    let is_fit = findings
        .iter()
        .all(|finding| finding.status != Status::Fail);
    match args.format {
        Format::Text => findings.iter().for_each(print),
        Format::Json => println!(
            "{}",
            serde_json::json!({"fit": is_fit, "findings": findings})
        ),
    }
    if is_fit { Exit::Fine } else { Exit::Input }
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
            let cure = "mount a volume for --data: files in the container are deleted with it";
            warn("filesystem", "inside a container", cure)
        }
        Ok(FileSystem::Program) => {
            let cure = "put --data on a local disk, or make sure that this file system keeps \
                        locks and syncs";
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
    let mode =
        |path: &Path| std::fs::metadata(path).map_or(0, |metadata| metadata.permissions().mode());
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
    // Others reach the file only if they may enter its folder.
    if mode(database) & 0o007 != 0 && mode(folder) & 0o007 != 0 {
        let cure = format!(
            "every user of this machine can read the answers; run: chmod 700 {}",
            folder.display()
        );
        return warn("permissions", "open to others", &cure);
    }
    ok("permissions", "only the owner has access")
}

fn surveys(place: &Place, loaded: &Result<(Catalogue, FolderErrors), FolderErrors>) -> Finding {
    let folder = place.surveys();
    match loaded {
        Ok((catalogue, errors)) if errors.0.is_empty() => ok(
            "surveys",
            format!("{} in {}", catalogue.surveys.len(), folder.display()),
        ),
        Ok((_, errors)) | Err(errors) => {
            let first = errors.0.first().cloned().unwrap_or_default();
            let found = format!("{} mistakes, the first: {first}", errors.0.len());
            fail("surveys", found, "`minyi check` lists all with their cures")
        }
    }
}

/// The checks of the database and of everything in it.
fn database(store: &Store) -> Vec<Finding> {
    let mut findings = Vec::new();
    let made = (|| -> Result<(), StoreError> {
        let server = store.server()?;
        findings.extend(server.iter().flat_map(server_findings));
        findings.push(schema(store)?);
        findings.push(match store.check_fully() {
            // PostgreSQL checks its pages itself; minyi has not looked.
            Ok(()) if server.is_some() => ok("pages", "not checked: PostgreSQL has its own tools"),
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
            let listed: Vec<String> = audit
                .discrepancies
                .iter()
                .map(ToString::to_string)
                .collect();
            let found = format!(
                "{} contradictions: {}",
                audit.n_discrepancies,
                listed.join(", ")
            );
            let cure = "the database was changed from outside: keep it as it is, restore a \
                        backup to another folder and compare";
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
    let answers = ok("postgresql", format!("{} answers", server.version));
    let mut findings = vec![answers, encryption(server)];
    for (name, value) in &server.settings {
        if value == "off" {
            let cure = format!("set {name} = on: acknowledged responses can be lost");
            findings.push(fail("postgresql", format!("{name} is off"), &cure));
        }
    }
    let difference = Timestamp::now()
        .as_microsecond()
        .saturating_sub(server.clock)
        .abs();
    if difference > CLOCK_TOLERANCE_MICROSECONDS {
        let found = format!(
            "{} s different from the database server's",
            difference / 1_000_000
        );
        findings.push(warn("clock", found, "set both clocks by NTP"));
    }
    findings
}

fn encryption(server: &store::Server) -> Finding {
    match &server.tls {
        Some(tls) => ok("connection", format!("encrypted ({tls})")),
        None if !server.is_elsewhere => ok("connection", "not encrypted, and on this machine"),
        None => {
            let cure = "whoever listens between the two machines can read the answers; set `ssl = on` \
                        at the server, and sslmode=verify-full and sslrootcert=FILE in the URL";
            warn("connection", "not encrypted", cure)
        }
    }
}

fn schema(store: &Store) -> Result<Finding, StoreError> {
    let expected = store::schema_version();
    Ok(match store.schema_found()? {
        Some(found) if found == expected => ok("schema", found),
        found => warn(
            "schema",
            format!(
                "{}, this version needs {expected}",
                found.unwrap_or_else(|| "none".into())
            ),
            "the next start migrates it: take a backup first",
        ),
    })
}

/// Compares the clock with the newest response, which cannot be in the future.
fn clock(newest: Option<i64>) -> Finding {
    let now = Timestamp::now();
    let cure = "set the clock by NTP";
    if FIRST_DAY.parse().is_ok_and(|first: Timestamp| now < first) {
        return fail("clock", format!("the clock shows {now}"), cure);
    }
    let ahead = newest.unwrap_or(0).saturating_sub(now.as_microsecond());
    if ahead > CLOCK_TOLERANCE_MICROSECONDS {
        let found = format!(
            "the clock shows {now}, {} s before the newest response",
            ahead / 1_000_000
        );
        return warn("clock", found, cure);
    }
    ok("clock", now.to_string())
}
