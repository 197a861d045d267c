//! The head of the log at one moment, and reads of everything before it.
//!
//! The log only grows. So the rows before one head are one state of the database, although they are
//! read by many short queries that block nobody. Audits and backups rely on this.

use std::collections::{BTreeMap, BTreeSet};

use diesel::connection::DefaultLoadingMode;
use diesel::prelude::*;
use serde_json::Value;

#[cfg(feature = "postgres")]
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::logged_table::LoggedTable;
use crate::store::response::{Leaf, StoredResponse};
use crate::store::schema::{LEAF_LOCK, invitation, leaf, meta, tally};
use crate::store::tables::LOGGED;

/// Rows read at a time.
const PAGE: i64 = 2_000;

/// The state of a database at one moment, except for the rows themselves.
#[derive(Debug, Clone)]
pub(super) struct Head {
    /// Index of the next leaf: the length of the log.
    pub(super) next_leaf: i64,
    /// Stored counts by survey and mode.
    pub(super) counts: BTreeMap<(String, String), StoredCount>,
    /// Named values of the table `meta`, without the row that only serves as a lock.
    pub(super) named_values: BTreeMap<String, String>,
    /// Hashes of the unspent invitations by survey and PSU, one after the other in order; empty
    /// unless they were asked for.
    pub(super) invitations: BTreeMap<(String, String), String>,
}

/// What a database, or a backup, states about the responses of one survey by one mode.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct StoredCount {
    /// Number of responses.
    pub(super) n: u64,
    /// First and last leaf. Backups and databases of the first version do not state it.
    pub(super) leaf_range: Option<(i64, i64)>,
}

impl Store {
    /// Reads counts, named values and the length of the log in one transaction.
    pub(super) fn head(&self) -> Result<Head, StoreError> {
        self.read_head(false)
    }

    /// [`Store::head`] with the unspent invitations at the same moment: an invitation is either
    /// among them, or was spent by a response before the head.
    pub(super) fn head_with_invitations(&self) -> Result<Head, StoreError> {
        self.read_head(self.inner.has_leaf_ranges)
    }

    fn read_head(&self, with_invitations: bool) -> Result<Head, StoreError> {
        macro_rules! load {
            ($connection:expr) => {
                Ok((
                    meta::table.load::<(String, String)>($connection)?,
                    match self.inner.has_leaf_ranges {
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
                    match with_invitations {
                        true => by_psu(
                            invitation::table
                                .order(invitation::code_hash)
                                .select((
                                    invitation::survey,
                                    invitation::psu,
                                    invitation::code_hash,
                                ))
                                .load_iter::<(String, String, String), DefaultLoadingMode>(
                                    $connection,
                                )?,
                        )?,
                        false => BTreeMap::new(),
                    },
                ))
            };
        }
        let (values, counts, last, invitations) = self.read(|connection| {
            // PostgreSQL's default isolation would show a newer state to each statement.
            #[cfg(feature = "postgres")]
            if let AnyConnection::Postgres(postgres) = connection {
                let mut transaction = postgres.build_transaction().read_only().repeatable_read();
                return transaction.run(|postgres| load!(postgres));
            }
            connection.transaction(|connection| load!(connection))
        })?;
        let mut named_values: BTreeMap<String, String> = values.into_iter().collect();
        named_values.remove(LEAF_LOCK);
        let counts = counts.into_iter().map(|(survey, mode, n, leaf_range)| {
            let n = u64::try_from(n).unwrap_or(0);
            ((survey, mode), StoredCount { n, leaf_range })
        });
        Ok(Head {
            next_leaf: last.map_or(0, |last| last + 1),
            counts: counts.collect(),
            named_values,
            invitations,
        })
    }

    /// Passes all leaves before the head to `visit`, page by page.
    pub(super) fn each_leaf<E: From<StoreError>>(
        &self,
        head: &Head,
        visit: &mut dyn FnMut(&[Leaf]) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut first = 0;
        while first < head.next_leaf {
            let mut page = self.leaves(first, PAGE)?;
            page.retain(|leaf| leaf.idx < head.next_leaf);
            let Some(last) = page.last() else { break };
            first = last.idx + 1;
            visit(&page)?;
        }
        Ok(())
    }

    /// Passes all responses before the head to `visit`, page by page. They come in leaf order; from
    /// a database of the first version they come by survey.
    pub(super) fn each_response<E: From<StoreError>>(
        &self,
        head: &Head,
        visit: &mut dyn FnMut(&[StoredResponse]) -> Result<(), E>,
    ) -> Result<(), E> {
        if !self.inner.has_leaf_ranges {
            let surveys: BTreeSet<&String> = head.counts.keys().map(|(survey, _)| survey).collect();
            for survey in surveys {
                each_page(head, &|after| self.scan(survey, after, PAGE), visit)?;
            }
            return Ok(());
        }
        each_page(head, &|after| self.scan_all(after, PAGE), visit)
    }

    /// The rows of every other logged table. A database of an earlier version has none.
    pub(super) fn logged_rows(&self) -> Result<Vec<(&'static LoggedTable, Value)>, StoreError> {
        let mut rows = Vec::new();
        for table in LOGGED.iter().filter(|_| self.inner.has_leaf_ranges) {
            let read = self.read(|connection| (table.read)(connection))?;
            rows.extend(read.into_iter().map(|row| (table, row)));
        }
        Ok(rows)
    }
}

/// The hashes of rows of survey, PSU and hash, one after the other for each survey and PSU.
fn by_psu(
    rows: impl Iterator<Item = QueryResult<(String, String, String)>>,
) -> QueryResult<BTreeMap<(String, String), String>> {
    let mut hashes: BTreeMap<(String, String), String> = BTreeMap::new();
    for row in rows {
        let (survey, psu, hash) = row?;
        hashes.entry((survey, psu)).or_default().push_str(&hash);
    }
    Ok(hashes)
}

/// Passes pages of responses to `visit` until the head; `read(after)` returns the page after a
/// leaf.
fn each_page<E: From<StoreError>>(
    head: &Head,
    read: &dyn Fn(i64) -> Result<Vec<StoredResponse>, StoreError>,
    visit: &mut dyn FnMut(&[StoredResponse]) -> Result<(), E>,
) -> Result<(), E> {
    // Starts at the smallest number, so that a row with an invalid leaf index is found too.
    let mut after = i64::MIN;
    loop {
        let mut page = read(after)?;
        page.retain(|row| row.leaf_index < head.next_leaf);
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = last.leaf_index;
        visit(&page)?;
    }
}
