//! Invitations: issued with a leaf, looked up, and spent in the transaction of the response.
//!
//! The table holds what is not spent. A spent invitation is deleted, so a wrong code, a spent one
//! and one of another survey are the same to whoever asks, and no response leads to an invitation.
//!
//! One place still has both for a while: the database's own log (SQLite's WAL, PostgreSQL's WAL)
//! holds the deletion beside the response of the same transaction until it is written over. A backup
//! by `minyi backup` holds no log.

use std::collections::BTreeMap;

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::collection::InvitationHash;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::logged_table::{LoggedTable, logged_row};
use crate::store::schema::{invitation, invitation_issue, response};
use crate::store::statements::insert_named_value;
use crate::store::transaction::Transaction;

/// The name in `meta` of the value by which the key of the hashes is recognised.
const KEY_CHECK: &str = "invitation_key_check";

/// That invitations were issued for a PSU.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = invitation_issue)]
struct Issue {
    survey: String,
    psu: String,
    n: i64,
    issued_at: i64,
    nonce: String,
    leaf_index: i64,
}

/// How the table of issues is backed up, restored and audited.
pub(super) const TABLE: LoggedTable =
    LoggedTable::of::<Issue>("invitation_issue", "20261129000001");

logged_row!(
    Issue,
    invitation_issue,
    "invitation",
    [survey, psu, n, issued_at]
);

/// An invitation that is not spent, as it is stored.
#[derive(Debug, Clone, Insertable)]
#[diesel(table_name = invitation)]
pub(super) struct Unspent {
    pub(super) code_hash: String,
    pub(super) survey: String,
    pub(super) psu: String,
}

/// Stores invitations that are not spent.
pub(super) fn insert_unspent(connection: &mut AnyConnection, rows: &[Unspent]) -> QueryResult<()> {
    match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => {
            // A statement takes at most 65,535 bound values.
            for rows in rows.chunks(20_000) {
                diesel::insert_into(invitation::table)
                    .values(rows)
                    .execute(connection)?;
            }
        }
        AnyConnection::Sqlite(connection) => {
            for row in rows {
                diesel::insert_into(invitation::table)
                    .values(row)
                    .execute(connection)?;
            }
        }
    }
    Ok(())
}

/// The invitations of a survey for one PSU, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct InvitationCount {
    /// How many were issued.
    pub issued: u64,
    /// How many are not spent.
    pub unspent: u64,
    /// How many online responses of the PSU are stored.
    pub responses: u64,
}

impl InvitationCount {
    /// How many are spent.
    #[must_use]
    pub fn used(&self) -> u64 {
        self.issued.saturating_sub(self.unspent)
    }
}

impl Store {
    /// Stores invitations of `survey`, by PSU, and a leaf for each PSU. `key_check` is the
    /// [check value](crate::collection::InvitationKey::check_value) of the key of the hashes.
    ///
    /// # Errors
    /// When the database cannot be written; when its invitations have another key; when a hash is
    /// stored already. Then nothing is stored.
    pub fn issue_invitations(
        &self,
        survey: &str,
        hashes: BTreeMap<String, Vec<InvitationHash>>,
        key_check: &str,
        issued_at: i64,
    ) -> Result<(), StoreError> {
        let known = self.invitation_key_check()?;
        if known.is_some_and(|known| known != key_check) {
            return Err(StoreError::Unfit {
                url: self.inner.url.shown(),
                reason:
                    "its invitations were issued with another key; copy invitation.key from the \
                         data folder where they were issued"
                        .to_owned(),
            });
        }
        let (survey, key_check) = (survey.to_owned(), key_check.to_owned());
        self.change(move |transaction: &mut Transaction<'_>| {
            insert_named_value(transaction.connection, KEY_CHECK, &key_check)?;
            let mut unspent = Vec::new();
            for (psu, hashes) in hashes {
                transaction.append(Issue {
                    survey: survey.clone(),
                    psu: psu.clone(),
                    n: i64::try_from(hashes.len()).unwrap_or(i64::MAX),
                    issued_at,
                    nonce: String::new(),
                    leaf_index: -1,
                })?;
                unspent.extend(hashes.into_iter().map(|hash| Unspent {
                    code_hash: hash.0,
                    survey: survey.clone(),
                    psu: psu.clone(),
                }));
            }
            // In the order of the hashes, so that the order in the file is not that of issue.
            unspent.sort_unstable_by(|a, b| a.code_hash.cmp(&b.code_hash));
            insert_unspent(transaction.connection, &unspent)
        })
    }

    /// The PSU of an invitation that is not spent; `None` for any other hash.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn invitation_psu(&self, hash: &InvitationHash) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            invitation::table
                .filter(invitation::code_hash.eq(&hash.0))
                .select(invitation::psu)
                // Not `first`: SQLite parses a statement with a bound LIMIT again each time.
                .get_result(connection)
                .optional()
        })
    }

    /// The check value of the key of the stored invitations; `None` if none was ever issued.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn invitation_key_check(&self) -> Result<Option<String>, StoreError> {
        self.read(|connection| {
            use crate::store::schema::meta;
            meta::table
                .filter(meta::name.eq(KEY_CHECK))
                .select(meta::value)
                .first(connection)
                .optional()
        })
    }

    /// How many invitations of a survey were issued among the first `log_size` leaves of the log; `None`:
    /// among all.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn invitations_issued(
        &self,
        survey: &str,
        log_size: Option<u64>,
    ) -> Result<u64, StoreError> {
        let size = log_size.map_or(i64::MAX, |size| i64::try_from(size).unwrap_or(i64::MAX));
        let issued: Vec<i64> = self.read(|connection| {
            invitation_issue::table
                .filter(invitation_issue::survey.eq(survey))
                .filter(invitation_issue::leaf_index.lt(size))
                .select(invitation_issue::n)
                .load(connection)
        })?;
        Ok(issued
            .into_iter()
            .map(|n| u64::try_from(n).unwrap_or(0))
            .sum())
    }

    /// The invitations of a survey by PSU, and the online responses of its PSUs.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn invitation_counts(
        &self,
        survey: &str,
    ) -> Result<BTreeMap<String, InvitationCount>, StoreError> {
        use diesel::dsl::count_star;
        let (issued, unspent, responses) = self.read(|connection| {
            let issued: Vec<(String, i64)> = invitation_issue::table
                .filter(invitation_issue::survey.eq(survey))
                .select((invitation_issue::psu, invitation_issue::n))
                .load(connection)?;
            let unspent: Vec<(String, i64)> = invitation::table
                .filter(invitation::survey.eq(survey))
                .group_by(invitation::psu)
                .select((invitation::psu, count_star()))
                .load(connection)?;
            let responses: Vec<(String, i64)> = response::table
                .filter(response::survey.eq(survey))
                .filter(response::mode.eq("online"))
                .filter(response::psu.ne(""))
                .group_by(response::psu)
                .select((response::psu, count_star()))
                .load(connection)?;
            Ok((issued, unspent, responses))
        })?;
        let mut counts: BTreeMap<String, InvitationCount> = BTreeMap::new();
        let number = |n: i64| u64::try_from(n).unwrap_or(0);
        for (psu, n) in issued {
            counts.entry(psu).or_default().issued += number(n);
        }
        for (psu, n) in unspent {
            counts.entry(psu).or_default().unspent = number(n);
        }
        for (psu, n) in responses {
            counts.entry(psu).or_default().responses = number(n);
        }
        Ok(counts)
    }
}
