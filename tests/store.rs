//! What the store promises, on SQLite and, where `MINYI_TEST_POSTGRES` names a server, on PostgreSQL.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use minyi::collection::{Response, Timing};
use minyi::store::{
    DatabaseUrl, Receipt, Store, StoreError, SubmitError, is_safe_sqlite, sqlite_version,
};
use sha2::Sha256;
use uuid::Uuid;

use crate::support::database::{Database, each};

/// A response of the test's own, told from others by `number`.
fn response(number: u32) -> Response {
    Response {
        id: Uuid::from_u128(u128::from(number) << 64 | 0x4000_8000_0000_0000_0000),
        survey: "satisfaction-2026".into(),
        questionnaire_hash: "ab".repeat(32),
        mode: ["online", "onsite", "paper"][number as usize % 3].into(),
        channel: "open".into(),

        psu: String::new(),
        area: "411702".into(),
        timing: Timing {
            received_at: 1_780_000_000_000_000 + i64::from(number),
            started_at: Some(1_779_999_000_000_000),
            finished_at: Some(1_779_999_090_000_000),
        },
        enumerator: String::new(),
        device: "手机".into(),
        flags: String::new(),
        answers: format!(r#"{{"a1":"5","n":"{number}","t":"路灯坏了 \"三天\""}}"#),
    }
}

/// Submits all at once and returns the outcomes in order.
fn submit(store: &Store, responses: Vec<Response>) -> Vec<Result<Receipt, SubmitError>> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let waiting: Vec<_> = responses
            .into_iter()
            .map(|response| {
                let store = store.clone();
                tokio::spawn(async move { store.submit(response).await })
            })
            .collect();
        let mut outcomes = Vec::new();
        for outcome in waiting {
            outcomes.push(outcome.await.unwrap());
        }
        outcomes
    })
}

/// Submits all at once, and again what there was no place for, as a phone does.
fn submit_again(store: &Store, responses: Vec<Response>) -> Vec<Result<Receipt, SubmitError>> {
    let mut outcomes = submit(store, responses.clone());
    for (outcome, response) in outcomes.iter_mut().zip(responses) {
        while *outcome == Err(SubmitError::Busy) {
            *outcome = submit_one(store, response.clone());
        }
    }
    outcomes
}

fn submit_one(store: &Store, response: Response) -> Result<Receipt, SubmitError> {
    submit(store, vec![response]).remove(0)
}

/// Every stored response of the survey.
fn stored(store: &Store) -> Vec<minyi::store::StoredResponse> {
    let mut all = Vec::new();
    loop {
        let after = all
            .last()
            .map_or(-1, |row: &minyi::store::StoredResponse| row.leaf_index);
        let page = store.scan("satisfaction-2026", after, 97).unwrap();
        if page.is_empty() {
            return all;
        }
        all.extend(page);
    }
}

fn assert_dense(store: &Store, n: usize) {
    let rows = stored(store);
    let of_rows: Vec<i64> = rows.iter().map(|row| row.leaf_index).collect();
    let leaves = store.leaves(0, 1_000_000).unwrap();
    let of_leaves: Vec<i64> = leaves.iter().map(|leaf| leaf.idx).collect();
    let dense: Vec<i64> = (0..n as i64).collect();
    assert_eq!(of_rows, dense);
    assert_eq!(of_leaves, dense);
    assert!(
        rows.iter()
            .zip(&leaves)
            .all(|(row, leaf)| row.is_logged_by(leaf))
    );
}

#[test]
fn a_response_sent_twice_is_one_row_with_the_same_receipt() {
    each("twice", |database| {
        let store = database.open();
        let first = submit_one(&store, response(1)).unwrap();
        let mut again = response(1);
        // The phone asks later, over another link: what the respondent said is what counts.
        again.timing.received_at += 60_000_000;
        let second = submit_one(&store, again).unwrap();
        assert!(!first.repeated);
        assert_eq!(
            second,
            Receipt {
                repeated: true,
                ..first.clone()
            }
        );
        assert_eq!(store.receipt(response(1).id).unwrap(), Some(first));
        assert_dense(&store, 1);
    });
}

#[test]
fn an_id_with_other_answers_is_refused_and_the_first_stays() {
    each("conflict", |database| {
        let store = database.open();
        submit_one(&store, response(1)).unwrap();
        let mut other = response(1);
        other.answers = r#"{"a1":"1"}"#.into();
        assert_eq!(submit_one(&store, other), Err(SubmitError::Conflict));
        assert_eq!(stored(&store)[0].answers, response(1).answers);
        assert_dense(&store, 1);
    });
}

#[test]
fn a_thousand_parallel_posts_of_one_id_are_one_row_and_one_receipt() {
    each("parallel", |database| {
        let store = database.open();
        let outcomes = submit(&store, vec![response(1); 1000]);
        let fresh = outcomes
            .iter()
            .filter(|outcome| !outcome.as_ref().unwrap().repeated)
            .count();
        let hashes: BTreeSet<_> = outcomes
            .iter()
            .map(|outcome| outcome.as_ref().unwrap().leaf_hash.clone())
            .collect();
        assert_eq!((fresh, hashes.len()), (1, 1));
        assert_dense(&store, 1);
    });
}

#[test]
fn the_log_is_dense_and_says_what_the_rows_say_under_concurrency() {
    each("dense", |database| {
        let store = database.open();
        let threads: Vec<_> = (0..8)
            .map(|thread| {
                let store = store.clone();
                std::thread::spawn(move || {
                    let mine: Vec<_> = (0..250)
                        .map(|number| response(thread * 250 + number))
                        .collect();
                    assert!(submit_again(&store, mine).iter().all(Result::is_ok));
                })
            })
            .collect();
        threads
            .into_iter()
            .for_each(|thread| thread.join().unwrap());
        assert_dense(&store, 2000);
        let counts: BTreeMap<_, _> = store
            .counts("satisfaction-2026")
            .unwrap()
            .into_iter()
            .collect();
        assert_eq!(counts.values().sum::<u64>(), 2000);
        let mut counted: BTreeMap<String, u64> = BTreeMap::new();
        for row in stored(&store) {
            *counted.entry(row.mode).or_default() += 1;
        }
        assert_eq!(counts, counted);
    });
}

#[test]
fn an_import_with_one_conflict_stores_nothing() {
    each("import", |database| {
        let store = database.open();
        submit_one(&store, response(700)).unwrap();
        let mut batch: Vec<_> = (0..1000).map(response).collect();
        batch[700].answers = "{}".into();
        assert_eq!(
            store.insert_all(batch).map(|_| ()),
            Err(SubmitError::Conflict)
        );
        assert_dense(&store, 1);
        // Corrected, all are stored, and the one that was there keeps its place.
        let receipts = store.insert_all((0..1000).map(response).collect()).unwrap();
        assert_eq!(
            receipts.iter().filter(|receipt| receipt.repeated).count(),
            1
        );
        assert_eq!(receipts[700].leaf_index, 0);
        assert_dense(&store, 1000);
    });
}

#[test]
fn a_stored_response_reads_back_as_it_was_sent() {
    each("same", |database| {
        let store = database.open();
        let mut sent = response(5);
        sent.answers = "{\"t\":\"\u{202e}\u{1f600} ，' \\\" \u{7f}\"}".into();
        sent.timing.finished_at = None;
        submit_one(&store, sent.clone()).unwrap();
        let row = stored(&store).remove(0);
        assert_eq!(row.id, sent.id.to_string());
        assert_eq!(row.answers, sent.answers);
        assert_eq!(row.device, sent.device);
        assert_eq!(
            (
                row.received_at,
                row.started_at,
                row.finished_at,
                row.duration
            ),
            (sent.timing.received_at, sent.timing.started_at, None, None)
        );
    });
}

#[test]
fn a_leaf_is_the_documented_hmac_of_the_row() {
    each("leaf", |database| {
        let store = database.open();
        let sent = response(5);
        let receipt = submit_one(&store, sent.clone()).unwrap();
        let row = stored(&store).remove(0);
        let nonce: Vec<u8> = (0..32)
            .map(|byte| u8::from_str_radix(&row.nonce[byte * 2..byte * 2 + 2], 16).unwrap())
            .collect();
        // Written out from the documentation, not shared with the store.
        let mut bytes = vec![3u8];
        let id = sent.id.to_string();
        let fields = [
            "sub",
            &id,
            &sent.survey,
            &sent.questionnaire_hash,
            &sent.mode,
            &sent.channel,
            &sent.psu,
            &sent.area,
            "1780000000000005",
            "1779999000000000",
            "1779999090000000",
            "90",
            &sent.enumerator,
            &sent.device,
            &sent.flags,
            &sent.answers,
        ];
        for field in fields {
            bytes.extend((field.len() as u32).to_be_bytes());
            bytes.extend(field.as_bytes());
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(&nonce).unwrap();
        mac.update(&bytes);
        let expected: String = mac
            .finalize()
            .into_bytes()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        assert_eq!(receipt.leaf_hash, expected);
        assert_eq!(store.leaves(0, 10).unwrap()[0].hash, expected);
    });
}

#[test]
fn two_responses_of_equal_content_have_leaves_that_do_not_tell() {
    each("nonce", |database| {
        let store = database.open();
        let mut twin = response(1);
        twin.id = Uuid::from_u128(99);
        let first = submit_one(&store, response(1)).unwrap();
        let second = submit_one(&store, twin).unwrap();
        assert_ne!(first.leaf_hash, second.leaf_hash);
    });
}

#[test]
fn text_that_one_back_end_cannot_hold_is_refused_by_both_and_harms_no_other() {
    each("nul", |database| {
        let store = database.open();
        let mut bad = response(1);
        bad.channel = "a\0b".into();
        let outcomes = submit(&store, vec![response(0), bad, response(2)]);
        assert_eq!(outcomes[1], Err(SubmitError::NotText));
        assert!(outcomes[0].is_ok() && outcomes[2].is_ok());
        assert_dense(&store, 2);
    });
}

#[test]
fn what_is_queued_is_stored_before_the_store_closes_and_nothing_after() {
    each("drain", |database| {
        let store = database.open();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        let acknowledged = runtime.block_on(async {
            let waiting: Vec<_> = (0..500)
                .map(|number| {
                    let store = store.clone();
                    tokio::spawn(async move { store.submit(response(number)).await })
                })
                .collect();
            // The tasks queue their responses at their first turn (the runtime takes a few dozen at a time); then the
            // store closes with all of them waiting.
            for _ in 0..100 {
                tokio::task::yield_now().await;
            }
            store.close();
            let mut acknowledged = 0;
            for outcome in waiting {
                acknowledged += usize::from(outcome.await.unwrap().is_ok());
            }
            acknowledged
        });
        assert_eq!(acknowledged, 500);
        assert_eq!(submit_one(&store, response(900)), Err(SubmitError::Failed));
        drop(store);
        assert_dense(&database.open(), 500);
    });
}

#[test]
fn what_was_stored_is_there_after_the_store_is_opened_again() {
    each("again", |database| {
        let store = database.open();
        let receipts = submit(&store, (0..100).map(response).collect());
        let key = store.named_value("form_key", || "first".into()).unwrap();
        store.close();
        drop(store);
        let store = database.open();
        assert_dense(&store, 100);
        assert_eq!(
            store.named_value("form_key", || "second".into()).unwrap(),
            key
        );
        assert_eq!(
            store.receipt(response(42).id).unwrap(),
            receipts[42].clone().ok()
        );
        assert_eq!(submit_one(&store, response(100)).unwrap().leaf_index, 100);
    });
}

#[test]
fn a_reader_works_beside_the_writer_and_cannot_write() {
    each("reader", |database| {
        let store = database.open();
        submit_one(&store, response(1)).unwrap();
        let reader = Store::open_reader(&database.url).unwrap();
        assert_eq!(stored(&reader).len(), 1);
        submit_one(&store, response(2)).unwrap();
        assert_eq!(reader.count("satisfaction-2026").unwrap(), 2);
        assert!(!reader.ready());
        assert_eq!(submit_one(&reader, response(3)), Err(SubmitError::Failed));
        assert!(reader.named_value("made_by_reader", || "x".into()).is_err());
    });
}

#[test]
fn a_database_of_a_newer_version_is_refused_by_writer_and_reader() {
    each("newer", |database| {
        drop(database.open());
        database.execute("INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('29990101000000', '2999-01-01')");
        assert!(
            matches!(Store::open(&database.url), Err(StoreError::Newer { version, .. }) if version == "29990101000000")
        );
        assert!(matches!(
            Store::open_reader(&database.url),
            Err(StoreError::Newer { .. })
        ));
    });
}

#[test]
fn a_second_writer_on_one_sqlite_file_is_refused_and_the_first_goes_on() {
    let database = Database::sqlite("locked");
    let store = database.open();
    assert!(matches!(
        Store::open(&database.url),
        Err(StoreError::Locked { .. })
    ));
    submit_one(&store, response(1)).unwrap();
    drop(store);
    assert_dense(&database.open(), 1);
}

#[test]
fn a_damaged_sqlite_file_is_refused_at_start() {
    let database = Database::sqlite("damaged");
    let store = database.open();
    store.insert_all((0..2000).map(response).collect()).unwrap();
    store.close();
    drop(store);
    let DatabaseUrl::Sqlite(path) = &database.url else {
        unreachable!()
    };
    let mut bytes = std::fs::read(path).unwrap();
    let page = (bytes.len() / 4096 / 2) * 4096;
    bytes[page..page + 4096].fill(0x5a);
    std::fs::write(path, bytes).unwrap();
    assert!(matches!(
        Store::open(&database.url),
        Err(StoreError::Damaged { .. })
    ));
}

#[test]
fn a_held_sqlite_file_is_waited_for_and_nothing_is_lost() {
    let database = Database::sqlite("held");
    let store = database.open();
    let outside = database.hold();
    let waiting = {
        let store = store.clone();
        std::thread::spawn(move || submit_one(&store, response(1)))
    };
    // The store waits for whoever holds the file, since that one lets go within the busy timeout.
    std::thread::sleep(std::time::Duration::from_millis(300));
    assert!(!waiting.is_finished());
    drop(outside);
    assert!(waiting.join().unwrap().is_ok());
    assert_dense(&store, 1);
}

#[test]
fn the_linked_sqlite_is_new_enough_to_keep_commits() {
    let version: Vec<u32> = sqlite_version()
        .split('.')
        .map(|part| part.parse().unwrap())
        .collect();
    assert!(version >= vec![3, 51, 3], "{version:?}");
    for old in ["3.7.0", "3.50.2", "3.51.2", "3.51", "", "x"] {
        assert!(!is_safe_sqlite(old), "{old}");
    }
    for safe in ["3.51.3", "3.53.2", "4.0.0"] {
        assert!(is_safe_sqlite(safe), "{safe}");
    }
}

#[test]
fn an_address_that_names_no_database_is_refused() {
    for url in ["", "sqlite:", "mysql://localhost/minyi"] {
        assert!(url.parse::<DatabaseUrl>().is_err(), "{url}");
    }
    let told = |url: &str| url.parse::<DatabaseUrl>().unwrap_err().to_string();
    assert!(!told("mysql://minyi:secret@localhost/minyi").contains("secret"));
    for url in [
        "postgres://minyi:secret@%2Fnowhere/minyi",
        "postgres://minyi:secret#more@%2Fnowhere/minyi",
        "postgres://minyi:secret?more@%2Fnowhere/minyi",
        "postgres://%2Fnowhere/minyi?user=minyi&password=secret",
    ] {
        let refused = Store::open_reader(&url.parse().unwrap()).err().unwrap();
        assert!(!refused.to_string().contains("secret"), "{refused}");
    }
    assert!(matches!(
        Store::open_reader(&"sqlite:/nowhere/at/all.sqlite".parse().unwrap()),
        Err(StoreError::Missing { .. })
    ));
}

#[cfg(feature = "postgres")]
#[test]
fn two_servers_on_one_postgresql_store_nothing_twice_and_keep_the_log_dense() {
    let Some(database) = Database::postgres("two") else {
        return;
    };
    // Both start at once: one migrates, the other waits for it.
    let opened: Vec<_> = (0..2)
        .map(|_| {
            let url = database.url.clone();
            std::thread::spawn(move || Store::open(&url).unwrap())
        })
        .collect();
    let stores: Vec<Arc<Store>> = opened
        .into_iter()
        .map(|store| Arc::new(store.join().unwrap()))
        .collect();
    let threads: Vec<_> = stores
        .iter()
        .map(|store| {
            let store = Arc::clone(store);
            // Every response is sent to both servers, as a phone does that was told to ask again.
            std::thread::spawn(move || submit_again(&store, (0..2000).map(response).collect()))
        })
        .collect();
    let outcomes: Vec<_> = threads
        .into_iter()
        .flat_map(|thread| thread.join().unwrap())
        .collect();
    assert!(outcomes.iter().all(Result::is_ok));
    assert_eq!(
        outcomes
            .iter()
            .filter(|outcome| outcome.as_ref().unwrap().repeated)
            .count(),
        2000
    );
    assert_dense(&stores[0], 2000);
    assert_eq!(stores[1].count("satisfaction-2026").unwrap(), 2000);
}

#[cfg(feature = "postgres")]
#[test]
fn both_back_ends_hold_the_same_bytes() {
    let Some(postgres) = Database::postgres("bytes") else {
        return;
    };
    let rows = [Database::sqlite("bytes"), postgres].map(|database| {
        let store = database.open();
        store.insert_all((0..300).map(response).collect()).unwrap();
        stored(&store)
            .into_iter()
            .map(|row| minyi::store::StoredResponse {
                nonce: String::new(),
                ..row
            })
            .collect::<Vec<_>>()
    });
    assert_eq!(rows[0], rows[1]);
}
