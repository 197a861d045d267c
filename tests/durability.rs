//! Nothing acknowledged is ever lost: the server is killed at random moments under load, and the respondents' journal is
//! held against the database.
//!
//! `MINYI_TEST_ROUNDS` sets the number of rounds (20 without it). With `MINYI_TEST_KILL_POSTGRES=1` one process of the
//! database server is killed in each round as well, which makes PostgreSQL recover from its own log; other tests on the
//! same server would be disturbed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::support::database::Database;
use crate::support::respondents::{Crowd, Journal, SURVEY, write_survey};
use crate::support::{Scratch, Server};

fn rounds() -> u32 {
    std::env::var("MINYI_TEST_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(20)
}

/// A server on `database`, with data and surveys in `folder`.
fn serve(folder: &Scratch, database: &Database) -> Server {
    let (data, surveys) = (folder.path("data"), folder.path("surveys"));
    Server::start(&[
        "serve",
        "--data",
        data.to_str().unwrap(),
        "--surveys",
        surveys.to_str().unwrap(),
        "--database",
        &database.address(),
    ])
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
    write_survey(&folder.path("surveys"));
    let mut whole = Journal::default();
    let mut last = -1;
    for round in 0..rounds {
        let server = serve(&folder, database);
        let crowd = Crowd {
            addresses: vec![server.address.clone()],
            connections: 64,
            ordered: round % 2 == 0,
            patience: Duration::from_millis(20),
        };
        let stop = Arc::new(AtomicBool::new(false));
        // What was open when the last server died is sent again first, as a phone does.
        let again = std::mem::take(&mut whole.open);
        let players = {
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || crowd.play(again, &stop))
        };
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
        stop.store(true, Ordering::Relaxed);
        let mut journal = players.join().unwrap();
        whole.open.append(&mut journal.open);
        let store = database.reopen();
        let end = store.count(SURVEY).unwrap() as i64;
        assert!(
            end >= last,
            "round {round}: the log shrank from {last} to {end}"
        );
        last = end;
        whole.acknowledged.append(&mut journal.acknowledged);
        // All that was ever acknowledged, not only this round's; reading it all takes longer the more there is.
        if round % 10 == 0 {
            let (wrong, _) = whole.contradictions(&store, -1);
            assert!(wrong.is_empty(), "round {round}: {}", wrong.join("\n"));
        }
    }
    let store = database.reopen();
    let (wrong, end) = whole.contradictions(&store, -1);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The first leaf is that of the questionnaire's version.
    assert_eq!(store.count(SURVEY).unwrap() as i64, end);
    // A test that acknowledges nothing proves nothing.
    assert!(
        whole.acknowledged.len() as u32 > rounds * 64,
        "only {} acknowledged",
        whole.acknowledged.len()
    );
    println!(
        "{rounds} rounds, {} acknowledged, {} stored, 0 lost",
        whole.acknowledged.len(),
        end
    );
}

#[test]
fn a_server_that_is_asked_to_stop_answers_what_it_has_taken_and_leaves_one_file() {
    let database = Database::sqlite("stopped");
    let folder = Scratch::new("stopped-data");
    write_survey(&folder.path("surveys"));
    let server = serve(&folder, &database);
    let crowd = Crowd {
        addresses: vec![server.address.clone()],
        connections: 16,
        ordered: true,
        patience: Duration::from_millis(20),
    };
    let stop = Arc::new(AtomicBool::new(false));
    let players = {
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || crowd.play(Vec::new(), &stop))
    };
    std::thread::sleep(Duration::from_millis(300));
    let code = server.terminate();
    stop.store(true, Ordering::Relaxed);
    let journal = players.join().unwrap();
    assert_eq!(code, Some(0));
    let log = format!("{}-wal", database.address().trim_start_matches("sqlite:"));
    assert!(
        !std::path::Path::new(&log).exists(),
        "the log was not written back"
    );
    let (wrong, end) = journal.contradictions(&database.open(), -1);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // Asked politely, every respondent that was heard got an answer.
    // The first leaf is that of the questionnaire's version.
    assert_eq!(end, journal.acknowledged.len() as i64);
}

#[test]
fn a_second_server_on_one_sqlite_file_exits_with_75_and_says_why() {
    let database = Database::sqlite("second");
    let folder = Scratch::new("second-data");
    write_survey(&folder.path("surveys"));
    let (data, surveys) = (folder.path("data"), folder.path("surveys"));
    let address = database.address();
    let arguments = [
        "serve",
        "--data",
        data.to_str().unwrap(),
        "--surveys",
        surveys.to_str().unwrap(),
        "--database",
        &address,
    ];
    let first = Server::start(&arguments);
    let mut second = arguments.to_vec();
    second.extend(["--listen", "127.0.0.1:0"]);
    let (code, _, message) = crate::support::run(&second);
    assert_eq!(code, 75, "{message}");
    assert!(
        message.contains("another minyi writes to this database"),
        "{message}"
    );
    assert_eq!(first.get("/readyz").status, 200);
}

/// Two connections that write and write back at the same instant are what lost commits before SQLite 3.51.3.
#[test]
fn a_log_that_others_write_back_all_the_time_loses_nothing() {
    let seconds = std::env::var("MINYI_TEST_SECONDS").map_or(3, |seconds| seconds.parse().unwrap());
    let database = Database::sqlite("written-back");
    let folder = Scratch::new("written-back-data");
    write_survey(&folder.path("surveys"));
    let server = serve(&folder, &database);
    let crowd = Crowd {
        addresses: vec![server.address.clone()],
        connections: 16,
        ordered: true,
        patience: Duration::from_millis(20),
    };
    let stop = Arc::new(AtomicBool::new(false));
    let (playing, saving) = (Arc::clone(&stop), Arc::clone(&stop));
    let players = std::thread::spawn(move || crowd.play(Vec::new(), &playing));
    let (journal, n_backups) = std::thread::scope(|threads| {
        let backups = threads.spawn(|| {
            let mut n_backups = 0;
            while !saving.load(Ordering::Relaxed) {
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
        (players.join().unwrap(), backups.join().unwrap())
    });
    let store = database.reopen();
    store.check_fully().unwrap();
    let (wrong, end) = journal.contradictions(&store, -1);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(
        end > 100 && n_backups > 0,
        "{end} stored, {n_backups} backups"
    );
    println!("{end} stored while others wrote the log back, {n_backups} backups, 0 lost");
}
