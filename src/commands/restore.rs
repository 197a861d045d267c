//! `minyi restore`: from a backup to a working database, verified before and after.

use std::fs::File;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::commands::settings::Place;
use crate::commands::{Exit, open, progress};
use crate::store::{self, BackupError};

/// Restore a backup into an empty data folder or database
#[derive(Debug, Args)]
#[command(
    after_help = "Every byte, leaf and count of the file is verified before anything is written, and read back from the disk afterwards.\n\
                        A folder that holds anything but `surveys` is refused, and so is a PostgreSQL database that was used.\n\n\
                        Examples:\n  minyi restore /backup/minyi-2026-07-01.backup --data /var/lib/minyi-restored\n  \
                        minyi restore minyi.backup --database postgres://minyi@db/minyi\n\n\
                        Exit code 0: restored. 1: the file is damaged, or there is data already; nothing was written."
)]
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

/// Restores the backup.
pub fn run(args: &RestoreArgs) -> Exit {
    let url = match open::database_url(&args.place) {
        Ok(url) => url,
        Err(exit) => return exit,
    };
    if let Some(there) = anything_in(&args.place.data) {
        eprintln!(
            "minyi restore: {} is there; restore into an empty folder, then change --data",
            there.display()
        );
        return Exit::Input;
    }
    let bar = progress::bar(0);
    let restored = (|| {
        let mut backup = File::open(&args.file)?;
        open::data_folder(&args.place.data)?;
        store::restore(&mut backup, &url, &mut |n| bar.set_position(n))
    })();
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
        Err(error) => {
            eprintln!("minyi restore: {}: {error}", args.file.display());
            match error {
                BackupError::File(cause) if cause.kind() != std::io::ErrorKind::NotFound => {
                    Exit::Io
                }
                BackupError::Newer { .. } => Exit::Config,
                _ => Exit::Input,
            }
        }
    }
}

/// Something in the data folder that a restored database would stand beside, but for the instruments and what a restore
/// that was cut short has left.
fn anything_in(data: &Path) -> Option<PathBuf> {
    let ours = ["surveys", "lost+found", "minyi.lock"];
    let entries = std::fs::read_dir(data).ok()?;
    entries
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .find(|path| {
            let name = path
                .file_name()
                .map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            !ours.contains(&name.as_str()) && !name.contains(".restoring")
        })
}
