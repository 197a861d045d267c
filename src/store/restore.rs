//! Restores a backup into an empty database of either back end, and verifies it before and after.

use std::fs::File;
use std::io::{BufReader, Seek};
use std::path::{Path, PathBuf};

use diesel::prelude::*;
use serde_json::Value;

use crate::store::backup::verify;
use crate::store::backup_file::{BackupError, HASH_DIGITS, Line, Manifest, each_line};
use crate::store::connection::{Access, AnyConnection, connect};
use crate::store::error::StoreError;
use crate::store::handle::Store;
use crate::store::invitation::{Unspent, insert_unspent};
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

/// Rows in one transaction on SQLite. Several transactions are safe, since the file gets its name
/// only after all rows are stored, and they keep SQLite's log short.
const PAGE: usize = 5_000;

/// Restores `backup` into the empty database at `url`. Calls `progress` with the number of
/// responses stored so far.
///
/// On SQLite it fills a file beside the database, reads that file back, and only then renames it.
///
/// # Errors
/// See [`BackupError`]; then nothing is restored.
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
            // SQLite would apply a log that is left from an earlier file to the new one.
            for file in [path, &wal_of(path)] {
                if file.exists() {
                    return Err(BackupError::NotEmpty {
                        what: format!("{} exists", file.display()),
                    });
                }
            }
            let _lock = lock(path.with_extension("lock"))?;
            let beside = path.with_extension("restoring");
            remove_files_of(&beside);
            let restored = restore_beside(backup, &manifest, &audit, &beside, progress)
                .and_then(|()| rename_durably(&beside, path));
            if restored.is_err() {
                remove_files_of(&beside);
            }
            restored.map(|()| (manifest, audit))
        }
        DatabaseUrl::Postgres(_) => {
            fill_postgres(backup, &manifest, url, progress)?;
            read_back(url, &audit)?;
            Ok((manifest, audit))
        }
    }
}

/// Restores into the file `beside` and checks that everything is in that one file.
fn restore_beside(
    backup: &mut File,
    manifest: &Manifest,
    audit: &Audit,
    beside: &Path,
    progress: &mut dyn FnMut(u64),
) -> Result<(), BackupError> {
    let url = DatabaseUrl::Sqlite(beside.to_owned());
    fill_sqlite(backup, manifest, &url, progress)?;
    read_back(&url, audit)?;
    if std::fs::metadata(wal_of(beside)).is_ok_and(|log| log.len() > 0) {
        return Err(BackupError::Store(StoreError::Damaged {
            path: beside.display().to_string(),
            message: "a part of it is still in its log".into(),
        }));
    }
    Ok(())
}

/// Renames a file so that it has the new name also after a power failure.
fn rename_durably(from: &Path, to: &Path) -> Result<(), BackupError> {
    File::open(from)?.sync_all()?;
    std::fs::rename(from, to)?;
    let folder = to.parent().filter(|folder| !folder.as_os_str().is_empty());
    File::open(folder.unwrap_or(Path::new(".")))?.sync_all()?;
    Ok(())
}

fn fill_sqlite(
    backup: &mut File,
    manifest: &Manifest,
    url: &DatabaseUrl,
    progress: &mut dyn FnMut(u64),
) -> Result<(), BackupError> {
    let mut connection = connect(url, Access::Write)?;
    migrate(url, &mut connection)?;
    let has_psu = copy_rows(backup, progress, &mut |rows| {
        store_sqlite(&mut connection, rows)?;
        store_logged(&mut connection, rows)?;
        Ok(write_log_back(&mut connection, WriteBack::WhenLong)?)
    })?;
    set_counts(&mut connection)?;
    if !has_psu {
        set_leaves_without_psu(&mut connection, manifest)?;
    }
    Ok(write_log_back(&mut connection, WriteBack::Truncate)?)
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
        for (name, value) in &rows.named_values {
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

/// Fills the tables in one transaction, if they are empty and no other server uses them.
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
        let n_values: i64 = meta::table.count().get_result(connection)?;
        // A new database has two: the lock of the log, and the number of leaves without a PSU.
        if n_responses > 0 || n_values > 2 {
            return Err(BackupError::NotEmpty {
                what: format!(
                    "{} has been used and holds {n_responses} responses",
                    url.shown()
                ),
            });
        }
        let has_psu = copy_rows(backup, progress, &mut |rows| {
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
    // A statement takes at most 65,535 bound values.
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
    for (name, value) in &rows.named_values {
        diesel::delete(meta::table.filter(meta::name.eq(name))).execute(connection)?;
        let row = (meta::name.eq(name), meta::value.eq(value));
        diesel::insert_into(meta::table)
            .values(row)
            .execute(connection)?;
    }
    Ok(())
}

/// The invitations of a line of a backup.
fn unspent<'l>(
    survey: &'l str,
    psu: &'l str,
    hashes: &'l str,
) -> impl Iterator<Item = Unspent> + 'l {
    hashes
        .as_bytes()
        .chunks(HASH_DIGITS)
        .map(move |hash| Unspent {
            code_hash: String::from_utf8_lossy(hash).into_owned(),
            survey: survey.to_owned(),
            psu: psu.to_owned(),
        })
}

fn store_logged(connection: &mut AnyConnection, rows: &Rows) -> Result<(), BackupError> {
    insert_unspent(connection, &rows.invitations)?;
    for (table, row) in &rows.logged {
        // Always a known table, since the backup was verified.
        if let Some(table) = logged(table) {
            (table.write)(connection, row)?;
        }
    }
    Ok(())
}

/// Computes the counts from the rows and stores them.
fn set_counts(connection: &mut AnyConnection) -> Result<(), BackupError> {
    use diesel::dsl::{count_star, max, min};
    let leaf = response::leaf_index;
    type Count = (String, String, i64, Option<i64>, Option<i64>);
    let counted: Vec<Count> = response::table
        .group_by((response::survey, response::mode))
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

/// Records that no response has a PSU of its own yet: the backup was made before the column `psu`
/// existed.
fn set_leaves_without_psu(
    connection: &mut AnyConnection,
    manifest: &Manifest,
) -> Result<(), BackupError> {
    diesel::update(meta::table.filter(meta::name.eq(LEAVES_WITHOUT_PSU)))
        .set(meta::value.eq(manifest.leaves.to_string()))
        .execute(connection)?;
    Ok(())
}

/// A page of rows from a backup.
#[derive(Default)]
struct Rows {
    named_values: Vec<(String, String)>,
    invitations: Vec<Unspent>,
    leaves: Vec<Leaf>,
    /// Rows of other logged tables, by table.
    logged: Vec<(String, Value)>,
    responses: Vec<StoredResponse>,
}

/// Passes the rows of a backup to `store`, page by page. Checks the SHA-256 of the file again,
/// since the file may have changed after it was verified. Returns whether the backed-up database
/// had the column `psu`.
fn copy_rows(
    backup: &mut File,
    progress: &mut dyn FnMut(u64),
    store: &mut dyn FnMut(&Rows) -> Result<(), BackupError>,
) -> Result<bool, BackupError> {
    let mut rows = Rows::default();
    let (mut n_waiting, mut n_stored, mut has_psu) = (0, 0, false);
    let mut file = BufReader::with_capacity(1 << 20, backup);
    each_line(&mut file, &mut |_, line| {
        match line {
            Line::NamedValue { name, value } => {
                has_psu |= name == LEAVES_WITHOUT_PSU;
                rows.named_values.push((name, value));
            }
            Line::Invitations {
                survey,
                psu,
                hashes,
            } => rows.invitations.extend(unspent(&survey, &psu, &hashes)),
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

/// Reads what was stored back from the disk and compares it with what was verified.
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
            || "the restored database differs from the backup".to_owned(),
            ToString::to_string,
        ),
    }))
}

/// The path of SQLite's log for the database at `path`.
fn wal_of(path: &Path) -> PathBuf {
    let mut log = path.as_os_str().to_owned();
    log.push("-wal");
    log.into()
}

/// Removes the files of an attempt that did not succeed.
fn remove_files_of(beside: &Path) {
    for ending in ["restoring", "restoring-wal", "restoring-shm"] {
        let _ = std::fs::remove_file(beside.with_extension(ending));
    }
}
