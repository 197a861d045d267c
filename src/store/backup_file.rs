//! The format of a backup file.
//!
//! The file consists of lines of JSON. The first line, `{"backup":…}`, is the manifest. Then come
//! `{"kept":…}` for every named value, `{"invitations":…}` for the unspent ones of each PSU, all
//! `{"leaf":…}`, all `{"row":…}` of other logged tables, all `{"response":…}`, each in leaf order,
//! and `{"end":…}` with the counts and the digest over the leaves. The last line is `sha256 ` and
//! the SHA-256 of all bytes before it.

use std::io::{BufRead, Write};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::store::error::StoreError;
use crate::store::ledger::Audit;
use crate::store::migrations::is_known_migration;
use crate::store::response::{Leaf, StoredResponse, hex};

/// The format that is written; a file with a higher number is refused.
pub(super) const FORMAT: u32 = 1;

/// Digits of the hash of an invitation.
pub(super) const HASH_DIGITS: usize = 32;

/// Bytes of the longest line that is read. The lines that minyi writes are much shorter, since
/// bodies are limited to kilobytes.
const LONGEST_LINE: u64 = 16 * 1024 * 1024;

/// The first line of a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    /// Version of this format.
    pub format: u32,
    /// Version of minyi that wrote it.
    pub software: String,
    /// Newest migration of the database.
    pub schema: String,
    /// When it was made, RFC 3339.
    pub made_at: String,
    /// Length of the log.
    pub leaves: i64,
}

/// A line of a backup, except for the last.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Line {
    Backup(Manifest),
    #[serde(rename = "kept")]
    NamedValue {
        name: String,
        value: String,
    },
    /// Invitations that are not spent.
    Invitations {
        survey: String,
        psu: String,
        /// [`HASH_DIGITS`] for each, one after the other.
        hashes: String,
    },
    Leaf(Leaf),
    Row {
        table: String,
        value: Value,
    },
    Response(Box<StoredResponse>),
    End(End),
}

/// The counts and the digest of a whole backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    pub(super) responses: Vec<Count>,
    leaf_digest: String,
}

/// Number of responses of a survey by a mode.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Count {
    pub(super) survey: String,
    pub(super) mode: String,
    pub(super) n: u64,
}

impl End {
    /// The last JSON line for what an audit found.
    pub(super) fn of(audit: &Audit) -> End {
        let count = |((survey, mode), n): (&(String, String), &u64)| Count {
            survey: survey.clone(),
            mode: mode.clone(),
            n: *n,
        };
        End {
            responses: audit.responses.iter().map(count).collect(),
            leaf_digest: audit.leaf_digest.clone(),
        }
    }
}

/// Why a backup cannot be made, trusted or restored.
#[derive(Debug)]
pub enum BackupError {
    /// The file could not be read or written.
    File(std::io::Error),
    /// The file is not what minyi wrote.
    Damaged {
        /// Line in the file, from 1.
        line: u64,
        /// What is wrong with it.
        message: String,
    },
    /// A newer minyi has made it.
    Newer {
        /// Its format or migration.
        version: String,
    },
    /// The target of a restore holds data already.
    NotEmpty {
        /// What it holds.
        what: String,
    },
    /// The database failed.
    Store(StoreError),
}

impl std::fmt::Display for BackupError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BackupError::File(error) => write!(f, "{error}"),
            BackupError::Damaged { line, message } => {
                write!(
                    f,
                    "line {line}: {message}; this is not the file that was written, \
                     use another backup"
                )
            }
            BackupError::Newer { version } => {
                write!(
                    f,
                    "made by a newer minyi ({version}); restore it with that version"
                )
            }
            BackupError::NotEmpty { what } => {
                write!(f, "{what}; restore into an empty folder or database")
            }
            BackupError::Store(error) => write!(f, "{error}"),
        }
    }
}

impl std::error::Error for BackupError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            BackupError::File(error) => Some(error),
            BackupError::Store(error) => Some(error),
            _ => None,
        }
    }
}

impl From<std::io::Error> for BackupError {
    fn from(error: std::io::Error) -> BackupError {
        BackupError::File(error)
    }
}

impl From<diesel::result::Error> for BackupError {
    fn from(error: diesel::result::Error) -> BackupError {
        BackupError::Store(StoreError::Database {
            url: "the database".to_owned(),
            cause: Arc::new(error),
        })
    }
}

impl From<StoreError> for BackupError {
    fn from(error: StoreError) -> BackupError {
        BackupError::Store(error)
    }
}

/// A damaged line.
pub(super) fn damaged(line: u64, message: &str) -> BackupError {
    BackupError::Damaged {
        line,
        message: message.to_owned(),
    }
}

/// Passes every line but the last to `visit`, with its number from 1. Checks that the last line is
/// the SHA-256 of all bytes before it. Returns the number of lines.
///
/// # Errors
/// A line that cannot be read, a wrong digest, bytes after the end; what `visit` returns.
pub(super) fn each_line(
    file: &mut dyn BufRead,
    visit: &mut dyn FnMut(u64, Line) -> Result<(), BackupError>,
) -> Result<u64, BackupError> {
    let mut digest = Sha256::new();
    let mut bytes = Vec::new();
    let mut number = 0;
    loop {
        number += 1;
        bytes.clear();
        std::io::Read::take(&mut *file, LONGEST_LINE).read_until(b'\n', &mut bytes)?;
        if bytes.is_empty() {
            return Err(damaged(number, "the file ends too early"));
        }
        if bytes.starts_with(b"sha256 ") {
            let expected = format!("sha256 {}\n", hex(&digest.finalize()));
            if bytes != expected.as_bytes() {
                return Err(damaged(
                    number,
                    "the SHA-256 does not match the bytes before it",
                ));
            }
            return match file.fill_buf()? {
                [] => Ok(number),
                _ => Err(damaged(number + 1, "there is more after the end")),
            };
        }
        digest.update(&bytes);
        // First of all, so that a newer format is reported as newer, not as damaged.
        if number == 1 {
            refuse_newer(&bytes)?;
        }
        let line =
            serde_json::from_slice(&bytes).map_err(|error| damaged(number, &error.to_string()))?;
        visit(number, line)?;
    }
}

fn refuse_newer(first: &[u8]) -> Result<(), BackupError> {
    #[derive(Deserialize)]
    struct First {
        backup: Versions,
    }
    #[derive(Deserialize)]
    struct Versions {
        format: u32,
        schema: String,
    }
    match serde_json::from_slice(first) {
        Ok(First { backup }) if backup.format > FORMAT => Err(BackupError::Newer {
            version: format!("format {}", backup.format),
        }),
        Ok(First { backup }) if !is_known_migration(&backup.schema) => Err(BackupError::Newer {
            version: format!("migration {}", backup.schema),
        }),
        _ => Ok(()),
    }
}

/// Writes lines, and their SHA-256 at the end.
pub(super) struct LineWriter<'out, W: Write> {
    out: &'out mut W,
    digest: Sha256,
    line: Vec<u8>,
}

impl<'out, W: Write> LineWriter<'out, W> {
    /// A writer of a new file.
    pub(super) fn new(out: &'out mut W) -> LineWriter<'out, W> {
        LineWriter {
            out,
            digest: Sha256::new(),
            line: Vec::new(),
        }
    }

    /// Writes a line.
    pub(super) fn write(&mut self, line: &Line) -> Result<(), BackupError> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line).map_err(std::io::Error::from)?;
        self.line.push(b'\n');
        self.digest.update(&self.line);
        Ok(self.out.write_all(&self.line)?)
    }

    /// Writes the last line.
    pub(super) fn finish(self) -> Result<(), BackupError> {
        let digest = hex(&self.digest.finalize());
        writeln!(self.out, "sha256 {digest}")?;
        Ok(self.out.flush()?)
    }
}
