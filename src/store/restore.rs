//! From a backup to a database, of either back end: verified before, inside and after.

use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use serde_json::Value;

use crate::store::backup::{BackupError, Line, Manifest, each_line, verify};
use crate::store::connection::{Access, AnyConnection, connect};
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::ledger::Audit;
#[cfg(feature = "postgres")]
use crate::store::locks::use_alone;
use crate::store::migrations::migrate;
use crate::store::psu::LEAVES_WITHOUT_PSU;
use crate::store::response::{Leaf, StoredResponse};
use crate::store::schema::{leaf, meta, response, tally};
use crate::store::tables::logged;
use crate::store::upkeep::lock;
use crate::store::url::DatabaseUrl;
use crate::store::write_back::{WriteBack, write_log_back};

/// Rows in one transaction on SQLite: the file is not in its place before all are stored, so that smaller ones do no harm
/// and keep the log short.
const PAGE: usize = 5_000;

/// Restores `backup` into the empty database at `url`; `progress` is told how many responses were stored.
///
/// On SQLite a file beside the database is filled, read back, and only then put in its place.
///
/// # Errors
/// See [`BackupError`]; nothing was restored then.
pub fn restore(
    backup: &mut File,
    url: &DatabaseUrl,
    progress: &mut dyn FnMut(u64),
) -> Result<(Manifest, Audit), BackupError> {
    let (manifest, audit) = verify(&mut BufReader::with_capacity(1 << 20, &*backup))?;
    backup.rewind()?;
    let url = &url.resolved();
    match url {
        DatabaseUrl::Sqlite(path) => {
            // A log that was left behind would be read into the file that is put beside it.
            for there in [path, &log_of(path)] {
                if there.exists() {
                    return Err(BackupError::NotEmpty {
                        what: format!("{} is there", there.display()),
                    });
                }
            }
            let _held = lock(path.with_extension("lock"))?;
            let beside = path.with_extension("restoring");
            remove(&beside);
            let put = (|| {
                fill_sqlite(
                    backup,
                    &manifest,
                    &DatabaseUrl::Sqlite(beside.clone()),
                    progress,
                )?;
                read_back(&DatabaseUrl::Sqlite(beside.clone()), &audit)?;
                // The file alone is put in its place: all must be in it.
                if std::fs::metadata(log_of(&beside)).is_ok_and(|log| log.len() > 0) {
                    return Err(BackupError::Store(StoreError::Damaged {
                        path: beside.display().to_string(),
                        message: "a part of it still stands in its log".into(),
                    }));
                }
                File::open(&beside)?.sync_all()?;
                std::fs::rename(&beside, path)?;
                let folder = path
                    .parent()
                    .filter(|folder| !folder.as_os_str().is_empty());
                File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
                Ok(())
            })();
            if put.is_err() {
                remove(&beside);
            }
            put.map(|()| (manifest, audit))
        }
        DatabaseUrl::Postgres(_) => {
            fill_postgres(backup, &manifest, url, progress)?;
            read_back(url, &audit)?;
            Ok((manifest, audit))
        }
    }
}

fn fill_sqlite(
    backup: &mut File,
    manifest: &Manifest,
    url: &DatabaseUrl,
    progress: &mut dyn FnMut(u64),
) -> Result<(), BackupError> {
    let mut connection = connect(url, Access::Write)?;
    migrate(url, &mut connection)?;
    let has_psu = copy(backup, progress, &mut |rows| {
        store_sqlite(&mut connection, rows)?;
        store_logged(&mut connection, rows)?;
        Ok(write_log_back(&mut connection, WriteBack::WhenLong)?)
    })?;
    set_counts(&mut connection)?;
    if !has_psu {
        set_leaves_without_psu(&mut connection, manifest)?;
    }
    Ok(write_log_back(&mut connection, WriteBack::Whole)?)
}

fn store_sqlite(connection: &mut AnyConnection, rows: &Rows) -> Result<(), BackupError> {
    #[cfg_attr(
        not(feature = "postgres"),
        expect(irrefutable_let_patterns, reason = "only one back end is built in")
    )]
    let AnyConnection::Sqlite(sqlite) = connection else {
        return Ok(());
    };
    sqlite.immediate_transaction(|sqlite| {
        for row in &rows.leaves {
            diesel::insert_into(leaf::table)
                .values(row)
                .execute(sqlite)?;
        }
        for row in &rows.responses {
            diesel::insert_into(response::table)
                .values(row)
                .execute(sqlite)?;
        }
        for (name, value) in &rows.kept {
            diesel::delete(meta::table.filter(meta::name.eq(name))).execute(sqlite)?;
            let row = (meta::name.eq(name), meta::value.eq(value));
            diesel::insert_into(meta::table)
                .values(row)
                .execute(sqlite)?;
        }
        Ok(())
    })
}

#[cfg(not(feature = "postgres"))]
fn fill_postgres(
    _: &mut File,
    _: &Manifest,
    _: &DatabaseUrl,
    _: &mut dyn FnMut(u64),
) -> Result<(), BackupError> {
    Err(StoreError::NotBuiltIn.into())
}

/// All or nothing: one transaction, into tables that hold nothing and that nobody else uses.
#[cfg(feature = "postgres")]
fn fill_postgres(
    backup: &mut File,
    manifest: &Manifest,
    url: &DatabaseUrl,
    progress: &mut dyn FnMut(u64),
) -> Result<(), BackupError> {
    let mut connection = connect(url, Access::Write)?;
    migrate(url, &mut connection)?;
    use_alone(url, &mut connection)?;
    connection.transaction(|connection| {
        let n_responses: i64 = response::table.count().get_result(connection)?;
        let n_kept: i64 = meta::table.count().get_result(connection)?;
        // What a fresh database keeps: the lock of the log, the number of leaves without a PSU.
        if n_responses > 0 || n_kept > 2 {
            return Err(BackupError::NotEmpty {
                what: format!(
                    "{} has been used and holds {n_responses} responses",
                    url.shown()
                ),
            });
        }
        let has_psu = copy(backup, progress, &mut |rows| {
            if let AnyConnection::Postgres(postgres) = connection {
                store_postgres(postgres, rows)?;
            }
            store_logged(connection, rows)
        })?;
        set_counts(connection)?;
        match has_psu {
            true => Ok(()),
            false => set_leaves_without_psu(connection, manifest),
        }
    })
}

#[cfg(feature = "postgres")]
fn store_postgres(connection: &mut PgConnection, rows: &Rows) -> Result<(), BackupError> {
    // PostgreSQL takes at most 65,535 bound values a statement.
    for chunk in rows.leaves.chunks(2_000) {
        diesel::insert_into(leaf::table)
            .values(chunk)
            .execute(connection)?;
    }
    for chunk in rows.responses.chunks(2_000) {
        diesel::insert_into(response::table)
            .values(chunk)
            .execute(connection)?;
    }
    for (name, value) in &rows.kept {
        diesel::delete(meta::table.filter(meta::name.eq(name))).execute(connection)?;
        let row = (meta::name.eq(name), meta::value.eq(value));
        diesel::insert_into(meta::table)
            .values(row)
            .execute(connection)?;
    }
    Ok(())
}

fn store_logged(connection: &mut AnyConnection, rows: &Rows) -> Result<(), BackupError> {
    for (table, row) in &rows.logged {
        // The backup was verified: every table is known.
        if let Some(table) = logged(table) {
            (table.write)(connection, row)?;
        }
    }
    Ok(())
}

/// The counts, as they follow from the rows.
fn set_counts(connection: &mut AnyConnection) -> Result<(), BackupError> {
    use diesel::dsl::{count_star, max, min};
    let of = (response::survey, response::mode);
    let leaf = response::leaf_index;
    type Stretch = (String, String, i64, Option<i64>, Option<i64>);
    let counted: Vec<Stretch> = response::table
        .group_by(of)
        .select((
            response::survey,
            response::mode,
            count_star(),
            min(leaf),
            max(leaf),
        ))
        .load(connection)?;
    for (survey, mode, n, first_leaf, last_leaf) in counted {
        let row = (
            tally::survey.eq(survey),
            tally::mode.eq(mode),
            tally::n.eq(n),
            tally::first_leaf.eq(first_leaf.unwrap_or(0)),
            tally::last_leaf.eq(last_leaf.unwrap_or(-1)),
        );
        diesel::insert_into(tally::table)
            .values(row)
            .execute(connection)?;
    }
    Ok(())
}

/// In a backup of before the column `psu`, every response is without it.
fn set_leaves_without_psu(
    connection: &mut AnyConnection,
    manifest: &Manifest,
) -> Result<(), BackupError> {
    diesel::update(meta::table.filter(meta::name.eq(LEAVES_WITHOUT_PSU)))
        .set(meta::value.eq(manifest.leaves.to_string()))
        .execute(connection)?;
    Ok(())
}

/// Rows of a backup on their way into a database.
#[derive(Default)]
struct Rows {
    kept: Vec<(String, String)>,
    leaves: Vec<Leaf>,
    /// Rows of other logged tables, by table.
    logged: Vec<(String, Value)>,
    responses: Vec<StoredResponse>,
}

/// Passes the rows of a backup to `store`, a page at a time. The bytes are compared with their digest
/// once more: the file may have changed since it was verified. Returns whether the database of the
/// backup had the column `psu`.
fn copy(
    backup: &mut File,
    progress: &mut dyn FnMut(u64),
    store: &mut dyn FnMut(&Rows) -> Result<(), BackupError>,
) -> Result<bool, BackupError> {
    let mut rows = Rows::default();
    let (mut n_waiting, mut n_stored, mut has_psu) = (0, 0, false);
    let mut file = BufReader::with_capacity(1 << 20, backup);
    each_line(&mut file, &mut |_, line| {
        match line {
            Line::Kept { name, value } => {
                has_psu |= name == LEAVES_WITHOUT_PSU;
                rows.kept.push((name, value));
            }
            Line::Leaf(leaf) => rows.leaves.push(leaf),
            Line::Row { table, value } => rows.logged.push((table, value)),
            Line::Response(response) => {
                rows.responses.push(*response);
                n_stored += 1;
            }
            Line::Backup(_) | Line::End(_) => return Ok(()),
        }
        n_waiting += 1;
        if n_waiting == PAGE {
            store(&std::mem::take(&mut rows))?;
            n_waiting = 0;
            progress(n_stored);
        }
        Ok(())
    })?;
    store(&rows)?;
    Ok(has_psu)
}

/// What was stored, read back from the disk, must be what was verified.
fn read_back(url: &DatabaseUrl, expected: &Audit) -> Result<(), BackupError> {
    let store = Store::open_reader(url)?;
    store.check_fully()?;
    let found = store.audit(&mut |_| ())?;
    if found == *expected {
        return Ok(());
    }
    Err(BackupError::Store(StoreError::Damaged {
        path: url.shown(),
        message: found.discrepancies.first().map_or_else(
            || "what was restored reads back differently".to_owned(),
            ToString::to_string,
        ),
    }))
}

/// SQLite's log of the database at `path`.
fn log_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// Removes what an earlier attempt left.
fn remove(beside: &Path) {
    for ending in ["restoring", "restoring-wal", "restoring-shm"] {
        let _ = std::fs::remove_file(beside.with_extension(ending));
    }
}
