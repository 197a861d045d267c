//! What was decided about drafts of releases, and the calendar.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::staff::release_approval::{Decided, Draft, Refusal, ReleaseDecision, Stage};
use crate::staff::{AuditEntry, Role};
use crate::store::audit;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::logged_table::{LoggedRow, LoggedTable, logged_row};
use crate::store::release::{MIGRATION, Release, is_as_logged};
use crate::store::schema::{announcement, early_reader, release, release_decision};
use crate::store::transaction::Transaction;

/// A decision about a draft.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = release_decision)]
pub struct StoredDecision {
    /// Id of the draft.
    pub release_id: String,
    /// `submit`, `approve` or `return`.
    pub decision: String,
    /// The digest of the draft that the person saw.
    pub digest: String,
    /// Name of the account.
    pub decided_by: String,
    /// Its role at that time.
    pub role: String,
    /// Microseconds UTC.
    pub decided_at: i64,
    /// Why it is returned; empty otherwise.
    pub reason: String,
    nonce: String,
    leaf_index: i64,
}

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
pub(super) const DECISIONS: LoggedTable =
    LoggedTable::of::<StoredDecision>("release_decision", MIGRATION);
/// See [`DECISIONS`].
pub(super) const ANNOUNCEMENTS: LoggedTable =
    LoggedTable::of::<Announcement>("announcement", MIGRATION);
/// See [`DECISIONS`].
pub(super) const EARLY_READERS: LoggedTable =
    LoggedTable::of::<EarlyReader>("early_reader", MIGRATION);

logged_row!(
    StoredDecision,
    release_decision,
    "release_decision",
    [
        release_id, decision, digest, decided_by, role, decided_at, reason
    ]
);

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

impl StoredDecision {
    /// It, for the rules; `None` for a word that they do not know.
    #[must_use]
    pub fn decided(&self) -> Option<Decided<'_>> {
        Some(Decided {
            decision: ReleaseDecision::parse(&self.decision)?,
            digest: &self.digest,
            by: &self.decided_by,
            role: Role::parse(&self.role)?,
            at: self.decided_at,
        })
    }
}

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

/// A decision that a person wants to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WantedDecision {
    /// Id of the draft.
    pub release: String,
    /// What is decided.
    pub decision: ReleaseDecision,
    /// The digest of what the person saw.
    pub digest: String,
    /// Name of the account.
    pub by: String,
    /// Its role.
    pub role: Role,
    /// Microseconds UTC.
    pub at: i64,
    /// Why it is returned; empty otherwise.
    pub reason: String,
}

impl Store {
    /// Stores a decision if the rules allow it, and `entry` in the audit record. Rules and row share
    /// one transaction, so that two requests at once cannot pass where one would not.
    ///
    /// # Errors
    /// When the database cannot be written. The inner error: what the rules say against it.
    pub fn decide_release(
        &self,
        wanted: WantedDecision,
        entry: AuditEntry,
    ) -> Result<Result<(), Refusal>, StoreError> {
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.lock_log()?;
            if let Err(refusal) = check(transaction.connection, &wanted)? {
                return Ok(Err(refusal));
            }
            transaction.append(StoredDecision {
                release_id: wanted.release,
                decision: wanted.decision.as_str().to_owned(),
                digest: wanted.digest,
                decided_by: wanted.by,
                role: wanted.role.as_str().to_owned(),
                decided_at: wanted.at,
                reason: wanted.reason,
                nonce: String::new(),
                leaf_index: -1,
            })?;
            audit::append(transaction, entry)?;
            Ok(Ok(()))
        })
    }

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

    /// All decisions about drafts that are as they were stored, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn release_decisions(&self) -> Result<Vec<StoredDecision>, StoreError> {
        self.all_as_logged()
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

    /// All rows of a table of releases whose leaf has their hash, oldest first. A database of an earlier
    /// version of minyi that was opened for reading only has none.
    pub(super) fn all_as_logged<R: LoggedRow>(&self) -> Result<Vec<R>, StoreError> {
        if !self.inner.has_migration(MIGRATION) {
            return Ok(Vec::new());
        }
        self.read(|connection| {
            let mut whole = Vec::new();
            for row in R::all(connection)? {
                if is_as_logged(connection, &row)? {
                    whole.push(row);
                }
            }
            Ok(whole)
        })
    }
}

/// What the rules say against a decision.
fn check(
    connection: &mut AnyConnection,
    wanted: &WantedDecision,
) -> QueryResult<Result<(), Refusal>> {
    let found: Option<Release> = release::table
        .filter(release::id.eq(&wanted.release))
        .select(Release::as_select())
        .first(connection)
        .optional()?;
    let Some(found) = found else {
        return Ok(Err(Refusal::NotThis));
    };
    if !is_as_logged(connection, &found)? {
        return Ok(Err(Refusal::NotThis));
    }
    let decisions = decisions_of(connection, &wanted.release)?;
    let decided: Vec<Decided<'_>> = decisions
        .iter()
        .filter_map(StoredDecision::decided)
        .collect();
    let draft = Draft {
        digest: &found.digest,
        publish_at: found.publish_at,
        decided: &decided,
    };
    let by = (wanted.by.as_str(), wanted.role);
    if let Err(refusal) = draft.check(wanted.decision, by, &wanted.digest, wanted.at) {
        return Ok(Err(refusal));
    }
    if wanted.decision == ReleaseDecision::Return {
        return Ok(Ok(()));
    }
    if is_superseded(connection, &found, wanted.at)? {
        return Ok(Err(Refusal::Superseded));
    }
    let date: Option<i64> = announcement::table
        .filter(announcement::survey.eq(&found.survey))
        .filter(announcement::number.eq(found.number))
        .order(announcement::leaf_index.desc())
        .select(announcement::publish_at)
        .first(connection)
        .optional()?;
    Ok(match date == Some(found.publish_at) {
        true => Ok(()),
        false => Err(Refusal::OtherDate),
    })
}

/// Whether a newer draft of the survey was made, or another with the same number was approved.
fn is_superseded(connection: &mut AnyConnection, found: &Release, now: i64) -> QueryResult<bool> {
    let others: Vec<Release> = release::table
        .filter(release::survey.eq(&found.survey))
        .filter(release::id.ne(&found.id))
        .filter(release::number.ge(found.number))
        .order(release::leaf_index)
        .select(Release::as_select())
        .load(connection)?;
    for other in others {
        if other.is_after(found) {
            return Ok(true);
        }
        let decisions = decisions_of(connection, &other.id)?;
        let decided: Vec<Decided<'_>> = decisions
            .iter()
            .filter_map(StoredDecision::decided)
            .collect();
        let draft = Draft {
            digest: &other.digest,
            publish_at: other.publish_at,
            decided: &decided,
        };
        if matches!(draft.stage(now), Stage::Approved | Stage::Published) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn decisions_of(connection: &mut AnyConnection, id: &str) -> QueryResult<Vec<StoredDecision>> {
    let all = release_decision::table
        .filter(release_decision::release_id.eq(id))
        .order(release_decision::leaf_index)
        .select(StoredDecision::as_select())
        .load(connection)?;
    let mut whole = Vec::new();
    for row in all {
        if is_as_logged(connection, &row)? {
            whole.push(row);
        }
    }
    Ok(whole)
}
