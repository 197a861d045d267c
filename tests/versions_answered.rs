//! Answers keep the version that they were given to: on forms, by the API, on paper and in exports.

use std::fs;

use serde_json::{Value, json};

use crate::support::database::{self, Database};
use crate::support::field::{Field, SURVEY, post, version_in, version_of_page};
use crate::support::site::{answers, complete};
use crate::support::{Server, device_token, run};

// Forms and the API.

#[test]
fn a_form_of_an_unknown_version_comes_back_filled_in_and_is_stored_when_sent_again() {
    let field = Field::new("unknown");
    let server = field.serve();
    let mut form = complete();
    form.push(("version", "0123456789abcdef"));
    let back = post(&server, &form);
    assert_eq!(back.status, 409);
    let page = back.text();
    assert!(page.contains("请再看一遍，然后重新提交"), "{page}");
    let checked = page.split("name=\"a1\" value=\"4\"").nth(1).unwrap();
    assert!(checked.starts_with(" checked") || page.contains("value=\"4\" checked"));
    // The page that came back carries its own version.
    let version = version_in(&page);
    assert_eq!(version, version_of_page(&server));
    form.retain(|(name, _)| *name != "version");
    form.push(("version", &version));
    assert_eq!(post(&server, &form).status, 303);
    // Too few digits name nothing.
    form.retain(|(name, _)| *name != "version");
    form.push(("version", &version[..11]));
    assert_eq!(post(&server, &form).status, 409);
}

#[test]
fn without_a_version_a_form_or_response_is_taken_only_while_there_is_one() {
    let field = Field::new("without").answered(1);
    field.edit(
        "questionnaire.toml",
        "text.zh = \"空气质量\"",
        "text.zh = \"空气的质量\"",
    );
    field.amend("clearer");
    let server = field.serve();
    let sent = |id: u32, version: Option<&str>| {
        let mut sent = json!({
            "id": format!("0190a000-0000-7000-8000-{id:012}"), "survey": SURVEY, "mode": "online",
            "answers": answers(),
        });
        if let Some(version) = version {
            sent["version"] = json!(version);
        }
        server.post_json("/api/v1/responses", &sent)
    };
    let back = post(&server, &complete());
    assert_eq!(back.status, 409);
    let mut form = complete();
    let shown = version_in(&back.text());
    form.push(("version", &shown));
    assert_eq!(post(&server, &form).status, 303);
    let refused = sent(1, None);
    assert_eq!(refused.status, 409);
    assert_eq!(refused.json()["type"], "/problems/version");
    assert_eq!(sent(2, Some("0123456789abcdef")).status, 409);
    let described = server.get("/api/v1/surveys/satisfaction-2026").json();
    let newest = described["version"].as_str().unwrap().to_owned();
    assert!(newest.starts_with(&shown));
    assert_eq!(sent(3, Some(&newest)).status, 201);
    drop(server);
    let first = field
        .export(&[])
        .into_iter()
        .map(|row| row["version"].clone())
        .find(|version| *version != newest)
        .unwrap();
    let server = field.serve();
    let mut older = json!({
        "id": "0190a000-0000-7000-8000-000000000004", "survey": SURVEY, "mode": "online",
        "answers": answers(),
    });
    older["version"] = json!(first);
    assert_eq!(server.post_json("/api/v1/responses", &older).status, 201);
    drop(server);
    let rows = field.export(&[]);
    assert_eq!(rows.iter().filter(|row| row["version"] == first).count(), 2);
    assert_eq!(
        rows.iter().filter(|row| row["version"] == newest).count(),
        2
    );
}

// Paper.

/// A paper form as a file, with a column `version` if there is one to name.
fn paper(field: &Field, version: Option<(&str, &str)>) -> String {
    let mut cells: Vec<(String, String)> = vec![("psu".to_owned(), "411702-U-06".to_owned())];
    if let Some((column, version)) = version {
        cells.push((column.to_owned(), version.to_owned()));
    }
    let own = complete().into_iter();
    cells.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let (names, values): (Vec<String>, Vec<String>) = cells.into_iter().unzip();
    let file = field.scratch.write(
        "paper.csv",
        &format!("{}\n{}\n", names.join(","), values.join(",")),
    );
    file.to_str().unwrap().to_owned()
}

#[test]
fn paper_names_the_version_that_was_printed_once_there_is_more_than_one() {
    let field = Field::new("paper").answered(1);
    let first = field.export(&[])[0]["version"].clone();
    let file = paper(&field, None);
    assert_eq!(field.run(&["import", SURVEY, &file]).0, 0);
    field.edit(
        "questionnaire.toml",
        "text.zh = \"空气质量\"",
        "text.zh = \"空气的质量\"",
    );
    // The folder is not what was answered.
    let (code, _, errors) = field.run(&["import", SURVEY, &file]);
    assert_eq!(code, 1);
    assert!(errors.contains("a1: text (zh) changed"), "{errors}");
    field.amend("clearer");
    let (code, out, errors) = field.run(&["import", SURVEY, &file, "--language", "en"]);
    assert_eq!(code, 1);
    assert!(out.contains("more than one wording"), "{out}");
    assert!(
        errors.contains(&first) && errors.contains("in use from 20"),
        "{errors}"
    );
    let file = paper(&field, Some(("questionnaire_hash", &first[..12])));
    assert_eq!(field.run(&["import", SURVEY, &file]).0, 0);
    let file = paper(&field, Some(("version", "")));
    let (code, _, errors) = field.run(&["import", SURVEY, &file, "--version", "abc"]);
    assert_eq!(code, 1);
    assert!(errors.contains("--version abc is not"), "{errors}");
    let newest = errors
        .lines()
        .find(|line| line.contains("clearer"))
        .and_then(|line| line.split_whitespace().next())
        .unwrap()
        .to_owned();
    // Beside the running server too.
    let server = field.serve();
    assert_eq!(
        field
            .run(&["import", SURVEY, &file, "--version", &newest])
            .0,
        0
    );
    drop(server);
    let rows = field.export(&[]);
    // One online and one on paper: the file that named no version was of the only one.
    assert_eq!(rows.iter().filter(|row| row["version"] == first).count(), 2);
    assert_eq!(
        rows.iter().filter(|row| row["version"] == newest).count(),
        1
    );
}

#[test]
fn paper_before_the_first_response_takes_the_questionnaire_of_the_folder_or_is_refused() {
    let field = Field::new("paper-first");
    let server = field.serve();
    field.edit(
        "questionnaire.toml",
        "text.zh = \"空气质量\"",
        "text.zh = \"空气的质量\"",
    );
    let file = paper(&field, None);
    let (code, _, errors) = field.run(&["import", SURVEY, &file]);
    assert_ne!(code, 0);
    assert!(errors.contains("start it again"), "{errors}");
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(field.run(&["import", SURVEY, &file]).0, 0);
    let server = field.serve();
    let shown = version_of_page(&server);
    drop(server);
    let rows = field.export(&[]);
    assert_eq!(rows.len(), 1);
    assert!(rows[0]["version"].starts_with(&shown));
}

// Exports.

#[test]
fn an_export_labels_each_response_by_the_wording_that_it_answered() {
    let field = Field::new("labelled").answered(1);
    let first = field.export(&[])[0]["version"].clone();
    field.edit(
        "questionnaire.toml",
        "4.zh = \"比较满意\"",
        "4.zh = \"较为满意\"",
    );
    field.amend("wording");
    let server = field.serve();
    let mut form = complete();
    let newest = version_of_page(&server);
    form.push(("version", &newest));
    assert_eq!(post(&server, &form).status, 303);
    drop(server);
    let rows = field.export(&["--labels"]);
    for row in &rows {
        let expected = if row["version"] == first {
            "比较满意"
        } else {
            "较为满意"
        };
        assert_eq!(row["a1"], expected);
    }
    assert_eq!(rows.len(), 2);
    let codebook = fs::read_to_string(field.scratch.path("out-codebook.csv")).unwrap();
    assert!(codebook.contains("questionnaire version,"), "{codebook}");
    assert!(
        codebook
            .lines()
            .any(|line| line.starts_with("version,") && line.contains("wording"))
    );
    let old = codebook.lines().find(|line| {
        line.starts_with("a1,") && line.contains("比较满意") && line.trim_end().ends_with(&first)
    });
    assert!(old.is_some(), "{codebook}");
}

#[test]
fn a_response_whose_version_is_not_stored_is_named_and_keeps_its_codes() {
    let field = Field::new("not-stored");
    let store = minyi::store::Store::open(&minyi::store::DatabaseUrl::Sqlite(
        field.scratch.path("minyi.sqlite"),
    ))
    .unwrap();
    let mut response = crate::support::responses::response(3);
    response.answers = r#"{"a1":5}"#.to_owned();
    response.mode = "online".to_owned();
    let stored = crate::support::responses::submit_one(&store, response).unwrap();
    assert!(!stored.repeated);
    store.close();
    drop(store);
    let output = field.scratch.path("out.csv");
    let (code, _, errors) =
        field.run(&["export", SURVEY, "--labels", "-o", output.to_str().unwrap()]);
    assert_eq!(code, 0, "{errors}");
    assert!(errors.contains("whose wording is not stored"), "{errors}");
    assert!(errors.contains(&"ab".repeat(32)), "{errors}");
    let rows = field.export(&["--labels"]);
    assert_eq!(rows[0]["a1"], "5");
}

// PostgreSQL.

#[test]
fn a_server_that_started_before_takes_the_forms_of_one_that_started_after_an_amendment() {
    let Some(database) = Database::postgres("versions") else {
        println!("SKIPPED: MINYI_TEST_POSTGRES is not set");
        return;
    };
    let minyi::store::DatabaseUrl::Postgres(url) = &database.url else {
        panic!("not PostgreSQL")
    };
    let field = Field::new("two-servers");
    let start = || {
        Server::start(&[
            "serve",
            "--database",
            url,
            "--data",
            &field.data,
            "--surveys",
            &field.surveys,
        ])
    };
    let before = start();
    let old = version_of_page(&before);
    assert_eq!(post(&before, &complete()).status, 303);
    field.edit(
        "questionnaire.toml",
        "text.zh = \"空气质量\"",
        "text.zh = \"空气的质量\"",
    );
    let (code, _, errors) = run(&[
        "amend",
        SURVEY,
        "--reason",
        "clearer",
        "--database",
        url,
        "--data",
        &field.data,
        "--surveys",
        &field.surveys,
    ]);
    assert_eq!(code, 0, "{errors}");
    let after = start();
    let new = version_of_page(&after);
    assert_ne!(old, new);
    for server in [&before, &after] {
        for version in [&old, &new] {
            let mut form = complete();
            form.push(("version", version));
            assert_eq!(post(server, &form).status, 303);
        }
    }
}

#[test]
fn a_device_may_send_what_it_asked_in_an_older_wording() {
    let field = Field::new("device").answered(1);
    let first = field.export(&[])[0]["version"].clone();
    field.edit(
        "questionnaire.toml",
        "text.zh = \"空气质量\"",
        "text.zh = \"空气的质量\"",
    );
    field.amend("clearer");
    let server = field.serve();
    let token = device_token(&field.scratch.0, "e07", &["--mode", "onsite"]);
    let item = |id: u32, version: &str| {
        json!({
            "id": format!("0190a000-0000-7000-8000-{id:012}"), "survey": SURVEY, "mode": "onsite",
            "psu": "411702-U-06", "version": version, "answers": answers(),
        })
    };
    let upload = Value::Array(vec![item(1, &first), item(2, "0123456789abcdef")]);
    let sent = server.post_json_as(&token, "/api/v1/responses", &upload);
    assert_eq!(sent.status, 200, "{}", sent.text());
    assert_eq!(sent.json()[0]["status"], 201);
    assert_eq!(sent.json()[1]["status"], 409);
}

// Databases of earlier versions.

#[test]
fn a_database_that_knows_versions_by_the_hash_of_the_file_goes_on_with_it() {
    let field = Field::new("file-hash");
    let source = field.read("questionnaire.toml");
    let hash = minyi::survey::hex_digest(source.as_bytes());
    let store = minyi::store::Store::open(&minyi::store::DatabaseUrl::Sqlite(
        field.scratch.path("minyi.sqlite"),
    ))
    .unwrap();
    store.keep_version(SURVEY, &hash, &source, 1).unwrap();
    let mut response = crate::support::responses::response(3);
    response.questionnaire_hash = hash.clone();
    response.answers = r#"{"a1":4}"#.to_owned();
    response.mode = "online".to_owned();
    crate::support::responses::submit_one(&store, response).unwrap();
    store.close();
    drop(store);
    assert_eq!(field.check().0, 0);
    let server = field.serve();
    assert_eq!(version_of_page(&server), hash[..16]);
    assert_eq!(post(&server, &complete()).status, 303);
    drop(server);
    let rows = field.export(&["--labels"]);
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert_eq!(
            (row["version"].as_str(), row["a1"].as_str()),
            (hash.as_str(), "比较满意")
        );
    }
    field.edit(
        "questionnaire.toml",
        "text.zh = \"空气质量\"",
        "text.zh = \"空气的质量\"",
    );
    field.amend("clearer");
    let newest = version_of_page(&field.serve());
    assert_ne!(newest, hash[..16]);
}

#[test]
fn the_versions_of_a_database_in_which_each_had_one_row_are_kept() {
    database::each("once", |database| {
        let store = database.open();
        store
            .keep_version(SURVEY, &"cd".repeat(32), "x = 1", 5)
            .unwrap();
        let before = store.versions(SURVEY).unwrap();
        assert_eq!(before.len(), 1);
        store.close();
        drop(store);
        let columns = "hash, survey, since, reason, source, nonce, leaf_index";
        database.execute(&format!(
            "ALTER TABLE questionnaire_version RENAME TO newer;
             CREATE TABLE questionnaire_version (hash TEXT NOT NULL, survey TEXT NOT NULL,
                 since BIGINT NOT NULL, reason TEXT NOT NULL, source TEXT NOT NULL,
                 nonce TEXT NOT NULL, leaf_index BIGINT NOT NULL, PRIMARY KEY (survey, hash));
             INSERT INTO questionnaire_version ({columns}) SELECT {columns} FROM newer;
             DROP TABLE newer;
             DROP TABLE plan_version;
             DELETE FROM __diesel_schema_migrations WHERE version LIKE '20261130%';"
        ));
        let store = database.open();
        assert_eq!(store.versions(SURVEY).unwrap(), before);
        assert_eq!(store.plan_versions(SURVEY).unwrap(), []);
        assert_eq!(store.audit(&mut |_| ()).unwrap().n_discrepancies, 0);
        store.close();
    });
}
