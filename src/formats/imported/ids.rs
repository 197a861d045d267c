//! The ids of imported rows that came without one, and which of these rows are stored already.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::collection::Response;
use crate::collection::content_id::{Content, ContentKey};
use crate::formats::imported::file::ImportedRow;
use crate::store::{Store, StoreError};

/// What to do with rows that are stored already.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known {
    /// Store only the other rows.
    Skip,
    /// Store all rows: they are of other people, who gave the same answers.
    Store,
}

/// The rows to store, and those that are stored already.
#[derive(Debug, Default)]
pub struct Decision {
    /// The responses to store, in the order of the file.
    pub responses: Vec<Response>,
    /// The lines of the rows without `response_id` that are stored already. With [`Known::Store`]
    /// there are none.
    pub stored_lines: Vec<u64>,
}

/// Gives ids to the rows without one, and finds those that are stored in `store`.
///
/// # Errors
/// When the database cannot be read.
pub fn decide(
    rows: Vec<ImportedRow>,
    survey: &str,
    key: &ContentKey,
    store: Option<&Store>,
    known: Option<Known>,
) -> Result<Decision, StoreError> {
    let mut groups: BTreeMap<Content, u64> = BTreeMap::new();
    let mut places = Vec::with_capacity(rows.len());
    for row in &rows {
        places.push((!row.has_own_id).then(|| {
            let content = key.content(&row.response);
            let count = groups.entry(content).or_insert(0);
            *count += 1;
            (content, *count - 1)
        }));
    }
    let is_other = known == Some(Known::Store);
    let stored = match store {
        Some(store) => n_stored(groups, survey, key, store, is_other)?,
        None => BTreeMap::new(),
    };
    let mut decision = Decision::default();
    for (row, place) in rows.into_iter().zip(places) {
        let mut response = *row.response;
        if let Some((content, occurrence)) = place {
            let n_stored = stored.get(&content).copied().unwrap_or(0);
            if occurrence < n_stored && !is_other {
                decision.stored_lines.push(row.line);
                continue;
            }
            let after = if is_other { n_stored } else { 0 };
            response.id = key.id(&content, after + occurrence);
        }
        decision.responses.push(response);
    }
    Ok(decision)
}

/// How many questionnaires with each content are stored: at most as many as the file has, unless
/// `count_all`.
fn n_stored(
    groups: BTreeMap<Content, u64>,
    survey: &str,
    key: &ContentKey,
    store: &Store,
    count_all: bool,
) -> Result<BTreeMap<Content, u64>, StoreError> {
    let mut counted = BTreeMap::new();
    let mut uncounted: Vec<(Content, u64, u64)> = groups
        .into_iter()
        .map(|(content, n)| (content, n, 0))
        .collect();
    while !uncounted.is_empty() {
        let ids: Vec<Uuid> = uncounted
            .iter()
            .flat_map(|(content, n, first)| {
                (*first..first + n).map(|occurrence| key.id(content, occurrence))
            })
            .collect();
        let stored = store.stored_ids(survey, &ids)?;
        uncounted.retain_mut(|(content, n, first)| {
            let end = *first + *n;
            let mut occurrences = *first..end;
            // The occurrences of a content are stored without a gap.
            let free = occurrences.find(|place| !stored.contains(&key.id(content, *place)));
            *first = free.unwrap_or(end);
            counted.insert(*content, *first);
            free.is_none() && count_all
        });
    }
    Ok(counted)
}
