//! A byte of a database that changes at rest: it is seen, or it changes nothing; never does it change a figure unseen.
//!
//! `MINYI_TEST_FLIPS` sets how many bytes are tried, each in a database of its own (60 without it).

use std::time::Duration;

use metrics_exporter_prometheus::PrometheusBuilder;
use minyi::collection::{Response, Timing};
use minyi::store::{DatabaseUrl, Discrepancy, Leaf, Store, StoreError, StoredResponse, Upkeep};
use uuid::Uuid;

use crate::support::Scratch;
use crate::support::database::Database;

const SURVEYS: [&str; 2] = ["satisfaction-2026", "disposables-2026"];

fn response(number: u32) -> Response {
    Response {
        id: Uuid::from_u128(u128::from(number) << 64 | 0x4000_8000_0000_0000_0000),
        survey: SURVEYS[number as usize % 2].into(),
        questionnaire_hash: "ab".repeat(32),
        mode: ["online", "onsite", "paper"][number as usize % 3].into(),
        channel: "411702-07".into(),

        psu: String::new(),
        area: "411702".into(),
        timing: Timing {
            received_at: 1_780_000_000_000_000 + i64::from(number),
            started_at: Some(1_779_999_000_000_000),
            finished_at: Some(1_779_999_090_000_000),
        },
        enumerator: "7".into(),
        device: "a1".into(),
        flags: String::new(),
        answers: format!(
            r#"{{"a1":5,"a2":4,"n":"{number}","t":"{}"}}"#,
            "路灯坏了".repeat(20)
        ),
    }
}

/// Everything figures are made of.
#[derive(Debug, PartialEq)]
struct Held {
    rows: Vec<Vec<StoredResponse>>,
    counts: Vec<Vec<(String, u64)>>,
    leaves: Vec<Leaf>,
}

impl Held {
    fn differs_from(&self, whole: &Held) -> Vec<String> {
        let mut changed = Vec::new();
        for (now, before) in self.rows.iter().flatten().zip(whole.rows.iter().flatten()) {
            if now != before {
                changed.push(format!("{now:?}"));
            }
        }
        for (now, before) in self.leaves.iter().zip(&whole.leaves) {
            if now != before {
                changed.push(format!("{now:?}"));
            }
        }
        if changed.is_empty() && self != whole {
            let rows: Vec<usize> = self.rows.iter().map(Vec::len).collect();
            changed.push(format!(
                "{rows:?} rows, {:?}, {} leaves",
                self.counts,
                self.leaves.len()
            ));
        }
        changed
    }
}

/// What a figure is made of.
fn logged(store: &Store, survey: &str) -> Result<Vec<StoredResponse>, StoreError> {
    let mut rows = Vec::new();
    store.each_logged(survey, &mut |page| {
        rows.extend_from_slice(page);
        Ok::<(), StoreError>(())
    })?;
    Ok(rows)
}

/// What can be read, as a server and its figures read it.
fn held(store: &Store) -> Result<Held, StoreError> {
    let mut held = Held {
        rows: Vec::new(),
        counts: Vec::new(),
        leaves: store.leaves(0, 100_000)?,
    };
    for survey in SURVEYS {
        held.rows.push(store.scan(survey, -1, 100_000)?);
        held.counts.push(store.counts(survey)?);
    }
    Ok(held)
}

/// Whether the start of a server, or `minyi doctor`, finds fault with the file.
fn is_seen(url: &DatabaseUrl) -> bool {
    let Ok(store) = Store::open(url) else {
        return true;
    };
    store.check_fully().is_err()
        || store
            .audit(&mut |_| ())
            .map_or(true, |audit| audit.n_discrepancies > 0)
}

#[test]
fn a_running_server_sees_a_row_that_was_altered_behind_its_back() {
    let told = PrometheusBuilder::new().install_recorder().unwrap();
    let database = Database::sqlite("audited");
    let store = database.open();
    store.insert_all((0..30).map(response).collect()).unwrap();
    store.close();
    drop(store);
    let audited = |database: &Database, n: u32| {
        let upkeep = Upkeep {
            first_audit: Some(Duration::ZERO),
            ..Upkeep::default()
        };
        let store = Store::open_with(&database.url, upkeep).unwrap();
        let line = format!("minyi_store_discrepancies {n}\n");
        for _ in 0..500 {
            if told.render().contains(&line) {
                store.close();
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{n} discrepancies are never told: {}", told.render());
    };
    audited(&database, 0);
    database.execute(
        "UPDATE response SET answers = replace(answers, '\"a2\":4', '\"a2\":5') WHERE leaf_index = 7",
    );
    database.execute(
        "UPDATE tally SET n = n - 1 WHERE mode = 'paper' AND survey = 'satisfaction-2026'",
    );
    audited(&database, 2);
    let store = database.reopen();
    let altered = logged(&store, SURVEYS[1]);
    assert!(matches!(altered, Err(StoreError::Altered { index: 7, .. })));
    let hidden = logged(&store, SURVEYS[0]);
    assert!(matches!(
        hidden,
        Err(StoreError::Incomplete {
            counted: 14,
            read: 15,
            ..
        })
    ));
    // The index of ids: no page is broken and every row is whole, but one of them is not found.
    let file = Database::sqlite("index");
    let store = file.open();
    store.insert_all((0..30).map(response).collect()).unwrap();
    store.close();
    drop(store);
    let DatabaseUrl::Sqlite(path) = &file.url else {
        unreachable!()
    };
    let id = response(7).id.to_string();
    let mut bytes = std::fs::read(path).unwrap();
    let places: Vec<usize> = memchr::memmem::find_iter(&bytes, &id).collect();
    let in_index = places
        .into_iter()
        .find(|place| !bytes[place + id.len()..].starts_with(b"disposables"));
    bytes[in_index.unwrap() + id.len() - 1] ^= 1;
    std::fs::write(path, &bytes).unwrap();
    audited(&file, 1);
    let audit = file.reopen().audit(&mut |_| ()).unwrap();
    assert_eq!(audit.discrepancies, [Discrepancy::NotIndexed { index: 7 }]);
}

#[test]
fn a_flipped_byte_is_seen_or_changes_nothing_that_figures_are_made_of() {
    let flips: u32 = std::env::var("MINYI_TEST_FLIPS").map_or(60, |flips| flips.parse().unwrap());
    let folder = Scratch::new("flipped");
    let url = DatabaseUrl::Sqlite(folder.path("minyi.sqlite"));
    let store = Store::open(&url).unwrap();
    store.insert_all((0..150).map(response).collect()).unwrap();
    let whole = held(&store).unwrap();
    store.close();
    drop(store);
    let bytes = std::fs::read(folder.path("minyi.sqlite")).unwrap();
    let (mut seen, mut harmless) = (0, 0);
    for _ in 0..flips {
        let place = getrandom::u64().unwrap() as usize % bytes.len();
        let bit = 1_u8 << (getrandom::u32().unwrap() % 8);
        let folder = Scratch::new("flip");
        let mut flipped = bytes.clone();
        flipped[place] ^= bit;
        std::fs::write(folder.path("minyi.sqlite"), flipped).unwrap();
        let url = DatabaseUrl::Sqlite(folder.path("minyi.sqlite"));
        // What figures are made of: all of it, or nothing.
        for (survey, whole) in SURVEYS.iter().zip(&whole.rows) {
            let Ok(store) = Store::open_reader(&url) else {
                continue;
            };
            if let Ok(rows) = logged(&store, survey) {
                assert!(
                    rows.is_empty() || rows == *whole,
                    "byte {place}, bit {bit} would change a figure"
                );
            }
        }
        if is_seen(&url) {
            seen += 1;
            continue;
        }
        let reader = Store::open_reader(&url).unwrap();
        let now = held(&reader).unwrap();
        let changed = now.differs_from(&whole);
        assert!(
            changed.is_empty(),
            "byte {place}, bit {bit} changed unseen: {} of them, first {}",
            changed.len(),
            changed[0]
        );
        harmless += 1;
    }
    println!("{flips} bytes flipped: {seen} seen, {harmless} without effect, 0 unseen");
    assert!(seen > flips / 3, "only {seen} of {flips} were seen");
}
