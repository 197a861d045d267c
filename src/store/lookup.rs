//! Looks up many responses of a survey by their ids.

use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use uuid::Uuid;

use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::schema::response as responses;

/// Ids in one query. SQLite takes at most 32,766 bound values.
const IDS_A_QUERY: usize = 5_000;

/// What was answered in a stored response.
#[derive(Debug, Clone, PartialEq, Eq, Queryable)]
pub struct StoredAnswers {
    /// `online`, `onsite`, `paper`, `phone` or `intercept`.
    pub mode: String,
    /// The questionnaire version that was answered.
    pub questionnaire_hash: String,
    /// Canonical answers, JSON.
    pub answers: String,
}

impl Store {
    /// Those of `ids` that are ids of stored responses to `survey`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn stored_ids(&self, survey: &str, ids: &[Uuid]) -> Result<BTreeSet<Uuid>, StoreError> {
        let mut stored = BTreeSet::new();
        for ids in ids.chunks(IDS_A_QUERY) {
            let page: Vec<String> = self.read(|connection| {
                responses::table
                    .filter(responses::survey.eq(survey))
                    .filter(responses::id.eq_any(ids.iter().map(Uuid::to_string)))
                    .select(responses::id)
                    .load(connection)
            })?;
            stored.extend(page.iter().filter_map(|id| Uuid::parse_str(id).ok()));
        }
        Ok(stored)
    }

    /// When those of `ids` that are stored responses to `survey` began, microseconds UTC; without those
    /// of which it is not known.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn started_at(
        &self,
        survey: &str,
        ids: &[Uuid],
    ) -> Result<BTreeMap<Uuid, i64>, StoreError> {
        let mut started = BTreeMap::new();
        for ids in ids.chunks(IDS_A_QUERY) {
            let page: Vec<(String, Option<i64>)> = self.read(|connection| {
                responses::table
                    .filter(responses::survey.eq(survey))
                    .filter(responses::id.eq_any(ids.iter().map(Uuid::to_string)))
                    .select((responses::id, responses::started_at))
                    .load(connection)
            })?;
            let page = page.into_iter();
            started.extend(page.filter_map(|(id, at)| Some((Uuid::parse_str(&id).ok()?, at?))));
        }
        Ok(started)
    }

    /// What was answered in those of `ids` that are stored responses to `survey`.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn stored_answers(
        &self,
        survey: &str,
        ids: &[Uuid],
    ) -> Result<BTreeMap<Uuid, StoredAnswers>, StoreError> {
        let mut stored = BTreeMap::new();
        for ids in ids.chunks(IDS_A_QUERY) {
            let columns = (
                responses::mode,
                responses::questionnaire_hash,
                responses::answers,
            );
            let page: Vec<(String, StoredAnswers)> = self.read(|connection| {
                responses::table
                    .filter(responses::survey.eq(survey))
                    .filter(responses::id.eq_any(ids.iter().map(Uuid::to_string)))
                    .select((responses::id, columns))
                    .load(connection)
            })?;
            let page = page.into_iter();
            stored.extend(page.filter_map(|(id, own)| Some((Uuid::parse_str(&id).ok()?, own))));
        }
        Ok(stored)
    }
}
