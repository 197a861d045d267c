//! The questionnaires that were answered, stored with the responses.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::logged_table::{LoggedTable, logged_row};
use crate::store::schema::{questionnaire_version, tally};
use crate::store::transaction::Transaction;

/// One version of a questionnaire.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = questionnaire_version)]
pub struct QuestionnaireVersion {
    /// SHA-256 of the questionnaire in its canonical form, hex. Databases of earlier versions have
    /// the SHA-256 of `source`.
    pub hash: String,
    /// `satisfaction-2026`.
    pub survey: String,
    /// When it was taken into use, or taken back, microseconds UTC.
    pub since: i64,
    /// Why it took the place of the version before. Empty if the survey had no responses yet, and in
    /// databases of earlier versions.
    pub reason: String,
    /// questionnaire.toml, with shared scales written out.
    pub source: String,
    nonce: String,
    leaf_index: i64,
}

/// How the table is backed up, restored and audited.
pub(super) const TABLE: LoggedTable =
    LoggedTable::of::<QuestionnaireVersion>("questionnaire_version", "20261128000001");

logged_row!(
    QuestionnaireVersion,
    questionnaire_version,
    "version",
    [hash, survey, since, reason, source]
);

/// The versions of `all` (oldest first) that answers may name: the last one from before the first
/// response, and those that took its place with a reason. Only their wording differs.
#[must_use]
pub fn in_force(all: &[QuestionnaireVersion]) -> &[QuestionnaireVersion] {
    let first = all.iter().rposition(|version| version.reason.is_empty());
    all.get(first.unwrap_or(0)..).unwrap_or_default()
}

fn versions_of(
    connection: &mut AnyConnection,
    survey: &str,
) -> QueryResult<Vec<QuestionnaireVersion>> {
    questionnaire_version::table
        .filter(questionnaire_version::survey.eq(survey))
        .order(questionnaire_version::leaf_index)
        .select(QuestionnaireVersion::as_select())
        .load(connection)
}

/// Whether a survey has responses.
pub(super) fn is_answered(connection: &mut AnyConnection, survey: &str) -> QueryResult<bool> {
    let answered = tally::table
        .filter(tally::survey.eq(survey))
        .filter(tally::n.gt(0))
        .select(tally::n);
    let n: Option<i64> = answered.first(connection).optional()?;
    Ok(n.is_some())
}

/// Stores a version and its leaf, unless it is the newest.
pub(super) fn append(
    transaction: &mut Transaction<'_>,
    (survey, hash, source): (&str, &str, &str),
    reason: &str,
    since: i64,
) -> QueryResult<()> {
    let newest = versions_of(transaction.connection, survey)?.pop();
    if newest.is_some_and(|newest| newest.hash == hash) {
        return Ok(());
    }
    transaction.append(QuestionnaireVersion {
        hash: hash.to_owned(),
        survey: survey.to_owned(),
        since,
        reason: reason.to_owned(),
        source: source.to_owned(),
        nonce: String::new(),
        leaf_index: -1,
    })
}

impl Store {
    /// Stores the questionnaire of a survey as its newest version, with a leaf, unless it is that
    /// already. A survey with responses keeps the version that it has: the first response froze it.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn keep_version(
        &self,
        survey: &str,
        hash: &str,
        source: &str,
        since: i64,
    ) -> Result<(), StoreError> {
        let newest = self.versions(survey)?.pop();
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
            append(transaction, (&survey, &hash, &source), "", since)
        })
    }

    /// The versions of a survey's questionnaire, oldest first. A database of an earlier version of
    /// minyi that was opened for reading only has none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn versions(&self, survey: &str) -> Result<Vec<QuestionnaireVersion>, StoreError> {
        if !self.inner.has_migration(TABLE.migration) {
            return Ok(Vec::new());
        }
        self.read(|connection| versions_of(connection, survey))
    }
}
