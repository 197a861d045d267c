//! Backup and restore: everything comes back, and a file that was changed is refused.

use std::path::Path;
use std::time::Duration;

use minyi::demo::instruments;
use minyi::store::{DatabaseUrl, Store, verify};

use crate::support::city;
use crate::support::database::{Database, each};
use crate::support::office::FiguresReader;
use crate::support::respondents::{Crowd, SURVEY, write_survey};
use crate::support::responses::{backup_of, of_two_surveys as response};
use crate::support::{Scratch, run};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// `command` on `file` with the data of `database`.
fn on(command: &str, file: &Path, data: &Path, database: &str) -> (i32, String, String) {
    run(&[
        command,
        text(file),
        "--data",
        text(data),
        "--database",
        database,
    ])
}

#[test]
fn a_backup_under_load_restores_to_the_same_rows_digest_receipts_and_figures() {
    let scratch = Scratch::new("backup");
    let (data, restored) = (scratch.path("data"), scratch.path("restored"));
    write_survey(&data.join("surveys"));
    city::make(&data, 3000);
    let server = city::serve(&data);
    let path = "/results/satisfaction-2026.json";
    let reader = FiguresReader::of(&server, &data);
    reader.wait_for(path);
    let figures = reader.get(path).body;
    let city = Store::open_reader(&DatabaseUrl::Sqlite(data.join("minyi.sqlite"))).unwrap();
    let city = city.leaves(0, 1_000_000).unwrap().len() as i64;
    let crowd = Crowd::at(&server.address, 16);
    let before = crowd.play_for(Duration::from_millis(300));
    // More responses arrive during the backup; the earlier ones must be in it.
    let meanwhile = crowd.start(Vec::new());
    let file = scratch.path("minyi.backup");
    let (code, printed, errors) = run(&["backup", text(&file), "--data", text(&data)]);
    assert_eq!(code, 0, "{errors}");
    assert!(!meanwhile.stop().acknowledged.is_empty());
    assert!(!before.acknowledged.is_empty());

    let (code, printed_by_restore, errors) =
        run(&["restore", text(&file), "--data", text(&restored)]);
    assert_eq!(code, 0, "{errors}");
    let digest =
        |printed: &str| printed.split("digest of the log ").nth(1).unwrap()[..64].to_owned();
    assert_eq!(digest(&printed), digest(&printed_by_restore));
    let store = Store::open_reader(&DatabaseUrl::Sqlite(restored.join("minyi.sqlite"))).unwrap();
    let n_kept = before.assert_kept(&store, city - 1).n_responses;
    assert_eq!(store.count(SURVEY).unwrap(), n_kept);
    let original = Store::open_reader(&DatabaseUrl::Sqlite(data.join("minyi.sqlite"))).unwrap();
    let some = before.acknowledged[before.acknowledged.len() / 2].id;
    assert_eq!(
        store.receipt(some).unwrap(),
        original.receipt(some).unwrap()
    );
    drop(store);

    instruments::write(&restored.join("surveys")).unwrap();
    write_survey(&restored.join("surveys"));
    let again = city::serve(&restored);
    let reader = FiguresReader::of(&again, &restored);
    reader.wait_for(path);
    assert!(reader.get(path).body == figures, "the figures differ");
}

#[test]
fn a_backup_of_either_back_end_restores_to_either() {
    each("from", |from| {
        let store = from.open();
        store.insert_all((0..700).map(response).collect()).unwrap();
        let key = store.named_value("form_key", || "secret".into()).unwrap();
        let bytes = backup_of(&store);
        let audit = store.audit(&mut |_| ()).unwrap();
        assert_eq!((audit.n_responses(), audit.n_discrepancies), (700, 0));
        let scratch = Scratch::new("either");
        let file = scratch.path("minyi.backup");
        std::fs::write(&file, &bytes).unwrap();
        each("to", |to| {
            let data = scratch.path("data");
            let (code, _, errors) = on("restore", &file, &data, &to.address());
            assert_eq!(code, 0, "{errors}");
            let store = to.open();
            assert_eq!(store.audit(&mut |_| ()).unwrap(), audit);
            assert_eq!(backup_of(&store), bytes);
            assert_eq!(
                store.named_value("form_key", || "other".into()).unwrap(),
                key
            );
            // New responses follow at the end of the log.
            let receipts = store.insert_all(vec![response(700), response(3)]).unwrap();
            assert_eq!((receipts[0].leaf_index, receipts[1].leaf_index), (700, 3));
            let in_use = on("restore", &file, &data, &to.address());
            assert_ne!(in_use.0, 0, "a server uses it: {}", in_use.2);
            drop(store);
            let (code, _, errors) = on("restore", &file, &data, &to.address());
            assert_eq!(code, 1, "used already: {errors}");
        });
    });
}

#[test]
fn a_restore_beside_an_old_log_is_refused_and_leaves_no_files() {
    let database = Database::sqlite("left-behind");
    let store = database.open();
    store.insert_all((0..20).map(response).collect()).unwrap();
    let scratch = Scratch::new("left-behind-restored");
    let file = scratch.path("minyi.backup");
    std::fs::write(&file, backup_of(&store)).unwrap();
    let DatabaseUrl::Sqlite(path) = &database.url else {
        unreachable!()
    };
    // As if a server was killed and its database moved away, but not its log.
    let log = path.with_extension("sqlite-wal");
    assert!(std::fs::metadata(&log).unwrap().len() > 0);
    let elsewhere = Scratch::new("left-behind-elsewhere");
    let target = elsewhere.path("minyi.sqlite");
    std::fs::copy(&log, target.with_extension("sqlite-wal")).unwrap();
    let address = format!("sqlite:{}", target.display());
    let (code, _, errors) = on("restore", &file, &scratch.path("data"), &address);
    assert_eq!(code, 1, "{errors}");
    assert!(errors.contains("minyi.sqlite-wal exists"), "{errors}");
    std::fs::remove_file(target.with_extension("sqlite-wal")).unwrap();
    let (code, _, errors) = on("restore", &file, &scratch.path("data"), &address);
    assert_eq!(code, 0, "{errors}");
    let mut left: Vec<_> = std::fs::read_dir(&elsewhere.0)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    left.sort();
    assert_eq!(left, ["minyi.lock", "minyi.sqlite"]);
}

#[test]
fn a_backup_with_any_byte_changed_lost_or_added_is_refused() {
    let database = Database::sqlite("flipped");
    let store = database.open();
    store.insert_all((0..4).map(response).collect()).unwrap();
    let whole = backup_of(&store);
    assert!(verify(&mut &whole[..]).is_ok());
    for place in 0..whole.len() {
        let mut flipped = whole.clone();
        flipped[place] ^= 1 << (place % 8);
        assert!(verify(&mut &flipped[..]).is_err(), "a bit of byte {place}");
        assert!(verify(&mut &whole[..place]).is_err(), "cut at byte {place}");
    }
    let longer = [&whole[..], b"\n"].concat();
    assert!(verify(&mut &longer[..]).is_err());
}

#[test]
fn a_row_that_was_altered_is_refused_even_under_a_digest_that_fits() {
    use sha2::{Digest, Sha256};
    let database = Database::sqlite("forged");
    let store = database.open();
    store.insert_all((0..4).map(response).collect()).unwrap();
    let text = String::from_utf8(backup_of(&store)).unwrap();
    let forged = text.replacen(r#"\"a1\":\"5\""#, r#"\"a1\":\"1\""#, 1);
    assert_ne!(forged, text);
    let (body, _) = forged.rsplit_once("sha256 ").unwrap();
    let digest: String = Sha256::digest(body)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect();
    let forged = format!("{body}sha256 {digest}\n");
    let refused = verify(&mut forged.as_bytes()).unwrap_err().to_string();
    assert!(refused.contains("is not what was logged"), "{refused}");
}

#[test]
fn restore_refuses_a_damaged_file_and_a_folder_with_data_and_writes_nothing() {
    let database = Database::sqlite("refuse");
    database
        .open()
        .insert_all((0..50).map(response).collect())
        .unwrap();
    let scratch = Scratch::new("refuse");
    let (file, data) = (scratch.path("minyi.backup"), scratch.path("data"));
    let (code, _, errors) = on("backup", &file, &data, &database.address());
    assert_eq!(code, 0, "{errors}");
    let whole = std::fs::read(&file).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() / 2] ^= 4;
    let bad = scratch.path("bad.backup");
    std::fs::write(&bad, flipped).unwrap();
    let restore = |file: &Path| run(&["restore", text(file), "--data", text(&data)]);
    let (code, _, errors) = restore(&bad);
    assert!(
        code == 1 && errors.contains("not the file that was written"),
        "{errors}"
    );
    assert!(!data.join("minyi.sqlite").exists());
    // A file of an interrupted restore does not prevent the next one.
    std::fs::write(data.join("minyi.restoring"), "half").unwrap();
    assert_eq!(restore(&file).0, 0);
    assert!(!data.join("minyi.restoring").exists());
    let before = std::fs::read(data.join("minyi.sqlite")).unwrap();
    let (code, _, errors) = restore(&file);
    assert!(code == 1 && errors.contains("is there"), "{errors}");
    assert!(std::fs::read(data.join("minyi.sqlite")).unwrap() == before);
    assert_eq!(restore(&scratch.path("nowhere.backup")).0, 1);
}

#[test]
fn backup_replaces_a_file_only_with_force_and_only_its_owner_can_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let database = Database::sqlite("force");
    drop(database.open());
    let scratch = Scratch::new("force");
    let file = scratch.write("minyi.backup", "something dear");
    let data = scratch.path("data");
    let (code, _, errors) = on("backup", &file, &data, &database.address());
    assert!(code == 1 && errors.contains("--force"), "{errors}");
    assert_eq!(std::fs::read(&file).unwrap(), b"something dear");
    let (code, ..) = run(&[
        "backup",
        text(&file),
        "--force",
        "--database",
        &database.address(),
    ]);
    assert_eq!(code, 0);
    assert_eq!(
        std::fs::metadata(&file).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let left: Vec<_> = std::fs::read_dir(&scratch.0).unwrap().collect();
    assert_eq!(left.len(), 1, "nothing unfinished is left: {left:?}");
}
