//! Connections that read, shared by all who read: a few, however many ask at once.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use diesel::result::Error as DieselError;

use crate::store::connection::{Access, AnyConnection, connect};
use crate::store::error::StoreError;
use crate::store::url::DatabaseUrl;

/// Most connections that read at once; who comes then waits. A crowd that has submitted fetches its receipts all at once,
/// and a PostgreSQL server as it comes takes a hundred connections in all.
const MOST: usize = 8;

/// How long one of them is waited for: those who have one may be waiting for a database that does not come back.
const PATIENCE: Duration = Duration::from_secs(10);

/// Most of them that are kept when no one reads.
const KEPT: usize = 2;

/// The connections.
pub(super) struct Readers {
    url: DatabaseUrl,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<AnyConnection>,
    /// How many are in use.
    lent: usize,
}

impl Readers {
    /// Readers of the database at `url`, the first of them `connection`.
    pub(super) fn new(url: DatabaseUrl, connection: Option<AnyConnection>) -> Readers {
        Readers {
            url,
            state: Mutex::new(State {
                idle: connection.into_iter().collect(),
                lent: 0,
            }),
            returned: Condvar::new(),
        }
    }

    /// Reads with one of the connections. `query` must not read through another: it could wait for itself.
    ///
    /// # Errors
    /// When the database cannot be reached or read.
    pub(super) fn read<T>(
        &self,
        query: impl FnOnce(&mut AnyConnection) -> Result<T, DieselError>,
    ) -> Result<T, StoreError> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut state, waited) = self
            .returned
            .wait_timeout_while(state, PATIENCE, |state| state.lent >= MOST)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(StoreError::open(
                &self.url,
                "no connection is free to read with",
            ));
        }
        state.lent += 1;
        let idle = state.idle.pop();
        drop(state);
        // Gives the place back however the reading ends.
        let mut place = Place {
            readers: self,
            connection: None,
        };
        let mut connection = match idle {
            Some(connection) => connection,
            None => connect(&self.url, Access::Read)?,
        };
        let answer = query(&mut connection)
            .map_err(|error| StoreError::open(&self.url, &error.to_string()))?;
        // A connection that failed is dropped instead, since it may be broken.
        place.connection = Some(connection);
        Ok(answer)
    }
}

struct Place<'a> {
    readers: &'a Readers,
    connection: Option<AnyConnection>,
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        let mut state = self
            .readers
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        state.lent -= 1;
        if state.idle.len() < KEPT {
            state.idle.extend(self.connection.take());
        }
        drop(state);
        self.readers.returned.notify_one();
    }
}
