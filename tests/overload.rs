//! Many times more respondents than the server can serve: some must wait, but no response is lost
//! and the server continues.
//!
//! A long run that prints times: `cargo bench --bench load -- --connections 64 --overload 120`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use minyi::store::{DatabaseUrl, Store};
use serde_json::Value;

use crate::support::database::Database;
use crate::support::respondents::{Crowd, Form, SURVEY, write_survey};
use crate::support::{Scratch, Server, minyi};

#[test]
fn under_many_times_its_load_nothing_acknowledged_is_lost_and_the_server_continues() {
    let scratch = Scratch::new("overload");
    write_survey(&scratch.path("surveys"));
    let url = format!("sqlite:{}", scratch.path("minyi.sqlite").display());
    let surveys = scratch.path("surveys");
    let server = Server::start(&[
        "serve",
        "--data",
        scratch.0.to_str().unwrap(),
        "--database",
        &url,
        "--surveys",
        surveys.to_str().unwrap(),
    ]);
    let play = |connections, seconds| {
        let crowd = Crowd {
            invitations: None,
            addresses: vec![server.address.clone()],
            connections,
            ordered: true,
            patience: Duration::from_millis(50),
        };
        let stop = Arc::new(AtomicBool::new(false));
        let playing = Arc::clone(&stop);
        let players = std::thread::spawn(move || crowd.play(Vec::new(), &playing));
        std::thread::sleep(Duration::from_secs(seconds));
        stop.store(true, Ordering::Relaxed);
        players.join().unwrap()
    };
    let mut journal = play(640, 4);
    let after = play(4, 1);
    assert!(
        !after.acknowledged.is_empty(),
        "nothing is stored after the load"
    );
    journal.merge(after);
    assert!(
        journal
            .statuses
            .keys()
            .all(|status| [200, 303, 503].contains(status)),
        "{:?}",
        journal.statuses
    );
    assert_eq!(journal.cut, 0, "connections were refused or broke");
    let reader = Store::open_reader(&url.parse::<DatabaseUrl>().unwrap()).unwrap();
    journal.assert_kept(&reader, -1);
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let most = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let most: u64 = most.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(most < 256 * 1024, "{most} KiB");
}

#[test]
fn while_the_database_does_not_answer_senders_are_asked_to_try_again_and_everyone_can_read() {
    let database = Database::sqlite("standstill");
    drop(database.open());
    let scratch = Scratch::new("standstill-data");
    write_survey(&scratch.path("surveys"));
    let (surveys, log) = (scratch.path("surveys"), scratch.path("log.json"));
    let server = Server::start_by(
        minyi(&["serve", "--listen", "127.0.0.1:0", "--data"])
            .arg(&scratch.0)
            .args(["--database", &database.address(), "--surveys"])
            .arg(&surveys)
            .stderr(std::fs::File::create(&log).unwrap()),
    );
    let files = rustix::process::getrlimit(rustix::process::Resource::Nofile);
    let raised = rustix::process::Rlimit {
        current: files.maximum.map(|most| most.min(4_096)).or(Some(4_096)),
        ..files
    };
    rustix::process::setrlimit(rustix::process::Resource::Nofile, raised).unwrap();
    let held = database.hold();
    // More than the responses in the writer's queue and in its current commit together.
    let crowd = Crowd {
        invitations: None,
        addresses: vec![server.address.clone()],
        connections: 1_800,
        ordered: true,
        patience: Duration::from_millis(200),
    };
    let stop = Arc::new(AtomicBool::new(false));
    let playing = Arc::clone(&stop);
    let players = std::thread::spawn(move || crowd.play(Vec::new(), &playing));
    let full = |server: &Server| server.get("/readyz").status == 503;
    let mut waited = 0;
    while !full(&server) {
        std::thread::sleep(Duration::from_millis(20));
        waited += 1;
        assert!(waited < 200, "the queue does not become full");
    }
    // A sender is told when to try again and that nothing is lost. Reading works as usual.
    let refused = std::iter::repeat_with(|| {
        let body = Form::new(true).body();
        let kind = ("Content-Type", "application/x-www-form-urlencoded");
        server.request("POST", &format!("/s/{SURVEY}"), &[kind], body.as_bytes())
    });
    let refused = refused
        .take(100)
        .find(|answer| answer.status == 503)
        .unwrap();
    assert_eq!(refused.header("retry-after"), Some("5"));
    assert!(refused.text().contains("手机"), "{}", refused.text());
    assert_eq!(server.get(&format!("/s/{SURVEY}")).status, 200);
    assert_eq!(server.get("/healthz").status, 200);
    drop(held);
    std::thread::sleep(Duration::from_secs(1));
    stop.store(true, Ordering::Relaxed);
    let journal = players.join().unwrap();
    let mut statuses: Vec<u16> = journal.statuses.keys().copied().collect();
    statuses.sort();
    assert_eq!(statuses, [303, 503]);
    assert_eq!(journal.cut, 0, "connections were refused or broke");
    assert!(
        journal.acknowledged.len() > 1_800,
        "{} were stored",
        journal.acknowledged.len()
    );
    assert!(!full(&server), "the server is not ready again");
    journal.assert_kept(&database.reopen(), -1);
    // The log does not have a line for each failure, but states how many have no line.
    let log = std::fs::read_to_string(&log).unwrap();
    let lines: Vec<Value> = log
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let failed: Vec<&Value> = lines
        .iter()
        .filter(|line| line["fields"]["status"] == 503)
        .collect();
    let passed_over: u64 = failed
        .iter()
        .filter_map(|line| line["fields"]["passed_over"].as_u64())
        .sum();
    let refused = journal.statuses[&503];
    assert!(
        passed_over > 0 && failed.len() < 300,
        "{} lines for {refused}",
        failed.len()
    );
    assert!(passed_over + failed.len() as u64 <= refused + 100);
}
