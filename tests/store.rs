//! What the store promises, on SQLite and, where `MINYI_TEST_POSTGRES` names a server, on
//! PostgreSQL.

use std::collections::{BTreeMap, BTreeSet};

use hmac::{Hmac, KeyInit, Mac};
use minyi::store::{Receipt, SubmitError};
use sha2::Sha256;
use uuid::Uuid;

use crate::support::database::{Database, each};
use crate::support::responses::{assert_dense, response, stored, submit, submit_again, submit_one};

#[test]
fn a_response_sent_twice_is_one_row_with_the_same_receipt() {
    each("twice", |database| {
        let store = database.open();
        let first = submit_one(&store, response(1)).unwrap();
        let mut again = response(1);
        // Sent later over another link: the same answers are the same response.
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
        // After the correction all are stored, and the earlier one keeps its place.
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
fn many_ids_are_looked_up_in_one_survey() {
    each("lookup", |database| {
        let store = database.open();
        store.insert_all((0..300).map(response).collect()).unwrap();
        let ids: Vec<Uuid> = (0..12_000)
            .rev()
            .map(|number| response(number).id)
            .collect();
        let stored = store.stored_ids("satisfaction-2026", &ids).unwrap();
        let expected: BTreeSet<Uuid> = (0..300).map(|number| response(number).id).collect();
        assert_eq!(stored, expected);
        let answers = store.stored_answers("satisfaction-2026", &ids).unwrap();
        assert_eq!(answers.len(), 300);
        let (own, sent) = (&answers[&response(7).id], response(7));
        assert_eq!(
            (&own.mode, &own.questionnaire_hash, &own.answers),
            (&sent.mode, &sent.questionnaire_hash, &sent.answers)
        );
        assert!(
            store
                .stored_ids("disposables-2026", &ids)
                .unwrap()
                .is_empty()
        );
        assert!(
            store
                .stored_answers("satisfaction-2026", &[])
                .unwrap()
                .is_empty()
        );
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
        // Written from the documentation, not with the code of the store.
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
fn responses_with_equal_answers_have_different_leaves() {
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
fn queued_responses_are_stored_before_the_store_closes_and_none_after() {
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
            // Each task runs once and queues its response; then the store closes while all wait.
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
