//! The key of the ids of imported rows, and what the command line says about rows that are stored.

use clap::ValueEnum;
use uuid::Uuid;

use crate::collection::content_id::ContentKey;
use crate::commands::Exit;
use crate::commands::local::{Answer, Request, carry_out, unexpected};
use crate::commands::open;
use crate::commands::settings::Place;
use crate::formats::imported::ids;
use crate::store::{IMPORT_KEY, Store};

/// What to do with rows that are stored already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Known {
    /// Store only the other rows
    Skip,
    /// Store all rows: they are of other people, who gave the same answers
    Store,
}

impl From<Known> for ids::Known {
    fn from(known: Known) -> ids::Known {
        match known {
            Known::Skip => ids::Known::Skip,
            Known::Store => ids::Known::Store,
        }
    }
}

/// The key of the ids that `store` keeps. If there is none yet, nothing was imported without ids:
/// then a new one is made, and the database keeps it if `keep` is true.
///
/// # Errors
/// The exit code when the database cannot be read or written; a message was printed.
pub fn key(place: &Place, store: Option<&Store>, keep: bool) -> Result<ContentKey, Exit> {
    let kept = store
        .map(|store| store.stored_value(IMPORT_KEY))
        .transpose();
    let kept = kept.map_err(|error| open::store_error(&error))?;
    if let Some(key) = kept.flatten() {
        return Ok(ContentKey::new(&key));
    }
    let fresh = Uuid::new_v4().simple().to_string() + &Uuid::new_v4().simple().to_string();
    if !keep {
        return Ok(ContentKey::new(&fresh));
    }
    match carry_out(place, Request::ImportKey(fresh))? {
        Answer::ImportKey(key) => Ok(ContentKey::new(&key)),
        answer => Err(unexpected(&answer)),
    }
}
