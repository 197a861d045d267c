//! A small pool of connections for reading.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use diesel::result::Error as DieselError;

use crate::store::connection::{Access, AnyConnection, connect};
use crate::store::error::StoreError;
use crate::store::url::DatabaseUrl;

/// Most connections in use at once; further readers wait. After a rush of submissions everyone
/// fetches a receipt at once, and PostgreSQL allows a hundred connections by default.
const MOST_IN_USE: usize = 8;

/// How long a reader waits for a connection. Those in use may themselves wait for a database that
/// does not answer.
const WAIT_DEADLINE: Duration = Duration::from_secs(10);

/// Most connections that stay open while nobody reads.
const MOST_IDLE: usize = 2;

/// The pool.
pub(super) struct Readers {
    url: DatabaseUrl,
    state: Mutex<State>,
    returned: Condvar,
}

#[derive(Default)]
struct State {
    idle: Vec<AnyConnection>,
    n_in_use: usize,
}

impl Readers {
    /// A pool for the database at `url`, with `connection` as its first connection.
    pub(super) fn new(url: DatabaseUrl, connection: Option<AnyConnection>) -> Readers {
        Readers {
            url,
            state: Mutex::new(State {
                idle: connection.into_iter().collect(),
                n_in_use: 0,
            }),
            returned: Condvar::new(),
        }
    }

    /// Runs `query` on one of the connections. `query` must not call this function: it could wait
    /// for itself.
    ///
    /// # Errors
    /// When no connection is free within [`WAIT_DEADLINE`]; when the database cannot be read.
    pub(super) fn read<T>(
        &self,
        query: impl FnOnce(&mut AnyConnection) -> Result<T, DieselError>,
    ) -> Result<T, StoreError> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut state, waited) = self
            .returned
            .wait_timeout_while(state, WAIT_DEADLINE, |state| state.n_in_use >= MOST_IN_USE)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            return Err(StoreError::database(
                &self.url,
                "all connections for reading are in use; try again later",
            ));
        }
        state.n_in_use += 1;
        let idle = state.idle.pop();
        drop(state);
        let mut lease = Lease {
            readers: self,
            connection: None,
        };
        let mut connection = match idle {
            Some(connection) => connection,
            None => connect(&self.url, Access::Read)?,
        };
        let result =
            query(&mut connection).map_err(|error| StoreError::database(&self.url, error))?;
        // Not after an error: the connection may be broken, so it is closed.
        lease.connection = Some(connection);
        Ok(result)
    }
}

/// A connection in use. Dropping it lets the next reader continue.
struct Lease<'a> {
    readers: &'a Readers,
    /// The connection to return to the pool.
    connection: Option<AnyConnection>,
}

impl Drop for Lease<'_> {
    fn drop(&mut self) {
        let mut state = self
            .readers
            .state
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        state.n_in_use -= 1;
        if state.idle.len() < MOST_IDLE {
            state.idle.extend(self.connection.take());
        }
        drop(state);
        self.readers.returned.notify_one();
    }
}
