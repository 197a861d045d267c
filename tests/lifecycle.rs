//! Doctor, checks at the start and while a server runs, and versions that meet on one database.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use minyi::collection::Response;
use minyi::store::{DatabaseUrl, Store, StoreError, SubmitError, Upkeep};

use crate::support::database::{Database, each};
use crate::support::respondents::{Crowd, write_survey};
use crate::support::responses::of_two_surveys as response;
use crate::support::{Scratch, Server, free_address, run};

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn a_log_that_contradicts_its_rows_is_not_backed_up_and_doctor_names_the_leaf() {
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
        let report: serde_json::Value = serde_json::from_str(&out).unwrap();
        assert_eq!(report["fit"], true);
        let finding = |name: &str| {
            let findings = report["findings"].as_array().unwrap();
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
fn doctor_says_that_there_is_no_database_and_lists_mistakes_in_the_surveys() {
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
        database.migrate_as_newer();
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
        // As if this program were newer: the database does not have its migration.
        database.execute(
            "DELETE FROM __diesel_schema_migrations WHERE version =
             (SELECT max(version) FROM __diesel_schema_migrations)",
        );
        let (code, _, errors) = run(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--database",
            &database.address(),
        ]);
        assert_eq!(code, 75, "{errors}");
        assert!(errors.contains("other"), "{errors}");
        // The older server continues.
        assert_eq!(
            store.insert_all(vec![response(3)]).unwrap()[0].leaf_index,
            3
        );
    });
}

#[cfg(feature = "postgres")]
#[test]
fn an_older_server_that_reconnects_after_a_migration_stops_instead_of_writing() {
    let Some(database) = Database::postgres("fenced") else {
        return;
    };
    let store = database.open();
    store.insert_all(vec![response(0)]).unwrap();
    database.migrate_as_newer();
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
    // A page in the middle that the check must read: pages with rows of a table begin with 13.
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
fn reading_page_by_page_does_not_make_the_log_grow_without_limit() {
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
        // Each task runs once, so that every submission is queued or refused.
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
fn metrics_describe_the_store_and_contain_no_personal_data() {
    let scratch = Scratch::new("metered");
    write_survey(&scratch.path("surveys"));
    let admin = free_address();
    let server = Server::start(&[
        "serve",
        "--data",
        text(&scratch.path("data")),
        "--surveys",
        text(&scratch.path("surveys")),
        "--admin-listen",
        &admin,
    ]);
    let journal = Crowd::at(&server.address, 8).play_for(Duration::from_millis(200));
    let metrics = server.get_at(&admin, "/metrics").text();
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
        assert!(metrics.contains(name), "{name} is not in\n{metrics}");
    }
    let sum = metrics
        .lines()
        .find_map(|line| line.strip_prefix("minyi_store_commit_responses_sum "));
    assert_eq!(
        sum.unwrap().parse::<usize>().unwrap(),
        journal.acknowledged.len(),
        "every response is in one commit"
    );
    let labels: std::collections::BTreeSet<&str> = metrics
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
        assert!(!metrics.contains(private), "{private}");
    }
}
