//! `minyi backup`: writes everything that is stored to one file, while the server runs.

use std::path::{Path, PathBuf};

use clap::Args;
use jiff::Timestamp;

use crate::commands::local::{self, Request};
use crate::commands::output::Output;
use crate::commands::settings::Place;
use crate::commands::{Exit, file, open, progress};
use crate::store::{Audit, BackupError, Store};

/// Write everything that is stored to one file, while the server runs
#[derive(Debug, Args)]
#[command(after_help = "\
The file holds every response, the log and the keys as lines of JSON under one SHA-256.
`minyi restore` accepts it only if every byte, every leaf of the log and every count agrees.
It restores to SQLite and to PostgreSQL.

It holds the answers unencrypted. Only its owner may read it; encrypt what leaves the machine, for
instance with  age -r RECIPIENT -o minyi.backup.age minyi.backup

Examples:
  minyi backup /backup/minyi-2026-07-01.backup --data /var/lib/minyi
  minyi backup minyi.backup --force --database 'postgres://minyi@db/minyi?sslrootcert=/etc/minyi/ca.crt'

Exit code 0: the backup is written. 1: FILE is there, or cannot be written. 74, 75: the database
cannot be read, or is busy.")]
pub struct BackupArgs {
    /// File to write
    pub file: PathBuf,
    /// Replace FILE if it is there
    #[arg(long)]
    pub force: bool,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub place: Place,
}

/// Writes the backup and prints what it holds.
pub fn run(args: &BackupArgs) -> Exit {
    if args.file.exists() && !args.force {
        eprintln!(
            "minyi backup: {} is there; name another file, or replace it with --force",
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
            let file = args.file.file_name().unwrap_or_default().to_string_lossy();
            local::tell(
                &args.place,
                &Request::RecordBackup {
                    file: file.into_owned(),
                    now: Timestamp::now().as_microsecond(),
                },
            );
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
                BackupError::File(error) => file::exit(&error),
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
