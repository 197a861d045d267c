//! Questions and objections about published numbers, and the replies.

use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use crate::staff::AuditEntry;
use crate::store::audit;
use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::logged_table::{LoggedRow, LoggedTable, logged_row};
use crate::store::release::MIGRATION;
use crate::store::schema::{objection, objection_reply};
use crate::store::transaction::Transaction;

/// What somebody asked about a published number.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = objection)]
pub struct Objection {
    /// A random UUID; whoever knows it can read the reply.
    pub id: String,
    /// `satisfaction-2026`.
    pub survey: String,
    /// Number of the release.
    pub number: i64,
    /// The line of `figures.csv` that it is about: `indicator/dimension/level`.
    pub line: String,
    /// What is asked.
    pub question: String,
    /// Microseconds UTC.
    pub received_at: i64,
    nonce: String,
    leaf_index: i64,
}

/// A reply.
#[derive(
    Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable, Serialize, Deserialize,
)]
#[serde(deny_unknown_fields)]
#[diesel(table_name = objection_reply)]
pub struct ObjectionReply {
    /// Id of the objection.
    pub objection_id: String,
    /// The reply.
    pub reply: String,
    /// Name of the account.
    pub replied_by: String,
    /// Microseconds UTC.
    pub replied_at: i64,
    nonce: String,
    leaf_index: i64,
}

/// How the tables are backed up, restored and audited.
pub(super) const OBJECTIONS: LoggedTable = LoggedTable::of::<Objection>("objection", MIGRATION);
/// See [`OBJECTIONS`].
pub(super) const REPLIES: LoggedTable =
    LoggedTable::of::<ObjectionReply>("objection_reply", MIGRATION);

logged_row!(
    Objection,
    objection,
    "objection",
    [id, survey, number, line, question, received_at]
);

logged_row!(
    ObjectionReply,
    objection_reply,
    "objection_reply",
    [objection_id, reply, replied_by, replied_at]
);

impl Objection {
    /// A question about the line of a release, received at a time (microseconds UTC).
    #[must_use]
    pub fn new(
        id: &str,
        (survey, number): (&str, i64),
        (line, question): (&str, &str),
        received_at: i64,
    ) -> Objection {
        Objection {
            id: id.to_owned(),
            survey: survey.to_owned(),
            number,
            line: line.to_owned(),
            question: question.to_owned(),
            received_at,
            nonce: String::new(),
            leaf_index: -1,
        }
    }
}

impl ObjectionReply {
    /// A reply of an account at a time (microseconds UTC).
    #[must_use]
    pub fn new(objection: &str, reply: &str, (by, at): (&str, i64)) -> ObjectionReply {
        ObjectionReply {
            objection_id: objection.to_owned(),
            reply: reply.to_owned(),
            replied_by: by.to_owned(),
            replied_at: at,
            nonce: String::new(),
            leaf_index: -1,
        }
    }
}

impl Store {
    /// Stores an objection.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn add_objection(&self, new: Objection) -> Result<(), StoreError> {
        self.change(move |transaction: &mut Transaction<'_>| transaction.append(new))
    }

    /// Stores a reply, and `entry` in the audit record.
    ///
    /// # Errors
    /// When the database cannot be written.
    pub fn reply(&self, new: ObjectionReply, entry: AuditEntry) -> Result<(), StoreError> {
        self.change(move |transaction: &mut Transaction<'_>| {
            transaction.append(new)?;
            audit::append(transaction, entry)
        })
    }

    /// All objections, oldest first, each with its replies.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn objections(&self) -> Result<Vec<(Objection, Vec<ObjectionReply>)>, StoreError> {
        if !self.inner.has_migration(MIGRATION) {
            return Ok(Vec::new());
        }
        self.read(|connection| {
            let replies = ObjectionReply::all(connection)?;
            let own = |id: &str| {
                let all = replies.iter();
                all.filter(|reply| reply.objection_id == id)
                    .cloned()
                    .collect()
            };
            let all = Objection::all(connection)?.into_iter();
            Ok(all
                .map(|one| (own(&one.id), one))
                .map(|(replies, one)| (one, replies))
                .collect())
        })
    }
}
