//! Nothing acknowledged is ever lost: the server is killed at random moments under load, and the
//! respondents' journal is compared with the database.
//!
//! `MINYI_TEST_ROUNDS` sets the number of rounds (12 without it), `MINYI_TEST_SECONDS` how long
//! others checkpoint SQLite's log (3 without it). With `MINYI_TEST_KILL_POSTGRES=1` one process of
//! the database server is killed in each round as well, and PostgreSQL recovers from its own log;
//! this disturbs other tests on the same server.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::database::Database;
use crate::support::respondents::{Crowd, Journal, SURVEY};
use crate::support::{Scratch, run};

fn rounds() -> u32 {
    std::env::var("MINYI_TEST_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(12)
}

#[test]
fn nothing_acknowledged_is_lost_when_the_server_is_killed_on_sqlite() {
    killed_again_and_again(&Database::sqlite("killed"), rounds());
}

#[cfg(feature = "postgres")]
#[test]
fn nothing_acknowledged_is_lost_when_the_server_is_killed_on_postgresql() {
    if let Some(database) = Database::postgres("killed") {
        killed_again_and_again(&database, rounds());
    }
}

fn killed_again_and_again(database: &Database, rounds: u32) {
    let folder = Scratch::new("killed-data");
    let mut whole = Journal::default();
    let mut last = -1;
    for round in 0..rounds {
        let server = database.serve(&folder);
        let crowd = Crowd {
            ordered: round % 2 == 0,
            ..Crowd::at(&server.address, 64)
        };
        // Forms that were open when the last server died are sent again first, as a phone does.
        let playing = crowd.start(std::mem::take(&mut whole.open));
        std::thread::sleep(Duration::from_millis(
            50 + u64::from(getrandom::u32().unwrap() % 400),
        ));
        if std::env::var("MINYI_TEST_KILL_POSTGRES").is_ok_and(|kill| kill == "1") {
            database.kill_one_process();
            std::thread::sleep(Duration::from_millis(u64::from(
                getrandom::u32().unwrap() % 400,
            )));
        }
        server.kill();
        let mut journal = playing.stop();
        whole.open.append(&mut journal.open);
        let store = database.reopen();
        let end = store.count(SURVEY).unwrap() as i64;
        assert!(
            end >= last,
            "round {round}: the log shrank from {last} to {end}"
        );
        last = end;
        whole.acknowledged.append(&mut journal.acknowledged);
        // All that was ever acknowledged, not only in this round; every tenth time, since it is
        // slow.
        if round % 10 == 0 {
            whole.assert_kept(&store, -1);
        }
    }
    let store = database.reopen();
    let n_stored = whole.assert_kept(&store, -1).n_responses;
    assert_eq!(store.count(SURVEY).unwrap(), n_stored);
    // Without acknowledgements the test would prove nothing.
    assert!(
        whole.acknowledged.len() as u32 > rounds * 64,
        "only {} acknowledged",
        whole.acknowledged.len()
    );
    println!(
        "{rounds} rounds, {} acknowledged, {} stored, 0 lost",
        whole.acknowledged.len(),
        n_stored
    );
}

#[test]
fn a_server_that_is_asked_to_stop_answers_what_it_has_taken_and_leaves_one_file() {
    let database = Database::sqlite("stopped");
    let folder = Scratch::new("stopped-data");
    let server = database.serve(&folder);
    let playing = Crowd::at(&server.address, 16).start(Vec::new());
    std::thread::sleep(Duration::from_millis(300));
    let code = server.terminate();
    let journal = playing.stop();
    assert_eq!(code, Some(0));
    let log = format!("{}-wal", database.address().trim_start_matches("sqlite:"));
    assert!(
        !std::path::Path::new(&log).exists(),
        "the log was not written back"
    );
    let n_stored = journal.assert_kept(&database.open(), -1).n_responses;
    // After SIGTERM every response that was stored was also acknowledged.
    assert_eq!(n_stored, journal.acknowledged.len() as u64);
}

#[test]
fn a_second_server_on_one_sqlite_file_exits_with_75_and_says_why() {
    let database = Database::sqlite("second");
    let folder = Scratch::new("second-data");
    let first = database.serve(&folder);
    let (data, surveys) = (folder.path("data"), folder.path("surveys"));
    let (code, _, message) = run(&[
        "serve",
        "--listen",
        "127.0.0.1:0",
        "--data",
        data.to_str().unwrap(),
        "--surveys",
        surveys.to_str().unwrap(),
        "--database",
        &database.address(),
    ]);
    assert_eq!(code, 75, "{message}");
    assert!(
        message.contains("another minyi writes to this database"),
        "{message}"
    );
    assert_eq!(first.get("/readyz").status, 200);
}

/// Before SQLite 3.51.3, two connections that wrote and checkpointed at the same time lost commits.
#[test]
fn a_log_that_others_write_back_all_the_time_loses_nothing() {
    let seconds = std::env::var("MINYI_TEST_SECONDS").map_or(3, |seconds| seconds.parse().unwrap());
    let database = Database::sqlite("written-back");
    let folder = Scratch::new("written-back-data");
    let server = database.serve(&folder);
    let playing = Crowd::at(&server.address, 16).start(Vec::new());
    let stop = AtomicBool::new(false);
    let (journal, n_backups) = std::thread::scope(|threads| {
        let backups = threads.spawn(|| {
            let mut n_backups = 0;
            while !stop.load(Ordering::Relaxed) {
                let reader = database.reopen();
                reader
                    .backup(&mut std::io::sink(), "2026-06-01T00:00:00Z", &mut |_| ())
                    .unwrap();
                n_backups += 1;
            }
            n_backups
        });
        for how in ["PASSIVE", "RESTART", "TRUNCATE"] {
            let (stop, database) = (&stop, &database);
            threads.spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    database.execute(&format!(
                        "PRAGMA busy_timeout = 50; PRAGMA wal_checkpoint({how})"
                    ));
                }
            });
        }
        std::thread::sleep(Duration::from_secs(seconds));
        stop.store(true, Ordering::Relaxed);
        (playing.stop(), backups.join().unwrap())
    });
    let store = database.reopen();
    store.check_fully().unwrap();
    let n_stored = journal.assert_kept(&store, -1).n_responses;
    assert!(
        n_stored > 100 && n_backups > 0,
        "{n_stored} stored, {n_backups} backups"
    );
    println!(
        "{} stored while others wrote the log back, {n_backups} backups, 0 lost",
        n_stored
    );
}
