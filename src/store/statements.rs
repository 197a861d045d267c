//! The writer's statements for each back end.
//!
//! Diesel's combined connection supports no upsert, no array binding and no `FOR UPDATE`, so each
//! back end has its own code. SQLite executes one cached statement for each row. PostgreSQL is a
//! network away and gets all rows in one statement.

#[cfg(feature = "postgres")]
use std::collections::{HashMap, HashSet};

use diesel::dsl::max;
use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::store::connection::AnyConnection;
#[cfg(feature = "postgres")]
use crate::store::response::{Leaf, StoredResponse};
use crate::store::response::{LoggedResponse, Prepared};
#[cfg(feature = "postgres")]
use crate::store::schema::LEAF_LOCK;
use crate::store::schema::{invitation, leaf, meta, response, tally};

/// The statements of a writing transaction.
pub(super) trait Statements {
    /// Returns the next free leaf index. On PostgreSQL it locks a row until the transaction ends,
    /// so that the log stays dense with several servers.
    fn next_leaf(&mut self) -> QueryResult<i64>;
    /// Stores the new responses of `batch` with dense leaves from `next` on, writes each leaf index
    /// into its response, and spends its invitation. Returns what was done with each response.
    fn store(&mut self, batch: &mut [Box<Prepared>], next: i64) -> QueryResult<Vec<Stored>>;
    /// Adds to the counts of a survey and a mode.
    fn add_to_tally(&mut self, survey: &str, mode: &str, more: Tally) -> QueryResult<()>;
}

/// What was done with a response.
pub(super) enum Stored {
    /// It was stored, and its invitation spent.
    Now,
    /// Its id was stored already, before this batch or earlier in it. Its invitation is not spent.
    Before(Box<LoggedResponse>),
    /// Its invitation is spent already. It was not stored.
    InvitationSpent,
}

/// Number and leaf range of responses of one survey by one mode.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tally {
    pub(super) n: i64,
    pub(super) first_leaf: i64,
    pub(super) last_leaf: i64,
}

impl Tally {
    /// `before` with one more response, at `leaf`.
    pub(super) fn with_leaf(before: Option<Tally>, leaf: i64) -> Tally {
        Tally {
            n: before.map_or(0, |before| before.n) + 1,
            first_leaf: before.map_or(leaf, |before| before.first_leaf.min(leaf)),
            last_leaf: before.map_or(leaf, |before| before.last_leaf.max(leaf)),
        }
    }
}

/// The same statement for the connections of both back ends, which share no type.
macro_rules! add_to_tally {
    ($connection:expr, $survey:expr, $mode:expr, $more:expr) => {{
        let Tally {
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

/// The response that is stored under `id`.
fn find(connection: &mut SqliteConnection, id: &str) -> QueryResult<LoggedResponse> {
    // Not `first`: it binds a LIMIT, and SQLite parses the statement again for each bound LIMIT.
    response::table
        .left_join(leaf::table.on(leaf::idx.eq(response::leaf_index)))
        .filter(response::id.eq(id))
        .select(LoggedResponse::as_select())
        .get_result(connection)
}

impl Statements for SqliteConnection {
    fn next_leaf(&mut self) -> QueryResult<i64> {
        let last: Option<i64> = leaf::table.select(max(leaf::idx)).get_result(self)?;
        Ok(last.map_or(0, |last| last + 1))
    }

    fn store(&mut self, batch: &mut [Box<Prepared>], mut next: i64) -> QueryResult<Vec<Stored>> {
        let mut stored = Vec::with_capacity(batch.len());
        for new in batch {
            if let Some(hash) = &new.invitation {
                let unspent = invitation::table.filter(invitation::code_hash.eq(hash));
                if diesel::delete(unspent).execute(self)? == 0 {
                    let before = find(self, &new.row.id).optional()?;
                    let before = before.map(|before| Stored::Before(Box::new(before)));
                    stored.push(before.unwrap_or(Stored::InvitationSpent));
                    continue;
                }
            }
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
                    stored.push(Stored::Now);
                }
                // Searched only after a conflict: nearly every id is new, and a search for each
                // would cost as much as storing its leaf.
                Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => {
                    if let Some(hash) = &new.invitation {
                        diesel::insert_into(invitation::table)
                            .values((
                                invitation::code_hash.eq(hash),
                                invitation::survey.eq(&new.row.survey),
                                invitation::psu.eq(&new.row.psu),
                            ))
                            .execute(self)?;
                    }
                    stored.push(Stored::Before(Box::new(find(self, &new.row.id)?)));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(stored)
    }

    fn add_to_tally(&mut self, survey: &str, mode: &str, more: Tally) -> QueryResult<()> {
        add_to_tally!(self, survey, mode, more)
    }
}

/// Spends the invitations of the responses of `batch` whose ids are new, in one statement. Returns
/// those that were not spent before. Of two responses with one id, only the first may spend one.
#[cfg(feature = "postgres")]
fn spend(
    connection: &mut PgConnection,
    batch: &[Box<Prepared>],
    known: &HashMap<&str, (&StoredResponse, Option<&String>)>,
) -> QueryResult<HashSet<String>> {
    let mut ids = HashSet::new();
    let new = batch.iter().filter(|new| {
        let id = new.row.id.as_str();
        !known.contains_key(id) && ids.insert(id)
    });
    let hashes: Vec<&String> = new.filter_map(|new| new.invitation.as_ref()).collect();
    if hashes.is_empty() {
        return Ok(HashSet::new());
    }
    let unspent = invitation::table.filter(invitation::code_hash.eq_any(hashes));
    let spent = diesel::delete(unspent).returning(invitation::code_hash);
    Ok(spent.get_results(connection)?.into_iter().collect())
}

#[cfg(feature = "postgres")]
impl Statements for PgConnection {
    fn next_leaf(&mut self) -> QueryResult<i64> {
        let lock = meta::table
            .filter(meta::name.eq(LEAF_LOCK))
            .select(meta::name);
        lock.for_update().first::<String>(self)?;
        // Read after taking the lock: each statement of a READ COMMITTED transaction sees what was
        // committed before that statement.
        let last: Option<i64> = leaf::table.select(max(leaf::idx)).get_result(self)?;
        Ok(last.map_or(0, |last| last + 1))
    }

    fn store(&mut self, batch: &mut [Box<Prepared>], mut next: i64) -> QueryResult<Vec<Stored>> {
        let ids: Vec<&str> = batch.iter().map(|new| new.row.id.as_str()).collect();
        let known: Vec<StoredResponse> = response::table
            .filter(response::id.eq_any(ids))
            .select(StoredResponse::as_select())
            .load(self)?;
        // A query of its own instead of a join: there are nearly always no rows, and with outdated
        // statistics the planner would read all leaves for the join.
        let mut hashes: HashMap<i64, String> = HashMap::new();
        if !known.is_empty() {
            let indices = known.iter().map(|row| row.leaf_index);
            let leaves = leaf::table.filter(leaf::idx.eq_any(indices));
            hashes.extend(
                leaves
                    .select((leaf::idx, leaf::hash))
                    .load::<(i64, String)>(self)?,
            );
        }
        let mut known: HashMap<&str, (&StoredResponse, Option<&String>)> = known
            .iter()
            .map(|row| (row.id.as_str(), (row, hashes.get(&row.leaf_index))))
            .collect();
        let mut spent = spend(self, batch, &known)?;
        let mut fresh: Vec<&Prepared> = Vec::with_capacity(batch.len());
        let mut stored = Vec::with_capacity(batch.len());
        for new in batch {
            let before = known
                .get(new.row.id.as_str())
                .map(|(row, hash)| LoggedResponse {
                    row: (*row).clone(),
                    hash: hash.cloned(),
                });
            if let Some(before) = before {
                stored.push(Stored::Before(Box::new(before)));
                continue;
            }
            if let Some(hash) = &new.invitation
                && !spent.remove(hash)
            {
                stored.push(Stored::InvitationSpent);
                continue;
            }
            new.row.leaf_index = next;
            new.leaf.idx = next;
            next += 1;
            let new: &Prepared = new;
            known.insert(&new.row.id, (&new.row, Some(&new.leaf.hash)));
            fresh.push(new);
            stored.push(Stored::Now);
        }
        // A statement takes at most 65,535 bound values.
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

    fn add_to_tally(&mut self, survey: &str, mode: &str, more: Tally) -> QueryResult<()> {
        add_to_tally!(self, survey, mode, more)
    }
}

/// Stores `value` under `name`, unless `name` has a value already.
pub(super) fn insert_named_value(
    connection: &mut AnyConnection,
    name: &str,
    value: &str,
) -> QueryResult<()> {
    let row = (meta::name.eq(name), meta::value.eq(value));
    let inserted = match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => diesel::insert_into(meta::table)
            .values(row)
            .execute(connection),
        AnyConnection::Sqlite(connection) => diesel::insert_into(meta::table)
            .values(row)
            .execute(connection),
    };
    match inserted {
        Ok(_) | Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(()),
        Err(error) => Err(error),
    }
}
