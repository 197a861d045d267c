//! `minyi restore`: makes a database from a backup and checks it before and after.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::commands::settings::Place;
use crate::commands::{Exit, file, open, progress};
use crate::store::{self, BackupError};

/// Restore a backup into an empty data folder or database
#[derive(Debug, Args)]
#[command(after_help = "\
Every byte, every leaf of the log and every count of the file is checked before anything is
written; the database is read back from the disk afterwards. The data folder must be empty except
for `surveys`; a PostgreSQL database must be unused.

Examples:
  minyi restore /backup/minyi-2026-07-01.backup --data /var/lib/minyi
  minyi restore minyi.backup --database 'postgres://minyi@db/minyi?sslrootcert=/etc/minyi/ca.crt'

Exit code 0: restored. 1: the file is damaged, or there is data already; nothing was written.")]
pub struct RestoreArgs {
    /// Backup to restore
    pub file: PathBuf,
    #[command(flatten)]
    #[expect(
        missing_docs,
        reason = "a doc comment here would become the help text of the whole command"
    )]
    pub place: Place,
}

/// Restores the backup and prints what it holds.
pub fn run(args: &RestoreArgs) -> Exit {
    let url = match open::database_url(&args.place) {
        Ok(url) => url,
        Err(exit) => return exit,
    };
    let data = &args.place.data;
    if let Some(there) = other_data(data) {
        eprintln!(
            "minyi restore: {} is there; restore into an empty folder, then change --data",
            there.display()
        );
        return Exit::Input;
    }
    let wrong = |path: &Path, error: std::io::Error| {
        eprintln!("minyi restore: {}", file::message(path, &error));
        file::exit(&error)
    };
    let mut backup = match File::open(&args.file) {
        Ok(backup) => backup,
        Err(error) => return wrong(&args.file, error),
    };
    if let Err(error) = open::data_folder(data) {
        return wrong(data, error);
    }
    let bar = progress::bar(0);
    let restored = store::restore(&mut backup, &url, &mut |n| bar.set_position(n));
    bar.finish_and_clear();
    match restored {
        Ok((manifest, audit)) => {
            println!(
                "{} responses, {} leaves, digest of the log {}, backed up at {} by minyi {}",
                audit.n_responses(),
                audit.leaves,
                audit.leaf_digest,
                manifest.made_at,
                manifest.software
            );
            Exit::Fine
        }
        Err(BackupError::Store(error)) => open::store_error(&error),
        Err(BackupError::File(error)) => wrong(&args.file, error),
        Err(error) => {
            eprintln!("minyi restore: {}: {error}", args.file.display());
            match error {
                BackupError::Newer { .. } => Exit::Config,
                _ => Exit::Input,
            }
        }
    }
}

/// A file in the data folder that does not belong beside a restored database. The survey folders,
/// an empty lock, the socket of a killed server, the key of the invitations and the files of an
/// interrupted restore may be there.
fn other_data(data: &Path) -> Option<PathBuf> {
    let allowed = [
        "surveys",
        "lost+found",
        "minyi.lock",
        "minyi.sock",
        "invitation.key",
    ];
    let entries = std::fs::read_dir(data).ok()?;
    entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            !allowed.contains(&name.as_ref()) && !name.contains(".restoring")
        })
}
