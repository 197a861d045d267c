//! A disk that fails, is full, or loses what was not synced: nothing acknowledged is lost.
//!
//! `tests/support/faulty_disk.c` is put between a child process and its files. The child opens the
//! store, stores responses in small groups, and prints the number of each acknowledged response.
//! `MINYI_TEST_FAULTS` sets how many places are tried (100 without it), `MINYI_TEST_FAULT_STEP` how
//! many writes and syncs are between them (5 without it; 1 tries every one).

use std::collections::BTreeMap;
use std::io::Write;
use std::path::PathBuf;

use minyi::collection::{Response, Timing};
use minyi::store::{DatabaseUrl, Store, StoreError, SubmitError};
use uuid::Uuid;

use crate::support::Scratch;
use crate::support::faults::store_under;

/// At how many places a fault is tried.
fn places() -> u32 {
    std::env::var("MINYI_TEST_FAULTS")
        .ok()
        .and_then(|places| places.parse().ok())
        .unwrap_or(100)
}

/// Writes and syncs between the places.
fn step() -> u64 {
    std::env::var("MINYI_TEST_FAULT_STEP")
        .ok()
        .and_then(|step| step.parse().ok())
        .unwrap_or(5)
}

fn response(number: u32) -> Response {
    Response {
        id: Uuid::from_u128(u128::from(number) << 96 | 0x4000_8000_0000_0000_0000),
        survey: "satisfaction-2026".into(),
        questionnaire_hash: "ab".repeat(32),
        mode: "online".into(),
        channel: "open".into(),

        psu: String::new(),
        area: "411702".into(),
        invitation: None,
        timing: Timing {
            received_at: 1_780_000_000_000_000,
            started_at: None,
            finished_at: None,
        },
        enumerator: String::new(),
        device: String::new(),
        flags: String::new(),
        // Long enough that a few groups fill the log and cause a checkpoint.
        answers: format!("{{\"t\":\"{}\"}}", format!("{number} ").repeat(300)),
    }
}

/// The child process of the other tests.
#[test]
#[ignore = "run by the other tests of this file, in a child process"]
fn child_that_stores() {
    let Ok(path) = std::env::var("FAULT_FILES") else {
        return;
    };
    let room = std::env::var("FAULT_ROOM").ok();
    let mut out = std::io::stdout();
    let mut say = |line: String| {
        writeln!(out, "{line}").unwrap();
        out.flush().unwrap();
    };
    let store = match Store::open(&DatabaseUrl::Sqlite(PathBuf::from(path))) {
        Ok(store) => store,
        Err(error) => return say(format!("not-opened {error}")),
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let first = store.count("satisfaction-2026").unwrap_or(0) as u32;
    let groups: u32 = std::env::var("FAULT_GROUPS").unwrap().parse().unwrap();
    for group in 0..groups {
        let outcomes = runtime.block_on(async {
            let waiting: Vec<_> = (0..8)
                .map(|number| {
                    let store = store.clone();
                    tokio::spawn(async move {
                        let number = first + group * 8 + number;
                        (number, store.submit(response(number)).await)
                    })
                })
                .collect();
            let mut outcomes = Vec::new();
            for outcome in waiting {
                outcomes.push(outcome.await.unwrap());
            }
            outcomes
        });
        for (number, outcome) in outcomes {
            match outcome {
                Ok(receipt) => say(format!(
                    "stored {number} {} {}",
                    receipt.leaf_index, receipt.leaf_hash
                )),
                Err(SubmitError::Full) => {
                    say(format!("full {number}"));
                    // Reading still works; later there is room again.
                    say(format!(
                        "counted {}",
                        store.count("satisfaction-2026").unwrap()
                    ));
                    if group > 60
                        && let Some(room) = &room
                    {
                        std::fs::write(room, "").unwrap();
                    }
                }
                Err(error) => say(format!("refused {number} {error}")),
            }
        }
    }
    store.close();
    say("done".into());
}

/// Number, leaf index and leaf hash of every response that was acknowledged.
fn acknowledged(lines: &[String]) -> BTreeMap<u32, (i64, String)> {
    // The test harness prints before the first line of the child.
    let kept_rows = lines
        .iter()
        .filter_map(|line| line.split_once("stored ").map(|(_, kept_rows)| kept_rows));
    kept_rows
        .map(|kept_rows| {
            let fields: Vec<&str> = kept_rows.split(' ').collect();
            (
                fields[0].parse().unwrap(),
                (fields[1].parse().unwrap(), fields[2].to_owned()),
            )
        })
        .collect()
}

/// Asserts that the database opens after the fault, is whole, and has everything acknowledged;
/// returns the number of rows.
fn assert_kept(folder: &Scratch, kept_rows: &BTreeMap<u32, (i64, String)>, fault: &str) -> usize {
    let store = reopened(folder, fault);
    store
        .check_fully()
        .unwrap_or_else(|error| panic!("{fault}: {error}"));
    let rows = store.scan("satisfaction-2026", -1, 1_000_000).unwrap();
    let leaves = store.leaves(0, 1_000_000).unwrap();
    assert_eq!(rows.len(), leaves.len(), "{fault}");
    for (number, (row, leaf)) in rows.iter().zip(&leaves).enumerate() {
        assert_eq!(
            (row.leaf_index, leaf.idx),
            (number as i64, number as i64),
            "{fault}"
        );
        assert!(row.is_logged_by(leaf), "{fault}");
    }
    for (number, (index, hash)) in kept_rows {
        let receipt = store.receipt(response(*number).id).unwrap();
        let receipt =
            receipt.unwrap_or_else(|| panic!("{fault}: {number} was acknowledged and is lost"));
        assert_eq!(
            (receipt.leaf_index, &receipt.leaf_hash),
            (*index, hash),
            "{fault}"
        );
    }
    assert_eq!(
        store.count("satisfaction-2026").unwrap() as usize,
        rows.len(),
        "{fault}"
    );
    rows.len()
}

/// The database after its writer has ended. A process that another test starts at this moment
/// inherits the lock until it executes its own program.
fn reopened(folder: &Scratch, fault: &str) -> Store {
    let url = DatabaseUrl::Sqlite(folder.path("minyi.sqlite"));
    for _ in 0..100 {
        match Store::open(&url) {
            Err(StoreError::Locked { .. }) => {
                std::thread::sleep(std::time::Duration::from_millis(50))
            }
            outcome => return outcome.unwrap_or_else(|error| panic!("{fault}: {error}")),
        }
    }
    panic!("{fault}: the lock is never released");
}

/// A database with some responses, so that the faults do not hit the creation of its tables.
fn begun(name: &str) -> Scratch {
    let folder = Scratch::new(name);
    let store = Store::open(&DatabaseUrl::Sqlite(folder.path("minyi.sqlite"))).unwrap();
    store.insert_all((0..10).map(response).collect()).unwrap();
    store.close();
    folder
}

#[test]
fn without_a_fault_the_child_stores_all() {
    let folder = begun("no-fault");
    let kept_rows = acknowledged(&store_under("none", 50, &folder));
    assert_eq!(kept_rows.len(), 400);
    assert_eq!(assert_kept(&folder, &kept_rows, "none"), 410);
}

#[test]
fn after_a_failed_write_or_sync_everything_acknowledged_is_kept() {
    let (mut failed, mut some) = (0, 0);
    for place in 1..=places() {
        let fault = format!("eio:{}", u64::from(place) * step());
        let folder = begun("eio");
        let lines = store_under(&fault, 50, &folder);
        let kept_rows = acknowledged(&lines);
        assert_kept(&folder, &kept_rows, &fault);
        if let Some(first) = lines.iter().position(|line| line.contains("refused")) {
            failed += 1;
            some += usize::from(!kept_rows.is_empty());
            // The rest of the failed batch, and everything after it, is refused.
            let after = lines
                .iter()
                .skip(first)
                .filter(|line| line.contains("stored "))
                .count();
            assert_eq!(after, 0, "{fault}: went on after the disk had failed");
            assert!(
                !folder.path("after").exists(),
                "{fault}: wrote or synced after the disk had failed"
            );
        }
    }
    assert!(
        failed > places() / 2 && some > 0,
        "{failed} of {} faults were felt",
        places()
    );
}

#[test]
fn a_failed_checkpoint_ends_the_store_and_everything_acknowledged_is_kept() {
    let mut felt = 0;
    for place in 1..=(places() / 5).max(20) {
        let fault = format!("back:{place}");
        let folder = begun("back");
        let lines = store_under(&fault, 170, &folder);
        let kept_rows = acknowledged(&lines);
        assert_kept(&folder, &kept_rows, &fault);
        // Only a few hundred places: there is one checkpoint.
        let failed = lines.iter().position(|line| line.contains("refused"));
        let Some(failed) = failed else { continue };
        felt += 1;
        assert!(kept_rows.len() > 500, "{fault}: the log was not long yet");
        let after = lines.iter().skip(failed);
        assert_eq!(
            after.filter(|line| line.contains("stored ")).count(),
            0,
            "{fault}"
        );
        assert!(
            !folder.path("after").exists(),
            "{fault}: wrote or synced after the disk had failed"
        );
    }
    assert!(felt > 10, "{felt} faults were felt");
}

#[test]
fn a_power_cut_loses_nothing_acknowledged() {
    let (mut cuts, mut kept) = (0, 0);
    for place in 1..=places() {
        let fault = format!("cut:{}:{place}", u64::from(place) * (step() + 1));
        let folder = begun("cut");
        let lines = store_under(&fault, 50, &folder);
        let kept_rows = acknowledged(&lines);
        cuts += u32::from(!lines.iter().any(|line| line.contains("done")));
        // Shared memory does not survive a power cut.
        let _ = std::fs::remove_file(folder.path("minyi.sqlite-shm"));
        assert_kept(&folder, &kept_rows, &fault);
        kept += kept_rows.len();
    }
    assert!(
        cuts > places() / 2 && kept > 0,
        "{cuts} cuts, {kept} acknowledged"
    );
}

#[test]
fn a_full_disk_loses_nothing_can_be_read_and_recovers_without_a_restart() {
    let folder = begun("full");
    let lines = store_under("full:400000", 150, &folder);
    let kept_rows = acknowledged(&lines);
    let full = lines.iter().filter(|line| line.contains("full ")).count();
    assert!(full > 100, "{full}");
    assert!(lines.iter().any(|line| line.contains("counted ")));
    let last_full = lines
        .iter()
        .rposition(|line| line.contains("full "))
        .unwrap();
    let after = lines
        .iter()
        .skip(last_full)
        .filter(|line| line.contains("stored "))
        .count();
    assert!(after > 300, "only {after} were stored after there was room");
    assert!(lines.iter().all(|line| !line.contains("refused")));
    assert_eq!(
        assert_kept(&folder, &kept_rows, "full"),
        kept_rows.len() + 10
    );
}
