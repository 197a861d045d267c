//! PostgreSQL that is killed and started again, and two servers on one database.
//!
//! Each test starts its own PostgreSQL server. More rounds (4 without it): `MINYI_TEST_ROUNDS=200
//! cargo test --all-features --test main lifecycle_postgres::`; more responses through two servers
//! (3,000 without it): `MINYI_TEST_RESPONSES=100000`.

use std::time::Duration;

use minyi::collection::{Response, Timing};
use minyi::store::{DatabaseUrl, Store, StoredResponse};
use serde_json::{Value, json};

use crate::support::city;
use crate::support::cluster::Cluster;
use crate::support::database::Database;
use crate::support::office::FiguresReader;
use crate::support::respondents::{Crowd, Journal, SURVEY};
use crate::support::{Scratch, Server, device_token, run};

fn wanted(name: &str, otherwise: u32) -> u32 {
    let wanted = std::env::var(name).ok();
    wanted
        .and_then(|wanted| wanted.parse().ok())
        .unwrap_or(otherwise)
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
    let database = Database::at(cluster.url().parse().unwrap());
    let server = database.serve(&scratch);
    let rounds = wanted("MINYI_TEST_ROUNDS", 4).min(1_000);
    let mut whole = Journal::default();
    for round in 0..rounds {
        let crowd = Crowd {
            ordered: round % 2 == 0,
            ..Crowd::at(&server.address, 64)
        };
        let playing = crowd.start(std::mem::take(&mut whole.open));
        std::thread::sleep(Duration::from_millis(u64::from(
            100 + getrandom::u32().unwrap() % 300,
        )));
        cluster.kill();
        wait_for("unreadiness", || server.get("/readyz").status == 503);
        assert_eq!(server.get(&format!("/s/{SURVEY}")).status, 200);
        cluster.go();
        wait_for("readiness", || server.get("/readyz").status == 200);
        std::thread::sleep(Duration::from_millis(100));
        whole.merge(playing.stop());
    }
    let store = Store::open_reader(&DatabaseUrl::Postgres(cluster.url())).unwrap();
    let n_stored = whole.assert_kept(&store, -1).n_responses;
    assert_eq!(store.count(SURVEY).unwrap(), n_stored);
    assert!(whole.acknowledged.len() as u32 > rounds * 64);
    println!(
        "{rounds} rounds, {} acknowledged, {} stored, 0 lost",
        whole.acknowledged.len(),
        n_stored
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

fn response(row: &StoredResponse) -> Response {
    Response {
        id: row.id.parse().unwrap(),
        survey: row.survey.clone(),
        questionnaire_hash: row.questionnaire_hash.clone(),
        mode: row.mode.clone(),
        channel: row.channel.clone(),
        psu: row.psu.clone(),
        area: row.area.clone(),
        invitation: None,
        timing: Timing {
            received_at: row.received_at,
            started_at: row.started_at,
            finished_at: row.finished_at,
        },
        enumerator: row.enumerator.clone(),
        device: row.device.clone(),
        flags: row.flags.clone(),
        answers: row.answers.clone(),
    }
}

/// A table without the time of its newest response: the responses of the city itself have other
/// times than those that were sent to a server.
fn without_time(table: &str) -> String {
    match table.split_once("\"updated\":\"") {
        Some((before, after)) => {
            let after = after.split_once('"').map_or("", |(_, after)| after);
            format!("{before}{after}")
        }
        None => table.to_owned(),
    }
}

/// Whatever today is, the survey takes responses.
fn open_on_any_day(survey: &std::path::Path) {
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
fn two_servers_on_one_postgresql_store_everything_once_and_give_the_figures_of_sqlite() {
    let Some(cluster) = Cluster::start("two-servers") else {
        return;
    };
    let scratch = Scratch::new("two-servers-data");
    let city = scratch.path("city");
    let n = wanted("MINYI_TEST_RESPONSES", 3_000);
    // A fictional city on SQLite has the responses and the survey folders.
    city::make(&city, n);
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
        .for_each(|survey| open_on_any_day(&surveys_folder.join(survey)));
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
    // The open web cannot send for a PSU, so the invited are stored before.
    let (invited, rest): (Vec<_>, Vec<_>) = rows
        .iter()
        .partition(|row| row.mode == "online" && !row.psu.is_empty());
    assert!(!invited.is_empty());
    let invited = invited.into_iter().map(response).collect();
    let store = Store::open(&DatabaseUrl::Postgres(cluster.url())).unwrap();
    store.insert_all(invited).unwrap();
    drop(store);
    // The token is issued through the first server; the second reads it from the database.
    let modes = ["--mode", "onsite", "--mode", "paper"];
    let token = &device_token(&scratch.path("one"), "bureau", &modes);
    // Every response is sent to both servers, as by a phone that sends again after an error.
    std::thread::scope(|scope| {
        for number in 0..8_usize {
            let (server, rows) = (&servers[number % 2], &rest);
            scope.spawn(move || {
                let mine = rows
                    .iter()
                    .enumerate()
                    .filter(|(place, _)| place % 4 == number / 2);
                let mine: Vec<Value> = mine.map(|(_, row)| sent(row)).collect();
                for batch in mine.chunks(100) {
                    let answer = server.post_json_as(token, "/api/v1/responses", &json!(batch));
                    assert_eq!(answer.status, 200, "{}", answer.text());
                    for outcome in answer.json().as_array().unwrap() {
                        assert!(
                            matches!(outcome["status"].as_u64(), Some(200 | 201)),
                            "{outcome}"
                        );
                    }
                }
            });
        }
    });
    let store = Store::open_reader(&DatabaseUrl::Postgres(cluster.url())).unwrap();
    let audit = store.audit(&mut |_| ()).unwrap();
    assert_eq!(audit.discrepancies, []);
    assert_eq!(audit.n_responses(), rows.len() as u64);

    // The same responses on SQLite, from a backup.
    let file = scratch.path("minyi.backup");
    let file = file.to_str().unwrap();
    let (code, _, errors) = run(&["backup", file, "--database", &cluster.url()]);
    assert_eq!(code, 0, "{errors}");
    let copy = scratch.path("copy");
    let (code, _, errors) = run(&["restore", file, "--data", copy.to_str().unwrap()]);
    assert_eq!(code, 0, "{errors}");
    let sqlite =
        |folder: &std::path::Path| format!("sqlite:{}", folder.join("minyi.sqlite").display());
    // And the database of the city, which has the same responses in another order.
    let sqlite_server = serve("copy", &sqlite(&copy));
    let in_order = serve("city", &sqlite(&city));
    // Figures are computed from whole batches, whose size doubles with the count. If the last batch
    // is not whole, the other order leaves out other responses.
    let is_whole = |survey: &&str| {
        let n = rows.iter().filter(|row| row.survey == **survey).count();
        n % (1 << (n / 1000).max(1).ilog2()) == 0
    };
    let mut compared = vec![
        (&servers[0], "one", cluster.url()),
        (&servers[1], "two", cluster.url()),
        (&sqlite_server, "copy", sqlite(&copy)),
    ];
    if surveys.iter().all(is_whole) {
        compared.push((&in_order, "city", sqlite(&city)));
    } else {
        println!("SKIPPED: the city's own order, since not every batch is whole");
    }
    let compared: Vec<FiguresReader<'_>> = compared
        .into_iter()
        .map(|(server, name, database)| {
            FiguresReader::of_database(server, &scratch.path(name), Some(&database))
        })
        .collect();
    for survey in ["satisfaction-2026", "disposables-2026"] {
        for ending in ["json", "csv"] {
            let path = format!("/results/{survey}.{ending}");
            wait_for(&path, || {
                let tables: Vec<_> = compared.iter().map(|reader| reader.get(&path)).collect();
                tables.iter().all(|table| {
                    table.status == 200
                        && without_time(&table.text()) == without_time(&tables[2].text())
                })
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
