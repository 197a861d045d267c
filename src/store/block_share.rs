//! How much the largest address block of a day gave, each with a leaf. Counts only: no address and no
//! hash of one is stored.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::logged_table::{LoggedTable, logged_row};
use crate::store::schema::block_share;
use crate::store::transaction::Transaction;

#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = block_share)]
struct Row {
    survey: String,
    day: String,
    responses: i64,
    largest: i64,
    scores: String,
    nonce: String,
    leaf_index: i64,
}

/// How much the largest address block gave on one day, through one server since its start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BlockShare {
    /// The survey, such as `satisfaction-2026`.
    pub survey: String,
    /// The day in China, `YYYY-MM-DD`.
    pub day: String,
    /// Responses of the open link on that day.
    pub responses: u64,
    /// Those of the largest block.
    pub largest: u64,
    /// By indicator, in the order of their codes.
    pub scores: BTreeMap<String, BlockScores>,
}

/// The scores of one indicator: of all responses, and of those of the largest block.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct BlockScores {
    /// All.
    pub all: Scores,
    /// The largest block.
    pub largest: Scores,
}

/// Scores from 0 (nothing counts) to 1 (all of it counts), added up.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scores {
    /// Responses with a score.
    pub n: u64,
    /// Their sum, in millionths.
    pub sum: u64,
}

/// How the table is backed up, restored and audited.
pub(super) const TABLE: LoggedTable = LoggedTable::of::<Row>("block_share", "20261201000000");

logged_row!(
    Row,
    block_share,
    "block",
    [survey, day, responses, largest, scores]
);

impl Row {
    fn of(share: &BlockShare) -> Row {
        let count = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        Row {
            survey: share.survey.clone(),
            day: share.day.clone(),
            responses: count(share.responses),
            largest: count(share.largest),
            scores: serde_json::to_string(&share.scores).unwrap_or_default(),
            nonce: String::new(),
            leaf_index: -1,
        }
    }
}

impl From<Row> for BlockShare {
    fn from(row: Row) -> BlockShare {
        BlockShare {
            responses: u64::try_from(row.responses).unwrap_or(0),
            largest: u64::try_from(row.largest).unwrap_or(0),
            scores: serde_json::from_str(&row.scores).unwrap_or_default(),
            survey: row.survey,
            day: row.day,
        }
    }
}

impl Store {
    /// Stores the shares of one day.
    ///
    /// # Errors
    /// When the database cannot be written; then none is stored.
    pub fn keep_block_shares(&self, shares: &[BlockShare]) -> Result<(), StoreError> {
        let rows: Vec<Row> = shares.iter().map(Row::of).collect();
        self.change(move |transaction: &mut Transaction<'_>| {
            rows.into_iter().try_for_each(|row| transaction.append(row))
        })
    }

    /// The shares of a survey, in the order in which they were stored.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn block_shares(&self, survey: &str) -> Result<Vec<BlockShare>, StoreError> {
        let rows: Vec<Row> = self.read(|connection| {
            block_share::table
                .filter(block_share::survey.eq(survey))
                .order(block_share::leaf_index)
                .select(Row::as_select())
                .load(connection)
        })?;
        Ok(rows.into_iter().map(BlockShare::from).collect())
    }
}
