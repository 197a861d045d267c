//! PostgreSQL as an administrator meets it: every refusal has its cure, and no message shows a
//! password.

use std::process::Stdio;
use std::time::Duration;

use minyi::store::DatabaseUrl;

use crate::support::cluster::Cluster;
use crate::support::database::Database;
use crate::support::{Scratch, minyi, root, run};

/// The exit code and the output of a command on the database at `url`. A server that is not refused
/// would run for ever, so it is ended after half a minute.
pub(crate) fn tried(command: &[&str], url: &str) -> (i32, String) {
    let scratch = Scratch::new("postgres-tried");
    let surveys = root().join("surveys");
    let place = [
        "--data",
        scratch.0.to_str().unwrap(),
        "--surveys",
        surveys.to_str().unwrap(),
        "--database",
        url,
    ];
    let mut child = minyi(&[command, &place].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let ends = (0..600).any(|_| {
        std::thread::sleep(Duration::from_millis(50));
        child.try_wait().unwrap().is_some()
    });
    if !ends {
        child.kill().unwrap();
    }
    let output = child.wait_with_output().unwrap();
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code().unwrap_or(-1),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

pub(crate) const SERVE: [&str; 3] = ["serve", "--listen", "127.0.0.1:0"];

/// `serve` is refused as a wrong configuration, and the message holds `cure`.
pub(crate) fn refused(url: &str, cure: &str) {
    let (code, errors) = tried(&SERVE, url);
    assert_eq!(code, 78, "{errors}");
    assert!(errors.contains(cure), "{errors}");
}

#[test]
fn no_message_shows_a_password_however_the_url_is_written() {
    for url in [
        "host=db.example.cn password=s3cret dbname=minyi",
        "dbname=minyi password='s3cret'",
        "password=s3cret",
        "postgres://minyi:s3cret%ZZ@%2Fnowhere/minyi",
        "postgres://minyi:s3cret/x@%2Fnowhere/minyi",
        "postgres://minyi:x/s3cret@localhost/minyi",
        "postgres://minyi:s3cret?x@%2Fnowhere/minyi",
        "postgres://minyi:x?s3cret@localhost/minyi",
        "postgres://minyi:x@y?s3cret@localhost/minyi",
        "postgres://minyi:s3cret@x#y@localhost/minyi",
        "postgres://minyi:x@s3cret@localhost/minyi",
        "postgres://minyi:s3cret%@localhost/minyi",
        "postgres://minyi:x:s3cret@localhost/minyi",
        "postgres://minyi:s3cret/minyi",
        "postgres://minyi:s3cret x@localhost/minyi",
        "postgresql://%2Fnowhere/minyi?password=s3cret@x",
        "postgresql://%2Fnowhere/minyi?password=s3cret#x",
        "postgres://%2Fnowhere/minyi?user=minyi&password=s3cret",
        "postgres://minyi:s3cret@db.example.cn/minyi",
        "mysql://minyi:s3cret@localhost/minyi",
    ] {
        for command in [&SERVE[..], &["doctor"], &["backup", "/nowhere/backup"]] {
            let (code, errors) = tried(command, url);
            assert_ne!(code, 0, "{url}");
            assert!(!errors.contains("s3cret"), "{url}: {errors}");
        }
    }
}

#[test]
fn clear_text_to_another_machine_must_be_written_out() {
    let parsed = |url: &str| url.parse::<DatabaseUrl>();
    for may_be_clear in [
        "postgres://minyi@db.example.cn/minyi?sslmode=prefer",
        "postgres://minyi@db.example.cn/minyi?sslmode=allow",
        "postgres://minyi@db.example.cn/minyi?sslmode=dis%61ble",
        "postgres://minyi@db.example.cn/minyi?sslmode=",
        "postgres://minyi@db.example.cn/minyi?sslmode=verify-full&sslmode=prefer",
        "postgres://minyi@10.0.0.7:5433/minyi?sslmode=prefer",
        "postgres://minyi@[2001:db8::7]:5433/minyi?sslmode=prefer",
        "postgres://minyi@localhost,10.0.0.7/minyi?sslmode=prefer",
        "postgres://minyi@127.1/minyi?sslmode=prefer",
        "postgres:///minyi?host=10.0.0.7&sslmode=prefer",
        "postgres:///minyi?host=%2Frun%2C10.0.0.7&sslmode=prefer",
        "postgres:///minyi?host=localhost&host=10.0.0.7&sslmode=prefer",
        "postgres://minyi@localhost/minyi?hostaddr=10.0.0.7&sslmode=prefer",
        "postgres://minyi@localhost/minyi?service=far&sslmode=prefer",
    ] {
        let error = parsed(may_be_clear).unwrap_err().to_string();
        assert!(error.contains("sslmode=require"), "{may_be_clear}: {error}");
    }
    for hides_a_parameter in [
        "postgres:///minyi?%68ost=10.0.0.7",
        "postgres://minyi@db.example.cn/minyi?sslmode=disable&%73slmode=prefer",
        "postgres://minyi@localhost/minyi?sslmode",
    ] {
        assert!(parsed(hides_a_parameter).is_err(), "{hides_a_parameter}");
    }
    for fit in [
        "postgres://minyi@db.example.cn/minyi",
        "postgres://minyi@db.example.cn/minyi?sslmode=disable",
        "postgres://minyi@db.example.cn/minyi?sslmode=prefer&sslmode=require",
        "postgres://minyi@db.example.cn/minyi?sslmode=verify-full&sslrootcert=/etc/minyi/ca.crt",
        "postgres://minyi:a%40b%2Fc@localhost/minyi",
        "postgres://minyi@127.0.0.1:5433/minyi?sslmode=prefer",
        "postgres://minyi@[::1]:5433/minyi",
        "postgres://minyi@%2Frun%2Fpostgresql/minyi",
        "postgres:///minyi?host=%2Frun%2Fpostgresql",
        "postgres:///minyi?host=/run/postgresql",
        "postgres:///minyi",
    ] {
        assert!(parsed(fit).is_ok(), "{fit}");
    }
}

#[test]
fn a_database_that_cannot_store_every_name_is_refused() {
    let Some(cluster) = Cluster::start("encodings") else {
        return;
    };
    let first = Database::at(DatabaseUrl::Postgres(cluster.url()));
    for encoding in ["LATIN1", "EUC_CN", "SQL_ASCII"] {
        let name = encoding.to_lowercase();
        first.execute(&format!(
            "CREATE DATABASE {name} ENCODING '{encoding}' LC_COLLATE 'C' LC_CTYPE 'C' TEMPLATE template0"
        ));
        let url = cluster.url().replace("/postgres", &format!("/{name}"));
        // The scheme is part of the text that was replaced.
        let url = url.replacen(&format!("/{name}ql"), "/postgresql", 1);
        refused(&url, "--encoding=UTF8");
        let (_, found) = tried(&["doctor"], &url);
        assert!(found.contains(encoding), "{found}");
    }
}

#[test]
fn a_database_of_another_program_is_refused_and_nothing_is_made_in_it() {
    let Some(database) = Database::postgres("strange") else {
        return;
    };
    database.execute("CREATE TABLE customer (id integer)");
    refused(&database.address(), "customer");
    // A restore puts nothing beside the tables of others.
    let scratch = Scratch::new("strange-restore");
    let own = Database::sqlite("strange-backup");
    own.open();
    let backup = scratch.path("backup");
    let backup = backup.to_str().unwrap();
    assert_eq!(tried(&["backup", backup], &own.address()).0, 0);
    let (code, _, errors) = run(&["restore", backup, "--database", &database.address()]);
    assert_eq!(code, 78, "{errors}");
    database.execute(
        "DO $$ BEGIN ASSERT (SELECT count(*) FROM pg_tables WHERE schemaname = 'public') = 1; END $$",
    );
    // A name that minyi uses, too.
    database.execute("DROP TABLE customer; CREATE TABLE response (id integer)");
    refused(&database.address(), "another program");
}

#[test]
fn a_database_that_minyi_has_not_used_is_missing() {
    let Some(database) = Database::postgres("unused") else {
        return;
    };
    let (code, found) = tried(&["doctor"], &database.address());
    assert_eq!(code, 1, "{found}");
    assert!(found.contains("there is no database"), "{found}");
}

#[test]
fn a_user_who_may_not_write_is_told_so() {
    let Some(cluster) = Cluster::start("rights") else {
        return;
    };
    let owner = Database::at(DatabaseUrl::Postgres(cluster.url()));
    owner.execute("CREATE ROLE clerk LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC");
    let clerk = cluster.url().replace("minyi@", "clerk@");
    refused(&clerk, "OWNER TO");
    owner.open();
    owner.execute("GRANT SELECT ON ALL TABLES IN SCHEMA public TO clerk");
    refused(&clerk, "OWNER TO");
    let nobody = cluster.url().replace("minyi@", "nobody@");
    refused(&nobody, "createuser");
    let nowhere = format!("{}s", cluster.url());
    refused(&nowhere, "createdb");
}

#[test]
fn a_standby_and_a_wrong_password_are_named() {
    let Some(cluster) = Cluster::start("standby") else {
        return;
    };
    let database = Database::at(DatabaseUrl::Postgres(cluster.url()));
    database.open();
    database.execute("ALTER ROLE minyi PASSWORD 'right'");
    cluster.become_standby();
    refused(&cluster.url(), "primary");
    // A standby can be read.
    let scratch = Scratch::new("standby-backup");
    let file = scratch.path("backup");
    let (code, said) = tried(&["backup", file.to_str().unwrap()], &cluster.url());
    assert_eq!(code, 0, "{said}");
    cluster.ask_for_passwords();
    let with = |password: &str| {
        cluster
            .url()
            .replace("minyi@", &format!("minyi:{password}@"))
    };
    refused(&with("wr0ng"), "correct the user or the password");
    refused(&cluster.url(), "no password supplied");
    refused(&with("right"), "primary");
}
