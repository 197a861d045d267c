//! PostgreSQL that dies and comes back, and two servers on one database.
//!
//! The server is one of the tests' own, so that its death disturbs no other test. More rounds:
//! `MINYI_TEST_ROUNDS=200 cargo test --all-features --test main lifecycle_postgres::`; more responses through two servers:
//! `MINYI_TEST_RESPONSES=100000`.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use minyi::store::{DatabaseUrl, Store, StoredResponse};
use serde_json::{Value, json};

use crate::support::cluster::Cluster;
use crate::support::respondents::{Crowd, Journal, SURVEY, write_survey};
use crate::support::{Scratch, Server, run};

fn wanted(name: &str, otherwise: u32) -> u32 {
    let told = std::env::var(name).ok();
    told.and_then(|told| told.parse().ok()).unwrap_or(otherwise)
}

fn wait_for(what: &str, there: impl FnMut() -> bool) {
    // Figures of the long run take minutes in a debug build.
    crate::support::wait_for(what, Duration::from_secs(900), there);
}

#[test]
fn a_killed_postgresql_loses_nothing_acknowledged_and_the_server_goes_on_when_it_is_back() {
    let Some(cluster) = Cluster::start("killed-cluster") else {
        return;
    };
    let scratch = Scratch::new("killed-cluster-data");
    write_survey(&scratch.path("surveys"));
    let server = Server::start(&[
        "serve",
        "--data",
        scratch.path("data").to_str().unwrap(),
        "--surveys",
        scratch.path("surveys").to_str().unwrap(),
        "--database",
        &cluster.url(),
    ]);
    let rounds = wanted("MINYI_TEST_ROUNDS", 4).min(1_000);
    let mut whole = Journal::default();
    for round in 0..rounds {
        let crowd = Crowd {
            addresses: vec![server.address.clone()],
            connections: 64,
            ordered: round % 2 == 0,
            patience: Duration::from_millis(50),
        };
        let stop = Arc::new(AtomicBool::new(false));
        let again = std::mem::take(&mut whole.open);
        let players = {
            let stop = Arc::clone(&stop);
            std::thread::spawn(move || crowd.play(again, &stop))
        };
        std::thread::sleep(Duration::from_millis(u64::from(
            100 + getrandom::u32().unwrap() % 300,
        )));
        cluster.kill();
        wait_for("unreadiness", || server.get("/readyz").status == 503);
        assert_eq!(server.get(&format!("/s/{SURVEY}")).status, 200);
        cluster.go();
        wait_for("readiness", || server.get("/readyz").status == 200);
        std::thread::sleep(Duration::from_millis(100));
        stop.store(true, Ordering::Relaxed);
        whole.merge(players.join().unwrap());
    }
    let store = Store::open_reader(&DatabaseUrl::Postgres(cluster.url())).unwrap();
    let (wrong, end) = whole.contradictions(&store, -1);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    // The first leaf is that of the questionnaire's version.
    assert_eq!(store.count(SURVEY).unwrap() as i64, end);
    assert!(whole.acknowledged.len() as u32 > rounds * 64);
    println!(
        "{rounds} rounds, {} acknowledged, {} stored, 0 lost",
        whole.acknowledged.len(),
        end
    );
}

/// A stored response as a device sends it.
fn sent(row: &StoredResponse) -> Value {
    let time = |microseconds: Option<i64>| {
        microseconds.map(|microseconds| {
            jiff::Timestamp::from_microsecond(microseconds)
                .unwrap()
                .to_string()
        })
    };
    let answers: Value = serde_json::from_str(&row.answers).unwrap();
    json!({
        "id": row.id,
        "survey": row.survey,
        "mode": row.mode,
        "channel": row.channel,
        "psu": row.psu,
        "answers": answers,
        "started_at": time(row.started_at),
        "finished_at": time(row.finished_at),
    })
}

/// Whatever today is, the survey takes responses.
fn open_for_ever(survey: &std::path::Path) {
    let file = survey.join("questionnaire.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let line = |line: &str| match line.split(' ').next() {
        Some("opens") => "opens = \"2020-01-01\"".to_owned(),
        Some("closes") => "closes = \"2099-12-31\"".to_owned(),
        Some("valid_until") => "valid_until = \"2099-12\"".to_owned(),
        _ => line.to_owned(),
    };
    let text: Vec<String> = text.lines().map(line).collect();
    std::fs::write(&file, text.join("\n")).unwrap();
}

#[test]
fn two_servers_on_one_postgresql_store_everything_once_and_give_the_figures_of_sqlite_byte_for_byte()
 {
    let Some(cluster) = Cluster::start("two-servers") else {
        return;
    };
    let scratch = Scratch::new("two-servers-data");
    let city = scratch.path("city");
    let city_text = city.to_str().unwrap();
    let n = wanted("MINYI_TEST_RESPONSES", 3_000);
    // A city of its own on SQLite gives the responses, and the instruments.
    let server = Server::start(&["demo", "--responses", &n.to_string(), "--data", city_text]);
    drop(server);
    let source = Store::open_reader(&DatabaseUrl::Sqlite(city.join("minyi.sqlite"))).unwrap();
    let surveys = [
        "satisfaction-2025",
        "satisfaction-2026",
        "disposables-2025",
        "disposables-2026",
    ];
    let rows: Vec<StoredResponse> = surveys
        .iter()
        .flat_map(|survey| source.scan(survey, -1, i64::from(n)).unwrap())
        .collect();
    let surveys_folder = city.join("surveys");
    surveys
        .iter()
        .for_each(|survey| open_for_ever(&surveys_folder.join(survey)));
    let serve = |name: &str, database: &str| {
        Server::start(&[
            "serve",
            "--data",
            scratch.path(name).to_str().unwrap(),
            "--surveys",
            surveys_folder.to_str().unwrap(),
            "--database",
            database,
            "--batch",
            "1",
        ])
    };
    let servers = [serve("one", &cluster.url()), serve("two", &cluster.url())];
    // Every response is sent to both, as by a phone that was told to ask again.
    std::thread::scope(|scope| {
        for number in 0..8_usize {
            let (server, rows) = (&servers[number % 2], &rows);
            scope.spawn(move || {
                let mine = rows
                    .iter()
                    .enumerate()
                    .filter(|(place, _)| place % 4 == number / 2);
                let mine: Vec<Value> = mine.map(|(_, row)| sent(row)).collect();
                for batch in mine.chunks(100) {
                    let answer = server.post_json("/api/v1/responses", &json!(batch));
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    for told in answer.json().as_array().unwrap() {
                        assert!(matches!(told["status"].as_u64(), Some(200 | 201)), "{told}");
                    }
                }
            });
        }
    });
    let store = Store::open_reader(&DatabaseUrl::Postgres(cluster.url())).unwrap();
    let audit = store.audit(&mut |_| ()).unwrap();
    assert_eq!(audit.discrepancies, []);
    assert_eq!(
        (audit.n_responses(), audit.leaves),
        (rows.len() as u64, rows.len() as u64)
    );

    // The same responses on SQLite, by way of a backup.
    let file = scratch.path("minyi.backup");
    let file = file.to_str().unwrap();
    let (code, _, errors) = run(&["backup", file, "--database", &cluster.url()]);
    assert_eq!(code, 0, "{errors}");
    let copy = scratch.path("copy");
    let (code, _, errors) = run(&["restore", file, "--data", copy.to_str().unwrap()]);
    assert_eq!(code, 0, "{errors}");
    let sqlite =
        |folder: &std::path::Path| format!("sqlite:{}", folder.join("minyi.sqlite").display());
    // And the city's own database, where the same responses stand in another order.
    let (sqlite, in_order) = (serve("copy", &sqlite(&copy)), serve("city", &sqlite(&city)));
    // Figures rest on whole batches, which double with the count: where the last is not whole, another order leaves out
    // others.
    let is_whole = |survey: &&str| {
        let n = rows.iter().filter(|row| row.survey == **survey).count();
        n % (1 << (n / 1000).max(1).ilog2()) == 0
    };
    let mut compared = vec![&servers[0], &servers[1], &sqlite];
    if surveys.iter().all(is_whole) {
        compared.push(&in_order);
    } else {
        println!("SKIPPED: the city's own order, since not every batch is whole");
    }
    for survey in ["satisfaction-2026", "disposables-2026"] {
        for ending in ["json", "csv"] {
            let path = format!("/results/{survey}.{ending}");
            wait_for(&path, || {
                let tables: Vec<_> = compared.iter().map(|server| server.get(&path)).collect();
                tables
                    .iter()
                    .all(|table| table.status == 200 && table.body == tables[2].body)
            });
        }
    }
    println!(
        "{} responses, {} leaves, digest {}",
        audit.n_responses(),
        audit.leaves,
        audit.leaf_digest
    );
}
