//! Opens a database: locks, checks and migrates it, then starts the writer.

use std::sync::Arc;

use crate::store::connection::{Access, connect};
use crate::store::disk::Reserve;
use crate::store::error::StoreError;
use crate::store::handle::{Inner, Store};
use crate::store::health::Health;
use crate::store::migrations::{is_behind, known_migrations, migrate, refuse_newer};
use crate::store::readers::Readers;
use crate::store::upkeep::{Upkeep, lock, refuse_network};
use crate::store::url::DatabaseUrl;
use crate::store::writer::Writer;
use crate::store::{audits, check, psu};

impl Store {
    /// Opens the database for writing, creates or migrates its tables, and starts the writer.
    ///
    /// # Errors
    /// See [`StoreError`]; in particular [`StoreError::Locked`] for a second writer on one SQLite
    /// file.
    pub fn open(url: &DatabaseUrl) -> Result<Store, StoreError> {
        Store::open_with(url, Upkeep::default())
    }

    /// [`Store::open`] for a server that runs for months.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn open_with(url: &DatabaseUrl, upkeep: Upkeep) -> Result<Store, StoreError> {
        let url = &url.resolved();
        if let Some(path) = url.path() {
            refuse_network(path)?;
        }
        let lock = url
            .path()
            .map(|path| lock(path.with_extension("lock")))
            .transpose()?;
        let mut connection = connect(url, Access::Write)?;
        if is_behind(&mut connection).map_err(|error| StoreError::database(url, error))? {
            // A migration may rewrite every row: it would lose damaged rows, or keep them as valid.
            check::full(url, &mut connection)?;
        }
        if let Err(error) = migrate(url, &mut connection) {
            if url.path().is_some() {
                // Closing would checkpoint the WAL and sync again. After a disk error, a successful
                // sync proves nothing.
                std::mem::forget(connection);
            }
            return Err(error);
        }
        psu::move_out_of_channel(&mut connection, &upkeep.psu_in_channel)
            .map_err(|error| StoreError::database(url, error))?;
        let reserve = url
            .path()
            .filter(|_| upkeep.reserve_bytes > 0)
            .map(|path| Reserve::beside(path, upkeep.reserve_bytes));
        let health = Arc::new(Health::new(reserve));
        check::at_start(url, &mut connection, &health, upkeep.check_in_background)?;
        let writer = Writer::start(url.clone(), connection, Arc::clone(&health))?;
        let store = Store {
            inner: Arc::new(Inner {
                url: url.clone(),
                writer: Some(writer),
                health,
                readers: Readers::new(url.clone(), None),
                applied: known_migrations(),
                _lock: lock,
            }),
        };
        if let Some(first) = upkeep.first_audit {
            audits::start(&store.inner, first);
        }
        Ok(store)
    }

    /// Opens an existing database for reading. A server may write to it at the same time.
    ///
    /// # Errors
    /// See [`StoreError`].
    pub fn open_reader(url: &DatabaseUrl) -> Result<Store, StoreError> {
        if let Some(path) = url.path().filter(|path| !path.exists()) {
            return Err(StoreError::Missing {
                path: path.display().to_string(),
            });
        }
        let mut connection = connect(url, Access::Read)?;
        let applied = refuse_newer(url, &mut connection)?;
        if applied.is_empty() {
            return Err(StoreError::Missing { path: url.shown() });
        }
        Ok(Store {
            inner: Arc::new(Inner {
                url: url.clone(),
                writer: None,
                health: Arc::new(Health::new(None)),
                readers: Readers::new(url.clone(), Some(connection)),
                applied,
                _lock: None,
            }),
        })
    }
}
