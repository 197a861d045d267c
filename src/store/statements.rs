//! The writer's statements in the words of each back end.
//!
//! Both say the same, but not through one type: the combined connection has no upsert, no array bind and no `FOR
//! UPDATE`. SQLite binds a cached statement per row; PostgreSQL, a network away, takes all rows in one.

#[cfg(feature = "postgres")]
use std::collections::HashMap;

use diesel::dsl::max;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::store::connection::AnyConnection;
#[cfg(feature = "postgres")]
use crate::store::response::{Leaf, StoredResponse};
use crate::store::response::{Logged, Prepared};
#[cfg(feature = "postgres")]
use crate::store::schema::LEAF_LOCK;
use crate::store::schema::{leaf, meta, response, tally};

/// What the writer asks of a back end inside a transaction.
pub(super) trait Statements {
    /// The next free leaf index. On PostgreSQL a row is locked until the transaction ends, so that the log stays dense with
    /// several servers.
    fn next_leaf(&mut self) -> QueryResult<i64>;
    /// Stores what is new of `batch` with its leaves, dense from `next` on (a response then carries its leaf's index);
    /// for each response what is stored under its id already, be it from before or from earlier in the batch.
    fn store(&mut self, batch: &mut [Box<Prepared>], next: i64)
    -> QueryResult<Vec<Option<Logged>>>;
    /// Counts more responses of a survey by a mode.
    fn add_to_tally(&mut self, survey: &str, mode: &str, more: Tallied) -> QueryResult<()>;
}

/// Responses of one survey by one mode in a stretch of the log.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tallied {
    pub(super) n: i64,
    pub(super) first_leaf: i64,
    pub(super) last_leaf: i64,
}

impl Tallied {
    /// The stretch with one more response, at `leaf`.
    pub(super) fn with(before: Option<Tallied>, leaf: i64) -> Tallied {
        Tallied {
            n: before.map_or(0, |before| before.n) + 1,
            first_leaf: before.map_or(leaf, |before| before.first_leaf.min(leaf)),
            last_leaf: before.map_or(leaf, |before| before.last_leaf.max(leaf)),
        }
    }
}

/// The same words for the connections of both back ends, which share no type.
macro_rules! add_to_tally {
    ($connection:expr, $survey:expr, $mode:expr, $more:expr) => {{
        let Tallied {
            n,
            first_leaf,
            last_leaf,
        } = $more;
        diesel::insert_into(tally::table)
            .values((
                tally::survey.eq($survey),
                tally::mode.eq($mode),
                tally::n.eq(n),
                tally::first_leaf.eq(first_leaf),
                tally::last_leaf.eq(last_leaf),
            ))
            .on_conflict((tally::survey, tally::mode))
            .do_update()
            .set((tally::n.eq(tally::n + n), tally::last_leaf.eq(last_leaf)))
            .execute($connection)?;
        Ok(())
    }};
}

impl Statements for SqliteConnection {
    fn next_leaf(&mut self) -> QueryResult<i64> {
        let last: Option<i64> = leaf::table.select(max(leaf::idx)).get_result(self)?;
        Ok(last.map_or(0, |last| last + 1))
    }

    fn store(
        &mut self,
        batch: &mut [Box<Prepared>],
        mut next: i64,
    ) -> QueryResult<Vec<Option<Logged>>> {
        let mut stored = Vec::with_capacity(batch.len());
        for new in batch {
            new.row.leaf_index = next;
            new.leaf.idx = next;
            let inserted = diesel::insert_into(response::table)
                .values(&new.row)
                .execute(self);
            match inserted {
                Ok(_) => {
                    diesel::insert_into(leaf::table)
                        .values(&new.leaf)
                        .execute(self)?;
                    next += 1;
                    stored.push(None);
                }
                // Looked for only now: nearly every id is new, and a search for each would cost as much as its leaf.
                Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
                    // Not `first`: SQLite looks into the value bound to LIMIT and parses the statement anew for every row.
                    let before = response::table
                        .left_join(leaf::table.on(leaf::idx.eq(response::leaf_index)))
                        .filter(response::id.eq(&new.row.id))
                        .select(Logged::as_select())
                        .get_result(self)?;
                    stored.push(Some(before));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(stored)
    }

    fn add_to_tally(&mut self, survey: &str, mode: &str, more: Tallied) -> QueryResult<()> {
        add_to_tally!(self, survey, mode, more)
    }
}

#[cfg(feature = "postgres")]
impl Statements for PgConnection {
    fn next_leaf(&mut self) -> QueryResult<i64> {
        let lock = meta::table
            .filter(meta::name.eq(LEAF_LOCK))
            .select(meta::name);
        lock.for_update().first::<String>(self)?;
        // Seen anew after the lock: every statement of a READ COMMITTED transaction sees what is committed by then.
        let last: Option<i64> = leaf::table.select(max(leaf::idx)).get_result(self)?;
        Ok(last.map_or(0, |last| last + 1))
    }

    fn store(
        &mut self,
        batch: &mut [Box<Prepared>],
        mut next: i64,
    ) -> QueryResult<Vec<Option<Logged>>> {
        let ids: Vec<&str> = batch.iter().map(|new| new.row.id.as_str()).collect();
        let known: Vec<StoredResponse> = response::table
            .filter(response::id.eq_any(ids))
            .select(StoredResponse::as_select())
            .load(self)?;
        // Not joined to the responses: nearly always there are none, and on a table that has grown since it was last looked
        // at the planner would rather read all leaves.
        let mut hashes: HashMap<i64, String> = HashMap::new();
        if !known.is_empty() {
            let places = known.iter().map(|row| row.leaf_index);
            let of = leaf::table.filter(leaf::idx.eq_any(places));
            hashes.extend(
                of.select((leaf::idx, leaf::hash))
                    .load::<(i64, String)>(self)?,
            );
        }
        let mut known: HashMap<&str, (&StoredResponse, Option<&String>)> = known
            .iter()
            .map(|row| (row.id.as_str(), (row, hashes.get(&row.leaf_index))))
            .collect();
        let mut fresh: Vec<&Prepared> = Vec::with_capacity(batch.len());
        let mut stored = Vec::with_capacity(batch.len());
        for new in batch {
            let before = known.get(new.row.id.as_str()).map(|(row, hash)| Logged {
                row: (*row).clone(),
                hash: hash.cloned(),
            });
            if before.is_none() {
                new.row.leaf_index = next;
                new.leaf.idx = next;
                next += 1;
                let new: &Prepared = new;
                known.insert(&new.row.id, (&new.row, Some(&new.leaf.hash)));
                fresh.push(new);
            }
            stored.push(before);
        }
        // PostgreSQL takes at most 65,535 bound values a statement.
        for new in fresh.chunks(2_048) {
            let rows: Vec<_> = new.iter().map(|new| &new.row).collect();
            diesel::insert_into(response::table)
                .values(rows)
                .execute(self)?;
            let leaves: Vec<&Leaf> = new.iter().map(|new| &new.leaf).collect();
            diesel::insert_into(leaf::table)
                .values(leaves)
                .execute(self)?;
        }
        Ok(stored)
    }

    fn add_to_tally(&mut self, survey: &str, mode: &str, more: Tallied) -> QueryResult<()> {
        add_to_tally!(self, survey, mode, more)
    }
}

/// Keeps `value` under `name`, unless something is kept there.
pub(super) fn keep(connection: &mut AnyConnection, name: &str, value: &str) -> QueryResult<()> {
    let row = (meta::name.eq(name), meta::value.eq(value));
    let kept = match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => diesel::insert_into(meta::table)
            .values(row)
            .execute(connection),
        AnyConnection::Sqlite(connection) => diesel::insert_into(meta::table)
            .values(row)
            .execute(connection),
    };
    match kept {
        Ok(_) | Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(()),
        Err(error) => Err(error),
    }
}
