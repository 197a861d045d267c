//! Looking for damage in a SQLite file: a quick pass when a server starts, of a large file while it runs, and a full one for
//! `minyi doctor`.

use std::sync::Arc;
use std::time::Instant;

use diesel::prelude::*;

use crate::store::connection::{Access, AnyConnection, connect};
use crate::store::error::StoreError;
use crate::store::health::Health;
use crate::store::response::{Leaf, StoredResponse};
use crate::store::schema::{leaf, response};
use crate::store::upkeep::lower_priority;
use crate::store::url::DatabaseUrl;

/// A file up to this size is checked before anything is acknowledged on it; a larger one would hold up the start for
/// seconds and is checked while the server runs.
const CHECKED_AT_START: u64 = 64 * 1024 * 1024;

/// Rows read at a time.
const PAGE: i64 = 1_000;

/// Refuses a damaged file, or looks for damage in the background and ends the store when there is some.
pub(super) fn at_start(
    url: &DatabaseUrl,
    connection: &mut AnyConnection,
    health: &Arc<Health>,
    in_background: bool,
) -> Result<(), StoreError> {
    let Some(path) = url.path() else {
        return Ok(());
    };
    if std::fs::metadata(path).is_ok_and(|file| file.len() <= CHECKED_AT_START) {
        return quick(url, connection);
    }
    if in_background {
        let (url, health) = (url.clone(), Arc::clone(health));
        let checking = std::thread::Builder::new().name("check".into());
        let started = checking.spawn(move || {
            lower_priority();
            let checked = connect(&url, Access::Read)
                .and_then(|mut connection| by_pages(&url, &mut connection));
            match checked {
                Ok(()) => tracing::info!("the database was checked: no damage"),
                Err(damage) => health.fail(damage),
            }
        });
        if let Err(error) = started {
            tracing::warn!(%error, "the database is not checked");
        }
    }
    Ok(())
}

fn quick(url: &DatabaseUrl, connection: &mut AnyConnection) -> Result<(), StoreError> {
    pragma(url, connection, "quick_check")
}

/// Reads every row by reads that are short, however large the file: SQLite's own checks would hold the log from being
/// written back for their whole time, and under load it grows by a hundred megabytes a second. After each read it rests, so
/// that it takes a fifth of one processor at most.
fn by_pages(url: &DatabaseUrl, connection: &mut AnyConnection) -> Result<(), StoreError> {
    let damaged = |error: diesel::result::Error| StoreError::Damaged {
        path: url.shown(),
        message: error.to_string(),
    };
    for table in ["meta", "tally"] {
        pragma(url, connection, &format!("quick_check('{table}')"))?;
    }
    pass(
        |after| {
            leaf::table
                .filter(leaf::idx.gt(after))
                .order(leaf::idx)
                .limit(10 * PAGE)
                .select(Leaf::as_select())
                .load(connection)
        },
        |leaf| leaf.idx,
    )
    .map_err(damaged)?;
    pass(
        |after| {
            response::table
                .filter(response::leaf_index.gt(after))
                .order(response::leaf_index)
                .limit(PAGE)
                .select(StoredResponse::as_select())
                .load(connection)
        },
        |row| row.leaf_index,
    )
    .map_err(damaged)
}

/// Reads page after page, each from where the one before ended, and rests after each four times as long as it took.
fn pass<Row>(
    mut read: impl FnMut(i64) -> QueryResult<Vec<Row>>,
    place: impl Fn(&Row) -> i64,
) -> QueryResult<()> {
    let mut after = i64::MIN;
    loop {
        let began = Instant::now();
        let page = read(after)?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = place(last);
        std::thread::sleep(began.elapsed() * 4);
    }
}

/// The full pass: every page, every index entry against its row, every value against its column.
pub(super) fn full(url: &DatabaseUrl, connection: &mut AnyConnection) -> Result<(), StoreError> {
    pragma(url, connection, "integrity_check")?;
    types(url, connection)
}

/// Looks for values of another type than their column's. One bit makes a text a blob of the same bytes: it reads the same,
/// and no comparison finds it.
fn types(url: &DatabaseUrl, connection: &mut AnyConnection) -> Result<(), StoreError> {
    use diesel::sql_types::{BigInt, Text};
    #[cfg_attr(
        not(feature = "postgres"),
        expect(irrefutable_let_patterns, reason = "only one back end is built in")
    )]
    let AnyConnection::Sqlite(connection) = connection else {
        return Ok(());
    };
    let failed = |error: diesel::result::Error| StoreError::open(url, &error.to_string());
    for table in ["response", "leaf", "tally", "meta"] {
        let wrong = "CASE type WHEN 'TEXT' THEN 'typeof(' || name || ') <> ''text''' \
                     ELSE 'typeof(' || name || ') NOT IN (''integer'', ''null'')' END";
        let wrong: Vec<String> =
            diesel::dsl::sql::<Text>(&format!("SELECT {wrong} FROM pragma_table_info('{table}')"))
                .load(connection)
                .map_err(failed)?;
        let count = format!("SELECT count(*) FROM {table} WHERE {}", wrong.join(" OR "));
        let n: i64 = diesel::dsl::sql::<BigInt>(&count)
            .get_result(connection)
            .map_err(failed)?;
        if n > 0 {
            return Err(StoreError::Damaged {
                path: url.shown(),
                message: format!("{n} rows of {table} hold values of a wrong type"),
            });
        }
    }
    Ok(())
}

fn pragma(
    url: &DatabaseUrl,
    connection: &mut AnyConnection,
    check: &str,
) -> Result<(), StoreError> {
    let damaged = |message: String| StoreError::Damaged {
        path: url.shown(),
        message,
    };
    #[cfg_attr(
        not(feature = "postgres"),
        expect(irrefutable_let_patterns, reason = "only one back end is built in")
    )]
    let AnyConnection::Sqlite(connection) = connection else {
        return Ok(());
    };
    let column = check.split('(').next().unwrap_or_default();
    let query = format!("SELECT {column} FROM pragma_{check}");
    let lines: Vec<String> = diesel::dsl::sql::<diesel::sql_types::Text>(&query)
        .load(connection)
        .map_err(|error| damaged(error.to_string()))?;
    match lines.first() {
        Some(line) if line != "ok" => Err(damaged(line.clone())),
        _ => Ok(()),
    }
}
