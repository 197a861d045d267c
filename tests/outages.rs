//! The database is locked, read-only, stopped, or on a failing disk while a server runs: responses
//! are refused in time, none is stored in part, and the server recovers or ends with a message.

use std::time::Duration;

use minyi::store::{DatabaseUrl, Store};

use crate::support::database::Database;
use crate::support::faults::faulty_disk;
use crate::support::office::FiguresReader;
use crate::support::respondents::{Form, SURVEY, write_survey};
use crate::support::{Answer, Scratch, Server, minyi};

fn submit(server: &Server, form: &Form) -> Answer {
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    server.request(
        "POST",
        &format!("/s/{SURVEY}"),
        &[kind],
        form.body().as_bytes(),
    )
}

#[cfg(feature = "postgres")]
fn wait_for(what: &str, there: impl FnMut() -> bool) {
    crate::support::wait_for(what, Duration::from_secs(60), there);
}

#[test]
fn a_file_locked_for_three_seconds_costs_no_error_and_one_locked_for_long_a_refusal_in_time() {
    let (database, folder) = (
        Database::sqlite("held-long"),
        Scratch::new("held-long-data"),
    );
    let server = database.serve(&folder);
    // Before any response was refused.
    let is_ready = |expected| {
        crate::support::wait_for("readiness to change", Duration::from_secs(10), || {
            (server.get("/readyz").status == 200) == expected
        });
    };
    let outside = database.hold();
    is_ready(false);
    drop(outside);
    is_ready(true);
    let forms: Vec<Form> = (0..16).map(|_| Form::new(true)).collect();
    let during = |held: Duration| -> Vec<Answer> {
        let outside = database.hold();
        std::thread::scope(|threads| {
            let sent: Vec<_> = forms
                .iter()
                .map(|form| threads.spawn(|| submit(&server, form)))
                .collect();
            std::thread::sleep(held);
            if held > Duration::from_secs(5) {
                assert!(sent.iter().any(|sent| sent.is_finished()));
                assert_eq!(server.get("/readyz").status, 503);
            }
            drop(outside);
            sent.into_iter().map(|sent| sent.join().unwrap()).collect()
        })
    };
    let refused = during(Duration::from_secs(7));
    let refused: Vec<&Answer> = refused
        .iter()
        .filter(|answer| answer.status != 303)
        .collect();
    assert!(!refused.is_empty());
    for answer in refused {
        assert_eq!(answer.status, 503);
        assert!(answer.header("retry-after").is_some());
    }
    is_ready(true);
    let stored = database.reopen().count(SURVEY).unwrap();
    assert!(stored < 16, "what was refused was stored: {stored}");
    let waited = during(Duration::from_secs(3));
    assert!(waited.iter().all(|answer| answer.status == 303));
    let store = database.reopen();
    assert_eq!(store.count(SURVEY).unwrap(), 16);
    assert!(store.audit(&mut |_| ()).unwrap().discrepancies.is_empty());
}

#[test]
fn a_server_whose_disk_fails_acknowledges_nothing_more_and_exits_with_74() {
    // A failed write to the log at a commit; and to the database at a checkpoint.
    for fault in ["eio:300", "back:2"] {
        let folder = Scratch::new("failing-disk");
        write_survey(&folder.path("surveys"));
        let database = folder.path("minyi.sqlite");
        // The fault must hit a running server, not the creation of its tables.
        Store::open(&DatabaseUrl::Sqlite(database.clone()))
            .unwrap()
            .close();
        let mut command = minyi(&["serve", "--listen", "127.0.0.1:0", "--reserve", "0"]);
        command
            .args(["--data", folder.0.to_str().unwrap()])
            .args(["--surveys", folder.path("surveys").to_str().unwrap()])
            .args(["--database", &format!("sqlite:{}", database.display())])
            .env("LD_PRELOAD", faulty_disk())
            .env("FAULT", fault)
            .env("FAULT_FILES", &database)
            .stderr(std::process::Stdio::null());
        let server = Server::start_by(&mut command);
        let mut stored = Vec::new();
        let refused = loop {
            let form = Form::new(true);
            let Some(answer) = server.try_request(
                "POST",
                &format!("/s/{SURVEY}"),
                &[("Content-Type", "application/x-www-form-urlencoded")],
                form.body().as_bytes(),
            ) else {
                break None;
            };
            match answer.status {
                303 => stored.push(form),
                other => break Some(other),
            }
            assert!(stored.len() < 20_000, "{fault}: the fault is never felt");
        };
        assert!(matches!(refused, None | Some(503)), "{fault}: {refused:?}");
        assert!(stored.len() > 20, "{fault}: {} stored", stored.len());
        assert_eq!(server.ended(), Some(74), "{fault}");
        let store = Database::at(DatabaseUrl::Sqlite(database)).reopen();
        store.check_fully().unwrap();
        for form in &stored {
            assert!(store.receipt(form.id).unwrap().is_some(), "{fault}: lost");
        }
    }
}

#[cfg(feature = "postgres")]
mod postgres {
    use std::time::Instant;

    use diesel::connection::SimpleConnection;
    use diesel::prelude::*;
    use diesel::sql_types::{BigInt, Bool};

    use super::*;
    use crate::support::cluster::Cluster;
    use crate::support::respondents::Crowd;

    fn connection(database: &Database) -> PgConnection {
        let DatabaseUrl::Postgres(url) = &database.url else {
            unreachable!()
        };
        PgConnection::establish(url).unwrap()
    }

    fn is(connection: &mut PgConnection, what: &str) -> bool {
        diesel::select(diesel::dsl::sql::<Bool>(what))
            .get_result(connection)
            .unwrap()
    }

    #[test]
    fn a_server_that_vanishes_during_a_commit_delays_the_others_for_seconds_only() {
        let Some(database) = Database::postgres("vanished") else {
            return;
        };
        let folders = [Scratch::new("vanished-a"), Scratch::new("vanished-b")];
        let [vanishing, other] = [0, 1].map(|number| database.serve(&folders[number]));
        let playing = Crowd::at(&vanishing.address, 32).start(Vec::new());
        let mut looking = connection(&database);
        let open = "EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() \
                    AND state = 'idle in transaction')";
        // A stopped server is like a vanished one: its connection is open, and nothing arrives.
        wait_for("a stop inside a transaction", || {
            vanishing.signal("STOP");
            std::thread::sleep(Duration::from_millis(5));
            let inside = is(&mut looking, open);
            if !inside {
                vanishing.signal("CONT");
                std::thread::sleep(Duration::from_millis(7));
            }
            inside
        });
        let form = Form::new(true);
        let began = Instant::now();
        while submit(&other, &form).status != 303 {
            assert!(
                began.elapsed() < Duration::from_secs(20),
                "the other server waits"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
        vanishing.signal("CONT");
        wait_for("the one that came back", || {
            submit(&vanishing, &Form::new(true)).status == 303
        });
        let journal = playing.stop();
        journal.assert_kept(&database.reopen(), -1);
    }

    #[test]
    fn a_locked_log_is_a_refusal_in_time_and_the_server_can_be_stopped() {
        let Some(database) = Database::postgres("log_held") else {
            return;
        };
        let folder = Scratch::new("log-held-data");
        let server = database.serve(&folder);
        let mut outside = connection(&database);
        outside
            .batch_execute("BEGIN; SELECT 1 FROM meta WHERE name = 'leaf_lock' FOR UPDATE")
            .unwrap();
        let answer = submit(&server, &Form::new(true));
        assert_eq!(answer.status, 503);
        assert!(answer.header("retry-after").is_some());
        assert_eq!(server.get("/readyz").status, 503);
        outside.batch_execute("ROLLBACK").unwrap();
        wait_for("readiness", || server.get("/readyz").status == 200);
        assert_eq!(submit(&server, &Form::new(true)).status, 303);
        outside
            .batch_execute("BEGIN; SELECT 1 FROM meta WHERE name = 'leaf_lock' FOR UPDATE")
            .unwrap();
        std::thread::scope(|threads| {
            threads.spawn(|| server.try_request("POST", &format!("/s/{SURVEY}"), &[], b""));
            std::thread::sleep(Duration::from_millis(100));
        });
        assert_eq!(server.terminate(), Some(0));
    }

    #[test]
    fn a_database_that_takes_no_writes_makes_the_server_unready_until_it_does() {
        let Some(database) = Database::postgres("read_only") else {
            return;
        };
        let folder = Scratch::new("read-only-data");
        let server = database.serve(&folder);
        let set = |how: &str| {
            let mut outside = connection(&database);
            outside
                .batch_execute("SET default_transaction_read_only = off")
                .unwrap();
            // Open connections keep the old setting, so they are closed.
            outside
                .batch_execute(&format!(
                    "DO $$ BEGIN \
                     EXECUTE format('ALTER DATABASE %I {how}', current_database()); END $$; \
                     SELECT pg_terminate_backend(pid) FROM pg_stat_activity \
                     WHERE datname = current_database() AND pid <> pg_backend_pid()"
                ))
                .unwrap();
        };
        set("SET default_transaction_read_only = on");
        wait_for("unreadiness", || server.get("/readyz").status == 503);
        assert_eq!(submit(&server, &Form::new(true)).status, 503);
        for _ in 0..30 {
            assert_eq!(
                server.get("/readyz").status,
                503,
                "ready while it takes nothing"
            );
            std::thread::sleep(Duration::from_millis(100));
        }
        set("RESET default_transaction_read_only");
        wait_for("readiness", || server.get("/readyz").status == 200);
        assert_eq!(submit(&server, &Form::new(true)).status, 303);
    }

    #[test]
    fn a_database_that_does_not_answer_makes_servers_unready_and_they_can_still_be_stopped() {
        let Some(cluster) = Cluster::start("frozen") else {
            return;
        };
        let database = Database::at(cluster.url().parse().unwrap());
        let (folder, other) = (Scratch::new("frozen-data"), Scratch::new("frozen-other"));
        let (server, stopped) = (database.serve(&folder), database.serve(&other));
        let stored = submit(&server, &Form::new(true));
        assert_eq!(stored.status, 303);
        let receipt = stored.header("location").unwrap().to_owned();
        cluster.freeze();
        let stopped = std::thread::spawn(move || {
            // An idle writer asks the database every second; now it waits for the answer.
            std::thread::sleep(Duration::from_secs(3));
            stopped.signal("TERM");
            stopped.ended()
        });
        std::thread::scope(|threads| {
            let waiting = threads.spawn(|| {
                let form = Form::new(true);
                let kind = ("Content-Type", "application/x-www-form-urlencoded");
                server.try_request(
                    "POST",
                    &format!("/s/{SURVEY}"),
                    &[kind],
                    form.body().as_bytes(),
                )
            });
            wait_for("unreadiness", || server.get("/readyz").status == 503);
            // The next response is refused at once.
            let answer = submit(&server, &Form::new(true));
            assert_eq!(answer.status, 503);
            assert!(answer.header("retry-after").is_some());
            assert_eq!(server.get(&format!("/s/{SURVEY}")).status, 200);
            // The page of a receipt says that it comes later, and loads again by itself.
            let receipt = server.get(&receipt);
            assert_eq!(receipt.status, 503);
            assert!(receipt.header("refresh").is_some() && receipt.text().contains("不必再交一次"));
            // The response that waited is refused too.
            let answer = waiting.join().unwrap().unwrap();
            assert_eq!(answer.status, 503);
            assert!(answer.header("retry-after").is_some());
        });
        assert_eq!(stopped.join().unwrap(), Some(74));
        cluster.thaw();
    }

    #[test]
    fn a_crowd_that_fetches_its_receipts_takes_few_connections() {
        let Some(database) = Database::postgres("receipts") else {
            return;
        };
        let folder = Scratch::new("receipts-data");
        let server = database.serve(&folder);
        let form = Form::new(true);
        let sent = submit(&server, &form);
        assert_eq!(sent.status, 303);
        let receipt = sent.header("location").unwrap().to_owned();
        let mut looking = connection(&database);
        let mut most = 0;
        // While the table is locked, every reader keeps its connection.
        let mut outside = connection(&database);
        outside.batch_execute("BEGIN; LOCK TABLE response").unwrap();
        let pages: Vec<u16> = std::thread::scope(|threads| {
            let asked: Vec<_> = (0..100)
                .map(|_| threads.spawn(|| server.get(&receipt).status))
                .collect();
            for _ in 0..50 {
                let open =
                    "(SELECT count(*) FROM pg_stat_activity WHERE datname = current_database())";
                let open: i64 = diesel::select(diesel::dsl::sql::<BigInt>(open))
                    .get_result(&mut looking)
                    .unwrap();
                most = most.max(open);
                std::thread::sleep(Duration::from_millis(10));
            }
            outside.batch_execute("ROLLBACK").unwrap();
            asked
                .into_iter()
                .map(|asked| asked.join().unwrap())
                .collect()
        });
        assert_eq!(pages, [200; 100]);
        // Two of this test, the writer, and the readers.
        assert!(most <= 11, "{most} connections");
    }

    #[test]
    fn figures_are_computed_after_an_interrupted_reading_and_pages_say_so_meanwhile() {
        let Some(database) = Database::postgres("cut_off") else {
            return;
        };
        let scratch = Scratch::new("cut-off-data");
        let (data, surveys) = (scratch.0.to_str().unwrap(), scratch.path("surveys"));
        let address = database.address();
        let place = ["--data", data, "--database", &address];
        // Everything is stored before the server listens.
        drop(Server::start(
            &[
                &["demo", "--no-releases", "--responses", "5000"],
                &place[..],
            ]
            .concat(),
        ));
        let mut outside = connection(&database);
        outside.batch_execute("BEGIN; LOCK TABLE response").unwrap();
        let server = Server::start(
            &[
                &["serve", "--surveys", surveys.to_str().unwrap()],
                &place[..],
            ]
            .concat(),
        );
        let waiting =
            "FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'";
        let mut looking = connection(&database);
        wait_for("a reader", || {
            is(&mut looking, &format!("EXISTS (SELECT 1 {waiting})"))
        });
        // What is published does not wait for the figures of the office.
        assert_eq!(server.get("/results").status, 200);
        assert_eq!(server.get("/results/satisfaction-2026").status, 200);
        looking
            .batch_execute(&format!("SELECT pg_terminate_backend(pid) {waiting}"))
            .unwrap();
        outside.batch_execute("ROLLBACK").unwrap();
        let reader = FiguresReader::of_database(&server, &scratch.0, Some(&address));
        for survey in ["satisfaction-2025", "satisfaction-2026", "disposables-2026"] {
            let page = format!("/results/{survey}.json");
            wait_for(&page, || reader.get(&page).status == 200);
        }
    }
}
