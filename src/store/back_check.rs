//! Back-checks: whether interviews took place as they are stored. One result for each response.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::staff::AuditEntry;
use crate::store::audit;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::logged_table::{LoggedTable, logged_row};
use crate::store::schema::back_check;
use crate::store::transaction::Transaction;
use crate::store::visit::MIGRATION;

/// The result of a back-check. It holds no answer.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = back_check)]
pub struct BackCheck {
    /// `satisfaction-2026`.
    pub survey: String,
    /// Id of the response.
    pub response_id: String,
    /// The enumerator of the response.
    pub enumerator: String,
    /// `reached` or `not_reached`.
    pub contact: String,
    /// `confirmed`, `denied` or `other_person`; empty if nobody was reached.
    pub interview: String,
    /// `plausible` or `implausible`; empty if it was not asked.
    pub duration: String,
    /// How many facts were asked again.
    pub compared: i64,
    /// How many of them differ from what is stored.
    pub differing: i64,
    /// Name of the account.
    pub checked_by: String,
    /// Microseconds UTC.
    pub checked_at: i64,
    nonce: String,
    leaf_index: i64,
}

/// How the table is backed up, restored and audited.
pub(super) const TABLE: LoggedTable = LoggedTable::of::<BackCheck>("back_check", MIGRATION);

logged_row!(
    BackCheck,
    back_check,
    "back_check",
    [
        survey,
        response_id,
        enumerator,
        contact,
        interview,
        duration,
        compared,
        differing,
        checked_by,
        checked_at
    ]
);

/// What was done with a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CheckOutcome {
    /// It is stored.
    Stored,
    /// The response has a result already. Nothing was stored.
    Known,
}

impl BackCheck {
    /// The result for a response of an enumerator, checked by an account at a time (microseconds
    /// UTC). `words`: contact, interview and duration; `facts`: how many were compared, and how many
    /// differ.
    #[must_use]
    pub fn new(
        (survey, response_id, enumerator): (&str, &str, &str),
        words: [&str; 3],
        facts: (i64, i64),
        (checked_by, checked_at): (&str, i64),
    ) -> BackCheck {
        let [contact, interview, duration] = words.map(str::to_owned);
        BackCheck {
            survey: survey.to_owned(),
            response_id: response_id.to_owned(),
            enumerator: enumerator.to_owned(),
            contact,
            interview,
            duration,
            compared: facts.0,
            differing: facts.1,
            checked_by: checked_by.to_owned(),
            checked_at,
            nonce: String::new(),
            leaf_index: -1,
        }
    }
}

impl Store {
    /// Stores the result of a back-check, unless the response has one, and `entry` in the audit
    /// record.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub fn add_back_check(
        &self,
        new: BackCheck,
        entry: AuditEntry,
    ) -> Result<CheckOutcome, StoreError> {
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.lock_log()?;
            let known: i64 = back_check::table
                .filter(back_check::response_id.eq(&new.response_id))
                .count()
                .get_result(transaction.connection)?;
            if known > 0 {
                return Ok(CheckOutcome::Known);
            }
            transaction.append(new)?;
            audit::append(transaction, entry)?;
            Ok(CheckOutcome::Stored)
        })
    }

    /// The results of a survey, oldest first. A database of an earlier version of minyi that was
    /// opened for reading only has none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn back_checks(&self, survey: &str) -> Result<Vec<BackCheck>, StoreError> {
        if !self.inner.has_migration(MIGRATION) {
            return Ok(Vec::new());
        }
        self.read(|connection| {
            back_check::table
                .filter(back_check::survey.eq(survey))
                .order(back_check::leaf_index)
                .select(BackCheck::as_select())
                .load(connection)
        })
    }
}
