//! Opening a database that is new, used by others, damaged or of another version.

use std::sync::Arc;

use minyi::store::{
    DatabaseUrl, Store, StoreError, SubmitError, UrlError, is_safe_sqlite, sqlite_version,
};

use crate::support::database::{Database, NEWER, each};
use crate::support::responses::{assert_dense, response, stored, submit, submit_again, submit_one};

#[test]
fn stored_responses_are_there_after_the_store_is_opened_again() {
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
        database.migrate_as_newer();
        for opened in [
            Store::open(&database.url),
            Store::open_reader(&database.url),
        ] {
            let Err(StoreError::Newer { version, .. }) = opened else {
                panic!("a newer database was opened");
            };
            assert_eq!(version, NEWER);
        }
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
    // The lock is released within the busy timeout, so the store waits for it.
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
fn a_url_that_is_not_of_a_database_is_refused() {
    for url in ["", "sqlite:", "mysql://localhost/minyi"] {
        assert!(url.parse::<DatabaseUrl>().is_err(), "{url}");
    }
    let message = |url: &str| url.parse::<DatabaseUrl>().unwrap_err().to_string();
    assert!(!message("mysql://minyi:secret@localhost/minyi").contains("secret"));
    for url in [
        "postgres://minyi:secret@%2Fnowhere/minyi",
        "postgres://minyi:secret#more@%2Fnowhere/minyi",
        "postgres://minyi:secret?more@%2Fnowhere/minyi",
        "postgres://%2Fnowhere/minyi?user=minyi&password=secret",
    ] {
        let refused = match url.parse() {
            Ok(url) => Store::open_reader(&url).err().unwrap().to_string(),
            Err(refused) => UrlError::to_string(&refused),
        };
        assert!(!refused.contains("secret"), "{refused}");
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
            // Every response is sent to both servers, as by a phone that sends again after an
            // error.
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
