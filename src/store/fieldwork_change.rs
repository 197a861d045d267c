//! Openings, closings and extensions of fieldwork, each with its reason and a leaf.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::collection::{Decision, Period};
use crate::staff::AuditEntry;
use crate::store::audit;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::logged_table::{LoggedRow, LoggedTable, logged_row};
use crate::store::schema::fieldwork_change;
use crate::store::transaction::Transaction;

/// One change.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = fieldwork_change)]
pub struct FieldworkChange {
    /// `satisfaction-2026`.
    pub survey: String,
    /// `open`, `close` or `extend`.
    pub what: String,
    /// First day from then on, `YYYY-MM-DD`.
    pub opens: String,
    /// Last day from then on, `YYYY-MM-DD`.
    pub closes: String,
    /// Why; not empty.
    pub reason: String,
    /// Who decided it: a staff name, or the user of the machine.
    pub decided_by: String,
    /// Microseconds UTC.
    pub decided_at: i64,
    nonce: String,
    leaf_index: i64,
}

/// How the table is backed up, restored and audited.
pub(super) const TABLE: LoggedTable =
    LoggedTable::of::<FieldworkChange>("fieldwork_change", "20261204000000");

logged_row!(
    FieldworkChange,
    fieldwork_change,
    "fieldwork",
    [survey, what, opens, closes, reason, decided_by, decided_at]
);

impl FieldworkChange {
    /// The change of `survey` by `decision`, after which its days are `period`. `decided_at` in
    /// microseconds UTC.
    #[must_use]
    pub fn new(
        survey: &str,
        decision: Decision,
        period: &Period,
        (decided_by, reason): (&str, &str),
        decided_at: i64,
    ) -> FieldworkChange {
        let day = |day: Option<jiff::civil::Date>| day.map_or_else(String::new, |d| d.to_string());
        FieldworkChange {
            survey: survey.to_owned(),
            what: decision.name().to_owned(),
            opens: day(period.opens),
            closes: day(period.closes),
            reason: reason.to_owned(),
            decided_by: decided_by.to_owned(),
            decided_at,
            nonce: String::new(),
            leaf_index: -1,
        }
    }

    /// `entry` about this change: with its survey, its days and its reason.
    #[must_use]
    pub fn entry(&self, entry: AuditEntry) -> AuditEntry {
        let days = format!("{} {}", self.opens, self.closes);
        let entry = entry.of_survey(&self.survey).change("", &days);
        entry.because(&self.reason)
    }

    /// The days since this change.
    #[must_use]
    pub fn period(&self) -> Period {
        Period {
            is_closed: self.what == Decision::Close.name(),
            ..Period::of_days(&self.opens, &self.closes)
        }
    }
}

impl Store {
    /// Stores a change of a survey's fieldwork, with `entry` in the audit record. It does not check
    /// it: [`Period::after`] does.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn change_fieldwork(
        &self,
        change: FieldworkChange,
        entry: AuditEntry,
    ) -> Result<(), StoreError> {
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.lock_log()?;
            transaction.append(change)?;
            audit::append(transaction, entry)
        })
    }

    /// All changes of all surveys, oldest first. A database of an earlier version of minyi that was
    /// opened for reading only has none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn fieldwork_changes(&self) -> Result<Vec<FieldworkChange>, StoreError> {
        if !self.inner.has_migration(TABLE.migration) {
            return Ok(Vec::new());
        }
        self.read(FieldworkChange::all)
    }
}
