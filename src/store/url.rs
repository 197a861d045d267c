//! Where a database is.

use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A file.
    Sqlite(PathBuf),
    /// A server, by its connection URL.
    Postgres(String),
}

/// A URL that names no database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UrlError {
    /// The URL without user, password and query.
    url: String,
}

impl std::fmt::Display for UrlError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let UrlError { url } = self;
        write!(
            f,
            "`{url}` names no database; write sqlite:PATH or postgres://user@host/name"
        )
    }
}

impl std::error::Error for UrlError {}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    /// `sqlite:PATH`, `postgres://…`, or a bare path.
    fn from_str(url: &str) -> Result<DatabaseUrl, UrlError> {
        if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            return Ok(DatabaseUrl::Postgres(url.to_owned()));
        }
        let path = url.strip_prefix("sqlite:").unwrap_or(url);
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path.contains("://") {
            return Err(UrlError {
                url: without_secrets(url),
            });
        }
        Ok(DatabaseUrl::Sqlite(PathBuf::from(path)))
    }
}

impl DatabaseUrl {
    /// The same database with links resolved: locks and logs go by the name of the real file.
    pub fn resolved(&self) -> DatabaseUrl {
        match self {
            DatabaseUrl::Sqlite(path) => DatabaseUrl::Sqlite(resolved(path)),
            DatabaseUrl::Postgres(_) => self.clone(),
        }
    }

    /// The URL without user, password and query.
    pub(super) fn shown(&self) -> String {
        match self {
            DatabaseUrl::Sqlite(path) => path.display().to_string(),
            DatabaseUrl::Postgres(address) => without_secrets(address),
        }
    }

    /// The file, on SQLite.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            DatabaseUrl::Sqlite(path) => Some(path),
            DatabaseUrl::Postgres(_) => None,
        }
    }
}

/// `path` with links resolved, also when the file is still to be made.
fn resolved(path: &Path) -> PathBuf {
    /// As many as the system follows (`path_resolution(7)`).
    const MOST_LINKS: usize = 40;
    let mut file = path.to_owned();
    for _ in 0..MOST_LINKS {
        let Ok(target) = std::fs::read_link(&file) else {
            break;
        };
        file = match file.parent() {
            Some(folder) => folder.join(target),
            None => target,
        };
    }
    let folder = file
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    match (
        folder.unwrap_or(Path::new(".")).canonicalize(),
        file.file_name(),
    ) {
        (Ok(folder), Some(name)) => folder.join(name),
        // A folder that is still to be made has no links.
        _ => file,
    }
}

/// The URL without user, password and query: passwords may be before the host and in the query.
fn without_secrets(url: &str) -> String {
    let bare = url.split('?').next().unwrap_or_default();
    let Some((scheme, place)) = bare.split_once("://") else {
        return bare.to_owned();
    };
    match place.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://…@{host}"),
        // The password has a question mark: what is before it is no host.
        None if url.contains('@') => format!("{scheme}://…"),
        None => format!("{scheme}://{place}"),
    }
}
