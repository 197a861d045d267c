//! The responses of a channel, an enumerator or a day, as leaves.

use diesel::prelude::*;

use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::leaf_ranges::LeafRanges;
use crate::store::rows::read_in_steps;
use crate::store::schema::{leaf, response as responses};

/// Leaves that one query covers.
const PAGE: i64 = 20_000;

/// Which responses of a survey are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ResponsesOf<'a> {
    /// Those of a channel; empty: those of the open link, online without channel and PSU.
    Channel(&'a str),
    /// Those of an enumerator, or of who typed them.
    Enumerator(&'a str),
    /// Those received in a period, microseconds UTC: from, until (not included).
    Received(i64, i64),
}

impl Store {
    /// The responses of a survey that are `wanted`, among the first `log_size` leaves of the log.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn leaves_of(
        &self,
        survey: &str,
        wanted: &ResponsesOf<'_>,
        log_size: i64,
    ) -> Result<LeafRanges, StoreError> {
        let Some(range) = self.leaf_range(survey)? else {
            return Ok(LeafRanges::default());
        };
        let mut found: Vec<i64> = Vec::new();
        let mut after = -1;
        loop {
            let page = read_in_steps(&range, after, PAGE, |after, until, limit| {
                self.read(|connection| {
                    let mut query = responses::table
                        .filter(responses::survey.eq(survey))
                        .filter(responses::leaf_index.gt(after))
                        .filter(responses::leaf_index.le(until))
                        .filter(responses::leaf_index.lt(log_size))
                        .order(responses::leaf_index)
                        .limit(limit)
                        .select(responses::leaf_index)
                        .into_boxed();
                    query = match wanted {
                        ResponsesOf::Channel("") => query
                            .filter(responses::channel.eq(""))
                            .filter(responses::psu.eq(""))
                            .filter(responses::mode.eq("online")),
                        ResponsesOf::Channel(channel) => {
                            query.filter(responses::channel.eq(*channel))
                        }
                        ResponsesOf::Enumerator(name) => {
                            query.filter(responses::enumerator.eq(*name))
                        }
                        ResponsesOf::Received(from, until) => query
                            .filter(responses::received_at.ge(*from))
                            .filter(responses::received_at.lt(*until)),
                    };
                    query.load::<i64>(connection)
                })
            })?;
            let Some(last) = page.last() else { break };
            after = *last;
            found.extend(page);
        }
        Ok(found.into_iter().collect())
    }

    /// Which of `leaves` are responses of a survey.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn responses_among(
        &self,
        survey: &str,
        leaves: &LeafRanges,
    ) -> Result<LeafRanges, StoreError> {
        let mut found: Vec<i64> = Vec::new();
        for (first, last) in leaves.ranges() {
            found.extend(self.read(|connection| {
                responses::table
                    .filter(responses::survey.eq(survey))
                    .filter(responses::leaf_index.ge(*first))
                    .filter(responses::leaf_index.le(*last))
                    .select(responses::leaf_index)
                    .load::<i64>(connection)
            })?);
        }
        Ok(found.into_iter().collect())
    }

    /// The leaf of the response with this id, or with this receipt code (the first 16 digits or more of the
    /// hash of its leaf, hex); `None` if there is none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn leaf_of(&self, written: &str) -> Result<Option<i64>, StoreError> {
        let written = written.to_ascii_lowercase();
        if let Ok(id) = uuid::Uuid::parse_str(&written) {
            return self.read(|connection| {
                responses::table
                    .filter(responses::id.eq(id.to_string()))
                    .select(responses::leaf_index)
                    .first(connection)
                    .optional()
            });
        }
        if written.len() < 16 || !written.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Ok(None);
        }
        self.read(|connection| {
            leaf::table
                .filter(leaf::hash.like(format!("{written}%")))
                .filter(leaf::kind.eq("sub"))
                .select(leaf::idx)
                .first(connection)
                .optional()
        })
    }
}
