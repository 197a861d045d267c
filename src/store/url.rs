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

/// A text that is not a database URL. It never holds a part of the text that may be a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UrlError {
    /// It is empty, or of another kind of database.
    NotAUrl,
    /// libpq's other form: `host=… dbname=…`.
    KeywordForm,
    /// A character stands where only its percent-encoded form may; or after `%` there are no two
    /// hexadecimal digits.
    NotEncoded,
    /// The port is not a number.
    Port,
    /// The host is not this machine, and with this `sslmode` the connection may be unencrypted.
    ClearText,
}

impl std::fmt::Display for UrlError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            UrlError::NotAUrl => {
                "this is not a database URL; write sqlite:PATH or postgres://user@host/name"
            }
            UrlError::KeywordForm => {
                "host=… dbname=… is not read; write postgres://user@host/name"
            }
            UrlError::NotEncoded => {
                "a character of the database URL must be encoded; in user, password and name write \
                 / as %2F, ? as %3F, # as %23, @ as %40, : as %3A, % as %25 and a blank as %20"
            }
            UrlError::Port => {
                "the port of the database URL is not a number; write postgres://user@host:5432/name, \
                 and @ between password and host"
            }
            UrlError::ClearText => {
                "the database is on another machine, and with this sslmode the connection may be \
                 unencrypted; write sslmode=verify-full and sslrootcert=FILE, sslmode=require to \
                 encrypt without checking the certificate, or sslmode=disable if no one can listen \
                 between the two machines"
            }
        })
    }
}

impl std::error::Error for UrlError {}

impl FromStr for DatabaseUrl {
    type Err = UrlError;

    /// `sqlite:PATH`, `postgres://…`, or a bare path.
    fn from_str(url: &str) -> Result<DatabaseUrl, UrlError> {
        let postgres = ["postgres://", "postgresql://"];
        if let Some(rest) = postgres.iter().find_map(|scheme| url.strip_prefix(scheme)) {
            check_postgres(rest)?;
            return Ok(DatabaseUrl::Postgres(url.to_owned()));
        }
        let keywords = [
            "host", "hostaddr", "port", "dbname", "user", "password", "service",
        ];
        let names_one = |word: &str| {
            let key = word.split_once('=').map(|(key, _)| key);
            key.is_some_and(|key| keywords.contains(&key))
        };
        if url.split_whitespace().any(names_one) {
            return Err(UrlError::KeywordForm);
        }
        let path = url.strip_prefix("sqlite:").unwrap_or(url);
        let path = path.strip_prefix("//").unwrap_or(path);
        if path.is_empty() || path.contains("://") {
            return Err(UrlError::NotAUrl);
        }
        Ok(DatabaseUrl::Sqlite(PathBuf::from(path)))
    }
}

/// What follows `postgres://`, cut into its parts (RFC 3986, section 3).
struct Parts<'u> {
    user: &'u str,
    /// Hosts with their ports, separated by commas.
    authority: &'u str,
    path: &'u str,
    query: &'u str,
}

impl<'u> Parts<'u> {
    fn of(rest: &'u str) -> Parts<'u> {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, tail) = rest.split_at(end);
        let (path, query) = tail.split_once('?').unwrap_or((tail, ""));
        let (user, authority) = authority.rsplit_once('@').unwrap_or(("", authority));
        Parts {
            user,
            authority,
            path,
            query,
        }
    }

    /// Every value of a parameter.
    fn values<'n>(&self, name: &'n str) -> impl Iterator<Item = &'u str> + use<'u, 'n> {
        let pairs = self.query.split('&');
        let pairs = pairs.filter_map(|pair| pair.split_once('='));
        pairs
            .filter(move |(key, _)| *key == name)
            .map(|(_, value)| value)
    }

    /// Every host, also those of the parameters `host` and `hostaddr`.
    fn hosts(&self) -> impl Iterator<Item = &'u str> {
        let given = self.values("host").chain(self.values("hostaddr"));
        std::iter::once(self.authority)
            .chain(given)
            .flat_map(|hosts| hosts.split(','))
    }

    /// Whether every host of the URL is this machine. A service can name any host.
    fn is_local(&self) -> bool {
        self.hosts().all(is_this_machine) && self.values("service").next().is_none()
    }

    fn is_well_formed(&self) -> bool {
        let is_key = |byte: u8| byte.is_ascii_lowercase() || byte == b'_';
        let is_pair = |pair: &str| {
            let pair = pair.split_once('=');
            pair.is_some_and(|(key, _)| !key.is_empty() && key.bytes().all(is_key))
        };
        let is_misplaced = self.user.contains('@')
            || self.user.matches(':').count() > 1
            || self.path.contains(['@', '#'])
            || self.path.matches('/').count() > 1
            || self.query.contains(['@', '#', '?']);
        !is_misplaced && (self.query.is_empty() || self.query.split('&').all(is_pair))
    }

    fn encryption(&self) -> Result<Encryption, UrlError> {
        // libpq takes the last one.
        match self.values("sslmode").last() {
            None => Ok(Encryption::Unsaid),
            Some("disable" | "require" | "verify-ca" | "verify-full") => Ok(Encryption::Said),
            // `allow` and `prefer` fall back to clear text.
            Some(_) => Err(UrlError::ClearText),
        }
    }
}

/// Whether a URL says that the connection is encrypted, or that it is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encryption {
    Said,
    Unsaid,
}

/// Checks what follows `postgres://`.
///
/// libpq reads sloppy URLs in its own way and prints parts of them in its messages; a part can be the
/// password. So it gets only URLs in which every part is where it must be.
fn check_postgres(rest: &str) -> Result<(), UrlError> {
    let parts = Parts::of(rest);
    let has_blanks = rest.contains(|c: char| c.is_whitespace() || c.is_control());
    if has_blanks || !parts.is_well_formed() || !is_percent_encoded(rest) {
        return Err(UrlError::NotEncoded);
    }
    for host in parts.authority.split(',') {
        let port = match host.rsplit_once(']') {
            Some((_, after)) => after.strip_prefix(':').unwrap_or(after),
            None => host.split_once(':').map_or("", |(_, port)| port),
        };
        if !port.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(UrlError::Port);
        }
    }
    match parts.is_local() {
        true => Ok(()),
        false => parts.encryption().map(|_| ()),
    }
}

/// What a URL says about encryption, if the database is on another machine; `None` if it is on this
/// one. Where the URL names no host, libpq asks the environment.
///
/// # Errors
/// [`UrlError::ClearText`] if the database is on another machine and `sslmode` may fall back to clear
/// text.
#[cfg(feature = "postgres")]
pub(super) fn encryption_elsewhere(url: &str) -> Result<Option<Encryption>, UrlError> {
    let parts = Parts::of(url.split_once("://").map_or("", |(_, rest)| rest));
    let is_set = |name: &str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let is_local_in = |name: &str| {
        let hosts = std::env::var(name).unwrap_or_default();
        hosts.split(',').all(is_this_machine)
    };
    let names_host = !parts.authority.is_empty() || parts.values("host").next().is_some();
    let names_address = parts.values("hostaddr").next().is_some();
    let is_local = parts.is_local()
        && !is_set("PGSERVICE")
        && (names_host || is_local_in("PGHOST"))
        && (names_address || is_local_in("PGHOSTADDR"));
    match is_local {
        true => Ok(None),
        false => parts.encryption().map(Some),
    }
}

/// Whether two hexadecimal digits follow every `%`.
fn is_percent_encoded(text: &str) -> bool {
    let mut parts = text.split('%');
    parts.next();
    parts.all(|part| {
        let digits = part.as_bytes().get(..2);
        digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
    })
}

/// Whether a host of a URL, with or without its port, is this machine: a socket, the loopback
/// address, or none, for libpq's own socket.
fn is_this_machine(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split(']').next().unwrap_or_default(),
        // An IPv6 address of a parameter has no brackets.
        None if host.matches(':').count() > 1 => host,
        None => host.split(':').next().unwrap_or_default(),
    };
    // libpq cuts a parameter at commas, also at encoded ones.
    let is_list = name.to_ascii_lowercase().contains("%2c");
    let is_socket = name.starts_with('/')
        || name
            .get(..3)
            .is_some_and(|start| start.eq_ignore_ascii_case("%2f"));
    let address = name.parse::<std::net::IpAddr>();
    name.is_empty()
        || is_socket && !is_list
        || name == "localhost"
        || address.is_ok_and(|it| it.is_loopback())
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

/// The URL without user, password and query. Of a URL that [`DatabaseUrl::from_str`] refuses, only
/// the scheme.
fn without_secrets(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return "postgres://…".to_owned();
    };
    if !matches!(check_postgres(rest), Ok(()) | Err(UrlError::ClearText)) {
        return format!("{scheme}://…");
    }
    let bare = rest.split('?').next().unwrap_or_default();
    match bare.rsplit_once('@') {
        Some((_, host)) => format!("{scheme}://…@{host}"),
        None => format!("{scheme}://{bare}"),
    }
}
