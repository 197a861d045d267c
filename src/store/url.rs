//! Database URLs.

use std::path::{Path, PathBuf};
use std::str::FromStr;

/// Where the database is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DatabaseUrl {
    /// A SQLite file.
    Sqlite(PathBuf),
    /// A PostgreSQL database, by its connection URL.
    Postgres(String),
}

/// A text that is not a database URL.
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
            "`{url}` is not a database URL; write sqlite:PATH or postgres://user@host/name"
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
    /// The same database with symbolic links resolved, since lock and log are beside the real file.
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

    /// The file of a SQLite database; `None` for PostgreSQL.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        match self {
            DatabaseUrl::Sqlite(path) => Some(path),
            DatabaseUrl::Postgres(_) => None,
        }
    }
}

/// `path` with symbolic links resolved; the file need not exist.
fn resolved(path: &Path) -> PathBuf {
    /// The limit of the system (`path_resolution(7)`).
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
        // A folder that does not exist yet has no links.
        _ => file,
    }
}

/// The URL without user, password and query. A password can be before the host or in the query.
fn without_secrets(url: &str) -> String {
    let bare = url.split('?').next().unwrap_or_default();
    let Some((scheme, rest)) = bare.split_once("://") else {
        return bare.to_owned();
    };
    match rest.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://…@{host}"),
        // The password contains a question mark, so `rest` is a part of the password.
        None if url.contains('@') => format!("{scheme}://…"),
        None => format!("{scheme}://{rest}"),
    }
}
