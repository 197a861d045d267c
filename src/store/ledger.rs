//! Audits the log against the rows: leaves are numbered without gaps, each leaf has the hash of its
//! row, and each row has a leaf.
//!
//! # To verify a backup with another program
//!
//! [`backup_file`](crate::store::backup_file) has the format of the file.
//! 1. The SHA-256 in the last line is that of all bytes before the last line.
//! 2. The field `idx` of the `leaf` lines is 0, 1, 2, … without gaps.
//! 3. For each `response` line: the leaf with `idx` = `leaf_index` has the kind `sub`, and its
//!    `hash` is HMAC-SHA256. The key is the 32 bytes of `nonce`. The message is the byte
//!    `0x03`, then each field: its length in bytes (u32, big-endian) and its UTF-8 bytes.
//!    [`StoredResponse::leaf_hash`] lists the fields. For a row of an earlier version of
//!    minyi, the hash is that of `StoredResponse::hash_v2` (byte `0x02`) or `hash_v1` (`0x01`).
//! 4. For each `row` line: the leaf with `idx` = `leaf_index` has the kind of the line's table, and
//!    its hash is made in the same way, with the byte `0x01`, the kind as the first field, and then
//!    the fields of the row, numbers in decimal. The call of `logged_row` in the file of each table
//!    names kind and fields. For `questionnaire_version` they are `version`, then `hash`, `survey`,
//!    `since`, `reason`, `source`.
//! 5. Each leaf of these kinds belongs to exactly one row.
//! 6. `n` in the `end` line is the number of `response` lines of the survey and mode.
//!    `leaf_digest` is [`Audit::leaf_digest`].
//!
//! Leaves are not chained. Whoever can write to the database can change a row and its leaf
//! together. To detect this, compare the leaves with an earlier backup, or with receipts. A receipt
//! of the API has number and hash of the leaf; on a receipt page, the code is the first 16 digits
//! of the hash.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use diesel::prelude::*;
use rayon::prelude::*;
use sha2::{Digest, Sha256};

use crate::store::connection::AnyConnection;
use crate::store::discrepancy::Discrepancy;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::head::StoredCount;
use crate::store::logged_table::LoggedTable;
use crate::store::response::{Leaf, StoredResponse, hex};
use crate::store::schema::response;
use crate::store::statements::Tally;
use crate::store::tables::LOGGED;

/// Most discrepancies that are listed; the rest are only counted.
const MOST_LISTED: usize = 20;

/// The result of an audit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Leaves of the log.
    pub leaves: u64,
    /// Responses by survey and mode.
    pub responses: BTreeMap<(String, String), u64>,
    /// SHA-256, hex, of one line for each leaf in order: index, kind and hash, separated by one
    /// space, then a line feed.
    pub leaf_digest: String,
    /// The first contradictions between leaves, rows and stored counts; at most 20.
    pub discrepancies: Vec<Discrepancy>,
    /// Number of all contradictions.
    pub n_discrepancies: u64,
}

impl Audit {
    /// Responses of all surveys.
    pub fn n_responses(&self) -> u64 {
        self.responses.values().sum()
    }
}

/// An audit in progress: first all leaves, then the rows in any order.
#[derive(Default)]
pub(super) struct Ledger {
    /// By leaf index: the digest of its hash.
    hashes: Vec<HashDigest>,
    /// By leaf index: whether the leaf's row was found. True from the start for kinds of leaves
    /// that have no row.
    row_found: Vec<bool>,
    digest: Sha256,
    responses: BTreeMap<(String, String), Tally>,
    discrepancies: Vec<Discrepancy>,
    n_discrepancies: u64,
}

/// SHA-256 of the text of a leaf's hash. The digest takes half the memory of the hexadecimal text.
/// A damaged leaf may hold any text as its hash; the digest exists for any text.
type HashDigest = [u8; 32];

fn digest_of(hash: &str) -> HashDigest {
    Sha256::digest(hash).into()
}

impl Ledger {
    /// Adds the next leaf of the log.
    pub(super) fn add_leaf(&mut self, leaf: &Leaf) {
        let expected = i64::try_from(self.hashes.len()).unwrap_or(i64::MAX);
        if leaf.idx != expected {
            self.record(Discrepancy::NotDense {
                expected,
                found: leaf.idx,
            });
        }
        self.digest
            .update(format!("{} {} {}\n", leaf.idx, leaf.kind, leaf.hash));
        self.hashes.push(digest_of(&leaf.hash));
        let has_row = leaf.kind == "sub" || LOGGED.iter().any(|table| table.kind == leaf.kind);
        self.row_found.push(!has_row);
    }

    /// Compares responses with their leaves.
    pub(super) fn add_responses(&mut self, rows: &[StoredResponse]) {
        let index_of = |row: &StoredResponse| usize::try_from(row.leaf_index).ok();
        let matches_leaf: Vec<bool> = rows
            .par_iter()
            .map(|row| {
                let logged = index_of(row).and_then(|index| self.hashes.get(index));
                logged.is_some_and(|logged| row.has_hash(|hash| *logged == digest_of(hash)))
            })
            .collect();
        for (row, matches_leaf) in rows.iter().zip(matches_leaf) {
            let index = row.leaf_index;
            match index_of(row).and_then(|index| self.row_found.get_mut(index)) {
                Some(row_found) if !*row_found => {
                    *row_found = true;
                    if !matches_leaf {
                        self.record(Discrepancy::Altered { index });
                    }
                }
                _ => self.record(Discrepancy::LeafMissing { index }),
            }
            let key = (row.survey.clone(), row.mode.clone());
            let before = self.responses.get(&key).copied();
            self.responses.insert(key, Tally::with_leaf(before, index));
        }
    }

    /// Compares a row of another logged table with its leaf. `leaf` is the row's leaf index and the
    /// hash computed from the row; `None` if the row could not be decoded.
    pub(super) fn add_row(&mut self, table: &LoggedTable, leaf: Option<(i64, String)>) {
        let Some((index, hash)) = leaf else {
            return self.record(Discrepancy::Row {
                table: table.name,
                index: -1,
            });
        };
        let leaf_index = usize::try_from(index).ok();
        let logged = leaf_index.and_then(|index| self.hashes.get(index));
        let matches_leaf = logged == Some(&digest_of(&hash));
        match leaf_index.and_then(|index| self.row_found.get_mut(index)) {
            Some(row_found) if !*row_found && matches_leaf => *row_found = true,
            _ => self.record(Discrepancy::Row {
                table: table.name,
                index,
            }),
        }
    }

    /// Ends the audit, after all rows were added. `counts`: numbers of responses, as stored in the
    /// database or stated in a backup.
    pub(super) fn finish(mut self, counts: &BTreeMap<(String, String), StoredCount>) -> Audit {
        let missing: Vec<usize> = self
            .row_found
            .iter()
            .enumerate()
            .filter_map(|(index, row_found)| (!row_found).then_some(index))
            .collect();
        for index in missing {
            let index = i64::try_from(index).unwrap_or(i64::MAX);
            self.record(Discrepancy::RowMissing { index });
        }
        self.compare_counts(counts);
        Audit {
            leaves: u64::try_from(self.hashes.len()).unwrap_or(u64::MAX),
            responses: self
                .responses
                .into_iter()
                .map(|(key, rows)| (key, u64::try_from(rows.n).unwrap_or(0)))
                .collect(),
            leaf_digest: hex(&self.digest.finalize()),
            discrepancies: self.discrepancies,
            n_discrepancies: self.n_discrepancies,
        }
    }

    fn compare_counts(&mut self, counts: &BTreeMap<(String, String), StoredCount>) {
        let keys: BTreeSet<_> = counts
            .keys()
            .chain(self.responses.keys())
            .cloned()
            .collect();
        for key in keys {
            let rows = self.responses.get(&key).copied();
            let n_rows = rows.map_or(0, |rows| u64::try_from(rows.n).unwrap_or(0));
            let stored = counts.get(&key).copied().unwrap_or_default();
            let (survey, mode) = key;
            if n_rows != stored.n {
                self.record(Discrepancy::Count {
                    survey,
                    mode,
                    rows: n_rows,
                    stored: stored.n,
                });
            } else if let (Some(rows), Some(stored)) = (rows, stored.leaf_range)
                && stored != (rows.first_leaf, rows.last_leaf)
            {
                self.record(Discrepancy::LeafRange {
                    survey,
                    mode,
                    rows: (rows.first_leaf, rows.last_leaf),
                    stored,
                });
            }
        }
    }

    fn record(&mut self, discrepancy: Discrepancy) {
        self.n_discrepancies += 1;
        if self.discrepancies.len() < MOST_LISTED {
            self.discrepancies.push(discrepancy);
        }
    }
}

impl Store {
    /// Recomputes every leaf from its row and compares it with the log. Calls `progress` with the
    /// number of responses read so far.
    ///
    /// May run beside a server: it ignores rows that are stored after its start.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn audit(&self, progress: &mut dyn FnMut(u64)) -> Result<Audit, StoreError> {
        let head = self.head()?;
        let mut ledger = Ledger::default();
        self.each_leaf(&head, &mut |leaves| {
            leaves.iter().for_each(|leaf| ledger.add_leaf(leaf));
            Ok(())
        })?;
        let mut n_read = 0;
        self.each_response(&head, &mut |rows| {
            ledger.add_responses(rows);
            for index in self.not_indexed(rows)? {
                ledger.record(Discrepancy::NotIndexed { index });
            }
            n_read += u64::try_from(rows.len()).unwrap_or(0);
            progress(n_read);
            Ok(())
        })?;
        for (table, row) in self.logged_rows()? {
            ledger.add_row(table, (table.leaf)(&row));
        }
        Ok(ledger.finish(&head.counts))
    }

    /// The leaves of those `rows` that a search by id does not find. On SQLite only: PostgreSQL has
    /// `amcheck` for its indexes.
    fn not_indexed(&self, rows: &[StoredResponse]) -> Result<Vec<i64>, StoreError> {
        if self.inner.url.path().is_none() {
            return Ok(Vec::new());
        }
        let found: HashSet<(String, i64)> = self.read(|connection| match connection {
            #[cfg(feature = "postgres")]
            AnyConnection::Postgres(_) => Ok(HashSet::new()),
            AnyConnection::Sqlite(connection) => Ok(response::table
                .filter(response::id.eq_any(rows.iter().map(|row| &row.id)))
                .select((response::id, response::leaf_index))
                .load(connection)?
                .into_iter()
                .collect()),
        })?;
        let is_lost = |row: &&StoredResponse| !found.contains(&(row.id.clone(), row.leaf_index));
        Ok(rows
            .iter()
            .filter(is_lost)
            .map(|row| row.leaf_index)
            .collect())
    }
}
