//! The disk under a SQLite file: its kind, its free space, and a reserve for a full disk.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{Access, FallocateFlags, access, fallocate, statfs, statvfs};

/// A file that reserves space beside the database. When the disk is full, it is removed, so that
/// there is enough space to checkpoint the WAL.
///
/// While the reserve is held, the disk counts as nearly full when less than half the reserve's size
/// is free. After the reserve was released, nothing is stored until one and a half times its size
/// is free; then it is taken again.
#[derive(Debug)]
pub(super) struct Reserve {
    path: PathBuf,
    bytes: u64,
    held: AtomicBool,
}

impl Reserve {
    /// Takes the reserve beside `database`. If the disk is too full for it, logs a warning; nothing
    /// is stored until there is space.
    pub(super) fn beside(database: &Path, bytes: u64) -> Reserve {
        let reserve = Reserve {
            path: database.with_extension("reserve"),
            bytes,
            held: AtomicBool::new(false),
        };
        if !reserve.take() {
            tracing::warn!(
                path = %reserve.path.display(),
                bytes,
                "the disk is nearly full: responses are refused until there is free space"
            );
        }
        reserve
    }

    /// Whether so little space is free that a load balancer should use another server.
    pub(super) fn is_nearly_full(&self) -> bool {
        self.free_bytes() < self.needed_bytes()
    }

    fn is_held(&self) -> bool {
        self.held.load(Ordering::Relaxed)
    }

    /// Takes the reserve if there is enough space. Returns whether it is held now.
    pub(super) fn take(&self) -> bool {
        if self.is_held() {
            return true;
        }
        let exists = std::fs::metadata(&self.path).is_ok_and(|file| file.len() == self.bytes);
        let held = exists || (self.free_bytes() >= self.needed_bytes() && self.allocate());
        self.held.store(held, Ordering::Relaxed);
        held
    }

    /// Removes the reserve.
    pub(super) fn release(&self) {
        if std::fs::remove_file(&self.path).is_ok() {
            tracing::warn!(
                bytes = self.bytes,
                "the disk is full: the reserve was released; free some space, then the server \
                 continues by itself"
            );
        }
        self.held.store(false, Ordering::Relaxed);
    }

    fn needed_bytes(&self) -> u64 {
        self.bytes + self.bytes / 2
    }

    /// Free space, the held reserve included.
    fn free_bytes(&self) -> u64 {
        let held = if self.is_held() { self.bytes } else { 0 };
        // If the free space is unknown, the disk does not count as full: writing will show it.
        free_bytes(&self.path).map_or(u64::MAX, |free| free.saturating_add(held))
    }

    fn allocate(&self) -> bool {
        let reserved = (|| -> std::io::Result<()> {
            let file = std::fs::File::create(&self.path)?;
            match fallocate(&file, FallocateFlags::empty(), 0, self.bytes) {
                // A file system without fallocate(2): write zeros instead.
                Err(rustix::io::Errno::OPNOTSUPP) => {
                    std::io::copy(
                        &mut std::io::Read::take(std::io::repeat(0), self.bytes),
                        &mut &file,
                    )?;
                    file.sync_all()
                }
                other => Ok(other?),
            }
        })();
        if reserved.is_err() {
            let _ = std::fs::remove_file(&self.path);
        }
        reserved.is_ok()
    }
}

/// Free bytes for this user on the file system of `path`.
///
/// # Errors
/// When the file system does not answer.
pub fn free_bytes(path: &Path) -> std::io::Result<u64> {
    let stats = statvfs(nearest_folder(path))?;
    Ok(stats.f_bavail.saturating_mul(stats.f_frsize))
}

/// Whether this user may write to `path`.
pub fn may_write(path: &Path) -> bool {
    access(path, Access::WRITE_OK).is_ok()
}

/// Kinds of file systems, by what they mean for a SQLite file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileSystem {
    /// A local disk, or an unknown kind.
    Local,
    /// The layers of a container: lost with the container, and slow to sync.
    Layered,
    /// Provided by a program (FUSE): its locks and syncs are only as reliable as that program.
    Program,
    /// A network file system, or a host's folder in a virtual machine, with its name. Its locks and
    /// syncs are not reliable enough for SQLite.
    Network(&'static str),
}

/// The kind of the file system that `path` is on.
///
/// # Errors
/// When the file system does not answer.
pub fn file_system(path: &Path) -> std::io::Result<FileSystem> {
    let magic = statfs(nearest_folder(path))?.f_type;
    Ok(kind(u64::try_from(magic).unwrap_or(0)))
}

/// The kind of file system with a magic number of `statfs(2)`.
fn kind(magic: u64) -> FileSystem {
    match magic & 0xffff_ffff {
        0x6969 => FileSystem::Network("NFS"),
        0xff53_4d42 | 0xfe53_4d42 | 0x517b => FileSystem::Network("CIFS"),
        0x0102_1997 => FileSystem::Network("9P"),
        0x00c3_6400 => FileSystem::Network("Ceph"),
        0x0bd0_0bd0 => FileSystem::Network("Lustre"),
        0x5346_414f | 0x6b41_4653 => FileSystem::Network("AFS"),
        0x786f_4256 => FileSystem::Network("VirtualBox shared folder"),
        0xbacb_acbc => FileSystem::Network("VMware shared folder"),
        0x6573_5546 => FileSystem::Program,
        0x794c_7630 => FileSystem::Layered,
        _ => FileSystem::Local,
    }
}

/// The nearest existing folder among `path` and its ancestors.
fn nearest_folder(path: &Path) -> &Path {
    let existing = path.ancestors().find(|folder| folder.is_dir());
    existing.unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_system_of_a_missing_file_is_that_of_the_nearest_existing_folder() {
        assert_eq!(
            nearest_folder(Path::new("/proc/none/at/all.sqlite")),
            Path::new("/proc")
        );
        assert_eq!(nearest_folder(Path::new("minyi.sqlite")), Path::new("."));
        assert!(file_system(Path::new("/proc/none/at/all.sqlite")).is_ok());
    }

    #[test]
    fn network_file_systems_are_known_by_the_numbers_of_the_manual_page() {
        // statfs(2): NFS_SUPER_MAGIC, SMB2_MAGIC_NUMBER, CIFS_SUPER_MAGIC, V9FS_MAGIC,
        // FUSE_SUPER_MAGIC, OVERLAYFS_SUPER_MAGIC, EXT4_SUPER_MAGIC.
        assert_eq!(kind(0x6969), FileSystem::Network("NFS"));
        assert_eq!(kind(0xfe53_4d42), FileSystem::Network("CIFS"));
        assert_eq!(kind(0xff53_4d42), FileSystem::Network("CIFS"));
        assert_eq!(kind(0x0102_1997), FileSystem::Network("9P"));
        assert_eq!(kind(0x6573_5546), FileSystem::Program);
        assert_eq!(kind(0x794c_7630), FileSystem::Layered);
        assert_eq!(kind(0xef53), FileSystem::Local);
    }
}
