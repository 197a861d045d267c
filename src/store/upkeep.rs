//! Settings of an open store, and what it needs from the machine: lock file, disk, priority.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::store::disk::{FileSystem, file_system};
use crate::store::error::StoreError;

/// What a store does to stay healthy while it is open.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Upkeep {
    /// Disk space reserved beside a SQLite file, for when the disk is full; 0 for none.
    pub reserve_bytes: u64,
    /// Whether to check a SQLite file in the background if it is too large for a check at the
    /// start.
    pub check_in_background: bool,
    /// Time from the start to the first audit of the log; further audits follow daily. `None` for
    /// no audits.
    pub first_audit: Option<Duration>,
    /// Surveys whose PSUs were stored in `channel` before the column `psu` existed.
    pub psu_in_channel: Vec<PsuInChannel>,
}

impl Upkeep {
    /// The settings of a server, with a reserve of `reserve_mib` MiB.
    pub fn serving(reserve_mib: u64) -> Upkeep {
        Upkeep {
            reserve_bytes: reserve_mib.saturating_mul(1024 * 1024),
            check_in_background: true,
            first_audit: Some(Duration::from_secs(3600)),
            psu_in_channel: Vec::new(),
        }
    }
}

/// A survey whose PSUs were stored in `channel` for responses of these modes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PsuInChannel {
    /// The survey.
    pub survey: String,
    /// The modes.
    pub modes: Vec<String>,
}

/// How much is left to work beside the storing of responses.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Priority {
    /// Somebody waits for it. A thread that stores responses gets three times as much processor time.
    Waited,
    /// Nobody waits for it. A thread that stores responses gets 28 times as much processor time.
    Background,
}

/// Lowers the priority of this thread and of the threads that it starts, in favour of the threads
/// that store responses. A priority that was lowered cannot be raised again.
pub fn lower_priority(priority: Priority) {
    // Nice values, at most 19; `sched(7)` says what they are worth.
    #[cfg(target_os = "linux")]
    let nice = match priority {
        Priority::Waited => 5,
        Priority::Background => 15,
    };
    #[cfg(target_os = "linux")]
    if let Err(error) = rustix::process::setpriority_process(Some(rustix::thread::gettid()), nice) {
        tracing::warn!(%error, "the priority of background work could not be lowered");
    }
}

/// What `work` gives, done on all cores with this priority; for a thread of its own, which does it alone
/// if there are no others.
pub fn with_priority<T: Send>(priority: Priority, work: impl FnOnce() -> T + Send) -> T {
    let pool = rayon::ThreadPoolBuilder::new().start_handler(move |_| lower_priority(priority));
    match pool.build() {
        Ok(pool) => pool.install(work),
        Err(error) => {
            tracing::warn!(%error, "there are no threads for background work");
            lower_priority(priority);
            work()
        }
    }
}

/// Locks the file that shows other processes that this one writes. The lock ends when the returned
/// file is closed.
pub(super) fn lock(path: PathBuf) -> Result<File, StoreError> {
    let failed = |error: std::io::Error| StoreError::Database {
        url: path.display().to_string(),
        cause: Arc::new(error),
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

/// Refuses a database on a network file system, where SQLite's locks and syncs are not reliable.
pub(super) fn refuse_network(path: &Path) -> Result<(), StoreError> {
    match file_system(path) {
        Ok(FileSystem::Network(kind)) => Err(StoreError::Network {
            path: path.display().to_string(),
            kind,
        }),
        Ok(FileSystem::Layered) => {
            tracing::warn!(
                path = %path.display(),
                "the database is in a container's own layers and is lost with the container; mount \
                 a volume"
            );
            Ok(())
        }
        Ok(FileSystem::Program) => {
            tracing::warn!(
                path = %path.display(),
                "the database is on a file system that a program provides (FUSE); make sure that \
                 its locks and syncs are reliable"
            );
            Ok(())
        }
        _ => Ok(()),
    }
}
