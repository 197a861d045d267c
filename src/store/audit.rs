//! Who did what in the office: appended, each entry with a leaf, and read.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::staff::{Action, AuditEntry};
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::logged_table::{LoggedTable, logged_row};
use crate::store::schema::audit;
use crate::store::transaction::Transaction;

/// One entry as it is stored.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = audit)]
struct Row {
    happened_at: i64,
    who: String,
    role: String,
    place: String,
    action: String,
    survey: String,
    subject: String,
    value_before: String,
    value_after: String,
    reason: String,
    nonce: String,
    leaf_index: i64,
}

/// How the table is backed up, restored and audited.
pub(super) const TABLE: LoggedTable = LoggedTable::of::<Row>("audit", "20261202000000");

logged_row!(
    Row,
    audit,
    "audit",
    [
        happened_at,
        who,
        role,
        place,
        action,
        survey,
        subject,
        value_before,
        value_after,
        reason
    ]
);

/// Which entries of the audit record to read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Only those of this account name.
    pub who: Option<String>,
    /// Only those with this word of an action.
    pub action: Option<String>,
    /// Only those of this survey.
    pub survey: Option<String>,
    /// Only those at or after this time, microseconds UTC.
    pub since: Option<i64>,
    /// Only those before this time, microseconds UTC.
    pub until: Option<i64>,
    /// Only those with a smaller leaf index; for the next page.
    pub before_leaf: Option<i64>,
}

/// Stores an entry and its leaf in a transaction, so that it is there exactly if the change is.
pub(super) fn append(transaction: &mut Transaction<'_>, entry: AuditEntry) -> QueryResult<()> {
    transaction.append(Row {
        happened_at: entry.happened_at,
        who: entry.who,
        role: entry.role,
        place: entry.place,
        action: entry.action.as_str().to_owned(),
        survey: entry.survey,
        subject: entry.subject,
        value_before: entry.before,
        value_after: entry.after,
        reason: entry.reason,
        nonce: String::new(),
        leaf_index: -1,
    })
}

impl Store {
    /// Stores an entry of the audit record.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn record(&self, entry: AuditEntry) -> Result<(), StoreError> {
        self.change(move |transaction: &mut Transaction<'_>| append(transaction, entry))
    }

    /// At most `limit` entries that `filter` admits, with their leaf indices, the newest first.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn audit_entries(
        &self,
        filter: &AuditFilter,
        limit: i64,
    ) -> Result<Vec<(i64, AuditEntry)>, StoreError> {
        // A boxed query cannot be built for both back ends at once, so what is absent admits all.
        let since = filter.since.unwrap_or(i64::MIN);
        let until = filter.until.unwrap_or(i64::MAX);
        let leaf = filter.before_leaf.unwrap_or(i64::MAX);
        let like = |wanted: &Option<String>| wanted.clone().unwrap_or_default();
        let (who, action, survey) = (
            like(&filter.who),
            like(&filter.action),
            like(&filter.survey),
        );
        let rows: Vec<Row> = self.read(|connection| {
            audit::table
                .filter(audit::happened_at.ge(since))
                .filter(audit::happened_at.lt(until))
                .filter(audit::leaf_index.lt(leaf))
                .filter(
                    audit::who
                        .eq(&who)
                        .or(who.is_empty().into_sql::<diesel::sql_types::Bool>()),
                )
                .filter(
                    audit::action
                        .eq(&action)
                        .or(action.is_empty().into_sql::<diesel::sql_types::Bool>()),
                )
                .filter(
                    audit::survey
                        .eq(&survey)
                        .or(survey.is_empty().into_sql::<diesel::sql_types::Bool>()),
                )
                .order(audit::leaf_index.desc())
                .limit(limit)
                .select(Row::as_select())
                .load(connection)
        })?;
        Ok(rows.into_iter().filter_map(entry).collect())
    }
}

impl Store {
    /// When the last backup was made, microseconds UTC; `None` if none was.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn last_backup(&self) -> Result<Option<i64>, StoreError> {
        let filter = AuditFilter {
            action: Some(Action::BackedUp.as_str().to_owned()),
            ..AuditFilter::default()
        };
        let entries = self.audit_entries(&filter, 1)?;
        Ok(entries.first().map(|(_, entry)| entry.happened_at))
    }
}

/// An entry with its leaf index; `None` for an action of a later version of minyi.
fn entry(row: Row) -> Option<(i64, AuditEntry)> {
    let action = Action::parse(&row.action)?;
    let entry = AuditEntry {
        happened_at: row.happened_at,
        who: row.who,
        role: row.role,
        place: row.place,
        action,
        survey: row.survey,
        subject: row.subject,
        before: row.value_before,
        after: row.value_after,
        reason: row.reason,
    };
    Some((row.leaf_index, entry))
}
