//! The questionnaires that were answered, stored with the responses.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::logged_table::{LoggedTable, from_json, to_json};
use crate::store::response::unhex;
use crate::store::schema::questionnaire_version;
use crate::store::transaction::{Transaction, leaf_hash};

/// One version of a questionnaire.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = questionnaire_version)]
pub struct QuestionnaireVersion {
    /// SHA-256 of `source`, hex.
    pub hash: String,
    /// `satisfaction-2026`.
    pub survey: String,
    /// When a command first opened the database with this version, microseconds UTC.
    pub since: i64,
    /// Always empty: the only caller of [`Store::keep_version`] passes "". Meant for the reason of
    /// the change.
    pub reason: String,
    /// questionnaire.toml, with shared scales written out.
    pub source: String,
    nonce: String,
    leaf_index: i64,
}

/// The kind of the table's leaves.
const KIND: &str = "version";

/// How the table is backed up, restored and audited.
pub(super) const TABLE: LoggedTable = LoggedTable {
    name: "questionnaire_version",
    kind: KIND,
    read: |connection| {
        let rows: Vec<QuestionnaireVersion> = questionnaire_version::table
            .order(questionnaire_version::leaf_index)
            .select(QuestionnaireVersion::as_select())
            .load(connection)?;
        to_json(&rows)
    },
    write: |connection, row| insert(connection, &from_json::<QuestionnaireVersion>(row)?),
    leaf: |row| {
        let row: QuestionnaireVersion = from_json(row).ok()?;
        Some((row.leaf_index, row.leaf_hash()))
    },
};

impl QuestionnaireVersion {
    fn fields<'f>(&'f self, since: &'f str) -> [&'f str; 5] {
        [&self.hash, &self.survey, since, &self.reason, &self.source]
    }

    fn leaf_hash(&self) -> String {
        let nonce = unhex(&self.nonce).unwrap_or_default();
        leaf_hash(&nonce, KIND, &self.fields(&self.since.to_string()))
    }
}

fn insert(connection: &mut AnyConnection, row: &QuestionnaireVersion) -> QueryResult<()> {
    diesel::insert_into(questionnaire_version::table)
        .values(row)
        .execute(connection)?;
    Ok(())
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

impl Store {
    /// Stores a version of a questionnaire and a leaf for it, unless it is stored already.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn keep_version(
        &self,
        survey: &str,
        hash: &str,
        source: &str,
        reason: &str,
        since: i64,
    ) -> Result<(), StoreError> {
        let mut row = QuestionnaireVersion {
            hash: hash.to_owned(),
            survey: survey.to_owned(),
            since,
            reason: reason.to_owned(),
            source: source.to_owned(),
            nonce: String::new(),
            leaf_index: -1,
        };
        let versions = self.versions(survey)?;
        if versions.iter().any(|version| version.hash == hash) {
            return Ok(());
        }
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.lock_log()?;
            let versions = versions_of(transaction.connection, &row.survey)?;
            if versions.iter().any(|version| version.hash == row.hash) {
                // Another server has stored the version since `versions` was read.
                return Ok(());
            }
            let entry = transaction.append_leaf(KIND, &row.fields(&row.since.to_string()))?;
            row.nonce = entry.nonce;
            row.leaf_index = entry.leaf_index;
            insert(transaction.connection, &row)
        })
    }

    /// The versions of a survey's questionnaire, oldest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn versions(&self, survey: &str) -> Result<Vec<QuestionnaireVersion>, StoreError> {
        self.read(|connection| versions_of(connection, survey))
    }
}
