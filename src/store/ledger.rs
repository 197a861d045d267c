//! Audits the log against the responses: leaves are dense, each leaf is the hash of its row, and
//! each row has its leaf.

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
    /// SHA-256 over all leaves in order, each as its index, kind and hash, separated by spaces and
    /// ended by a line feed; hex.
    pub leaf_digest: String,
    /// The first contradictions between log, rows and counts.
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
    /// By leaf index: whether its row was found. True from the start for leaves without a row.
    row_found: Vec<bool>,
    digest: Sha256,
    responses: BTreeMap<(String, String), Tally>,
    discrepancies: Vec<Discrepancy>,
    n_discrepancies: u64,
}

/// SHA-256 of a leaf's hash as it is written. It takes half the memory of the hexadecimal text, and
/// works for any text that a damaged row may hold.
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

    /// Ends the audit, after all rows were added. `counts` are the counts that the database, or a
    /// backup, states.
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
