//! What was decided about drafts of releases.

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
use crate::store::schema::{announcement, release, release_decision};
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

/// How the table is backed up, restored and audited.
pub(super) const DECISIONS: LoggedTable =
    LoggedTable::of::<StoredDecision>("release_decision", MIGRATION);
logged_row!(
    StoredDecision,
    release_decision,
    "release_decision",
    [
        release_id, decision, digest, decided_by, role, decided_at, reason
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

/// Decisions, for the rules.
#[must_use]
pub fn decided(decisions: &[StoredDecision]) -> Vec<Decided<'_>> {
    let known = decisions.iter();
    known.filter_map(StoredDecision::decided).collect()
}

impl Release {
    /// It, for the rules, with what was decided about it.
    #[must_use]
    pub fn draft<'a>(&'a self, decided: &'a [Decided<'a>]) -> Draft<'a> {
        Draft {
            digest: &self.digest,
            publish_at: self.publish_at,
            decided,
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

    /// All decisions about drafts that are as they were stored, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn release_decisions(&self) -> Result<Vec<StoredDecision>, StoreError> {
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
    let decided = decided(&decisions);
    let draft = found.draft(&decided);
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
        let decided = decided(&decisions);
        let draft = other.draft(&decided);
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
