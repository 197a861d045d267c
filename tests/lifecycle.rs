//! Backup, restore, doctor, start-up checks, and versions that meet on one database.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use minyi::collection::{Response, Timing};
use minyi::store::{DatabaseUrl, Store, StoreError, SubmitError, Upkeep, verify};
use uuid::Uuid;

use crate::commands::wait_for_figures;
use crate::support::database::{Database, each};
use crate::support::respondents::{Crowd, SURVEY, write_survey};
use crate::support::{Scratch, Server, run};

pub fn response(number: u32) -> Response {
    Response {
        id: Uuid::from_u128(u128::from(number) << 80 | 0x4000_8000_0000_0000_0000),
        survey: ["satisfaction-2026", "disposables-2026"][number as usize % 2].into(),
        questionnaire_hash: "ab".repeat(32),
        mode: ["online", "onsite", "paper"][number as usize % 3].into(),
        channel: "open".into(),

        psu: String::new(),
        area: "411702".into(),
        timing: Timing {
            received_at: 1_780_000_000_000_000 + i64::from(number),
            started_at: None,
            finished_at: Some(1_779_999_090_000_000),
        },
        enumerator: String::new(),
        device: "手机".into(),
        flags: String::new(),
        answers: format!(r#"{{"a1":"5","n":"{number}","t":"路灯坏了 \"三天\"😀"}}"#),
    }
}

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

pub fn backup_of(store: &Store) -> Vec<u8> {
    let mut bytes = Vec::new();
    store
        .backup(&mut bytes, "2026-07-01T00:00:00Z", &mut |_| ())
        .unwrap();
    bytes
}

#[test]
fn a_backup_under_load_restores_to_the_same_rows_digest_receipts_and_figures() {
    let scratch = Scratch::new("backup");
    let (data, restored) = (scratch.path("data"), scratch.path("restored"));
    write_survey(&data.join("surveys"));
    let arguments = |data: &Path| -> Vec<String> {
        ["demo", "--responses", "3000", "--data", text(data)]
            .map(str::to_owned)
            .to_vec()
    };
    let start = |data: &Path| {
        let arguments = arguments(data);
        Server::start(&arguments.iter().map(String::as_str).collect::<Vec<_>>())
    };
    let server = start(&data);
    let path = "/results/satisfaction-2026.json";
    wait_for_figures(&server, path);
    let figures = server.get(path).body;
    let city = Store::open_reader(&DatabaseUrl::Sqlite(data.join("minyi.sqlite"))).unwrap();
    let city = city.leaves(0, 1_000_000).unwrap().len() as i64;
    let crowd = Crowd {
        addresses: vec![server.address.clone()],
        connections: 16,
        ordered: true,
        patience: Duration::from_millis(20),
    };
    let play = |stop: &Arc<AtomicBool>| {
        let (crowd, stop) = (crowd.clone(), Arc::clone(stop));
        std::thread::spawn(move || crowd.play(Vec::new(), &stop))
    };
    let stop = Arc::new(AtomicBool::new(false));
    let before = play(&stop);
    std::thread::sleep(Duration::from_millis(300));
    stop.store(true, Ordering::Relaxed);
    let before = before.join().unwrap();
    // More come in while the backup is made; those from before must be in it.
    let stop = Arc::new(AtomicBool::new(false));
    let meanwhile = play(&stop);
    let file = scratch.path("minyi.backup");
    let (code, told, errors) = run(&["backup", text(&file), "--data", text(&data)]);
    assert_eq!(code, 0, "{errors}");
    stop.store(true, Ordering::Relaxed);
    assert!(!meanwhile.join().unwrap().acknowledged.is_empty());
    assert!(!before.acknowledged.is_empty());

    let (code, restored_told, errors) = run(&["restore", text(&file), "--data", text(&restored)]);
    assert_eq!(code, 0, "{errors}");
    let digest = |told: &str| told.split("digest of the log ").nth(1).unwrap()[..64].to_owned();
    assert_eq!(digest(&told), digest(&restored_told));
    let store = Store::open_reader(&DatabaseUrl::Sqlite(restored.join("minyi.sqlite"))).unwrap();
    let (wrong, end) = before.contradictions(&store, city - 1);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(store.count(SURVEY).unwrap() as i64, end + 1 - city);
    let original = Store::open_reader(&DatabaseUrl::Sqlite(data.join("minyi.sqlite"))).unwrap();
    let some = before.acknowledged[before.acknowledged.len() / 2].id;
    assert_eq!(
        store.receipt(some).unwrap(),
        original.receipt(some).unwrap()
    );
    drop(store);

    write_survey(&restored.join("surveys"));
    let again = start(&restored);
    wait_for_figures(&again, path);
    assert!(again.get(path).body == figures, "the figures differ");
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
            // It goes on where the log ended.
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
fn a_restore_beside_a_log_that_was_left_behind_is_refused_and_leaves_nothing_of_its_own() {
    let database = Database::sqlite("left-behind");
    let store = database.open();
    store.insert_all((0..20).map(response).collect()).unwrap();
    let scratch = Scratch::new("left-behind-restored");
    let file = scratch.path("minyi.backup");
    std::fs::write(&file, backup_of(&store)).unwrap();
    let DatabaseUrl::Sqlite(path) = &database.url else {
        unreachable!()
    };
    // As the log of a server that was killed, whose database someone has moved away.
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
    // What a restore that was cut short has left does not stand in the way.
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
fn backup_never_writes_over_a_file_unless_forced_and_its_file_is_its_owners_alone() {
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

#[test]
fn a_log_that_contradicts_its_rows_is_no_backup_and_doctor_names_the_leaf() {
    each("doctor", |database| {
        let store = database.open();
        store.insert_all((0..60).map(response).collect()).unwrap();
        let doctor = |format: &str| {
            run(&[
                "doctor",
                "--format",
                format,
                "--database",
                &database.address(),
            ])
        };
        let (code, out, errors) = doctor("json");
        assert_eq!(code, 0, "{out}{errors}");
        let told: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(told["fit"], true);
        let finding = |name: &str| {
            let findings = told["findings"].as_array().unwrap();
            findings
                .iter()
                .find(|finding| finding["check"] == name)
                .cloned()
        };
        assert_eq!(finding("surveys").unwrap()["status"], "ok");
        assert_eq!(finding("log").unwrap()["status"], "ok");
        assert!(
            finding("log").unwrap()["found"]
                .as_str()
                .unwrap()
                .starts_with("60 leaves for 60 responses")
        );

        let id = response(42).id;
        database.execute(&format!(
            "UPDATE response SET answers = '{{}}' WHERE id = '{id}'"
        ));
        let (code, out, _) = doctor("text");
        assert_eq!(code, 1);
        assert!(out.contains("FAIL  log"), "{out}");
        assert!(
            out.contains("the response at leaf 42 is not what was logged"),
            "{out}"
        );
        assert!(store.backup(&mut Vec::new(), "", &mut |_| ()).is_err());
        database.execute(&format!("DELETE FROM response WHERE id = '{id}'"));
        let (_, out, _) = doctor("text");
        assert!(out.contains("the response at leaf 42 is missing"), "{out}");
        assert!(out.contains("the stored count is"), "{out}");
        database.execute("DELETE FROM leaf WHERE idx = 7");
        let (_, out, _) = doctor("text");
        assert!(out.contains("expected leaf 7, found leaf 8"), "{out}");
    });
}

#[test]
fn doctor_says_that_there_is_no_database_and_lists_mistakes_in_the_instruments() {
    let scratch = Scratch::new("nothing");
    scratch.write("data/surveys/x-2026/questionnaire.toml", "survey = 3");
    let (code, out, _) = run(&["doctor", "--data", text(&scratch.path("data"))]);
    assert_eq!(code, 1);
    assert!(
        out.contains("FAIL  database") && out.contains("there is no database"),
        "{out}"
    );
    assert!(
        out.contains("FAIL  surveys") && out.contains("minyi check"),
        "{out}"
    );
    let (code, out, _) = run(&["doctor", "--database", "postgres://nobody@127.0.0.1:1/none"]);
    assert_eq!(code, 1, "{out}");
    assert!(out.contains("FAIL  database"), "{out}");
}

#[test]
fn an_older_program_refuses_a_newer_database_with_78_and_says_so() {
    each("newer", |database| {
        drop(database.open());
        database.execute("INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('29990101000000', '2999-01-01')");
        let scratch = Scratch::new("newer");
        for command in [
            vec!["serve", "--listen", "127.0.0.1:0"],
            vec!["backup", "never-made"],
        ] {
            let data = scratch.path("data");
            let mut arguments = command.clone();
            let address = database.address();
            arguments.extend(["--data", text(&data), "--database", &address]);
            let (code, _, errors) = run(&arguments);
            assert_eq!(code, 78, "{errors}");
            assert!(
                errors.contains("a newer minyi has changed this database"),
                "{errors}"
            );
        }
    });
}

#[test]
fn a_database_that_a_server_uses_is_not_migrated_by_another_version() {
    each("migrate", |database| {
        let store = database.open();
        store.insert_all((0..3).map(response).collect()).unwrap();
        // As if this program were the newer one: a migration of its has not been made.
        database.execute("DELETE FROM __diesel_schema_migrations");
        let (code, _, errors) = run(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--database",
            &database.address(),
        ]);
        assert_eq!(code, 75, "{errors}");
        assert!(errors.contains("other"), "{errors}");
        // The older one goes on.
        assert_eq!(
            store.insert_all(vec![response(3)]).unwrap()[0].leaf_index,
            3
        );
    });
}

#[cfg(feature = "postgres")]
#[test]
fn an_older_server_that_lost_its_connection_during_a_migration_stops_instead_of_writing() {
    let Some(database) = Database::postgres("fenced") else {
        return;
    };
    let store = database.open();
    store.insert_all(vec![response(0)]).unwrap();
    database.execute(
        "INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('29990101000000', '2999-01-01')",
    );
    database.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE datname = current_database() AND pid <> pg_backend_pid()",
    );
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(store.failed().wait());
    assert!(matches!(store.failure(), Some(StoreError::Newer { .. })));
    assert!(store.insert_all(vec![response(1)]).is_err());
}

#[test]
fn damage_in_a_large_file_is_found_while_the_server_runs_and_ends_it() {
    let database = Database::sqlite("large");
    let store = database.open();
    let long = |number: u32| Response {
        answers: format!("{{\"t\":\"{}\"}}", "长".repeat(3_000 + number as usize % 7)),
        ..response(number)
    };
    for batch in 0..9 {
        store
            .insert_all((batch * 1000..(batch + 1) * 1000).map(long).collect())
            .unwrap();
    }
    store.close();
    drop(store);
    let DatabaseUrl::Sqlite(path) = &database.url else {
        unreachable!()
    };
    let mut bytes = std::fs::read(path).unwrap();
    assert!(bytes.len() > 64 * 1024 * 1024, "{}", bytes.len());
    let page = 8192;
    // Some page in the middle whose content the check must read: the pages of a table's rows begin with 13.
    let damaged = (bytes.len() / page / 2..)
        .find(|number| bytes[number * page] == 13)
        .unwrap();
    bytes[damaged * page + 8..(damaged + 1) * page].fill(0x5a);
    std::fs::write(path, bytes).unwrap();
    let store = Store::open_with(&database.url, Upkeep::serving(0)).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(store.failed().wait());
    assert!(!store.ready());
    assert!(matches!(store.failure(), Some(StoreError::Damaged { .. })));
    drop(store);
    let (code, _, errors) = run(&[
        "serve",
        "--surveys",
        "surveys",
        "--listen",
        "127.0.0.1:0",
        "--database",
        &database.address(),
    ]);
    assert_eq!(code, 74, "{errors}");
    assert!(errors.contains("the database is damaged"), "{errors}");
}

#[test]
fn a_long_reader_by_pages_does_not_let_the_log_grow_without_bound() {
    let database = Database::sqlite("reader");
    let store = database.open();
    store
        .insert_all((0..5_000).map(response).collect())
        .unwrap();
    let done = Arc::new(AtomicBool::new(false));
    let reading = {
        let (reader, done) = (
            Store::open_reader(&database.url).unwrap(),
            Arc::clone(&done),
        );
        std::thread::spawn(move || {
            let mut pages = 0;
            while !done.load(Ordering::Relaxed) {
                let mut after = -1;
                while let Some(last) = reader.scan("satisfaction-2026", after, 500).unwrap().last()
                {
                    after = last.leaf_index;
                    pages += 1;
                }
            }
            pages
        })
    };
    let DatabaseUrl::Sqlite(path) = &database.url else {
        unreachable!()
    };
    let log = path.with_extension("sqlite-wal");
    let (mut largest, mut written) = (0, 0);
    for batch in 10..90_u32 {
        let rows: Vec<Response> = (batch * 500..(batch + 1) * 500).map(response).collect();
        written += rows.len();
        store.insert_all(rows).unwrap();
        largest = largest.max(std::fs::metadata(&log).unwrap().len());
    }
    done.store(true, Ordering::Relaxed);
    let pages = reading.join().unwrap();
    let stored = std::fs::metadata(path).unwrap().len();
    assert!(pages > 20, "{pages} pages of {written} rows");
    println!("{pages} pages read, database {stored} bytes, log at most {largest} bytes");
    assert!(largest < 64 * 1024 * 1024, "{largest}");
}

#[test]
fn a_store_with_a_full_queue_is_not_ready_and_is_again_once_it_has_stored_all() {
    let database = Database::sqlite("saturated");
    let store = database.open();
    assert!(store.ready());
    let outside = database.hold();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let (stored, refused) = runtime.block_on(async {
        let waiting: Vec<_> = (0..9_000)
            .map(|number| {
                let store = store.clone();
                tokio::spawn(async move { store.submit(response(number)).await })
            })
            .collect();
        // The runtime lets others run now and then only: until every submission is on its way.
        for _ in 0..waiting.len() {
            tokio::task::yield_now().await;
        }
        assert!(!store.ready());
        drop(outside);
        let (mut stored, mut refused) = (0, 0);
        for outcome in waiting {
            match outcome.await.unwrap() {
                Ok(_) => stored += 1,
                Err(SubmitError::Busy) => refused += 1,
                Err(other) => panic!("{other}"),
            }
        }
        (stored, refused)
    });
    assert!(store.ready());
    assert!(
        refused > 0 && stored + refused == 9_000,
        "{stored} {refused}"
    );
    assert_eq!(store.audit(&mut |_| ()).unwrap().n_responses(), stored);
}

#[test]
fn operators_are_told_of_the_store_by_metrics_that_name_no_one() {
    let scratch = Scratch::new("metered");
    write_survey(&scratch.path("surveys"));
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let admin = port.local_addr().unwrap().to_string();
    drop(port);
    let server = Server::start(&[
        "serve",
        "--data",
        text(&scratch.path("data")),
        "--surveys",
        text(&scratch.path("surveys")),
        "--admin-listen",
        &admin,
    ]);
    let crowd = Crowd {
        addresses: vec![server.address.clone()],
        connections: 8,
        ordered: true,
        patience: Duration::from_millis(20),
    };
    let stop = Arc::new(AtomicBool::new(false));
    let players = {
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || crowd.play(Vec::new(), &stop))
    };
    std::thread::sleep(Duration::from_millis(200));
    stop.store(true, Ordering::Relaxed);
    let journal = players.join().unwrap();
    let told = server.get_at(&admin, "/metrics").text();
    for name in [
        "# TYPE minyi_store_queue_responses gauge",
        "# TYPE minyi_store_commit_responses histogram",
        "# TYPE minyi_store_commit_seconds histogram",
        "# TYPE minyi_store_disk_free_bytes gauge",
        "# TYPE minyi_responses_total counter",
        "minyi_store_commit_seconds_bucket{le=\"0.001\"}",
        "minyi_store_errors_total{kind=\"full\"} 0",
        "minyi_ready 1",
    ] {
        assert!(told.contains(name), "{name} is not in\n{told}");
    }
    let sum = told
        .lines()
        .find_map(|line| line.strip_prefix("minyi_store_commit_responses_sum "));
    assert_eq!(
        sum.unwrap().parse::<usize>().unwrap(),
        journal.acknowledged.len(),
        "every response is in one commit"
    );
    let labels: std::collections::BTreeSet<&str> = told
        .lines()
        .filter(|line| line.starts_with("minyi_store"))
        .filter_map(|line| line.split_once('{')?.1.split_once('}'))
        .flat_map(|(labels, _)| labels.split(','))
        .filter_map(|label| label.split_once('='))
        .map(|(name, _)| name)
        .collect();
    assert_eq!(labels, ["kind", "le"].into());
    let id = journal.acknowledged[0].id;
    for private in ["poster-7", "opinion", "127.0.0.1", &id.to_string()] {
        assert!(!told.contains(private), "{private}");
    }
}
