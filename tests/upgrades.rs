//! A database of every earlier version is migrated, row by row. After a power failure in between,
//! it is the old database or the new one, and the next start migrates it.

use hmac::{Hmac, KeyInit, Mac};
use minyi::collection::{Response, Timing};
use minyi::store::{
    DatabaseUrl, Leaf, PsuInChannel, Store, StoredResponse, Upkeep, schema_version, verify,
};
use sha2::Sha256;
use uuid::Uuid;

use crate::support::database::{Database, each};
use crate::support::faults::store_under;
use crate::support::responses::{backup_of, submit};
use crate::support::{Scratch, root};

/// The tables of the first version.
const FIRST: &str = include_str!("../migrations/both/2026-11-23-000000_create_response/up.sql");

/// The migration of the first version.
const FIRST_VERSION: &str = "20261123000000";

const SURVEYS: [&str; 3] = ["satisfaction-2026", "disposables-2026", "appliances-2026"];

/// Responses of three surveys in turn, with few responses of the third.
fn response(number: u32) -> Response {
    Response {
        id: Uuid::from_u128(u128::from(number) << 64 | 0x4000_8000_0000_0000_0000),
        survey: SURVEYS[match number % 40 {
            7 => 2,
            n => n as usize % 2,
        }]
        .into(),
        questionnaire_hash: "ab".repeat(32),
        mode: ["online", "onsite", "paper"][number as usize % 3].into(),
        channel: "open".into(),
        psu: String::new(),
        area: "411702".into(),
        invitation: None,
        timing: Timing {
            received_at: 1_780_000_000_000_000 + i64::from(number),
            started_at: Some(1_779_999_000_000_000).filter(|_| number.is_multiple_of(2)),
            finished_at: Some(1_779_999_090_000_000).filter(|_| number.is_multiple_of(4)),
        },
        enumerator: String::new(),
        device: "手机".into(),
        flags: String::new(),
        answers: format!(
            r#"{{"a1":"5","n":"{number}","t":"it's 路灯坏了 \"三天\" {}"}}"#,
            "长".repeat(200)
        ),
    }
}

/// The hash by the first version, which did not cover all columns; written after its documentation.
fn first_hash(row: &StoredResponse) -> String {
    let day = (row.received_at / 86_400_000_000).to_string();
    let fields = [
        "sub",
        &row.id,
        &row.survey,
        &row.questionnaire_hash,
        &row.mode,
        old_channel(row),
        &day,
        &row.answers,
    ];
    keyed(row, 1, &fields)
}

/// The hash by the second version, which stored the PSU in `channel`; written after its
/// documentation.
fn second_hash(row: &StoredResponse) -> String {
    let number = |number: Option<i64>| number.map_or_else(String::new, |number| number.to_string());
    let received = row.received_at.to_string();
    let times = [row.started_at, row.finished_at, row.duration].map(number);
    let fields = [
        "sub",
        &row.id,
        &row.survey,
        &row.questionnaire_hash,
        &row.mode,
        old_channel(row),
        &row.area,
        &received,
        &times[0],
        &times[1],
        &times[2],
        &row.enumerator,
        &row.device,
        &row.flags,
        &row.answers,
    ];
    keyed(row, 2, &fields)
}

fn old_channel(row: &StoredResponse) -> &str {
    if row.psu.is_empty() {
        &row.channel
    } else {
        &row.psu
    }
}

fn keyed(row: &StoredResponse, version: u8, fields: &[&str]) -> String {
    let nonce: Vec<u8> = (0..32)
        .map(|byte| u8::from_str_radix(&row.nonce[byte * 2..byte * 2 + 2], 16).unwrap())
        .collect();
    let mut mac = Hmac::<Sha256>::new_from_slice(&nonce).unwrap();
    mac.update(&[version]);
    for field in fields {
        mac.update(&(field.len() as u32).to_be_bytes());
        mac.update(field.as_bytes());
    }
    let digest = mac.finalize().into_bytes();
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The responses of a survey, and their number by mode.
type Survey = (Vec<StoredResponse>, Vec<(String, u64)>);

/// The responses and counts of every survey.
fn content(store: &Store) -> Vec<Survey> {
    let of_survey = |survey| {
        (
            store.scan(survey, -1, 1_000_000).unwrap(),
            store.counts(survey).unwrap(),
        )
    };
    SURVEYS.map(of_survey).into()
}

/// Fills `database` as the first version would have done with `n` responses. Returns its content.
fn fill_as_first_version(database: &Database, n: u32) -> (Vec<Survey>, Vec<Leaf>) {
    fill_as_version(database, (0..n).map(response).collect(), first_hash)
}

/// Fills `database` as the second version would have done with `n` responses, with the PSUs of the
/// first survey in `channel`. Returns the content that it must have after the migration.
fn fill_as_second_version(database: &Database, n: u32) -> (Vec<Survey>, Vec<Leaf>) {
    let responses = (0..n).map(|number| {
        let mut response = response(number);
        if response.survey == SURVEYS[0] && response.mode != "online" && number % 5 > 0 {
            response.psu = format!("411702-U-{:02}", number % 7);
            response.channel.clear();
        }
        response
    });
    let content = fill_as_version(database, responses.collect(), second_hash);
    let back_end = match database.url {
        DatabaseUrl::Sqlite(_) => "sqlite",
        DatabaseUrl::Postgres(_) => "postgres",
    };
    let name = "2026-11-25-000000_responses_lie_in_the_logs_order";
    let file = root().join(format!("migrations/{back_end}/{name}/up.sql"));
    let sql = std::fs::read_to_string(file).unwrap();
    database.execute(&format!("BEGIN;{sql}COMMIT;"));
    database.execute("INSERT INTO __diesel_schema_migrations (version) VALUES ('20261125000000')");
    content
}

fn fill_as_version(
    database: &Database,
    responses: Vec<Response>,
    hash: impl Fn(&StoredResponse) -> String,
) -> (Vec<Survey>, Vec<Leaf>) {
    let current = Database::sqlite("current");
    let store = current.open();
    store.insert_all(responses).unwrap();
    let (content, mut leaves) = (content(&store), store.leaves(0, 1_000_000).unwrap());
    for row in content.iter().flat_map(|(rows, _)| rows) {
        leaves[row.leaf_index as usize].hash = hash(row);
    }
    database.execute(FIRST);
    database.execute(
        "CREATE TABLE __diesel_schema_migrations (version VARCHAR(50) PRIMARY KEY NOT NULL,
         run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP)",
    );
    let mut sql =
        format!("INSERT INTO __diesel_schema_migrations (version) VALUES ('{FIRST_VERSION}');");
    let quoted = |text: &str| format!("'{}'", text.replace('\'', "''"));
    let number = |value: Option<i64>| value.map_or("NULL".to_owned(), |value| value.to_string());
    for row in content.iter().flat_map(|(rows, _)| rows) {
        let values = [
            quoted(&row.id),
            quoted(&row.survey),
            quoted(&row.questionnaire_hash),
            quoted(&row.mode),
            quoted(old_channel(row)),
            quoted(&row.area),
            row.received_at.to_string(),
            number(row.started_at),
            number(row.finished_at),
            number(row.duration),
            quoted(&row.enumerator),
            quoted(&row.device),
            quoted(&row.flags),
            quoted(&row.answers),
            quoted(&row.nonce),
            row.leaf_index.to_string(),
        ];
        sql.push_str(&format!(
            "INSERT INTO response VALUES ({});",
            values.join(",")
        ));
    }
    for leaf in &leaves {
        sql.push_str(&format!(
            "INSERT INTO leaf VALUES ({},'{}','{}');",
            leaf.idx, leaf.kind, leaf.hash
        ));
    }
    for (survey, (_, counts)) in SURVEYS.iter().zip(&content) {
        for (mode, n) in counts {
            sql.push_str(&format!(
                "INSERT INTO tally VALUES ('{survey}','{mode}',{n});"
            ));
        }
    }
    database.execute(&format!("BEGIN;{sql}COMMIT;"));
    if matches!(database.url, DatabaseUrl::Sqlite(_)) {
        database.execute("PRAGMA journal_mode = WAL");
    }
    (content, leaves)
}

#[test]
fn psus_of_the_second_version_are_moved_to_their_column_as_the_plan_says_and_leaves_stay_valid() {
    each("psus", |database| {
        let (after, leaves) = fill_as_second_version(database, 500);
        assert!(after[0].0.iter().any(|row| !row.psu.is_empty()));
        // Before the migration it can be read and backed up: nothing is moved, every leaf is valid.
        let reader = Store::open_reader(&database.url).unwrap();
        assert_eq!(reader.audit(&mut |_| ()).unwrap().n_discrepancies, 0);
        assert!(
            content(&reader)
                .iter()
                .flat_map(|(rows, _)| rows)
                .all(|row| row.psu.is_empty())
        );
        assert!(reader.has_psu_in_channel(SURVEYS[0]).unwrap());
        let folder = Scratch::new("before-psus");
        let mut file = std::fs::File::create_new(folder.path("backup")).unwrap();
        reader
            .backup(&mut file, "2026-11-27T00:00:00Z", &mut |_| ())
            .unwrap();
        drop(reader);
        let restored = DatabaseUrl::Sqlite(folder.path("minyi.sqlite"));
        let mut file = std::fs::File::open(folder.path("backup")).unwrap();
        minyi::store::restore(&mut file, &restored, &mut |_| ()).unwrap();
        for url in [&database.url, &restored] {
            let upkeep = || Upkeep {
                psu_in_channel: vec![PsuInChannel {
                    survey: SURVEYS[0].into(),
                    modes: vec!["onsite".into(), "paper".into()],
                }],
                ..Upkeep::default()
            };
            let store = Store::open_with(url, upkeep()).unwrap();
            assert_moved(&content(&store), &after);
            assert!(!store.has_psu_in_channel(SURVEYS[0]).unwrap());
            assert_eq!(store.leaves(0, 1_000_000).unwrap(), leaves);
            assert_eq!(store.audit(&mut |_| ()).unwrap().n_discrepancies, 0);
            // A new response keeps its channel, also after the database is opened again.
            let mut new = response(500);
            (new.mode, new.channel) = ("onsite".into(), "poster".into());
            new.survey = SURVEYS[0].into();
            store.insert_all(vec![new]).unwrap();
            store.close();
            drop(store);
            let store = Store::open_with(url, upkeep()).unwrap();
            let last = store.scan(SURVEYS[0], 499, 1).unwrap().remove(0);
            assert_eq!((last.channel.as_str(), last.psu.as_str()), ("poster", ""));
        }
    });
}

/// Checks that all on-site responses of the first survey now have their channel as PSU. That
/// includes channels with another meaning, since the plan states that the channel is the PSU.
fn assert_moved(found: &[Survey], after: &[Survey]) {
    for ((found, counts), (after, expected)) in found.iter().zip(after) {
        assert_eq!(counts, expected);
        for (found, after) in found.iter().zip(after) {
            let mut after = after.clone();
            if after.survey == SURVEYS[0] && after.mode != "online" && after.psu.is_empty() {
                (after.psu, after.channel) = (after.channel, String::new());
            }
            assert_eq!(*found, after);
        }
    }
}

#[test]
fn a_database_of_the_first_version_is_migrated_with_every_row_leaf_and_count() {
    each("upgraded", |database| {
        let (before, leaves) = fill_as_first_version(database, 500);
        // Before the migration it can be read, audited and backed up.
        let reader = Store::open_reader(&database.url).unwrap();
        assert_eq!(content(&reader), before);
        assert_eq!(reader.audit(&mut |_| ()).unwrap().n_discrepancies, 0);
        let folder = Scratch::new("before-upgrade");
        let mut file = std::fs::File::create_new(folder.path("backup")).unwrap();
        reader
            .backup(&mut file, "2026-06-01T00:00:00Z", &mut |_| ())
            .unwrap();
        let restored = DatabaseUrl::Sqlite(folder.path("minyi.sqlite"));
        let mut file = std::fs::File::open(folder.path("backup")).unwrap();
        minyi::store::restore(&mut file, &restored, &mut |_| ()).unwrap();
        assert_eq!(content(&Store::open_reader(&restored).unwrap()), before);
        drop(reader);
        let store = database.open();
        assert_eq!(store.schema_found().unwrap(), Some(schema_version()));
        assert_eq!(content(&store), before);
        assert_eq!(store.leaves(0, 1_000_000).unwrap(), leaves);
        store.check_fully().unwrap();
        assert_eq!(store.audit(&mut |_| ()).unwrap().n_discrepancies, 0);
        // It can be used as before: a repeated response is recognised, a new one gets the next
        // leaf.
        let receipts = store.insert_all(vec![response(3), response(500)]).unwrap();
        assert!(receipts[0].repeated);
        assert_eq!(receipts[0].leaf_hash, leaves[3].hash);
        let again = store.receipt(response(3).id).unwrap().unwrap();
        assert_eq!(again.leaf_hash, leaves[3].hash);
        assert_eq!(receipts[1].leaf_index, 500);
        assert_eq!(store.audit(&mut |_| ()).unwrap().n_discrepancies, 0);
    });
}

#[test]
fn a_power_failure_at_any_step_of_a_migration_leaves_the_old_database_or_the_new_one() {
    let (mut cuts, mut old) = (0, 0);
    for step in (1..).step_by(5) {
        let folder = Scratch::new("upgrade-cut");
        let database = Database::at(DatabaseUrl::Sqlite(folder.path("minyi.sqlite")));
        let (before, leaves) = fill_as_first_version(&database, 300);
        store_under(&format!("cut:{step}:{step}"), 0, &folder);
        // Without a cut, closing the database leaves only one file.
        let was_closed = !folder.path("minyi.sqlite-wal").exists();
        let reader = Store::open_reader(&database.url).unwrap();
        let found = reader.schema_found().unwrap();
        drop(reader);
        old += usize::from(found.as_deref() == Some(FIRST_VERSION));
        let store = database.open();
        assert_eq!(content(&store), before, "cut at {step}");
        assert_eq!(store.leaves(0, 1_000_000).unwrap(), leaves, "cut at {step}");
        assert_eq!(
            store.audit(&mut |_| ()).unwrap().n_discrepancies,
            0,
            "cut at {step}"
        );
        if was_closed && found == Some(schema_version()) {
            break;
        }
        cuts += 1;
    }
    println!("{cuts} cuts, {old} of them before the commit");
    assert!(
        cuts >= 50 && old > 5 && old < cuts,
        "{cuts} cuts, {old} before the commit"
    );
}

#[test]
fn a_migration_whose_log_cannot_be_written_back_fails_and_leaves_the_new_database() {
    let original = Scratch::new("upgrade-original");
    let first = Database::at(DatabaseUrl::Sqlite(original.path("minyi.sqlite")));
    // Enough for a log so long that SQLite would write it back by itself.
    let (before, _) = fill_as_first_version(&first, 12_000);
    for step in [1, 2, 3, 10, 100, 1000] {
        let folder = Scratch::new("upgrade-back");
        let database = Database::at(DatabaseUrl::Sqlite(folder.path("minyi.sqlite")));
        std::fs::copy(original.path("minyi.sqlite"), folder.path("minyi.sqlite")).unwrap();
        let lines = store_under(&format!("back:{step}"), 1, &folder);
        let was_refused = lines.iter().any(|line| line.contains("not-opened"));
        assert!(was_refused, "{step}: {lines:?}");
        assert!(
            !folder.path("after").exists(),
            "{step}: wrote or synced after the disk had failed"
        );
        let store = database.open();
        store.check_fully().unwrap();
        assert_eq!(content(&store), before, "{step}");
    }
}

#[test]
fn a_damaged_database_of_the_first_version_is_not_migrated() {
    let folder = Scratch::new("upgrade-damaged");
    let path = folder.path("minyi.sqlite");
    let database = Database::at(DatabaseUrl::Sqlite(path.clone()));
    fill_as_first_version(&database, 2_000);
    let mut bytes = std::fs::read(&path).unwrap();
    // An entry of the index by survey differs from its row, but every page can be read.
    let at = bytes
        .windows(14)
        .rposition(|window| window == b"disposables-20")
        .unwrap();
    bytes[at] ^= 1;
    std::fs::write(&path, &bytes).unwrap();
    let error = Store::open(&database.url)
        .err()
        .map(|error| error.to_string());
    assert!(
        error
            .as_ref()
            .is_some_and(|error| error.contains("damaged")),
        "{error:?}"
    );
    assert_eq!(
        std::fs::read(&path).unwrap(),
        bytes,
        "something was written"
    );
}

#[test]
fn a_backup_of_a_database_between_two_versions_has_every_table_that_is_there() {
    each("between", |database| {
        let store = database.open();
        assert!(submit(&store, vec![response(1)])[0].is_ok());
        let modes = ["onsite".to_owned()];
        store
            .issue_device_token(
                "e07",
                "a token",
                &modes,
                None,
                minyi::staff::AuditEntry::by_terminal(minyi::staff::Action::TokenIssued, "e07", 0),
            )
            .unwrap();
        store.close();
        drop(store);
        // As the version before left it that had no table of address blocks.
        database.execute(
            "DROP TABLE block_share;
             DELETE FROM __diesel_schema_migrations WHERE version = '20261201000000'",
        );
        let backup = backup_of(&Store::open_reader(&database.url).unwrap());
        let text = String::from_utf8(backup).unwrap();
        assert!(text.contains(r#"{"row":{"table":"device_token""#), "{text}");
        assert!(verify(&mut text.as_bytes()).is_ok());
    });
}
