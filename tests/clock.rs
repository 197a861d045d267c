//! The clock is changed by days and years while forms arrive: nothing is lost, and limits work as
//! before.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use minyi::store::{DatabaseUrl, Store};

use crate::support::respondents::{Crowd, SURVEY, write_survey};
use crate::support::site::complete;
use crate::support::{Scratch, Server, compiled, form, minyi};

const DAY: i64 = 86_400;
const JUMPS: [i64; 5] = [DAY, -DAY, 3_653 * DAY, -3_653 * DAY, 0];

/// Sets the difference to the real clock. Renames the file, so that the server never reads a part
/// of it.
fn set(clock: &Path, seconds: i64) {
    let new = clock.with_extension("new");
    std::fs::write(&new, seconds.to_string()).unwrap();
    std::fs::rename(new, clock).unwrap();
}

fn start(scratch: &Scratch, url: &str, arguments: &[&str]) -> Server {
    let surveys = scratch.path("surveys");
    write_survey(&surveys);
    let file = surveys.join(SURVEY).join("questionnaire.toml");
    let open = std::fs::read_to_string(&file)
        .unwrap()
        .replace("2020-01-01", "2000-01-01");
    std::fs::write(file, open).unwrap();
    Server::start_by(
        minyi(&["serve", "--listen", "127.0.0.1:0", "--database", url])
            .args(arguments)
            .arg("--data")
            .arg(&scratch.0)
            .arg("--surveys")
            .arg(surveys)
            .env("LD_PRELOAD", compiled("false_clock", scratch))
            .env("FALSE_CLOCK", scratch.path("clock")),
    )
}

#[test]
fn a_clock_that_jumps_by_ten_years_loses_no_response_and_keeps_the_order_of_the_log() {
    let scratch = Scratch::new("clock");
    let url = format!("sqlite:{}", scratch.path("minyi.sqlite").display());
    let server = start(&scratch, &url, &[]);
    let crowd = Crowd {
        invitations: None,
        addresses: vec![server.address.clone()],
        connections: 8,
        ordered: true,
        patience: Duration::from_millis(50),
    };
    let stop = Arc::new(AtomicBool::new(false));
    let players = {
        let stop = Arc::clone(&stop);
        std::thread::spawn(move || crowd.play(Vec::new(), &stop))
    };
    for jump in JUMPS {
        set(&scratch.path("clock"), jump);
        std::thread::sleep(Duration::from_millis(500));
        assert_eq!(server.get("/readyz").status, 200, "after {jump} s");
    }
    stop.store(true, Ordering::Relaxed);
    let journal = players.join().unwrap();
    assert_eq!(journal.cut, 0);
    assert_eq!(journal.statuses.keys().copied().collect::<Vec<_>>(), [303]);
    let reader = Store::open_reader(&url.parse::<DatabaseUrl>().unwrap()).unwrap();
    let last = journal.assert_kept(&reader, -1).last;
    let (mut after, mut before, mut leaf) = (0, 0, -1);
    let now = std::time::UNIX_EPOCH.elapsed().unwrap().as_micros() as i64;
    while leaf < last {
        for row in reader.scan(SURVEY, leaf, 1000).unwrap() {
            leaf = row.leaf_index;
            let years = (row.received_at - now) / (365 * DAY * 1_000_000);
            after += u32::from(years >= 9);
            before += u32::from(years <= -9);
        }
    }
    assert!(after > 0 && before > 0, "the clock was not changed");
}

#[test]
fn a_clock_that_jumps_by_ten_years_neither_removes_a_limit_nor_makes_it_permanent() {
    let scratch = Scratch::new("clock-rates");
    let url = format!("sqlite:{}", scratch.path("minyi.sqlite").display());
    let server = start(
        &scratch,
        &url,
        &["--rate", "1", "--trusted-proxy", "127.0.0.1"],
    );
    let post = || {
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("X-Forwarded-For", "198.51.100.7"),
        ];
        let path = format!("/s/{SURVEY}");
        server
            .request("POST", &path, &headers, form(&complete()).as_bytes())
            .status
    };
    let n_admitted = || (0..200).take_while(|_| post() != 429).count();
    assert!((50..100).contains(&n_admitted()));
    for jump in JUMPS {
        set(&scratch.path("clock"), jump);
        let n = n_admitted();
        assert!(n < 40, "after {jump} s a burst of {n} was admitted");
        let since = Instant::now();
        while post() == 429 {
            assert!(
                since.elapsed() < Duration::from_secs(60),
                "after {jump} s the limit does not end"
            );
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}
