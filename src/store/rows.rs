//! Stored responses, read in the log's order by reads that are short.

use diesel::dsl::max;
use diesel::prelude::*;
use rayon::prelude::*;

use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::response::{Logged, StoredResponse};
use crate::store::schema::{leaf, response as responses, tally};

/// Most places of the log that one read passes when it looks for a survey's responses among others'.
const PASSED_AT_ONCE: i64 = 20_000;

/// Rows read at a time.
const PAGE: i64 = 5_000;

/// Where a survey's responses stand in the log.
struct Stretch {
    first: i64,
    last: i64,
    /// How many there are.
    counted: u64,
}

/// What `read` gives of the rows after the first and up to the second place it is told, at most the third many, step by
/// step through the stretch.
fn steps<Row>(
    stretch: &Stretch,
    after: i64,
    limit: i64,
    read: impl Fn(i64, i64, i64) -> Result<Vec<Row>, StoreError>,
) -> Result<Vec<Row>, StoreError> {
    let mut page = Vec::new();
    let mut passed = after.max(stretch.first - 1);
    while passed < stretch.last {
        let until = stretch.last.min(passed.saturating_add(PASSED_AT_ONCE));
        let left = limit - i64::try_from(page.len()).unwrap_or(i64::MAX);
        if left <= 0 {
            break;
        }
        page.extend(read(passed, until, left)?);
        passed = until;
    }
    Ok(page)
}

impl Store {
    /// Up to `limit` responses of a survey after a leaf (-1 for the first page), in leaf order; fewer only at its end.
    ///
    /// Pages by key: each is a few short reads, so that a long export never holds up the log's checkpoint.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn scan(
        &self,
        survey: &str,
        after: i64,
        limit: i64,
    ) -> Result<Vec<StoredResponse>, StoreError> {
        let Some(stretch) = self.stretch(survey)? else {
            return Ok(Vec::new());
        };
        steps(&stretch, after, limit, |passed, until, left| {
            self.read(|connection| {
                responses::table
                    .filter(responses::survey.eq(survey))
                    .filter(responses::leaf_index.gt(passed))
                    .filter(responses::leaf_index.le(until))
                    .order(responses::leaf_index)
                    .limit(left)
                    .select(StoredResponse::as_select())
                    .load(connection)
            })
        })
    }

    /// Hands on every response of a survey that is stored at this moment, page by page in leaf order, each held against its
    /// leaf and all of them against their count; returns how many there are. What was altered, hidden or lost after it was
    /// logged must not become a figure.
    ///
    /// # Errors
    /// When the database cannot be read; [`StoreError::Altered`], [`StoreError::Incomplete`]; what `see` returns.
    pub fn each_logged<E: From<StoreError>>(
        &self,
        survey: &str,
        see: &mut dyn FnMut(&[StoredResponse]) -> Result<(), E>,
    ) -> Result<u64, E> {
        let Some(stretch) = self.stretch(survey)? else {
            return Ok(0);
        };
        let mut read = 0;
        let mut after = -1;
        while after < stretch.last {
            let page = steps(&stretch, after, PAGE, |passed, until, left| {
                self.read(|connection| {
                    responses::table
                        .left_join(leaf::table.on(leaf::idx.eq(responses::leaf_index)))
                        .filter(responses::survey.eq(survey))
                        .filter(responses::leaf_index.gt(passed))
                        .filter(responses::leaf_index.le(until))
                        .order(responses::leaf_index)
                        .limit(left)
                        .select(Logged::as_select())
                        .load(connection)
                })
            })?;
            let Some(last) = page.last() else { break };
            after = last.row.leaf_index;
            if let Some(altered) = page.par_iter().find_first(|logged| !logged.is_whole()) {
                return Err(E::from(StoreError::Altered {
                    url: self.inner.url.shown(),
                    index: altered.row.leaf_index,
                }));
            }
            let page: Vec<StoredResponse> = page.into_iter().map(|logged| logged.row).collect();
            read += u64::try_from(page.len()).unwrap_or(0);
            see(&page)?;
        }
        // Of a database of the first version the stretch is all there is, and its server may have stored more meanwhile.
        let more = self.inner.keeps_stretches && read > stretch.counted;
        if read < stretch.counted || more {
            return Err(E::from(StoreError::Incomplete {
                counted: stretch.counted,
                read,
            }));
        }
        Ok(read)
    }

    /// Where a survey's responses stand at this moment; none if it has none.
    fn stretch(&self, survey: &str) -> Result<Option<Stretch>, StoreError> {
        self.read(|connection| {
            let of = tally::table.filter(tally::survey.eq(survey));
            let kept: Vec<(i64, i64, i64)> = match self.inner.keeps_stretches {
                true => of
                    .select((tally::n, tally::first_leaf, tally::last_leaf))
                    .load(connection)?,
                false => of
                    .select(tally::n)
                    .load(connection)?
                    .into_iter()
                    .map(|n| (n, 0, i64::MAX))
                    .collect(),
            };
            // Read after the stretches, so that it lies behind them.
            let end: Option<i64> = leaf::table.select(max(leaf::idx)).get_result(connection)?;
            let first = kept.iter().map(|(_, first, _)| *first).min();
            let last = kept.iter().map(|(_, _, last)| *last).max();
            let counted = kept
                .iter()
                .map(|(n, _, _)| u64::try_from(*n).unwrap_or(0))
                .sum();
            Ok(first.zip(last).map(|(first, last)| Stretch {
                first: first.max(0),
                // Held to what the log can hold: a number that went bad must not send the reader through nothing for ever.
                last: last.min(end.unwrap_or(-1)),
                counted,
            }))
        })
    }

    /// Up to `limit` responses of all surveys after a leaf, in leaf order.
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
