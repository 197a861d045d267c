//! SQLite and PostgreSQL give the same figures, byte for byte.

use std::process::Command;

use crate::support::{Scratch, minyi};

/// Creates a database for one test on the PostgreSQL server that `MINYI_TEST_POSTGRES` names.
/// Prints a line and returns `None` if it names none.
pub fn fresh_database(name: &str) -> Option<String> {
    let Ok(server) = std::env::var("MINYI_TEST_POSTGRES") else {
        println!("SKIPPED: MINYI_TEST_POSTGRES names no server; `bash tests/run` starts one");
        return None;
    };
    let database = format!("minyi_{name}_{}", std::process::id());
    let created = Command::new("psql")
        .args([&server, "-qc", &format!("CREATE DATABASE {database}")])
        .status();
    assert!(
        created.unwrap().success(),
        "the test database could not be created"
    );
    let (base, _) = server.rsplit_once('/').unwrap();
    Some(format!("{base}/{database}"))
}

/// The hashes of all files of a release, pictures and documents among them.
#[cfg(feature = "postgres")]
fn hashes_of_a_release(
    data: &std::path::Path,
    output: &std::path::Path,
    database: Option<&str>,
) -> Vec<u8> {
    let surveys = data.join("surveys");
    let [data, output, surveys] = [data, output, &surveys].map(|path| path.to_str().unwrap());
    let mut arguments = vec!["release", "satisfaction-2026", "-o", output, "--data", data];
    arguments.extend(["--surveys", surveys]);
    arguments.extend(
        database
            .iter()
            .flat_map(|database| ["--database", database]),
    );
    let (code, _, errors) = crate::support::run(&arguments);
    assert_eq!(code, 0, "{errors}");
    let manifest = std::fs::read(std::path::Path::new(output).join("release.json")).unwrap();
    let manifest: serde_json::Value = serde_json::from_slice(&manifest).unwrap();
    serde_json::to_vec(&manifest["files"]).unwrap()
}

#[cfg(feature = "postgres")]
#[test]
fn sqlite_and_postgresql_give_the_same_figures_and_releases_byte_for_byte() {
    let Some(database) = fresh_database("same") else {
        return;
    };
    let scratch = Scratch::new("same");
    let tables = |name: &str, database: Option<&str>| {
        let data = scratch.path(name);
        let mut arguments = vec![
            "demo",
            "--no-releases",
            "--data",
            data.to_str().unwrap(),
            "--responses",
            "2000",
            "--seed",
            "3",
        ];
        if let Some(database) = database {
            arguments.extend(["--database", database]);
        }
        let server = crate::support::Server::start(&arguments);
        let reader = crate::support::office::FiguresReader::of_database(&server, &data, database);
        reader.wait_for("/results/satisfaction-2026.json");
        reader.wait_for("/results/disposables-2026.json");
        let tables = [
            "satisfaction-2026.csv",
            "satisfaction-2026.json",
            "disposables-2026.csv",
            "disposables-2026.json",
        ];
        let mut bytes: Vec<Vec<u8>> = tables
            .map(|file| reader.get(&format!("/results/{file}")).body)
            .into();
        bytes.push(hashes_of_a_release(
            &scratch.path(name),
            &scratch.path(&format!("{name}-release")),
            database,
        ));
        bytes
    };
    let sqlite = tables("sqlite", None);
    let postgres = tables("postgres", Some(&database));
    assert!(sqlite.iter().all(|table| table.len() > 1000));
    assert!(sqlite == postgres, "the figures differ");
}

#[test]
fn an_unknown_database_url_is_refused_with_exit_code_2() {
    let output = minyi(&[
        "serve",
        "--surveys",
        "surveys",
        "--database",
        "mysql://x/y",
        "--listen",
        "127.0.0.1:0",
    ])
    .output()
    .unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("is not a database URL"));
}
