//! Reads stored responses in leaf order, by short queries.

use std::collections::BTreeMap;

use diesel::dsl::max;
use diesel::prelude::*;
use rayon::prelude::*;

use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::response::{LoggedResponse, StoredResponse};
use crate::store::schema::{leaf, response as responses, tally};

/// Most leaves that one query covers when it looks for a survey's responses among those of others.
const MOST_LEAVES_A_QUERY: i64 = 20_000;

/// Rows read at a time.
const PAGE: i64 = 5_000;

/// The leaves among which all responses of a survey are.
pub(super) struct LeafRange {
    first: i64,
    last: i64,
    /// How many of them are the survey's, by the stored counts.
    counted: u64,
}

/// Reads a page of at most `limit` rows after the leaf `after`, by queries that each cover a part
/// of `range`. `read(after, until, limit)` returns at most `limit` rows with after < leaf <= until.
pub(super) fn read_in_steps<Row>(
    range: &LeafRange,
    after: i64,
    limit: i64,
    read: impl Fn(i64, i64, i64) -> Result<Vec<Row>, StoreError>,
) -> Result<Vec<Row>, StoreError> {
    let mut page = Vec::new();
    let mut after = after.max(range.first - 1);
    while after < range.last {
        let until = range.last.min(after.saturating_add(MOST_LEAVES_A_QUERY));
        let left = limit - i64::try_from(page.len()).unwrap_or(i64::MAX);
        if left <= 0 {
            break;
        }
        page.extend(read(after, until, left)?);
        after = until;
    }
    Ok(page)
}

impl Store {
    /// When the newest response of a survey was received, microseconds UTC; `None` if it has none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_received(&self, survey: &str) -> Result<Option<i64>, StoreError> {
        self.read(|connection| {
            let last: Option<i64> = tally::table
                .filter(tally::survey.eq(survey))
                .select(max(tally::last_leaf))
                .get_result(connection)?;
            let Some(last) = last else {
                return Ok(None);
            };
            responses::table
                .filter(responses::leaf_index.eq(last))
                .select(responses::received_at)
                .first(connection)
                .optional()
        })
    }

    /// Number of responses to `survey` that were received at or after `since` (microseconds UTC), by
    /// area and mode.
    ///
    /// Responses lie in the order of the log, and their times rise with it but for the moment that a
    /// batch waits. So the first one is looked for by halving, from one hour before.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn received_since(
        &self,
        survey: &str,
        since: i64,
    ) -> Result<BTreeMap<(String, String), u64>, StoreError> {
        const HOUR: i64 = 3600 * 1_000_000;
        self.read(|connection| {
            let last: Option<i64> = tally::table
                .filter(tally::survey.eq(survey))
                .select(max(tally::last_leaf))
                .get_result(connection)?;
            let (mut low, mut high) = (0, last.unwrap_or(-1) + 1);
            while low < high {
                let middle = low + (high - low) / 2;
                let received: Option<i64> = responses::table
                    .filter(responses::leaf_index.ge(middle))
                    .order(responses::leaf_index)
                    .select(responses::received_at)
                    .first(connection)
                    .optional()?;
                match received {
                    Some(received) if received < since - HOUR => low = middle + 1,
                    _ => high = middle,
                }
            }
            let counted: Vec<(String, String, i64)> = responses::table
                .filter(responses::leaf_index.ge(low))
                .filter(responses::survey.eq(survey))
                .filter(responses::received_at.ge(since))
                .group_by((responses::area, responses::mode))
                .select((responses::area, responses::mode, diesel::dsl::count_star()))
                .load(connection)?;
            let counted = counted.into_iter();
            Ok(counted
                .map(|(area, mode, n)| ((area, mode), u64::try_from(n).unwrap_or(0)))
                .collect())
        })
    }

    /// Returns at most `limit` responses of a survey after a leaf, in leaf order; -1 is before the
    /// first leaf. Fewer than `limit` means that there are no more.
    ///
    /// A page is a few short queries, so that a long export never delays the checkpoints of
    /// SQLite's log.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn scan(
        &self,
        survey: &str,
        after: i64,
        limit: i64,
    ) -> Result<Vec<StoredResponse>, StoreError> {
        let Some(range) = self.leaf_range(survey)? else {
            return Ok(Vec::new());
        };
        read_in_steps(&range, after, limit, |after, until, limit| {
            self.read(|connection| {
                responses::table
                    .filter(responses::survey.eq(survey))
                    .filter(responses::leaf_index.gt(after))
                    .filter(responses::leaf_index.le(until))
                    .order(responses::leaf_index)
                    .limit(limit)
                    .select(StoredResponse::as_select())
                    .load(connection)
            })
        })
    }

    /// Passes every response of a survey to `visit`, page by page in leaf order. Compares each with
    /// its leaf, and their number with the stored count: a response that was altered, hidden or
    /// lost must not change a figure unnoticed. Returns the number of responses.
    ///
    /// # Errors
    /// When the database cannot be read; [`StoreError::Altered`]; [`StoreError::Incomplete`]; what
    /// `visit` returns.
    pub fn each_verified_page<E: From<StoreError>>(
        &self,
        survey: &str,
        visit: &mut dyn FnMut(&[StoredResponse]) -> Result<(), E>,
    ) -> Result<u64, E> {
        self.each_verified_page_after(survey, (-1, 0), visit)
    }

    /// [`each_verified_page`](Store::each_verified_page) without the first `n_before` responses; the
    /// last of them is at the leaf `after`. Returns the number of all responses, with those before.
    ///
    /// # Errors
    /// As [`each_verified_page`](Store::each_verified_page).
    pub fn each_verified_page_after<E: From<StoreError>>(
        &self,
        survey: &str,
        (mut after, n_before): (i64, u64),
        visit: &mut dyn FnMut(&[StoredResponse]) -> Result<(), E>,
    ) -> Result<u64, E> {
        let Some(range) = self.leaf_range(survey)? else {
            return Ok(0);
        };
        let mut n_read = n_before;
        while after < range.last {
            let page = read_in_steps(&range, after, PAGE, |after, until, limit| {
                self.read(|connection| {
                    responses::table
                        .left_join(leaf::table.on(leaf::idx.eq(responses::leaf_index)))
                        .filter(responses::survey.eq(survey))
                        .filter(responses::leaf_index.gt(after))
                        .filter(responses::leaf_index.le(until))
                        .order(responses::leaf_index)
                        .limit(limit)
                        .select(LoggedResponse::as_select())
                        .load(connection)
                })
            })?;
            let Some(last) = page.last() else { break };
            after = last.row.leaf_index;
            if let Some(altered) = page.par_iter().find_first(|logged| !logged.matches_leaf()) {
                return Err(E::from(StoreError::Altered {
                    url: self.inner.url.shown(),
                    index: altered.row.leaf_index,
                }));
            }
            let page: Vec<StoredResponse> = page.into_iter().map(|logged| logged.row).collect();
            n_read += u64::try_from(page.len()).unwrap_or(0);
            visit(&page)?;
        }
        // A database of the first version has no leaf ranges, so this reads to the end of the log,
        // and its server may have stored more since the counts were read.
        let too_many = self.inner.has_leaf_ranges() && n_read > range.counted;
        if n_read < range.counted || too_many {
            return Err(E::from(StoreError::Incomplete {
                counted: range.counted,
                read: n_read,
            }));
        }
        Ok(n_read)
    }

    /// The leaf range of a survey at this moment; `None` for a survey without responses.
    pub(super) fn leaf_range(&self, survey: &str) -> Result<Option<LeafRange>, StoreError> {
        self.read(|connection| {
            let by_mode = tally::table.filter(tally::survey.eq(survey));
            let by_mode: Vec<(i64, i64, i64)> = match self.inner.has_leaf_ranges() {
                true => by_mode
                    .select((tally::n, tally::first_leaf, tally::last_leaf))
                    .load(connection)?,
                false => by_mode
                    .select(tally::n)
                    .load(connection)?
                    .into_iter()
                    .map(|n| (n, 0, i64::MAX))
                    .collect(),
            };
            // The last leaf is read after the ranges, so no range ends after it.
            let end: Option<i64> = leaf::table.select(max(leaf::idx)).get_result(connection)?;
            let first = by_mode.iter().map(|(_, first, _)| *first).min();
            let last = by_mode.iter().map(|(_, _, last)| *last).max();
            let counted = by_mode
                .iter()
                .map(|(n, _, _)| u64::try_from(*n).unwrap_or(0))
                .sum();
            Ok(first.zip(last).map(|(first, last)| LeafRange {
                first: first.max(0),
                // `last` may be damaged. Without this limit the reader would search without end.
                last: last.min(end.unwrap_or(-1)),
                counted,
            }))
        })
    }

    /// Returns at most `limit` responses of all surveys after a leaf, in leaf order.
    pub(super) fn scan_all(
        &self,
        after: i64,
        limit: i64,
    ) -> Result<Vec<StoredResponse>, StoreError> {
        self.read(|connection| {
            responses::table
                .filter(responses::leaf_index.gt(after))
                .order(responses::leaf_index)
                .limit(limit)
                .select(StoredResponse::as_select())
                .load(connection)
        })
    }
}
