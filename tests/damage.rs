//! A byte of the database file changes: either minyi notices it, or it has no effect. It never
//! changes a figure unnoticed.
//!
//! `MINYI_TEST_FLIPS` sets how many bytes are tried, each in its own database; 60 by default.

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
        invitation: None,
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

/// Everything from which figures are computed.
#[derive(Debug, PartialEq)]
struct Content {
    rows: Vec<Vec<StoredResponse>>,
    counts: Vec<Vec<(String, u64)>>,
    leaves: Vec<Leaf>,
}

impl Content {
    /// The values that differ from those in `original`.
    fn changes_from(&self, original: &Content) -> Vec<String> {
        let mut changed = Vec::new();
        let rows = self.rows.iter().flatten();
        for (now, before) in rows.zip(original.rows.iter().flatten()) {
            if now != before {
                changed.push(format!("{now:?}"));
            }
        }
        for (now, before) in self.leaves.iter().zip(&original.leaves) {
            if now != before {
                changed.push(format!("{now:?}"));
            }
        }
        if changed.is_empty() && self != original {
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

/// The responses from which figures are computed.
fn verified(store: &Store, survey: &str) -> Result<Vec<StoredResponse>, StoreError> {
    let mut rows = Vec::new();
    store.each_verified_page(survey, &mut |page| {
        rows.extend_from_slice(page);
        Ok::<(), StoreError>(())
    })?;
    Ok(rows)
}

/// Everything that a server reads.
fn content(store: &Store) -> Result<Content, StoreError> {
    let mut content = Content {
        rows: Vec::new(),
        counts: Vec::new(),
        leaves: store.leaves(0, 100_000)?,
    };
    for survey in SURVEYS {
        content.rows.push(store.scan(survey, -1, 100_000)?);
        content.counts.push(store.counts(survey)?);
    }
    Ok(content)
}

/// Whether the start of a server, or `minyi doctor`, reports the damage.
fn is_noticed(url: &DatabaseUrl) -> bool {
    let Ok(store) = Store::open(url) else {
        return true;
    };
    store.check_fully().is_err()
        || store
            .audit(&mut |_| ())
            .map_or(true, |audit| audit.n_discrepancies > 0)
}

#[test]
fn a_running_server_notices_a_row_that_another_program_altered() {
    let metrics = PrometheusBuilder::new().install_recorder().unwrap();
    let database = Database::sqlite("audited");
    let store = database.open();
    store.insert_all((0..30).map(response).collect()).unwrap();
    store.close();
    drop(store);
    let wait_for_audit = |database: &Database, n: u32| {
        let upkeep = Upkeep {
            first_audit: Some(Duration::ZERO),
            ..Upkeep::default()
        };
        let store = Store::open_with(&database.url, upkeep).unwrap();
        let line = format!("minyi_store_discrepancies {n}\n");
        for _ in 0..500 {
            if metrics.render().contains(&line) {
                store.close();
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("{n} discrepancies are not reported: {}", metrics.render());
    };
    wait_for_audit(&database, 0);
    database.execute(
        "UPDATE response SET answers = replace(answers, '\"a2\":4', '\"a2\":5')
         WHERE leaf_index = 7",
    );
    database.execute(
        "UPDATE tally SET n = n - 1 WHERE mode = 'paper' AND survey = 'satisfaction-2026'",
    );
    wait_for_audit(&database, 2);
    let store = database.reopen();
    let altered = verified(&store, SURVEYS[1]);
    assert!(matches!(altered, Err(StoreError::Altered { index: 7, .. })));
    let hidden = verified(&store, SURVEYS[0]);
    assert!(matches!(
        hidden,
        Err(StoreError::Incomplete {
            counted: 14,
            read: 15,
            ..
        })
    ));
    // A wrong entry in the index of ids: all pages and rows are valid, but one row is not found.
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
    let mut positions = memchr::memmem::find_iter(&bytes, &id);
    let in_index =
        positions.find(|position| !bytes[position + id.len()..].starts_with(b"disposables"));
    bytes[in_index.unwrap() + id.len() - 1] ^= 1;
    std::fs::write(path, &bytes).unwrap();
    wait_for_audit(&file, 1);
    let audit = file.reopen().audit(&mut |_| ()).unwrap();
    assert_eq!(audit.discrepancies, [Discrepancy::NotIndexed { index: 7 }]);
}

#[test]
fn a_flipped_bit_is_noticed_or_has_no_effect_on_figures() {
    let flips: u32 = std::env::var("MINYI_TEST_FLIPS").map_or(60, |flips| flips.parse().unwrap());
    let folder = Scratch::new("flipped");
    let url = DatabaseUrl::Sqlite(folder.path("minyi.sqlite"));
    let store = Store::open(&url).unwrap();
    store.insert_all((0..450).map(response).collect()).unwrap();
    let original = content(&store).unwrap();
    store.close();
    drop(store);
    let bytes = std::fs::read(folder.path("minyi.sqlite")).unwrap();
    let (mut noticed, mut harmless) = (0, 0);
    for _ in 0..flips {
        let position = getrandom::u64().unwrap() as usize % bytes.len();
        let bit = 1_u8 << (getrandom::u32().unwrap() % 8);
        let folder = Scratch::new("flip");
        let mut flipped = bytes.clone();
        flipped[position] ^= bit;
        std::fs::write(folder.path("minyi.sqlite"), flipped).unwrap();
        let url = DatabaseUrl::Sqlite(folder.path("minyi.sqlite"));
        // Figures are computed from all responses or from none.
        for (survey, original) in SURVEYS.iter().zip(&original.rows) {
            let Ok(store) = Store::open_reader(&url) else {
                continue;
            };
            if let Ok(rows) = verified(&store, survey) {
                assert!(
                    rows.is_empty() || rows == *original,
                    "byte {position}, bit {bit} would change a figure"
                );
            }
        }
        if is_noticed(&url) {
            noticed += 1;
            continue;
        }
        let reader = Store::open_reader(&url).unwrap();
        let changed = content(&reader).unwrap().changes_from(&original);
        assert!(
            changed.is_empty(),
            "byte {position}, bit {bit}: {} values changed unnoticed, the first is {}",
            changed.len(),
            changed[0]
        );
        harmless += 1;
    }
    println!("{flips} bits flipped: {noticed} noticed, {harmless} without effect, 0 unnoticed");
    assert!(
        noticed > flips / 5,
        "only {noticed} of {flips} were noticed"
    );
}
