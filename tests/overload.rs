//! Many times the respondents that the server can serve: some wait, none is lost, and it goes on.
//!
//! The long run, with the times: `cargo bench --bench load -- --connections 64 --overload 120`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use minyi::store::{DatabaseUrl, Store};

use crate::support::respondents::{Crowd, write_survey};
use crate::support::{Scratch, Server};

#[test]
fn under_many_times_its_load_nothing_acknowledged_is_lost_and_the_server_goes_on() {
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
    assert!(!after.acknowledged.is_empty(), "nothing is stored after the load");
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
    let (wrong, _) = journal.contradictions(&reader, -1);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
    let most = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))
        .unwrap();
    let most: u64 = most.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(most < 256 * 1024, "{most} KiB");
}
