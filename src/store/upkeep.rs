//! What a store asks of the machine before it opens a database, and what it keeps up while it runs.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::store::disk::{FileSystem, file_system};
use crate::store::error::StoreError;

/// How a store looks after itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Upkeep {
    /// Room kept back beside a SQLite file for the day the disk is full; none when zero.
    pub reserve_bytes: u64,
    /// Check a SQLite file too large for a check at start while the server runs already.
    pub check_in_background: bool,
    /// When the log is first held against the responses; every day after that. Never when missing.
    pub first_audit: Option<Duration>,
    /// Surveys whose responses of before the column `psu` have it in `channel`.
    pub psu_in_channel: Vec<PsuInChannel>,
}

impl Upkeep {
    /// What a server needs, with that many MiB in reserve.
    pub fn serving(reserve_mib: u64) -> Upkeep {
        Upkeep {
            reserve_bytes: reserve_mib.saturating_mul(1024 * 1024),
            check_in_background: true,
            first_audit: Some(Duration::from_secs(3600)),
            psu_in_channel: Vec::new(),
        }
    }
}

/// A survey whose responses of these modes had their PSU in `channel`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PsuInChannel {
    /// The survey.
    pub survey: String,
    /// The modes.
    pub modes: Vec<String>,
}

/// Lowers the priority of this thread and of the threads that it starts: responses come first.
pub fn lower_priority() {
    /// Of 19; a thread of ours that takes responses weighs 28 times as much (`sched(7)`).
    #[cfg(target_os = "linux")]
    const NICE: i32 = 15;
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), NICE) {
        tracing::warn!(%error, "work in the background takes as much of the processors as responses");
    }
}

/// Holds the file that tells other processes that this one writes.
pub(super) fn lock(path: PathBuf) -> Result<File, StoreError> {
    let failed = |error: std::io::Error| StoreError::Database {
        url: path.display().to_string(),
        message: error.to_string(),
    };
    if let Some(folder) = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty())
    {
        std::fs::create_dir_all(folder).map_err(failed)?;
    }
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&path)
        .map_err(failed)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(std::fs::TryLockError::WouldBlock) => Err(StoreError::Locked {
            path: path.display().to_string(),
        }),
        Err(std::fs::TryLockError::Error(error)) => Err(failed(error)),
    }
}

/// SQLite's locks and syncs do not hold on a network's disk.
pub(super) fn refuse_network(path: &Path) -> Result<(), StoreError> {
    match file_system(path) {
        Ok(FileSystem::Network(kind)) => Err(StoreError::Network {
            path: path.display().to_string(),
            kind,
        }),
        Ok(FileSystem::Layered) => {
            tracing::warn!(path = %path.display(), "the database is on a container's own layers and goes with the container; mount a volume");
            Ok(())
        }
        Ok(FileSystem::Program) => {
            tracing::warn!(path = %path.display(), "the database is on a file system that a program provides (FUSE): make sure that it holds locks and syncs");
            Ok(())
        }
        _ => Ok(()),
    }
}
