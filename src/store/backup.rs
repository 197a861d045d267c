//! A backup: all rows of either back end in one file that proves itself.
//!
//! The file is lines of JSON. The first, `{"backup":…}`, says who made it, when, and how long the log was. Then come
//! `{"kept":…}` for every named value, all `{"leaf":…}`, all `{"row":…}` of other logged tables and
//! all `{"response":…}`, each in the log's order, and `{"end":…}` with the
//! counts and the digest over the leaves. The last line is `sha256 ` and the SHA-256 of all bytes before it.
//!
//! It is taken page by page up to the head of the log at its start. The log only grows, so that is one state of the
//! database, yet no read lasts longer than a page and no submission waits.

use std::collections::BTreeMap;
use std::io::{BufRead, Write};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::ledger::{Audit, Expected, Ledger};
use crate::store::migrations::{is_known_migration, schema_version};
use crate::store::response::{Leaf, StoredResponse, hex};
use crate::store::tables::logged;

/// The format that is written; a reader refuses those it does not know.
const FORMAT: u32 = 1;

/// No line of ours is longer: bodies are limited to kilobytes.
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
    /// When, RFC 3339.
    pub made_at: String,
    /// Length of the log.
    pub leaves: i64,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub(super) enum Line {
    Backup(Manifest),
    Kept { name: String, value: String },
    Leaf(Leaf),
    Row { table: String, value: Value },
    Response(Box<StoredResponse>),
    End(End),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct End {
    responses: Vec<Counted>,
    leaf_digest: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Counted {
    survey: String,
    mode: String,
    n: u64,
}

/// Why a backup cannot be made, trusted or restored.
#[derive(Debug)]
pub enum BackupError {
    /// The file could not be read or written.
    File(std::io::Error),
    /// The file is not what was written.
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
    /// There is data already where it should be restored.
    NotEmpty {
        /// What is there.
        what: String,
    },
    /// The database.
    Store(StoreError),
}

impl std::fmt::Display for BackupError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            BackupError::File(error) => write!(f, "{error}"),
            BackupError::Damaged { line, message } => {
                write!(
                    f,
                    "line {line}: {message}; this is not the file that was written, take another backup"
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

impl std::error::Error for BackupError {}

impl From<std::io::Error> for BackupError {
    fn from(error: std::io::Error) -> BackupError {
        BackupError::File(error)
    }
}

impl From<diesel::result::Error> for BackupError {
    fn from(error: diesel::result::Error) -> BackupError {
        BackupError::Store(StoreError::Database {
            url: "the database".to_owned(),
            message: error.to_string(),
        })
    }
}

impl From<StoreError> for BackupError {
    fn from(error: StoreError) -> BackupError {
        BackupError::Store(error)
    }
}

impl Store {
    /// Writes a backup, and tells what is in it; `progress` is told how many responses were written.
    ///
    /// May run beside a server. A log that contradicts its responses is no backup: it is refused.
    ///
    /// # Errors
    /// See [`BackupError`].
    pub fn backup(
        &self,
        out: &mut impl Write,
        made_at: &str,
        progress: &mut dyn FnMut(u64),
    ) -> Result<Audit, BackupError> {
        let head = self.head()?;
        let mut out = Hashing::new(out);
        let mut ledger = Ledger::default();
        out.line(&Line::Backup(Manifest {
            format: FORMAT,
            software: env!("CARGO_PKG_VERSION").to_owned(),
            schema: schema_version(),
            made_at: made_at.to_owned(),
            leaves: head.next_leaf,
        }))?;
        for (name, value) in head.kept.clone() {
            out.line(&Line::Kept { name, value })?;
        }
        self.each_leaf(&head, &mut |leaves| {
            leaves.iter().try_for_each(|leaf| {
                ledger.leaf(leaf);
                out.line(&Line::Leaf(leaf.clone()))
            })
        })?;
        for (table, row) in self.logged_rows()? {
            ledger.row(table, (table.leaf)(&row));
            let table = table.name.to_owned();
            out.line(&Line::Row { table, value: row })?;
        }
        let mut n_written = 0;
        self.each_response(&head, &mut |rows| {
            ledger.responses(rows);
            n_written += u64::try_from(rows.len()).unwrap_or(0);
            progress(n_written);
            rows.iter()
                .try_for_each(|row| out.line(&Line::Response(Box::new(row.clone()))))
        })?;
        let audit = ledger.finish(&head.tally);
        if let Some(first) = audit.discrepancies.first() {
            return Err(BackupError::Store(StoreError::Damaged {
                path: self.inner.url.shown(),
                message: first.to_string(),
            }));
        }
        out.line(&Line::End(End::of(&audit)))?;
        out.finish()?;
        Ok(audit)
    }
}

impl End {
    fn of(audit: &Audit) -> End {
        let counted = |((survey, mode), n): (&(String, String), &u64)| Counted {
            survey: survey.clone(),
            mode: mode.clone(),
            n: *n,
        };
        End {
            responses: audit.responses.iter().map(counted).collect(),
            leaf_digest: audit.leaf_digest.clone(),
        }
    }
}

/// Reads a backup to its end and believes nothing: bytes, log, hashes and counts must all agree.
///
/// # Errors
/// See [`BackupError`]; in particular any byte that differs from what was written.
pub fn verify(file: &mut dyn BufRead) -> Result<(Manifest, Audit), BackupError> {
    let mut ledger = Ledger::default();
    let mut rows: Vec<StoredResponse> = Vec::new();
    let mut manifest = None;
    let mut end = None;
    let n_lines = each_line(file, &mut |number, line| {
        let misplaced = |what: &str| Err(damaged(number, what));
        match line {
            Line::Backup(told) if number == 1 => manifest = Some(told),
            _ if manifest.is_none() => return misplaced("the first line is no manifest"),
            _ if end.is_some() => return misplaced("there is a line after the end"),
            Line::Backup(_) => return misplaced("a second manifest"),
            Line::Kept { .. } => {}
            Line::Leaf(leaf) => ledger.leaf(&leaf),
            Line::Row { table, value } => match logged(&table) {
                Some(table) => ledger.row(table, (table.leaf)(&value)),
                None => return misplaced("a row of a table that this version does not know"),
            },
            Line::Response(row) => {
                rows.push(*row);
                if rows.len() == 1_000 {
                    ledger.responses(&rows);
                    rows.clear();
                }
            }
            Line::End(told) => end = Some(told),
        }
        Ok(())
    })?;
    ledger.responses(&rows);
    let cut = || damaged(n_lines, "the file ends too early");
    let (manifest, end) = (manifest.ok_or_else(cut)?, end.ok_or_else(cut)?);
    let kept: BTreeMap<(String, String), Expected> = end
        .responses
        .iter()
        .map(|counted| {
            let (n, stretch) = (counted.n, None);
            (
                (counted.survey.clone(), counted.mode.clone()),
                Expected { n, stretch },
            )
        })
        .collect();
    let audit = ledger.finish(&kept);
    if let Some(first) = audit.discrepancies.first() {
        return Err(damaged(n_lines, &first.to_string()));
    }
    if End::of(&audit) != end || u64::try_from(manifest.leaves) != Ok(audit.leaves) {
        return Err(damaged(
            n_lines,
            "the counts at the end are not those of the lines",
        ));
    }
    Ok((manifest, audit))
}

/// Every line but the last, which must be the SHA-256 of all before it; returns how many lines there are.
pub(super) fn each_line(
    file: &mut dyn BufRead,
    see: &mut dyn FnMut(u64, Line) -> Result<(), BackupError>,
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
                    "the bytes before are not those that were written",
                ));
            }
            return match file.fill_buf()? {
                [] => Ok(number),
                _ => Err(damaged(number + 1, "there is more after the end")),
            };
        }
        digest.update(&bytes);
        // What is newer is told as such, not as damage.
        if number == 1 {
            refuse_newer(&bytes)?;
        }
        let line =
            serde_json::from_slice(&bytes).map_err(|error| damaged(number, &error.to_string()))?;
        see(number, line)?;
    }
}

fn refuse_newer(first: &[u8]) -> Result<(), BackupError> {
    #[derive(Deserialize)]
    struct First {
        backup: Told,
    }
    #[derive(Deserialize)]
    struct Told {
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

fn damaged(line: u64, message: &str) -> BackupError {
    BackupError::Damaged {
        line,
        message: message.to_owned(),
    }
}

/// Lines, and the digest of all of them at the end.
struct Hashing<'out, W: Write> {
    out: &'out mut W,
    digest: Sha256,
    line: Vec<u8>,
}

impl<'out, W: Write> Hashing<'out, W> {
    fn new(out: &'out mut W) -> Hashing<'out, W> {
        Hashing {
            out,
            digest: Sha256::new(),
            line: Vec::new(),
        }
    }

    fn line(&mut self, line: &Line) -> Result<(), BackupError> {
        self.line.clear();
        serde_json::to_writer(&mut self.line, line).map_err(std::io::Error::from)?;
        self.line.push(b'\n');
        self.digest.update(&self.line);
        Ok(self.out.write_all(&self.line)?)
    }

    fn finish(self) -> Result<(), BackupError> {
        let digest = hex(&self.digest.finalize());
        writeln!(self.out, "sha256 {digest}")?;
        Ok(self.out.flush()?)
    }
}
