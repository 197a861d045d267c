//! Files that commands write: whole or not at all, through links, never in place of a device.

use std::fs::File;
use std::io::{BufWriter, Error, ErrorKind, Result, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use crate::commands::file;

/// A file that is written under another name beside its place, and moved there when it is whole: a
/// reader finds a whole file, even after a power cut.
pub struct Output {
    target: PathBuf,
    unfinished: PathBuf,
    file: BufWriter<File>,
    is_moved: bool,
}

impl Output {
    /// Starts a file at `path`. A symbolic link is followed: the file that it leads to is replaced.
    /// Only the owner may read it, since it holds answers.
    ///
    /// # Errors
    /// A folder that is not there; a path to a device or folder; the message has path and cure.
    pub fn create(path: &Path) -> Result<Output> {
        use std::os::unix::fs::OpenOptionsExt;
        let target = target_of(path)?;
        let mut unfinished = target.as_os_str().to_owned();
        unfinished.push(".unfinished");
        let unfinished = PathBuf::from(unfinished);
        let _ = std::fs::remove_file(&unfinished);
        let file = File::options()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&unfinished)
            .map_err(|error| named(&target, &error))?;
        Ok(Output {
            target,
            unfinished,
            file: BufWriter::with_capacity(1 << 20, file),
            is_moved: false,
        })
    }

    /// The folder of the file.
    pub fn folder(&self) -> &Path {
        folder_of(&self.target)
    }

    /// Puts the whole file in its place and makes that durable.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<()> {
        let moved = (|| {
            self.file.flush()?;
            self.file.get_ref().sync_all()?;
            std::fs::rename(&self.unfinished, &self.target)?;
            self.is_moved = true;
            File::open(folder_of(&self.target))?.sync_all()
        })();
        moved.map_err(|error| named(&self.target, &error))
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        let written = self.file.write(bytes);
        written.map_err(|error| named(&self.target, &error))
    }

    fn flush(&mut self) -> Result<()> {
        let flushed = self.file.flush();
        flushed.map_err(|error| named(&self.target, &error))
    }
}

impl Seek for Output {
    fn seek(&mut self, position: SeekFrom) -> Result<u64> {
        let found = self.file.seek(position);
        found.map_err(|error| named(&self.target, &error))
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if !self.is_moved {
            let _ = std::fs::remove_file(&self.unfinished);
        }
    }
}

/// Symbolic links that are followed, as many as Linux follows.
const MOST_LINKS: usize = 40;

/// The file that `path` leads to, there or not yet.
fn target_of(path: &Path) -> Result<PathBuf> {
    let mut target = path.to_owned();
    for _ in 0..MOST_LINKS {
        let folder = folder_of(&target);
        if !folder.is_dir() || names_folder(&target) {
            let folder = if folder.is_dir() { &target } else { folder };
            let cure = format!(
                "there is no folder {}; make it first, or name another file",
                folder.display()
            );
            return Err(refused(path, ErrorKind::NotFound, &cure));
        }
        match std::fs::symlink_metadata(&target) {
            Ok(there) if there.file_type().is_symlink() => {
                let led = std::fs::read_link(&target).map_err(|error| named(path, &error))?;
                target = folder.join(led);
            }
            Ok(there) if !there.is_file() => {
                let cure = "this is a folder or a device, not a file; name a file";
                return Err(refused(path, ErrorKind::InvalidInput, cure));
            }
            _ => return Ok(target),
        }
    }
    let cure = "these symbolic links lead in a circle; name a file";
    Err(refused(path, ErrorKind::InvalidInput, cure))
}

/// Whether the path ends with a slash and nothing is there.
fn names_folder(path: &Path) -> bool {
    path.as_os_str().as_encoded_bytes().ends_with(b"/") && !path.exists()
}

fn folder_of(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

fn named(path: &Path, error: &Error) -> Error {
    Error::new(error.kind(), file::message(path, error))
}

fn refused(path: &Path, kind: ErrorKind, cure: &str) -> Error {
    Error::new(kind, format!("{}: {cure}", path.display()))
}
