//! Visits to the cases of a survey: what came of each.

use std::collections::{HashMap, HashSet};

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::collection::disposition::CheckedVisit;
use crate::staff::AuditEntry;
use crate::store::audit;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::logged_table::{LoggedTable, logged_row};
use crate::store::schema::visit;
use crate::store::transaction::Transaction;

/// Version of the migration that made the tables of visits and of back-checks.
pub(super) const MIGRATION: &str = "20261206000000";

/// One visit to a case, or one call.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = visit)]
pub struct Visit {
    /// `satisfaction-2026`.
    pub survey: String,
    /// `onsite`, `phone` or `intercept`.
    pub mode: String,
    /// The PSU.
    pub psu: String,
    /// The number of the case in its PSU, from 1.
    pub case_number: i64,
    /// The how many-th visit to the case, from 1.
    pub attempt: i64,
    /// Word of the outcome, such as `no_contact`.
    pub outcome: String,
    /// In Beijing: `2026-06-01`, or `2026-06-01 09:30`.
    pub visited_at: String,
    /// Who visited; may be empty.
    pub enumerator: String,
    /// The account or the device token, or `terminal`.
    pub recorded_by: String,
    /// Microseconds UTC.
    pub recorded_at: i64,
    nonce: String,
    leaf_index: i64,
}

/// How the table is backed up, restored and audited.
pub(super) const TABLE: LoggedTable = LoggedTable::of::<Visit>("visit", MIGRATION);

logged_row!(
    Visit,
    visit,
    "visit",
    [
        survey,
        mode,
        psu,
        case_number,
        attempt,
        outcome,
        visited_at,
        enumerator,
        recorded_by,
        recorded_at
    ]
);

/// Survey, PSU and mode; the number of the case; the attempt.
type AttemptKey<'a> = ((&'a str, &'a str, &'a str), i64, i64);

/// What was done with visits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum VisitsOutcome {
    /// For each visit, whether it is new; one that is not was stored before.
    Stored(Vec<bool>),
    /// The visits with these places in the list are stored with another outcome, day or enumerator.
    /// Nothing was stored.
    Differ(Vec<usize>),
}

impl Visit {
    /// A visit that was checked, recorded by an account or a device token at a time (microseconds
    /// UTC).
    #[must_use]
    pub fn new(survey: &str, checked: &CheckedVisit, (by, at): (&str, i64)) -> Visit {
        Visit {
            survey: survey.to_owned(),
            mode: checked.mode.as_str().to_owned(),
            psu: checked.psu.clone(),
            case_number: i64::from(checked.case),
            attempt: i64::from(checked.attempt),
            outcome: checked.outcome.as_str().to_owned(),
            visited_at: checked.visited_at.clone(),
            enumerator: checked.enumerator.clone(),
            recorded_by: by.to_owned(),
            recorded_at: at,
            nonce: String::new(),
            leaf_index: -1,
        }
    }

    /// For each of some visits, whether no visit before it in the list is of the same attempt.
    #[must_use]
    pub fn are_first(visits: &[Visit]) -> Vec<bool> {
        let mut before = HashSet::new();
        let visits = visits.iter();
        visits.map(|own| before.insert(own.attempt_key())).collect()
    }

    /// Whether `other` says the same of the same attempt.
    fn repeats(&self, other: &Visit) -> bool {
        self.is_same_attempt(other)
            && (&self.outcome, &self.visited_at, &self.enumerator)
                == (&other.outcome, &other.visited_at, &other.enumerator)
    }

    fn is_same_attempt(&self, other: &Visit) -> bool {
        self.attempt_key() == other.attempt_key()
    }

    fn attempt_key(&self) -> AttemptKey<'_> {
        let place = (self.survey.as_str(), self.psu.as_str(), self.mode.as_str());
        (place, self.case_number, self.attempt)
    }

    /// The row that counts for the same attempt; `None` if there is none.
    fn stored(&self, connection: &mut AnyConnection) -> QueryResult<Option<Visit>> {
        visit::table
            .filter(visit::survey.eq(&self.survey))
            .filter(visit::psu.eq(&self.psu))
            .filter(visit::mode.eq(&self.mode))
            .filter(visit::case_number.eq(self.case_number))
            .filter(visit::attempt.eq(self.attempt))
            .order(visit::leaf_index.desc())
            .select(Visit::as_select())
            .first(connection)
            .optional()
    }
}

impl Store {
    /// Stores visits, all or none, with `entry` in the audit record if any is new. A visit that is
    /// stored already is no second one. With `corrects`, a visit takes the place of what was stored
    /// for its attempt.
    ///
    /// # Errors
    /// When the database cannot be read or written; then nothing is stored.
    pub fn add_visits(
        &self,
        visits: Vec<Visit>,
        corrects: bool,
        entry: Option<AuditEntry>,
    ) -> Result<VisitsOutcome, StoreError> {
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.lock_log()?;
            let is_new = match compared(transaction.connection, &visits, corrects)? {
                VisitsOutcome::Stored(is_new) => is_new,
                differ @ VisitsOutcome::Differ(_) => return Ok(differ),
            };
            let any_new = is_new.contains(&true);
            for (own, _) in visits.into_iter().zip(&is_new).filter(|(_, new)| **new) {
                transaction.append(own)?;
            }
            if let Some(entry) = entry.filter(|_| any_new) {
                audit::append(transaction, entry)?;
            }
            Ok(VisitsOutcome::Stored(is_new))
        })
    }

    /// What [`Store::add_visits`] would do, without corrections; nothing is stored.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn compare_visits(&self, visits: &[Visit]) -> Result<VisitsOutcome, StoreError> {
        if !self.inner.has_migration(MIGRATION) {
            return Ok(VisitsOutcome::Stored(Visit::are_first(visits)));
        }
        self.read(|connection| compared(connection, visits, false))
    }

    /// A number that changes with every visit that is recorded: the leaf of the last one; -1 without any.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn visits_version(&self) -> Result<i64, StoreError> {
        if !self.inner.has_migration(MIGRATION) {
            return Ok(-1);
        }
        self.read(|connection| {
            let last: Option<i64> = visit::table
                .select(diesel::dsl::max(visit::leaf_index))
                .get_result(connection)?;
            Ok(last.unwrap_or(-1))
        })
    }

    /// The visits of a survey that count, each attempt once, in the order of PSU, mode, case and
    /// attempt. With `log_size`, those that counted when the log had so many leaves. A database of an earlier version of minyi that was opened for reading only has none.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn visits(&self, survey: &str, log_size: Option<u64>) -> Result<Vec<Visit>, StoreError> {
        let end = log_size.map_or(i64::MAX, |size| i64::try_from(size).unwrap_or(i64::MAX));
        if !self.inner.has_migration(MIGRATION) {
            return Ok(Vec::new());
        }
        let mut rows: Vec<Visit> = self.read(|connection| {
            visit::table
                .filter(visit::survey.eq(survey))
                .filter(visit::leaf_index.lt(end))
                .order((
                    visit::psu,
                    visit::mode,
                    visit::case_number,
                    visit::attempt,
                    visit::leaf_index.desc(),
                ))
                .select(Visit::as_select())
                .load(connection)
        })?;
        rows.dedup_by(|later, earlier| later.is_same_attempt(earlier));
        // The order of a database depends on its collation.
        rows.sort_by(|a, b| a.attempt_key().cmp(&b.attempt_key()));
        Ok(rows)
    }
}

/// Which visits are new, or which differ from what is stored.
fn compared(
    connection: &mut AnyConnection,
    visits: &[Visit],
    corrects: bool,
) -> QueryResult<VisitsOutcome> {
    let mut is_new = Vec::with_capacity(visits.len());
    let mut differ = Vec::new();
    let mut before: HashMap<AttemptKey<'_>, &Visit> = HashMap::new();
    for (place, own) in visits.iter().enumerate() {
        // The same attempt may be twice in one file.
        if let Some(known) = before.insert(own.attempt_key(), own) {
            match known.repeats(own) {
                true => is_new.push(false),
                false => differ.push(place),
            }
            continue;
        }
        match own.stored(connection)? {
            Some(stored) if stored.repeats(own) => is_new.push(false),
            Some(_) if !corrects => differ.push(place),
            _ => is_new.push(true),
        }
    }
    Ok(match differ.is_empty() {
        true => VisitsOutcome::Stored(is_new),
        false => VisitsOutcome::Differ(differ),
    })
}
