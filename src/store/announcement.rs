//! The calendar of releases, and who may see a release before its second.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::staff::AuditEntry;
use crate::store::audit;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::logged_table::{LoggedTable, logged_row};
use crate::store::release::MIGRATION;
use crate::store::schema::{announcement, early_reader};
use crate::store::transaction::Transaction;

/// A date of the calendar.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = announcement)]
pub struct Announcement {
    /// `satisfaction-2026`.
    pub survey: String,
    /// Number of the release.
    pub number: i64,
    /// When it is published, microseconds UTC.
    pub publish_at: i64,
    /// Why the date changed, or why it comes at short notice; empty otherwise.
    pub reason: String,
    /// Name of the account.
    pub announced_by: String,
    /// Microseconds UTC.
    pub announced_at: i64,
    nonce: String,
    leaf_index: i64,
}

/// A person who may see a release before its second.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = early_reader)]
pub struct EarlyReader {
    /// `satisfaction-2026`.
    pub survey: String,
    /// Number of the release.
    pub number: i64,
    /// Name of the account.
    pub account: String,
    /// The person's post, as the public list has it.
    pub post: String,
    /// Why.
    pub reason: String,
    /// Name of the account that put the person on the list.
    pub granted_by: String,
    /// Microseconds UTC.
    pub granted_at: i64,
    nonce: String,
    leaf_index: i64,
}

/// How the tables are backed up, restored and audited.
pub(super) const ANNOUNCEMENTS: LoggedTable =
    LoggedTable::of::<Announcement>("announcement", MIGRATION);
/// See [`ANNOUNCEMENTS`].
pub(super) const EARLY_READERS: LoggedTable =
    LoggedTable::of::<EarlyReader>("early_reader", MIGRATION);

logged_row!(
    Announcement,
    announcement,
    "announcement",
    [
        survey,
        number,
        publish_at,
        reason,
        announced_by,
        announced_at
    ]
);

logged_row!(
    EarlyReader,
    early_reader,
    "early_reader",
    [
        survey, number, account, post, reason, granted_by, granted_at
    ]
);

impl Announcement {
    /// A date for a release, microseconds UTC, announced by an account at a time.
    #[must_use]
    pub fn new(
        (survey, number): (&str, i64),
        publish_at: i64,
        reason: &str,
        (announced_by, announced_at): (&str, i64),
    ) -> Announcement {
        Announcement {
            survey: survey.to_owned(),
            number,
            publish_at,
            reason: reason.to_owned(),
            announced_by: announced_by.to_owned(),
            announced_at,
            nonce: String::new(),
            leaf_index: -1,
        }
    }
}

impl EarlyReader {
    /// A person on the list of a release; `account` and `post` of the person, `granted_by` and when.
    #[must_use]
    pub fn new(
        (survey, number): (&str, i64),
        (account, post): (&str, &str),
        reason: &str,
        (granted_by, granted_at): (&str, i64),
    ) -> EarlyReader {
        EarlyReader {
            survey: survey.to_owned(),
            number,
            account: account.to_owned(),
            post: post.to_owned(),
            reason: reason.to_owned(),
            granted_by: granted_by.to_owned(),
            granted_at,
            nonce: String::new(),
            leaf_index: -1,
        }
    }
}

impl Store {
    /// Stores a date of the calendar, and `entry` in the audit record.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn announce(&self, new: Announcement, entry: AuditEntry) -> Result<(), StoreError> {
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.append(new)?;
            audit::append(transaction, entry)
        })
    }

    /// Puts a person on the list of a release, with `entry` in the audit record.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn grant_early_reading(
        &self,
        new: EarlyReader,
        entry: AuditEntry,
    ) -> Result<(), StoreError> {
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.append(new)?;
            audit::append(transaction, entry)
        })
    }

    /// All dates of the calendar that are as they were stored, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn announcements(&self) -> Result<Vec<Announcement>, StoreError> {
        self.all_as_logged()
    }

    /// All early readers that are as they were stored, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn early_readers(&self) -> Result<Vec<EarlyReader>, StoreError> {
        self.all_as_logged()
    }
}
