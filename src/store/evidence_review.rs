//! Whether what a stranger wrote as evidence may stand in a release.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::staff::AuditEntry;
use crate::store::audit;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::logged_table::{LoggedTable, logged_row};
use crate::store::release::MIGRATION;
use crate::store::schema::evidence_review;
use crate::store::transaction::Transaction;

/// What was decided about a row of the table of evidence. The newest decision about a row counts.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = evidence_review)]
pub struct EvidenceReview {
    /// `fixtures-2026`.
    pub survey: String,
    /// The row, as a JSON array of its texts in Chinese.
    pub item: String,
    /// `shown`, `hidden` or `merged`.
    pub decision: String,
    /// For `merged`: the row that it is the same as; empty otherwise.
    pub same_as: String,
    /// Why it is hidden or merged; empty if it is shown.
    pub reason: String,
    /// Name of the account.
    pub decided_by: String,
    /// Microseconds UTC.
    pub decided_at: i64,
    nonce: String,
    leaf_index: i64,
}

/// How the table is backed up, restored and audited.
pub(super) const TABLE: LoggedTable =
    LoggedTable::of::<EvidenceReview>("evidence_review", MIGRATION);

logged_row!(
    EvidenceReview,
    evidence_review,
    "evidence_review",
    [
        survey, item, decision, same_as, reason, decided_by, decided_at
    ]
);

impl EvidenceReview {
    /// A decision about a row by an account at a time (microseconds UTC).
    #[must_use]
    pub fn new(
        (survey, item): (&str, &str),
        (decision, same_as, reason): (&str, &str, &str),
        (by, at): (&str, i64),
    ) -> EvidenceReview {
        EvidenceReview {
            survey: survey.to_owned(),
            item: item.to_owned(),
            decision: decision.to_owned(),
            same_as: same_as.to_owned(),
            reason: reason.to_owned(),
            decided_by: by.to_owned(),
            decided_at: at,
            nonce: String::new(),
            leaf_index: -1,
        }
    }
}

impl Store {
    /// Stores decisions about evidence, and `entry` in the audit record.
    ///
    /// # Errors
    /// When the database cannot be written; then nothing is stored.
    pub fn review_evidence(
        &self,
        new: Vec<EvidenceReview>,
        entry: AuditEntry,
    ) -> Result<(), StoreError> {
        self.change(move |transaction: &mut Transaction<'_>| {
            for row in new {
                transaction.append(row)?;
            }
            audit::append(transaction, entry)
        })
    }

    /// All decisions about evidence that are as they were stored, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn evidence_reviews(&self) -> Result<Vec<EvidenceReview>, StoreError> {
        self.all_as_logged()
    }
}
