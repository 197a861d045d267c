//! A batch of responses stored with its leaves and counts, in one transaction.

use std::collections::BTreeMap;

use diesel::result::Error as DieselError;

use crate::store::connection::AnyConnection;
use crate::store::error::SubmitError;
use crate::store::response::{Prepared, Receipt};
use crate::store::statements::{Statements, Tallied};
#[cfg(feature = "postgres")]
use diesel::Connection;

/// Responses to be written together.
pub(super) type Batch = Vec<Box<Prepared>>;

/// What became of each response of a batch.
pub(super) type Outcomes = Vec<Result<Receipt, SubmitError>>;

/// Why a batch that goes in whole or not at all was not stored.
pub(super) enum Refused {
    /// Another response has the id of one of them.
    Conflict,
    /// The database.
    Database(DieselError),
}

impl From<DieselError> for Refused {
    fn from(error: DieselError) -> Refused {
        Refused::Database(error)
    }
}

/// Stores a batch in one transaction; each response has its own outcome.
pub(super) fn insert(
    connection: &mut AnyConnection,
    batch: &mut [Box<Prepared>],
) -> Result<Outcomes, DieselError> {
    match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => {
            connection.transaction(|connection| insert_into(connection, batch))
        }
        // IMMEDIATE: a transaction that reads first and then writes would fail at once when another process writes.
        AnyConnection::Sqlite(connection) => {
            connection.immediate_transaction(|connection| insert_into(connection, batch))
        }
    }
}

/// Stores a batch in one transaction if every response can be stored.
pub(super) fn insert_or_nothing(
    connection: &mut AnyConnection,
    batch: &mut [Box<Prepared>],
) -> Result<Vec<Receipt>, Refused> {
    let all = |outcomes: Outcomes| -> Result<Vec<Receipt>, Refused> {
        outcomes
            .into_iter()
            .map(|outcome| outcome.map_err(|_| Refused::Conflict))
            .collect()
    };
    match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => {
            connection.transaction(|connection| all(insert_into(connection, batch)?))
        }
        AnyConnection::Sqlite(connection) => {
            connection.immediate_transaction(|connection| all(insert_into(connection, batch)?))
        }
    }
}

/// What becomes of each response of a batch, inside a transaction that holds the head of the log.
fn insert_into(
    connection: &mut impl Statements,
    batch: &mut [Box<Prepared>],
) -> Result<Outcomes, DieselError> {
    let first = connection.next_leaf()?;
    let before = connection.store(batch, first)?;
    let mut tallied: BTreeMap<(&str, &str), Tallied> = BTreeMap::new();
    let mut outcomes = Vec::with_capacity(batch.len());
    for (new, before) in batch.iter().zip(before) {
        outcomes.push(match before {
            Some(stored) if stored.row.repeats(&new.row) => Ok(stored.receipt(true)),
            Some(_) => Err(SubmitError::Conflict),
            None => {
                let of = (new.row.survey.as_str(), new.row.mode.as_str());
                tallied.insert(
                    of,
                    Tallied::with(tallied.get(&of).copied(), new.row.leaf_index),
                );
                Ok(new.receipt())
            }
        });
    }
    for ((survey, mode), more) in tallied {
        connection.add_to_tally(survey, mode, more)?;
    }
    Ok(outcomes)
}
