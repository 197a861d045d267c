//! Nothing acknowledged is lost: kill -9 under load, on both back ends.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::respond::complete;
use crate::support::{Scratch, Server, form, run};

/// Rounds of kill -9: 20 in the test run, more where the environment says so.
fn rounds() -> u32 {
    std::env::var("MINYI_KILL_ROUNDS")
        .ok()
        .and_then(|rounds| rounds.parse().ok())
        .unwrap_or(20)
}

/// A fixed sequence that looks random: where in a round the server is killed.
struct Sequence(u64);

impl Sequence {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }
}

/// Posts until told to stop; keeps a journal of every acknowledged id and what it said.
fn respondent(
    address: &str,
    worker: u64,
    round: u32,
    stop: &AtomicBool,
    journal: &Mutex<BTreeMap<String, String>>,
) {
    let Ok(mut stream) = TcpStream::connect(address) else {
        return;
    };
    let _ = stream.set_read_timeout(Some(Duration::from_secs(10)));
    let mut buffer = vec![0; 16 * 1024];
    for number in 0_u64.. {
        if stop.load(Ordering::Relaxed) {
            return;
        }
        let id = uuid::Uuid::from_u64_pair(u64::from(round) << 32 | worker, number + 1).to_string();
        let code = ["1", "2", "3", "4", "5"][usize::try_from((worker + number) % 5).unwrap()];
        let mut fields = complete();
        fields
            .iter_mut()
            .filter(|(name, _)| *name == "a1")
            .for_each(|(_, value)| *value = code);
        fields.push(("response_id", &id));
        let body = form(&fields);
        let request = format!(
            "POST /s/satisfaction-2026 HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n{body}",
            body.len()
        );
        if stream.write_all(request.as_bytes()).is_err() {
            return;
        }
        let Ok(n) = stream.read(&mut buffer) else { return };
        let answer = String::from_utf8_lossy(&buffer[..n]);
        if !answer.starts_with("HTTP/1.1 303") {
            return;
        }
        journal.lock().unwrap().insert(id, code.to_owned());
    }
}

fn survive(arguments: &[&str], scratch: &Scratch, rounds: u32) {
    let journal = Arc::new(Mutex::new(BTreeMap::new()));
    let mut sequence = Sequence(u64::from(std::process::id()));
    for round in 0..rounds {
        let server = Server::start(arguments);
        let stop = Arc::new(AtomicBool::new(false));
        let workers: Vec<_> = (0..16)
            .map(|worker| {
                let (address, stop, journal) =
                    (server.address.clone(), Arc::clone(&stop), Arc::clone(&journal));
                std::thread::spawn(move || respondent(&address, worker, round, &stop, &journal))
            })
            .collect();
        std::thread::sleep(Duration::from_millis(60 + sequence.next() % 200));
        server.kill();
        stop.store(true, Ordering::Relaxed);
        workers.into_iter().for_each(|worker| worker.join().unwrap());
    }
    let file = scratch.path("out.csv");
    let mut export = vec!["export", "satisfaction-2026", "-o", file.to_str().unwrap()];
    export.extend(arguments.iter().skip(1));
    let (code, _, errors) = run(&export);
    assert_eq!(code, 0, "{errors}");
    let rows = crate::respond::rows(file.to_str().unwrap());
    let stored: BTreeMap<&str, &str> = rows
        .iter()
        .map(|row| (row["response_id"].as_str(), row["a1"].as_str()))
        .collect();
    assert_eq!(stored.len(), rows.len(), "no response is stored twice");
    let journal = journal.lock().unwrap();
    let lost: Vec<_> = journal
        .iter()
        .filter(|(id, code)| stored.get(id.as_str()) != Some(&code.as_str()))
        .collect();
    println!(
        "{rounds} rounds of kill -9: {} acknowledged, {} stored, {} lost or altered",
        journal.len(),
        rows.len(),
        lost.len()
    );
    assert!(journal.len() > 100, "the load was real: {}", journal.len());
    assert!(lost.is_empty(), "{lost:?}");
}

#[test]
fn every_acknowledged_response_survives_kill_9_on_sqlite() {
    let scratch = Scratch::new("kill");
    let data = scratch.path("data");
    survive(
        &["serve", "--data", data.to_str().unwrap(), "--surveys", "surveys"],
        &scratch,
        rounds(),
    );
}

#[cfg(feature = "postgres")]
#[test]
fn every_acknowledged_response_survives_kill_9_on_postgresql() {
    let Some(database) = crate::backends::fresh_database("kill") else {
        return;
    };
    let scratch = Scratch::new("kill-pg");
    let data = scratch.path("data");
    let arguments = [
        "serve",
        "--data",
        data.to_str().unwrap(),
        "--surveys",
        "surveys",
        "--database",
        &database,
    ];
    survive(&arguments, &scratch, rounds().min(10));
}
