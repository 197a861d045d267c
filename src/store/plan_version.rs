//! The plans by which figures were made, stored with the responses.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::logged_table::{LoggedTable, logged_row};
use crate::store::questionnaire_version::is_answered;
use crate::store::schema::plan_version;
use crate::store::transaction::Transaction;

/// One version of a survey's plan, population and frame.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = plan_version)]
pub struct PlanVersion {
    /// `satisfaction-2026`.
    pub survey: String,
    /// SHA-256 of the three files, hex; see `PlanFiles::hash` of the survey folder.
    pub hash: String,
    /// When it was fixed, microseconds UTC.
    pub since: i64,
    /// Why it took the place of the plan before; empty if the survey had no responses yet.
    pub reason: String,
    /// The three files, as a JSON object.
    pub source: String,
    /// The headline figures under the plan before, when this one took its place, as JSON; empty if
    /// there were none.
    pub figures: String,
    nonce: String,
    leaf_index: i64,
}

/// How the table is backed up, restored and audited.
pub(super) const TABLE: LoggedTable =
    LoggedTable::of::<PlanVersion>("plan_version", "20261130000001");

logged_row!(
    PlanVersion,
    plan_version,
    "plan",
    [survey, hash, since, reason, source, figures]
);

fn versions_of(connection: &mut AnyConnection, survey: &str) -> QueryResult<Vec<PlanVersion>> {
    plan_version::table
        .filter(plan_version::survey.eq(survey))
        .order(plan_version::leaf_index)
        .select(PlanVersion::as_select())
        .load(connection)
}

/// Stores a plan and its leaf, unless it is the newest.
pub(super) fn append(
    transaction: &mut Transaction<'_>,
    (survey, hash, source): (&str, &str, &str),
    (reason, figures): (&str, &str),
    since: i64,
) -> QueryResult<()> {
    let newest = versions_of(transaction.connection, survey)?.pop();
    if newest.is_some_and(|newest| newest.hash == hash) {
        return Ok(());
    }
    transaction.append(PlanVersion {
        survey: survey.to_owned(),
        hash: hash.to_owned(),
        since,
        reason: reason.to_owned(),
        source: source.to_owned(),
        figures: figures.to_owned(),
        nonce: String::new(),
        leaf_index: -1,
    })
}

impl Store {
    /// Stores the plan of a survey as its newest, with a leaf, unless it is that already. A survey
    /// with responses keeps the plan that it has.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn keep_plan(
        &self,
        survey: &str,
        hash: &str,
        source: &str,
        since: i64,
    ) -> Result<(), StoreError> {
        let newest = self.plan_versions(survey)?.pop();
        if newest.is_some_and(|newest| newest.hash == hash) {
            return Ok(());
        }
        let [survey, hash, source] = [survey, hash, source].map(str::to_owned);
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.lock_log()?;
            let versions = versions_of(transaction.connection, &survey)?;
            if !versions.is_empty() && is_answered(transaction.connection, &survey)? {
                return Ok(());
            }
            append(transaction, (&survey, &hash, &source), ("", ""), since)
        })
    }

    /// A number that changes with every plan that is fixed: the leaf of the last one; -1 without any.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn plans_version(&self) -> Result<i64, StoreError> {
        if !self.inner.has_migration(TABLE.migration) {
            return Ok(-1);
        }
        self.read(|connection| {
            let last: Option<i64> = plan_version::table
                .select(diesel::dsl::max(plan_version::leaf_index))
                .get_result(connection)?;
            Ok(last.unwrap_or(-1))
        })
    }

    /// The plans of a survey, oldest first. A database of an earlier version of minyi that was opened
    /// for reading only has none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn plan_versions(&self, survey: &str) -> Result<Vec<PlanVersion>, StoreError> {
        if !self.inner.has_migration(TABLE.migration) {
            return Ok(Vec::new());
        }
        self.read(|connection| versions_of(connection, survey))
    }
}
