//! Overload: ten times the respondents that keep the server busy, and its rate afterwards.

use std::path::Path;
use std::time::Instant;

use minyi::store::{DatabaseUrl, Store};

use super::respondents::Crowd;
use super::{Args, Running, statuses, submissions};

/// Most memory of a server, MiB.
const MOST_MEMORY: u64 = 256;

pub fn play(args: &Args, scratch: &Path, seconds: u64) {
    let database = args
        .database
        .clone()
        .unwrap_or_else(|| format!("sqlite:{}", scratch.join("load.sqlite").display()));
    let url: DatabaseUrl = database.parse().unwrap();
    let server = Running::minyi(scratch, &database, 0);
    let usual = args.crowd(
        std::slice::from_ref(&server),
        args.connections.iter().copied().max().unwrap(),
    );
    let crowd = Crowd {
        connections: 10 * usual.connections,
        ..usual.clone()
    };
    let before = submissions(&usual, 5);
    let over = submissions(&crowd, seconds);
    let stopped = Instant::now();
    let after = submissions(&usual, 5);
    let (allowed, mut whole) = ([200, 303, 503], super::respondents::Journal::default());
    for (name, connections, seconds, mut journal) in [
        ("before", usual.connections, 5, before),
        ("overload", crowd.connections, seconds, over),
        ("after", usual.connections, 5, after),
    ] {
        println!(
            "{name:>8}: {connections} connections, {:.0} durable/s, p50 {:.1} ms, p99 {:.1} ms, \
             {} cut off; {}",
            journal.acknowledged.len() as f64 / seconds as f64,
            f64::from(journal.latency(0.5)) / 1e3,
            f64::from(journal.latency(0.99)) / 1e3,
            journal.cut,
            statuses(&journal),
        );
        assert!(
            journal
                .statuses
                .keys()
                .all(|status| allowed.contains(status))
        );
        assert_eq!(journal.cut, 0, "{name}: connections were refused or broke");
        assert!(
            !journal.acknowledged.is_empty(),
            "{name}: nothing was stored"
        );
        let first = journal.latencies.iter().copied().min().unwrap_or(u32::MAX);
        assert!(
            first < 10_000_000,
            "{name}: the first answer took {first} us"
        );
        whole.merge(journal);
    }
    println!(
        "the run after the overload ended {:.1} s after it",
        stopped.elapsed().as_secs_f64()
    );
    let kept = whole.assert_kept(&Store::open_reader(&url).unwrap(), -1);
    let most = server.memory("VmHWM");
    println!(
        "{} responses in the log, none acknowledged is missing; memory at most {most} MiB",
        kept.n_responses
    );
    assert!(most < MOST_MEMORY, "the server took {most} MiB");
}
