//! Checks a SQLite file for damage: quickly before a server starts, row by row in the background if
//! the file is large, and in full for `minyi doctor`.

use std::sync::Arc;
use std::time::Instant;

use diesel::prelude::*;

use crate::store::connection::{Access, AnyConnection, connect};
use crate::store::error::StoreError;
use crate::store::health::Health;
use crate::store::response::{Leaf, StoredResponse};
use crate::store::schema::{leaf, response};
use crate::store::upkeep::{Priority, lower_priority};
use crate::store::url::DatabaseUrl;

/// Bytes up to which a file is checked before the start. A larger file would delay the start by
/// seconds, so it is checked while the server runs.
const CHECKED_AT_START: u64 = 64 * 1024 * 1024;

/// Rows read at a time.
const PAGE: i64 = 1_000;

/// Refuses a damaged file. With `in_background`, a large file is checked by a thread instead, which
/// fails the store if it finds damage.
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
        return run_pragma(url, connection, "quick_check");
    }
    if in_background {
        let (url, health) = (url.clone(), Arc::clone(health));
        let thread = std::thread::Builder::new().name("check".into());
        let started = thread.spawn(move || {
            lower_priority(Priority::Background);
            let checked = connect(&url, Access::Read)
                .and_then(|mut connection| read_everything(&url, &mut connection));
            match checked {
                Ok(()) => tracing::info!("the database was checked: no damage"),
                Err(damage) => health.fail(damage),
            }
        });
        if let Err(error) = started {
            tracing::warn!(%error, "the thread that checks the database could not be started");
        }
    }
    Ok(())
}

/// Reads every row by short queries, so that damaged pages are found.
///
/// A check by SQLite itself is one long read. During such a read the WAL cannot be checkpointed,
/// and under load the WAL grows by a hundred megabytes a second.
fn read_everything(url: &DatabaseUrl, connection: &mut AnyConnection) -> Result<(), StoreError> {
    let damaged = |error: diesel::result::Error| StoreError::Damaged {
        path: url.shown(),
        message: error.to_string(),
    };
    for table in ["meta", "tally"] {
        run_pragma(url, connection, &format!("quick_check('{table}')"))?;
    }
    read_table(
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
    read_table(
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

/// Reads all pages of a table. After each page it sleeps four times as long as the page took, so
/// that it uses at most a fifth of one processor.
fn read_table<Row>(
    mut read_after: impl FnMut(i64) -> QueryResult<Vec<Row>>,
    index_of: impl Fn(&Row) -> i64,
) -> QueryResult<()> {
    let mut after = i64::MIN;
    loop {
        let began = Instant::now();
        let page = read_after(after)?;
        let Some(last) = page.last() else {
            return Ok(());
        };
        after = index_of(last);
        std::thread::sleep(began.elapsed() * 4);
    }
}

/// Checks every page, compares every index entry with its row, and checks the type of every value.
pub(super) fn full(url: &DatabaseUrl, connection: &mut AnyConnection) -> Result<(), StoreError> {
    run_pragma(url, connection, "integrity_check")?;
    check_types(url, connection)
}

/// Refuses values whose type is not that of their column. One flipped bit turns a text into a blob
/// with the same bytes: it reads the same, but is equal to no text in a query.
fn check_types(url: &DatabaseUrl, connection: &mut AnyConnection) -> Result<(), StoreError> {
    use diesel::sql_types::{BigInt, Text};
    #[cfg_attr(
        not(feature = "postgres"),
        expect(irrefutable_let_patterns, reason = "only one back end is built in")
    )]
    let AnyConnection::Sqlite(connection) = connection else {
        return Ok(());
    };
    let failed = |error: diesel::result::Error| StoreError::database(url, error);
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
                message: format!("{n} rows of {table} have a value of the wrong type"),
            });
        }
    }
    Ok(())
}

/// Runs one of SQLite's checks and refuses the file unless the result is `ok`. Does nothing on
/// PostgreSQL.
fn run_pragma(
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
