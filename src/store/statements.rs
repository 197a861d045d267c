//! The writer's statements in the words of each back end.
//!
//! Both say the same, but not through one type: the combined connection has no upsert, no array bind and no `FOR
//! UPDATE`. SQLite binds a cached statement per row; PostgreSQL, a network away, takes all rows in one.

use std::collections::HashMap;

use diesel::prelude::*;
use diesel::result::{DatabaseErrorKind, Error as DieselError};

use crate::store::connection::AnyConnection;
#[cfg(feature = "postgres")]
use crate::store::response::Leaf;
use crate::store::response::{Prepared, StoredResponse};
use crate::store::schema::{leaf, meta, response, tally};

/// What the writer asks of a back end inside a transaction.
pub(super) trait Statements {
    /// The next free leaf index; on PostgreSQL its row is locked until the transaction ends, so that the log stays dense
    /// with several servers.
    fn next_leaf(&mut self) -> QueryResult<i64>;
    /// The stored responses among `ids`, by id.
    fn known(&mut self, ids: &[&str]) -> QueryResult<HashMap<String, StoredResponse>>;
    /// Inserts responses and their leaves.
    fn store(&mut self, fresh: &[Prepared]) -> QueryResult<()>;
    /// Counts `n` more responses of a survey by a mode.
    fn add_to_tally(&mut self, survey: &str, mode: &str, n: i64) -> QueryResult<()>;
    /// Moves the head of the log.
    fn set_next_leaf(&mut self, next: i64) -> QueryResult<()>;
}

/// Names the position of the log.
pub(super) const LEAF_NEXT: &str = "leaf_next";

/// The position of the log as it is kept.
pub(super) fn position(value: &str) -> QueryResult<i64> {
    value
        .parse()
        .map_err(|_| DieselError::DeserializationError("meta.leaf_next is no number".into()))
}

impl Statements for SqliteConnection {
    fn next_leaf(&mut self) -> QueryResult<i64> {
        let value: String = meta::table
            .filter(meta::name.eq(LEAF_NEXT))
            .select(meta::value)
            .get_result(self)?;
        position(&value)
    }

    fn known(&mut self, ids: &[&str]) -> QueryResult<HashMap<String, StoredResponse>> {
        let mut known = HashMap::new();
        for id in ids {
            let query = response::table
                .filter(response::id.eq(id))
                .select(StoredResponse::as_select());
            // Not `first`: SQLite looks into the value bound to LIMIT and parses the statement anew for every row.
            if let Some(row) = query.get_result(self).optional()? {
                known.insert((*id).to_owned(), row);
            }
        }
        Ok(known)
    }

    fn store(&mut self, fresh: &[Prepared]) -> QueryResult<()> {
        for new in fresh {
            diesel::insert_into(response::table)
                .values(&new.row)
                .execute(self)?;
            diesel::insert_into(leaf::table)
                .values(new.leaf())
                .execute(self)?;
        }
        Ok(())
    }

    fn add_to_tally(&mut self, survey: &str, mode: &str, n: i64) -> QueryResult<()> {
        diesel::insert_into(tally::table)
            .values((tally::survey.eq(survey), tally::mode.eq(mode), tally::n.eq(n)))
            .on_conflict((tally::survey, tally::mode))
            .do_update()
            .set(tally::n.eq(tally::n + n))
            .execute(self)?;
        Ok(())
    }

    fn set_next_leaf(&mut self, next: i64) -> QueryResult<()> {
        let head = meta::table.filter(meta::name.eq(LEAF_NEXT));
        diesel::update(head)
            .set(meta::value.eq(next.to_string()))
            .execute(self)?;
        Ok(())
    }
}

#[cfg(feature = "postgres")]
impl Statements for PgConnection {
    fn next_leaf(&mut self) -> QueryResult<i64> {
        let head = meta::table.filter(meta::name.eq(LEAF_NEXT)).select(meta::value);
        let value: String = head.for_update().first(self)?;
        position(&value)
    }

    fn known(&mut self, ids: &[&str]) -> QueryResult<HashMap<String, StoredResponse>> {
        let query = response::table
            .filter(response::id.eq_any(ids))
            .select(StoredResponse::as_select());
        Ok(query
            .load(self)?
            .into_iter()
            .map(|row: StoredResponse| (row.id.clone(), row))
            .collect())
    }

    fn store(&mut self, fresh: &[Prepared]) -> QueryResult<()> {
        // PostgreSQL takes at most 65,535 bound values a statement.
        for new in fresh.chunks(2_048) {
            let rows: Vec<_> = new.iter().map(|new| &new.row).collect();
            diesel::insert_into(response::table).values(rows).execute(self)?;
            let leaves: Vec<Leaf> = new.iter().map(Prepared::leaf).collect();
            diesel::insert_into(leaf::table).values(leaves).execute(self)?;
        }
        Ok(())
    }

    fn add_to_tally(&mut self, survey: &str, mode: &str, n: i64) -> QueryResult<()> {
        diesel::insert_into(tally::table)
            .values((tally::survey.eq(survey), tally::mode.eq(mode), tally::n.eq(n)))
            .on_conflict((tally::survey, tally::mode))
            .do_update()
            .set(tally::n.eq(tally::n + n))
            .execute(self)?;
        Ok(())
    }

    fn set_next_leaf(&mut self, next: i64) -> QueryResult<()> {
        let head = meta::table.filter(meta::name.eq(LEAF_NEXT));
        diesel::update(head)
            .set(meta::value.eq(next.to_string()))
            .execute(self)?;
        Ok(())
    }
}

/// Keeps `value` under `name`, unless something is kept there.
pub(super) fn keep(connection: &mut AnyConnection, name: &str, value: &str) -> QueryResult<()> {
    let row = (meta::name.eq(name), meta::value.eq(value));
    let kept = match connection {
        #[cfg(feature = "postgres")]
        AnyConnection::Postgres(connection) => {
            diesel::insert_into(meta::table).values(row).execute(connection)
        }
        AnyConnection::Sqlite(connection) => diesel::insert_into(meta::table).values(row).execute(connection),
    };
    match kept {
        Ok(_) | Err(DieselError::DatabaseError(DatabaseErrorKind::UniqueViolation, _)) => Ok(()),
        Err(error) => Err(error),
    }
}
