//! Stores a batch of responses with its leaves and counts, in one transaction.

use std::collections::BTreeMap;

use diesel::result::Error as DieselError;

use crate::store::connection::AnyConnection;
use crate::store::error::SubmitError;
use crate::store::response::{Prepared, Receipt};
use crate::store::statements::{Statements, Stored, Tally};
use crate::store::transaction::Transaction;
#[cfg(feature = "postgres")]
use diesel::Connection;

/// Responses to be written together.
pub(super) type Batch = Vec<Box<Prepared>>;

/// The result for each response of a batch.
pub(super) type Outcomes = Vec<Result<Receipt, SubmitError>>;

/// Why nothing of a batch was stored.
pub(super) enum Refused {
    /// One of them cannot be stored.
    Response(SubmitError),
    /// The database failed.
    Database(DieselError),
}

impl From<DieselError> for Refused {
    fn from(error: DieselError) -> Refused {
        Refused::Database(error)
    }
}

/// Stores a batch in one transaction. Each response has its own outcome.
pub(super) fn insert(
    connection: &mut AnyConnection,
    batch: &mut [Box<Prepared>],
) -> Result<Outcomes, DieselError> {
    match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => {
            connection.transaction(|connection| insert_into(connection, batch))
        }
        // IMMEDIATE takes the write lock first. A transaction that reads and then writes would fail
        // without waiting when another process writes.
        AnyConnection::Sqlite(connection) => {
            connection.immediate_transaction(|connection| insert_into(connection, batch))
        }
    }
}

/// Stores a batch in one transaction, all of it or nothing.
pub(super) fn insert_or_nothing(
    connection: &mut AnyConnection,
    batch: &mut [Box<Prepared>],
) -> Result<Vec<Receipt>, Refused> {
    let all_stored = |outcomes: Outcomes| -> Result<Vec<Receipt>, Refused> {
        outcomes
            .into_iter()
            .map(|outcome| outcome.map_err(Refused::Response))
            .collect()
    };
    match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => {
            connection.transaction(|connection| all_stored(insert_into(connection, batch)?))
        }
        AnyConnection::Sqlite(connection) => connection
            .immediate_transaction(|connection| all_stored(insert_into(connection, batch)?)),
    }
}

/// Stores a batch inside a transaction of other tables.
pub(super) fn insert_within(
    transaction: &mut Transaction<'_>,
    batch: &mut [Box<Prepared>],
) -> Result<Outcomes, DieselError> {
    transaction.forget_next_leaf();
    match transaction.connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => insert_into(connection, batch),
        AnyConnection::Sqlite(connection) => insert_into(connection, batch),
    }
}

/// Stores a batch inside a transaction.
fn insert_into(
    connection: &mut impl Statements,
    batch: &mut [Box<Prepared>],
) -> Result<Outcomes, DieselError> {
    let first = connection.next_leaf()?;
    let stored = connection.store(batch, first)?;
    let mut tallies: BTreeMap<(&str, &str), Tally> = BTreeMap::new();
    let mut outcomes = Vec::with_capacity(batch.len());
    for (new, stored) in batch.iter().zip(stored) {
        outcomes.push(match stored {
            Stored::Before(stored) if stored.row.is_repeated_by(&new.row) => {
                Ok(stored.receipt(true))
            }
            Stored::Before(_) => Err(SubmitError::Conflict),
            Stored::InvitationSpent => Err(SubmitError::InvitationSpent),
            Stored::Now => {
                let key = (new.row.survey.as_str(), new.row.mode.as_str());
                let before = tallies.get(&key).copied();
                tallies.insert(key, Tally::with_leaf(before, new.row.leaf_index));
                Ok(new.receipt())
            }
        });
    }
    for ((survey, mode), more) in tallies {
        connection.add_to_tally(survey, mode, more)?;
    }
    Ok(outcomes)
}
