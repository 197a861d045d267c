//! Drafts of releases and their files, as they were made.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use diesel::dsl::max;
use diesel::prelude::*;
use libdeflater::{CompressionLvl, Compressor, Decompressor};
use serde::{Deserialize, Serialize};

use crate::staff::AuditEntry;
use crate::store::audit;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::logged_table::{LoggedRow, LoggedTable, logged_row};
use crate::store::response::unhex;
use crate::store::schema::{leaf, release, release_file};
use crate::store::transaction::{Transaction, leaf_hash};

/// A draft of a release. Published or not: [`crate::staff::release_approval`] decides.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = release)]
pub struct Release {
    /// A UUID.
    pub id: String,
    /// `satisfaction-2026`.
    pub survey: String,
    /// Number within the survey, from 1.
    pub number: i64,
    /// How many responses of the survey it rests on, in the order of the log.
    pub responses: i64,
    /// How many leaves the log had.
    pub log_size: i64,
    /// Its second, microseconds UTC.
    pub publish_at: i64,
    /// Why it takes the place of the release before; empty for the first.
    pub reason: String,
    /// The bytes of `release.json`: the files with their hashes, and what it was made from.
    pub manifest: String,
    /// SHA-256 of `manifest`, hex.
    pub digest: String,
    /// What it lets be known of small groups, as JSON, for the releases after it. Never published.
    pub cells: String,
    /// A staff name, or the user of the machine.
    pub drafted_by: String,
    /// Microseconds UTC.
    pub drafted_at: i64,
    nonce: String,
    leaf_index: i64,
}

impl Release {
    /// Whether it was stored after `other`.
    pub(super) fn is_after(&self, other: &Release) -> bool {
        self.leaf_index > other.leaf_index
    }
}

/// A file of a release.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = release_file)]
pub(super) struct FileRow {
    release_id: String,
    name: String,
    media_type: String,
    content: String,
    nonce: String,
    leaf_index: i64,
}

/// How the tables are backed up, restored and audited.
pub(super) const RELEASES: LoggedTable = LoggedTable::of::<Release>("release", MIGRATION);
/// See [`RELEASES`].
pub(super) const FILES: LoggedTable = LoggedTable::of::<FileRow>("release_file", MIGRATION);

/// Version of the migration that made all tables of releases.
pub(super) const MIGRATION: &str = "20261205000000";

logged_row!(
    Release,
    release,
    "release",
    [
        id, survey, number, responses, log_size, publish_at, reason, manifest, digest, cells,
        drafted_by, drafted_at
    ]
);

logged_row!(
    FileRow,
    release_file,
    "release_file",
    [release_id, name, media_type, content]
);

/// What a draft is made of, before it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewRelease {
    /// See [`Release`].
    pub id: String,
    /// See [`Release`].
    pub survey: String,
    /// See [`Release`].
    pub number: i64,
    /// See [`Release`].
    pub responses: i64,
    /// See [`Release`].
    pub log_size: i64,
    /// See [`Release`].
    pub publish_at: i64,
    /// See [`Release`].
    pub reason: String,
    /// See [`Release`].
    pub manifest: String,
    /// See [`Release`].
    pub digest: String,
    /// See [`Release`].
    pub cells: String,
    /// See [`Release`].
    pub drafted_by: String,
    /// See [`Release`].
    pub drafted_at: i64,
    /// Its files.
    pub files: Vec<StoredFile>,
}

/// A file of a release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredFile {
    /// `figures.csv`.
    pub name: String,
    /// `text/csv; charset=utf-8`.
    pub media_type: String,
    /// The bytes.
    pub bytes: Vec<u8>,
}

/// A file that is read from the database.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReadFile {
    /// As it was stored.
    Whole(StoredFile),
    /// The row is not what was stored: its leaf says something else.
    Altered,
}

impl Store {
    /// Stores a draft with its files, and `entry` in the audit record.
    ///
    /// # Errors
    /// When the database cannot be written; then nothing is stored.
    pub fn add_release(&self, new: NewRelease, entry: AuditEntry) -> Result<(), StoreError> {
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.lock_log()?;
            for file in new.files {
                transaction.append(FileRow {
                    release_id: new.id.clone(),
                    name: file.name,
                    media_type: file.media_type,
                    content: packed(&file.bytes),
                    nonce: String::new(),
                    leaf_index: -1,
                })?;
            }
            transaction.append(Release {
                id: new.id,
                survey: new.survey,
                number: new.number,
                responses: new.responses,
                log_size: new.log_size,
                publish_at: new.publish_at,
                reason: new.reason,
                manifest: new.manifest,
                digest: new.digest,
                cells: new.cells,
                drafted_by: new.drafted_by,
                drafted_at: new.drafted_at,
                nonce: String::new(),
                leaf_index: -1,
            })?;
            audit::append(transaction, entry)
        })
    }

    /// All drafts of all surveys, oldest first, each with whether it is as it was stored. A database of
    /// an earlier version of minyi that was opened for reading only has none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn releases(&self) -> Result<Vec<(Release, bool)>, StoreError> {
        if !self.inner.has_migration(MIGRATION) {
            return Ok(Vec::new());
        }
        self.read(|connection| {
            let rows = Release::all(connection)?;
            rows.into_iter()
                .map(|row| {
                    let is_whole = is_as_logged(connection, &row)?;
                    Ok((row, is_whole))
                })
                .collect()
        })
    }

    /// The file of a release with this name; `None` if it has none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn release_file(&self, release: &str, name: &str) -> Result<Option<ReadFile>, StoreError> {
        if !self.inner.has_migration(MIGRATION) {
            return Ok(None);
        }
        self.read(|connection| {
            let row: Option<FileRow> = release_file::table
                .filter(release_file::release_id.eq(release))
                .filter(release_file::name.eq(name))
                .select(FileRow::as_select())
                .first(connection)
                .optional()?;
            let Some(row) = row else {
                return Ok(None);
            };
            let is_whole = is_as_logged(connection, &row)?;
            let bytes = unpacked(&row.content).filter(|_| is_whole);
            Ok(Some(bytes.map_or(ReadFile::Altered, |bytes| {
                ReadFile::Whole(StoredFile {
                    name: row.name,
                    media_type: row.media_type,
                    bytes,
                })
            })))
        })
    }

    /// The number of leaves in the log.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn log_size(&self) -> Result<i64, StoreError> {
        let last: Option<i64> =
            self.read(|connection| leaf::table.select(max(leaf::idx)).first(connection))?;
        Ok(last.map_or(0, |last| last + 1))
    }
}

/// Largest file that is read, bytes.
const LARGEST: usize = 64 * 1024 * 1024;

/// Bytes as they are stored: their number, then compressed (zlib) in Base64, with a colon between.
fn packed(bytes: &[u8]) -> String {
    let mut compressor = Compressor::new(CompressionLvl::default());
    let mut coded = vec![0; compressor.zlib_compress_bound(bytes.len())];
    // The buffer is large enough for any bytes.
    let length = compressor.zlib_compress(bytes, &mut coded).unwrap_or(0);
    let coded = coded.get(..length).unwrap_or_default();
    format!("{}:{}", bytes.len(), STANDARD.encode(coded))
}

/// The bytes that were [`packed`]; `None` for anything else.
fn unpacked(content: &str) -> Option<Vec<u8>> {
    let (length, coded) = content.split_once(':')?;
    let length: usize = length.parse().ok().filter(|own| *own <= LARGEST)?;
    let coded = STANDARD.decode(coded).ok()?;
    let mut bytes = vec![0; length];
    let unpacked = Decompressor::new()
        .zlib_decompress(&coded, &mut bytes)
        .ok()?;
    (unpacked == length).then_some(bytes)
}

/// Whether the leaf of a row has the hash of its fields.
pub(super) fn is_as_logged<R: LoggedRow>(
    connection: &mut AnyConnection,
    row: &R,
) -> QueryResult<bool> {
    let (nonce, leaf_index) = row.entry();
    let stored: Option<(String, String)> = leaf::table
        .filter(leaf::idx.eq(leaf_index))
        .select((leaf::kind, leaf::hash))
        .first(connection)
        .optional()?;
    let fields = row.fields();
    let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
    let hash = leaf_hash(&unhex(nonce).unwrap_or_default(), R::KIND, &fields);
    Ok(stored.is_some_and(|(kind, own)| kind == R::KIND && own == hash))
}
