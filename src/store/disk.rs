//! The disk under a SQLite file: its kind, its free space, and a reserve for the day it is full.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{Access, FallocateFlags, access, fallocate, statfs, statvfs};

/// Room kept back beside the database, so that a full disk leaves enough to write the log back into the database.
///
/// While it is held, the last half of its size in free space counts as nearly full. Once it had to be given up, it is
/// taken again as soon as one and a half times its size is free; until then nothing is stored.
#[derive(Debug)]
pub(super) struct Reserve {
    path: PathBuf,
    bytes: u64,
    held: AtomicBool,
}

impl Reserve {
    /// The reserve beside `database`; a disk too full for it is told, and refused submissions until there is room.
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
                "the disk is nearly full: responses are refused until there is room"
            );
        }
        reserve
    }

    /// Whether so little is left that others should be sent elsewhere.
    pub(super) fn nearly_full(&self) -> bool {
        self.room() < self.wanted()
    }

    pub(super) fn held(&self) -> bool {
        self.held.load(Ordering::Relaxed)
    }

    /// Takes the reserve, if there is room for it; whether it is held now.
    pub(super) fn take(&self) -> bool {
        if self.held() {
            return true;
        }
        let there = std::fs::metadata(&self.path).is_ok_and(|file| file.len() == self.bytes);
        let held = there || (self.room() >= self.wanted() && self.allocate());
        self.held.store(held, Ordering::Relaxed);
        held
    }

    /// Gives the reserved room back to the disk.
    pub(super) fn release(&self) {
        if std::fs::remove_file(&self.path).is_ok() {
            tracing::warn!(
                bytes = self.bytes,
                "the disk is full: the reserve was given up; make room, the server goes on by itself"
            );
        }
        self.held.store(false, Ordering::Relaxed);
    }

    fn wanted(&self) -> u64 {
        self.bytes + self.bytes / 2
    }

    fn room(&self) -> u64 {
        let held = if self.held() { self.bytes } else { 0 };
        // A disk that cannot be asked is not called full: the database will say so itself.
        free_bytes(&self.path).map_or(u64::MAX, |free| free.saturating_add(held))
    }

    fn allocate(&self) -> bool {
        let reserved = (|| -> std::io::Result<()> {
            let file = std::fs::File::create(&self.path)?;
            match fallocate(&file, FallocateFlags::empty(), 0, self.bytes) {
                // A disk that cannot reserve without writing gets zeros.
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

/// Bytes that this user may still write beside `path`.
///
/// # Errors
/// When the filesystem cannot be asked.
pub fn free_bytes(path: &Path) -> std::io::Result<u64> {
    let told = statvfs(folder(path))?;
    Ok(told.f_bavail.saturating_mul(told.f_frsize))
}

/// Whether this user may write to `path`.
pub fn may_write(path: &Path) -> bool {
    access(path, Access::WRITE_OK).is_ok()
}

/// What a filesystem means for a SQLite file on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FileSystem {
    /// Nothing is known against it.
    Local,
    /// A container's layers: gone with the container, and slow to sync.
    Layered,
    /// A program's own (FUSE): its locks and syncs are as good as the program.
    Program,
    /// A network's or a host's, seen through one: its locks and syncs do not hold what SQLite needs.
    Network(&'static str),
}

/// The kind of the filesystem that `path` is on.
///
/// # Errors
/// When the filesystem cannot be asked.
pub fn file_system(path: &Path) -> std::io::Result<FileSystem> {
    Ok(kind(
        u64::try_from(statfs(folder(path))?.f_type).unwrap_or(0),
    ))
}

/// By the magic numbers of `statfs(2)`.
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

/// The folder that `path` is, is in, or will be made in.
fn folder(path: &Path) -> &Path {
    let there = path.ancestors().find(|folder| folder.is_dir());
    there.unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_filesystem_of_what_is_still_to_be_made_is_that_of_the_nearest_folder_there_is() {
        assert_eq!(
            folder(Path::new("/proc/none/at/all.sqlite")),
            Path::new("/proc")
        );
        assert_eq!(folder(Path::new("minyi.sqlite")), Path::new("."));
        assert!(file_system(Path::new("/proc/none/at/all.sqlite")).is_ok());
    }

    #[test]
    fn network_filesystems_are_known_by_the_numbers_of_the_manual_page() {
        // statfs(2): NFS_SUPER_MAGIC, SMB2_MAGIC_NUMBER, CIFS_SUPER_MAGIC, V9FS_MAGIC, FUSE_SUPER_MAGIC, OVERLAYFS_SUPER_MAGIC, EXT4_SUPER_MAGIC.
        assert_eq!(kind(0x6969), FileSystem::Network("NFS"));
        assert_eq!(kind(0xfe53_4d42), FileSystem::Network("CIFS"));
        assert_eq!(kind(0xff53_4d42), FileSystem::Network("CIFS"));
        assert_eq!(kind(0x0102_1997), FileSystem::Network("9P"));
        assert_eq!(kind(0x6573_5546), FileSystem::Program);
        assert_eq!(kind(0x794c_7630), FileSystem::Layered);
        assert_eq!(kind(0xef53), FileSystem::Local);
    }
}
