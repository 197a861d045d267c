//! The instruments as they were answered, kept with the responses.

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
    /// Microseconds UTC: when a server first took it for its survey.
    pub since: i64,
    /// Why it took the place of the version before; empty for the first.
    pub reason: String,
    /// questionnaire.toml, with shared scales written out.
    pub source: String,
    nonce: String,
    leaf_index: i64,
}

/// The kind of its leaves.
const KIND: &str = "version";

/// How backup, restore and audit take the table.
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

fn known(connection: &mut AnyConnection, survey: &str) -> QueryResult<Vec<QuestionnaireVersion>> {
    questionnaire_version::table
        .filter(questionnaire_version::survey.eq(survey))
        .order(questionnaire_version::leaf_index)
        .select(QuestionnaireVersion::as_select())
        .load(connection)
}

impl Store {
    /// Keeps a version of a questionnaire with a leaf of its own, unless it is kept already.
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
            transaction.hold_log()?;
            let versions = known(transaction.connection, &row.survey)?;
            if versions.iter().any(|version| version.hash == row.hash) {
                // Another server was first.
                return Ok(());
            }
            let entry = transaction.append(KIND, &row.fields(&row.since.to_string()))?;
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
        self.read(|connection| known(connection, survey))
    }
}
