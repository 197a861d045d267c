//! Errors of files and folders that the user named: path, reason and cure, and the exit code.

use std::io::{Error, ErrorKind};
use std::path::Path;

use crate::commands::Exit;

/// The message for an error of the file or folder at `path`.
pub fn message(path: &Path, error: &Error) -> String {
    let cure = match error.kind() {
        ErrorKind::NotFound => "; check the path",
        ErrorKind::PermissionDenied => "; change its permissions, or name another place",
        ErrorKind::IsADirectory => "; this is a folder: name a file",
        ErrorKind::NotADirectory | ErrorKind::AlreadyExists => {
            "; a part of the path is a file: name a folder"
        }
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => "; make room, or use another disk",
        ErrorKind::ReadOnlyFilesystem => "; name a place that can be written to",
        _ => "",
    };
    format!("{}: {error}{cure}", path.display())
}

/// The exit code: the user named a wrong path, or the disk failed.
pub fn exit(error: &Error) -> Exit {
    match error.kind() {
        ErrorKind::NotFound
        | ErrorKind::InvalidInput
        | ErrorKind::PermissionDenied
        | ErrorKind::IsADirectory
        | ErrorKind::NotADirectory
        | ErrorKind::AlreadyExists
        | ErrorKind::ReadOnlyFilesystem => Exit::Input,
        _ => Exit::Io,
    }
}
