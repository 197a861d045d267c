//! The response log held against the responses: dense, every leaf the hash of its row, every row with its leaf.

use std::collections::{BTreeMap, HashSet};

use diesel::prelude::*;
use rayon::prelude::*;
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::logged_table::LoggedTable;
use crate::store::response::{Leaf, StoredResponse, hex};
use crate::store::schema::LEAF_LOCK;
use crate::store::schema::{leaf, meta, response, tally};
use crate::store::statements::Tallied;
use crate::store::tables::LOGGED;

/// Rows read at a time.
const PAGE: i64 = 2_000;

/// Most discrepancies that are listed; the rest is counted.
const LISTED: usize = 20;

/// What an audit found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audit {
    /// Leaves of the log.
    pub leaves: u64,
    /// Responses by survey and mode.
    pub responses: BTreeMap<(String, String), u64>,
    /// SHA-256 over all leaves in order, each as its index, kind and hash, separated by spaces and ended by a line feed.
    pub leaf_digest: String,
    /// Where log, rows and counts contradict each other; the first of them.
    pub discrepancies: Vec<Discrepancy>,
    /// How many there are.
    pub n_discrepancies: u64,
}

impl Audit {
    /// Responses of all surveys.
    pub fn n_responses(&self) -> u64 {
        self.responses.values().sum()
    }
}

/// A contradiction between the log and what it tells of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Discrepancy {
    /// A leaf is missing, or stands twice.
    NotDense {
        /// Index that should come.
        expected: i64,
        /// Index that came.
        found: i64,
    },
    /// The row's content has another hash than its leaf.
    Altered {
        /// The leaf.
        index: i64,
    },
    /// The leaf's response is gone.
    RowMissing {
        /// The leaf.
        index: i64,
    },
    /// A response claims a leaf that is not there or is another's.
    LeafMissing {
        /// What it claims.
        index: i64,
    },
    /// A row of another table is not what was logged, or claims a leaf that is not its own.
    Row {
        /// The table.
        table: &'static str,
        /// The leaf; -1 for a value that is not a row.
        index: i64,
    },
    /// The index of ids does not lead to the response: it could be stored twice, and its receipt is not found.
    NotIndexed {
        /// The leaf.
        index: i64,
    },
    /// Where the responses of a survey begin and end in the log is kept wrongly: they would not all be read.
    Stretch {
        /// The survey.
        survey: String,
        /// The mode.
        mode: String,
        /// First and last leaf of the rows.
        rows: (i64, i64),
        /// First and last leaf that are kept.
        kept: (i64, i64),
    },
    /// The kept count differs from the rows.
    Count {
        /// The survey.
        survey: String,
        /// The mode.
        mode: String,
        /// Rows there are.
        rows: u64,
        /// Rows the count says.
        kept: u64,
    },
}

impl std::fmt::Display for Discrepancy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Discrepancy::NotDense { expected, found } => {
                write!(f, "leaf {expected} should come, leaf {found} stands there")
            }
            Discrepancy::Altered { index } => {
                write!(f, "the response at leaf {index} is not what was logged")
            }
            Discrepancy::RowMissing { index } => {
                write!(f, "the response at leaf {index} is missing")
            }
            Discrepancy::LeafMissing { index } => {
                write!(
                    f,
                    "a response claims leaf {index}, which is not there or another's"
                )
            }
            Discrepancy::Row { table, index } => {
                write!(f, "{table}: the row of leaf {index} is not what was logged")
            }
            Discrepancy::NotIndexed { index } => {
                write!(f, "the response at leaf {index} is not found by its id")
            }
            Discrepancy::Stretch {
                survey,
                mode,
                rows,
                kept,
            } => write!(
                f,
                "{survey}: responses by mode {mode} stand from leaf {} to {}, kept is from {} to {}",
                rows.0, rows.1, kept.0, kept.1
            ),
            Discrepancy::Count {
                survey,
                mode,
                rows,
                kept,
            } => write!(
                f,
                "{survey}: {rows} responses by mode {mode}, the count says {kept}"
            ),
        }
    }
}

/// An audit under way: all leaves first, then the responses in any order.
#[derive(Default)]
pub(super) struct Ledger {
    hashes: Vec<Compact>,
    claimed: Vec<bool>,
    digest: Sha256,
    responses: BTreeMap<(String, String), Tallied>,
    discrepancies: Vec<Discrepancy>,
    n_discrepancies: u64,
}

/// What a database, or a backup, says of the responses of a survey by a mode.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Expected {
    pub(super) n: u64,
    /// First and last leaf; a backup has none.
    pub(super) stretch: Option<(i64, i64)>,
}

/// A leaf's hash in less room than its hexadecimal.
type Compact = [u8; 32];

impl Ledger {
    pub(super) fn leaf(&mut self, leaf: &Leaf) {
        let expected = i64::try_from(self.hashes.len()).unwrap_or(i64::MAX);
        if leaf.idx != expected {
            self.note(Discrepancy::NotDense {
                expected,
                found: leaf.idx,
            });
        }
        self.digest
            .update(format!("{} {} {}\n", leaf.idx, leaf.kind, leaf.hash));
        self.hashes.push(compact(&leaf.hash));
        let has_row = leaf.kind == "sub" || LOGGED.iter().any(|table| table.kind == leaf.kind);
        self.claimed.push(!has_row);
    }

    pub(super) fn responses(&mut self, rows: &[StoredResponse]) {
        let place = |row: &StoredResponse| usize::try_from(row.leaf_index).ok();
        let as_logged: Vec<bool> = rows
            .par_iter()
            .map(|row| {
                let logged = place(row).and_then(|place| self.hashes.get(place));
                logged.is_some_and(|logged| row.is_hashed_as(|hash| *logged == compact(hash)))
            })
            .collect();
        for (row, as_logged) in rows.iter().zip(as_logged) {
            let index = row.leaf_index;
            match place(row).and_then(|place| self.claimed.get_mut(place)) {
                Some(claimed) if !*claimed => {
                    *claimed = true;
                    if !as_logged {
                        self.note(Discrepancy::Altered { index });
                    }
                }
                _ => self.note(Discrepancy::LeafMissing { index }),
            }
            let of = (row.survey.clone(), row.mode.clone());
            let before = self.responses.get(&of).copied();
            self.responses.insert(of, Tallied::with(before, index));
        }
    }

    /// A row of another logged table: its place in the log, and its leaf's hash.
    pub(super) fn row(&mut self, table: &LoggedTable, leaf: Option<(i64, String)>) {
        let Some((index, hash)) = leaf else {
            return self.note(Discrepancy::Row {
                table: table.name,
                index: -1,
            });
        };
        let place = usize::try_from(index).ok();
        let logged = place.and_then(|place| self.hashes.get(place)) == Some(&compact(&hash));
        match place.and_then(|place| self.claimed.get_mut(place)) {
            Some(claimed) if !*claimed && logged => *claimed = true,
            _ => self.note(Discrepancy::Row {
                table: table.name,
                index,
            }),
        }
    }

    /// The audit, once everything was seen; `kept` are the counts that the database, or a backup, keeps.
    pub(super) fn finish(mut self, kept: &BTreeMap<(String, String), Expected>) -> Audit {
        let missing: Vec<usize> = self
            .claimed
            .iter()
            .enumerate()
            .filter_map(|(place, claimed)| (!claimed).then_some(place))
            .collect();
        for place in missing {
            let index = i64::try_from(place).unwrap_or(i64::MAX);
            self.note(Discrepancy::RowMissing { index });
        }
        let of: std::collections::BTreeSet<_> =
            kept.keys().chain(self.responses.keys()).cloned().collect();
        for of in of {
            let rows = self.responses.get(&of).copied();
            let n_rows = rows.map_or(0, |rows| u64::try_from(rows.n).unwrap_or(0));
            let kept = kept.get(&of).copied().unwrap_or_default();
            let (survey, mode) = of;
            if n_rows != kept.n {
                self.note(Discrepancy::Count {
                    survey,
                    mode,
                    rows: n_rows,
                    kept: kept.n,
                });
            } else if let (Some(rows), Some(kept)) = (rows, kept.stretch)
                && kept != (rows.first_leaf, rows.last_leaf)
            {
                self.note(Discrepancy::Stretch {
                    survey,
                    mode,
                    rows: (rows.first_leaf, rows.last_leaf),
                    kept,
                });
            }
        }
        Audit {
            leaves: u64::try_from(self.hashes.len()).unwrap_or(u64::MAX),
            responses: self
                .responses
                .into_iter()
                .map(|(of, rows)| (of, u64::try_from(rows.n).unwrap_or(0)))
                .collect(),
            leaf_digest: hex(&self.digest.finalize()),
            discrepancies: self.discrepancies,
            n_discrepancies: self.n_discrepancies,
        }
    }

    fn note(&mut self, discrepancy: Discrepancy) {
        self.n_discrepancies += 1;
        if self.discrepancies.len() < LISTED {
            self.discrepancies.push(discrepancy);
        }
    }
}

/// SHA-256 of the text: equal for equal hashes, whatever stands there.
fn compact(hash: &str) -> Compact {
    Sha256::digest(hash).into()
}

impl Store {
    /// Holds the log against every response, recomputing each leaf; `progress` is told how many responses were read.
    ///
    /// May run beside a server: what comes in meanwhile is left out.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn audit(&self, progress: &mut dyn FnMut(u64)) -> Result<Audit, StoreError> {
        let head = self.head()?;
        let mut ledger = Ledger::default();
        self.each_leaf(&head, &mut |leaves| {
            leaves.iter().for_each(|leaf| ledger.leaf(leaf));
            Ok(())
        })?;
        let mut n_read = 0;
        self.each_response(&head, &mut |rows| {
            ledger.responses(rows);
            for index in self.not_indexed(rows)? {
                ledger.note(Discrepancy::NotIndexed { index });
            }
            n_read += u64::try_from(rows.len()).unwrap_or(0);
            progress(n_read);
            Ok(())
        })?;
        for (table, row) in self.logged_rows()? {
            ledger.row(table, (table.leaf)(&row));
        }
        Ok(ledger.finish(&head.tally))
    }

    /// The rows of every other logged table. A database of an earlier version has none.
    pub(super) fn logged_rows(&self) -> Result<Vec<(&'static LoggedTable, Value)>, StoreError> {
        let mut rows = Vec::new();
        for table in LOGGED.iter().filter(|_| self.inner.keeps_stretches) {
            let read = self.read(|connection| (table.read)(connection))?;
            rows.extend(read.into_iter().map(|row| (table, row)));
        }
        Ok(rows)
    }

    /// The leaves of those of `rows` that a search by id does not find. On SQLite only: it reads its indexes as they are,
    /// PostgreSQL has tools of its own (`amcheck`).
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

    /// The counts, the position of the log and what is kept, at one moment.
    pub(super) fn head(&self) -> Result<Head, StoreError> {
        macro_rules! all {
            ($connection:expr) => {
                Ok((
                    meta::table.load::<(String, String)>($connection)?,
                    match self.inner.keeps_stretches {
                        true => tally::table
                            .load::<(String, String, i64, i64, i64)>($connection)?
                            .into_iter()
                            .map(|(survey, mode, n, first, last)| {
                                (survey, mode, n, Some((first, last)))
                            })
                            .collect(),
                        false => tally::table
                            .select((tally::survey, tally::mode, tally::n))
                            .load::<(String, String, i64)>($connection)?
                            .into_iter()
                            .map(|(survey, mode, n)| (survey, mode, n, None))
                            .collect::<Vec<_>>(),
                    },
                    leaf::table
                        .select(diesel::dsl::max(leaf::idx))
                        .get_result::<Option<i64>>($connection)?,
                ))
            };
        }
        let (kept, tally, last) = self.read(|connection| {
            // One state: PostgreSQL would take a new one for every statement.
            #[cfg(feature = "postgres")]
            if let AnyConnection::Postgres(postgres) = connection {
                let mut transaction = postgres.build_transaction().read_only().repeatable_read();
                return transaction.run(|postgres| all!(postgres));
            }
            connection.transaction(|connection| all!(connection))
        })?;
        let mut kept: BTreeMap<String, String> = kept.into_iter().collect();
        kept.remove(LEAF_LOCK);
        let of = |(survey, mode, n, stretch)| {
            let n = u64::try_from(n).unwrap_or(0);
            ((survey, mode), Expected { n, stretch })
        };
        Ok(Head {
            next_leaf: last.map_or(0, |last| last + 1),
            tally: tally.into_iter().map(of).collect(),
            kept,
        })
    }

    /// All leaves before the head, page by page.
    pub(super) fn each_leaf<E: From<StoreError>>(
        &self,
        head: &Head,
        see: &mut dyn FnMut(&[Leaf]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut first = 0;
        while first < head.next_leaf {
            let mut page = self.leaves(first, PAGE)?;
            page.retain(|leaf| leaf.idx < head.next_leaf);
            let Some(last) = page.last() else { break };
            first = last.idx + 1;
            see(&page)?;
        }
        Ok(())
    }

    /// All responses before the head, page by page, in the log's order (in a database of the first version by survey).
    ///
    /// The log only grows, so what stands before one head is one state of the database, although every page is a short
    /// read of its own that holds nobody up.
    pub(super) fn each_response<E: From<StoreError>>(
        &self,
        head: &Head,
        see: &mut dyn FnMut(&[StoredResponse]) -> Result<(), E>,
    ) -> Result<(), E> {
        if !self.inner.keeps_stretches {
            let surveys: std::collections::BTreeSet<&String> =
                head.tally.keys().map(|(survey, _)| survey).collect();
            for survey in surveys {
                pages(head, &|after| self.scan(survey, after, PAGE), see)?;
            }
            return Ok(());
        }
        pages(head, &|after| self.scan_all(after, PAGE), see)
    }
}

/// Hands on what `read` gives after each place, up to the head.
fn pages<E: From<StoreError>>(
    head: &Head,
    read: &dyn Fn(i64) -> Result<Vec<StoredResponse>, StoreError>,
    see: &mut dyn FnMut(&[StoredResponse]) -> Result<(), E>,
) -> Result<(), E> {
    // From the least there is, so that a row with a place that no leaf can have is seen too.
    let mut after = i64::MIN;
    loop {
        let mut page = read(after)?;
        page.retain(|row| row.leaf_index < head.next_leaf);
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.leaf_index;
        see(&page)?;
    }
}

/// The state of a database at one moment, but for the rows themselves.
#[derive(Debug, Clone)]
pub(super) struct Head {
    pub(super) next_leaf: i64,
    pub(super) tally: BTreeMap<(String, String), Expected>,
    /// What is kept under a name, without what only locks.
    pub(super) kept: BTreeMap<String, String>,
}
