//! `minyi backup`: everything that is stored in one file that proves itself, while the server runs.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use crate::commands::output::Output;
use crate::commands::settings::Place;
use crate::commands::{Exit, open, progress};
use crate::store::{Audit, BackupError, Store};

/// Write everything that is stored to one file, while the server runs
#[derive(Debug, Args)]
#[command(
    after_help = "The file holds every response, the log and the keys, as lines of JSON under one SHA-256; `minyi restore` believes it only\n\
                        if every byte, every leaf and every count agrees. It restores to SQLite and to PostgreSQL alike.\n\n\
                        It holds the answers in clear: it is readable by its owner only, and what leaves the machine should be encrypted,\n\
                        for instance  age -r RECIPIENT -o minyi.backup.age minyi.backup\n\n\
                        Examples:\n  minyi backup /backup/minyi-2026-07-01.backup --data /var/lib/minyi\n  \
                        minyi backup minyi.backup --force --database postgres://minyi@db/minyi"
)]
pub struct BackupArgs {
    /// File to write
    pub file: PathBuf,
    /// Write over a file that is there
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub place: Place,
}

/// Takes the backup.
pub fn run(args: &BackupArgs) -> Exit {
    if args.file.exists() && !args.force {
        eprintln!(
            "minyi backup: {} is there; name another file, or write over it with --force",
            args.file.display()
        );
        return Exit::Input;
    }
    let store = match open::reader(&args.place) {
        Ok(store) => store,
        Err(exit) => return exit,
    };
    match write(&store, &args.file) {
        Ok(audit) => {
            println!(
                "{}: {} responses, {} leaves, digest of the log {}",
                args.file.display(),
                audit.n_responses(),
                audit.leaves,
                audit.leaf_digest
            );
            Exit::Fine
        }
        Err(error) => {
            eprintln!("minyi backup: {error}");
            match error {
                BackupError::File(error) => open::file_error(&error),
                _ => Exit::Io,
            }
        }
    }
}

fn write(store: &Store, path: &Path) -> Result<Audit, BackupError> {
    let bar = progress::bar(0);
    let written = (|| {
        let mut out = Output::create(path)?;
        let made_at = Timestamp::now().to_string();
        let audit = store.backup(&mut out, &made_at, &mut |n| bar.set_position(n))?;
        out.finish()?;
        Ok(audit)
    })();
    bar.finish_and_clear();
    written
}
