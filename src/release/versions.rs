//! The stored versions of a questionnaire, found by the hashes that responses have.

use crate::questionnaire::{self, Areas, Questionnaire, canonical};
use crate::store::{QuestionnaireVersion, Store, StoreError};
use crate::survey::hex_digest;

/// All stored versions of one survey, oldest first.
#[derive(Debug, Clone)]
pub struct StoredVersions(Vec<StoredVersion>);

/// A stored version.
#[derive(Debug, Clone)]
pub struct StoredVersion {
    /// As stored.
    pub row: QuestionnaireVersion,
    /// The questionnaire; `None` if this version of minyi cannot read it.
    pub questionnaire: Option<Questionnaire>,
    /// What the wording is known by: rows that differ only in comments or spaces have the same.
    pub wording: String,
    /// SHA-256 of the source: the hash that earlier versions of minyi gave to responses.
    source_hash: String,
}

impl StoredVersions {
    /// Reads the versions of `survey`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn read(store: &Store, survey: &str, areas: &Areas) -> Result<StoredVersions, StoreError> {
        let rows = store.versions(survey)?.into_iter();
        let version = |row: QuestionnaireVersion| {
            let read = questionnaire::load(&row.source, "questionnaire.toml", areas).ok();
            let wording = read.as_ref().map_or_else(
                || row.hash.clone(),
                |own| hex_digest(canonical(own).as_bytes()),
            );
            StoredVersion {
                questionnaire: read,
                wording,
                source_hash: hex_digest(row.source.as_bytes()),
                row,
            }
        };
        Ok(StoredVersions(rows.map(version).collect()))
    }

    /// All versions, oldest first.
    #[must_use]
    pub fn all(&self) -> &[StoredVersion] {
        &self.0
    }

    /// The version that a response with `hash` answered; `None` if it is not stored.
    #[must_use]
    pub fn answered(&self, hash: &str) -> Option<&StoredVersion> {
        let mut versions = self.0.iter().rev();
        versions.find(|version| version.row.hash == hash || version.source_hash == hash)
    }

    /// All rows with the wording of `version`, oldest first.
    pub fn same_wording<'v>(
        &'v self,
        version: &'v StoredVersion,
    ) -> impl Iterator<Item = &'v StoredVersion> {
        let versions = self.0.iter();
        versions.filter(|other| other.wording == version.wording)
    }
}
