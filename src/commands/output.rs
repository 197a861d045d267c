//! Files that commands write: whole or not at all, through links, never over what is no regular file.

use std::fs::File;
use std::io::{BufWriter, Error, ErrorKind, Result, Write};
use std::path::{Path, PathBuf};

/// A file that is written under another name beside its place, and moved there when it is whole: a
/// reader finds a whole file, even after a power cut.
pub struct Output {
    target: PathBuf,
    unfinished: PathBuf,
    file: Option<BufWriter<File>>,
}

impl Output {
    /// Starts a file at `path`. A symbolic link is followed: the file that it leads to is replaced.
    /// Only the owner may read it, since it holds answers.
    ///
    /// # Errors
    /// A folder that is not there; a path that is no regular file; with path and cure.
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
            .map_err(|error| named(path, &error))?;
        Ok(Output {
            target,
            unfinished,
            file: Some(BufWriter::with_capacity(1 << 20, file)),
        })
    }

    /// Puts the whole file in its place and makes that durable.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn finish(mut self) -> Result<()> {
        let Some(mut file) = self.file.take() else {
            return Ok(());
        };
        let moved = (|| {
            file.flush()?;
            file.get_ref().sync_all()?;
            std::fs::rename(&self.unfinished, &self.target)?;
            File::open(folder_of(&self.target))?.sync_all()
        })();
        moved.map_err(|error| named(&self.target, &error))
    }
}

impl Write for Output {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        match &mut self.file {
            Some(file) => file.write(bytes),
            None => Err(ErrorKind::BrokenPipe.into()),
        }
    }

    fn flush(&mut self) -> Result<()> {
        self.file.as_mut().map_or(Ok(()), Write::flush)
    }
}

impl Drop for Output {
    fn drop(&mut self) {
        if self.file.take().is_some() {
            let _ = std::fs::remove_file(&self.unfinished);
        }
    }
}

/// The file that `path` leads to, there or not yet.
fn target_of(path: &Path) -> Result<PathBuf> {
    let folder = folder_of(path);
    if !folder.is_dir() {
        let message = format!(
            "{}: there is no folder {}; make it first, or name another file",
            path.display(),
            folder.display()
        );
        return Err(Error::new(ErrorKind::NotFound, message));
    }
    let target = match std::fs::symlink_metadata(path) {
        Ok(link) if link.file_type().is_symlink() => {
            let led = folder.join(std::fs::read_link(path).map_err(|error| named(path, &error))?);
            return target_of(&led);
        }
        Ok(there) if !there.is_file() => {
            let message = format!(
                "{}: this is a folder or a device, not a file; name a file",
                path.display()
            );
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        _ => path.to_owned(),
    };
    Ok(target)
}

fn folder_of(path: &Path) -> &Path {
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    folder.unwrap_or(Path::new("."))
}

fn named(path: &Path, error: &Error) -> Error {
    Error::new(error.kind(), format!("{}: {error}", path.display()))
}
