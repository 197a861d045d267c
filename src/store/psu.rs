//! Moves the PSU of responses from before it had a column out of `channel`, by what the plans say.

use diesel::prelude::*;

use crate::store::connection::AnyConnection;
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::schema::{meta, response};
use crate::store::upkeep::PsuInChannel;
use crate::store::write_back::{WriteBack, write_log_back};

/// The name under which the number of leaves without the column is kept.
pub(super) const LEAVES_WITHOUT_PSU: &str = "leaves_without_psu";

fn moved(survey: &str) -> String {
    format!("psu_moved:{survey}")
}

fn kept(connection: &mut AnyConnection, name: &str) -> QueryResult<Option<String>> {
    let value = meta::table.filter(meta::name.eq(name)).select(meta::value);
    value.first(connection).optional()
}

/// Moves the values of each survey once, in a transaction. Leaves stay valid: the hash of an earlier
/// version takes the PSU for the channel (`StoredResponse::hash_of_channel`).
pub(super) fn move_out_of_channel(
    connection: &mut AnyConnection,
    surveys: &[PsuInChannel],
) -> QueryResult<()> {
    let leaves = kept(connection, LEAVES_WITHOUT_PSU)?;
    let leaves: i64 = leaves.and_then(|leaves| leaves.parse().ok()).unwrap_or(0);
    if leaves == 0 {
        return Ok(());
    }
    for PsuInChannel { survey, modes } in surveys {
        if kept(connection, &moved(survey))?.is_some() {
            continue;
        }
        let rows = connection.transaction(|connection| {
            let row = (
                meta::name.eq(moved(survey)),
                meta::value.eq(modes.join(" ")),
            );
            diesel::insert_into(meta::table)
                .values(row)
                .execute(connection)?;
            let mut rows = 0;
            for mode in modes {
                let of = response::table
                    .filter(response::survey.eq(survey))
                    .filter(response::mode.eq(mode))
                    .filter(response::leaf_index.lt(leaves))
                    .filter(response::channel.ne(""));
                rows += diesel::update(of)
                    .set((
                        response::psu.eq(response::channel),
                        response::channel.eq(""),
                    ))
                    .execute(connection)?;
            }
            QueryResult::Ok(rows)
        })?;
        tracing::info!(
            survey,
            rows,
            "the PSUs of earlier responses were moved to their column"
        );
    }
    write_log_back(connection, WriteBack::Whole)
}

impl Store {
    /// Whether the PSUs of earlier responses of a survey are still in `channel`: the database was not
    /// opened for writing since the column came.
    ///
    /// # Errors
    /// When the database cannot be read.
    pub fn has_psu_in_channel(&self, survey: &str) -> Result<bool, StoreError> {
        self.read(|connection| {
            let leaves = kept(connection, LEAVES_WITHOUT_PSU)?;
            let is_old = leaves.as_deref() != Some("0");
            Ok(is_old && kept(connection, &moved(survey))?.is_none())
        })
    }
}
