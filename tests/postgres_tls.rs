//! PostgreSQL on another machine: connections are encrypted, the server proves who it is, and every
//! refusal has its cure.

use std::path::Path;

use crate::postgres::{SERVE, refused, tried};
use crate::support::certificates::Authority;
use crate::support::cluster::Cluster;
use crate::support::database::Database;
use crate::support::respondents::{Form, SURVEY};
use crate::support::{Scratch, Server, minyi, wait_for};

/// The name in the server's certificate.
const HOST: &str = "db.survey.test";

fn file(parameter: &str, path: &Path) -> String {
    format!("&{parameter}={}", path.display())
}

/// A server with a certificate, and the CA that signed it.
fn encrypted(name: &str) -> Option<(Authority, Cluster)> {
    let authority = Authority::new(name)?;
    let cluster = Cluster::start_on_network(name)?;
    cluster.encrypt(&authority.sign(HOST, 2), "trust", None);
    Some((authority, cluster))
}

fn submit(server: &Server) -> u16 {
    let form = Form::new(true).body();
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    let path = format!("/s/{SURVEY}");
    server
        .request("POST", &path, &[kind], form.as_bytes())
        .status
}

/// Fails unless minyi has at least `n` connections over the network, and all are encrypted.
fn assert_encrypted(administrator: &Database, n: u32) {
    administrator.execute(&format!(
        "DO $$ BEGIN
         ASSERT (SELECT count(*) FROM pg_stat_activity WHERE client_addr IS NOT NULL) >= {n};
         ASSERT (SELECT bool_and(ssl AND version = 'TLSv1.3') FROM pg_stat_ssl
                 JOIN pg_stat_activity USING (pid) WHERE client_addr IS NOT NULL);
         END $$"
    ));
}

#[test]
fn every_connection_to_another_machine_is_encrypted_also_after_an_outage() {
    let Some((authority, cluster)) = encrypted("tls-served") else {
        return;
    };
    let administrator = Database::at(cluster.url().parse().unwrap());
    // No sslmode: the strictest is the default.
    let url = cluster.url_elsewhere(HOST, &file("sslrootcert", &authority.own.certificate));
    let database = Database::at(url.parse().unwrap());
    let folder = Scratch::new("tls-data");
    let server = database.serve(&folder);
    assert_eq!(submit(&server), 303);
    // The writer and a reader.
    assert_encrypted(&administrator, 2);
    cluster.kill();
    wait_for("unreadiness", WAIT, || server.get("/readyz").status == 503);
    cluster.go();
    wait_for("readiness", WAIT, || server.get("/readyz").status == 200);
    assert_eq!(submit(&server), 303);
    assert_encrypted(&administrator, 1);
    let (_, found) = tried(&["doctor"], &url);
    assert!(found.contains("encrypted (TLSv1.3 "), "{found}");
    // A writer that waits for an encrypted answer does not keep the server from ending.
    cluster.freeze();
    wait_for("unreadiness", WAIT, || server.get("/readyz").status == 503);
    server.signal("TERM");
    assert_eq!(server.ended(), Some(74));
}

const WAIT: std::time::Duration = std::time::Duration::from_secs(30);

#[test]
fn a_server_that_cannot_prove_who_it_is_is_refused() {
    let Some((authority, cluster)) = encrypted("tls-proof") else {
        return;
    };
    let Some(other) = Authority::new("tls-other") else {
        return;
    };
    let known = file("sslrootcert", &authority.own.certificate);
    let unknown = file("sslrootcert", &other.own.certificate);
    let missing = file("sslrootcert", Path::new("/nowhere/ca.crt"));
    let by = |host: &str, parameters: &[&str]| cluster.url_elsewhere(host, &parameters.concat());

    refused(&by(HOST, &[&unknown]), "must be the certificate of the CA");
    refused(&by(HOST, &["&sslmode=verify-ca", &unknown]), "of the CA");
    refused(&by("db.other.test", &[&known]), "hostaddr=ADDRESS");
    refused(&by(HOST, &[&missing]), "write sslrootcert=FILE");
    refused(&by("127.1", &[&known]), "a certificate for this name");
    refused(
        &by(HOST, &["&sslmode=disable"]),
        "encrypted connections only",
    );
    refused(
        &by(HOST, &["&sslmode=require&sslrootcert=system"]),
        "write sslmode=verify-full",
    );
    for may_be_clear in ["&sslmode=prefer", "&sslmode=allow"] {
        let (code, errors) = tried(&SERVE, &by(HOST, &[may_be_clear]));
        assert_ne!(code, 0);
        assert!(errors.contains("sslmode=require to encrypt"), "{errors}");
    }
    // Nothing is in the home folder.
    let home = Scratch::new("tls-home");
    let unsaid = minyi(&["doctor", "--database", &by(HOST, &[])])
        .env("HOME", &home.0)
        .env("PGSSLMODE", "disable")
        .output()
        .unwrap();
    let found = String::from_utf8(unsaid.stdout).unwrap();
    assert!(found.contains("write sslrootcert=FILE"), "{found}");

    Database::at(cluster.url().parse().unwrap()).open();
    for (host, parameters) in [
        (HOST, vec!["&sslmode=verify-full", &known]),
        ("db.other.test", vec!["&sslmode=verify-ca", &known]),
        ("db.other.test", vec!["&sslmode=require"]),
    ] {
        let (_, found) = tried(&["doctor"], &by(host, &parameters));
        assert!(
            found.contains("encrypted (TLSv1.3 "),
            "{parameters:?}: {found}"
        );
    }

    cluster.encrypt(&authority.sign(HOST, 0), "trust", None);
    refused(&by(HOST, &[&known]), "may have expired");
    // A self-signed certificate is its own CA.
    cluster.encrypt(&other.own, "trust", None);
    refused(&by(HOST, &[&known]), "is its own CA");
    let (_, found) = tried(&["doctor"], &by(HOST, &["&sslmode=verify-ca", &unknown]));
    assert!(found.contains("encrypted (TLSv1.3 "), "{found}");
}

#[test]
fn a_server_without_tls_on_another_machine_must_be_allowed() {
    let Some(cluster) = Cluster::start_on_network("tls-off") else {
        return;
    };
    for parameters in ["", "&sslmode=require", "&sslmode=verify-ca", "&ssl=true"] {
        refused(&cluster.url_elsewhere(HOST, parameters), "set `ssl = on`");
    }
    Database::at(cluster.url().parse().unwrap()).open();
    let allowed = cluster.url_elsewhere(HOST, "&sslmode=disable");
    let (_, found) = tried(&["doctor"], &allowed);
    assert!(found.contains("not encrypted"), "{found}");
    assert!(found.contains("listens between"), "{found}");
    // On this machine nothing has to be said.
    let (host, port) = allowed.split_once("/postgres?").unwrap();
    let port = host.rsplit_once(':').map_or(port, |(_, port)| port);
    let here = format!("postgres://minyi@127.0.0.1:{port}/postgres");
    for url in [&here, &cluster.url()] {
        let (_, found) = tried(&["doctor"], url);
        assert!(
            found.contains("not encrypted, and on this machine"),
            "{found}"
        );
    }
    // libpq may take the address from the environment.
    let at = |variables: &[(&str, &str)], url: &str| {
        let output = minyi(&["doctor", "--database", url])
            .envs(variables.iter().copied())
            .output()
            .unwrap();
        String::from_utf8(output.stdout).unwrap()
    };
    let far = [
        ("PGHOST", HOST),
        ("PGHOSTADDR", "127.0.0.1"),
        ("PGPORT", port),
    ];
    for url in ["postgres:///postgres", "postgres://host_clerk@/postgres"] {
        let found = at(&far, url);
        assert!(found.contains("set `ssl = on`"), "{url}: {found}");
        let found = at(&far, &format!("{url}?sslmode=prefer"));
        assert!(
            found.contains("sslmode=require to encrypt"),
            "{url}: {found}"
        );
    }
    let services = Scratch::new("tls-services");
    let list = format!("[far]\nhost={HOST}\nhostaddr=127.0.0.1\nport={port}\nsslmode=prefer\n");
    let list = services.write("services", &list);
    let service = [
        ("PGSERVICE", "far"),
        ("PGSERVICEFILE", list.to_str().unwrap()),
    ];
    let found = at(&service, "postgres://minyi@/postgres");
    assert!(found.contains("set `ssl = on`"), "{found}");
}

#[test]
fn minyi_proves_who_it_is_by_a_certificate_if_the_server_asks_for_one() {
    let Some((authority, cluster)) = encrypted("tls-client") else {
        return;
    };
    let Some(other) = Authority::new("tls-strangers") else {
        return;
    };
    let trusted = &authority.own.certificate;
    cluster.encrypt(&authority.sign(HOST, 2), "cert", Some(trusted));
    let known = file("sslrootcert", trusted);
    let with = |pair: &crate::support::certificates::Pair| {
        let (own, key) = (
            file("sslcert", &pair.certificate),
            file("sslkey", &pair.key),
        );
        cluster.url_elsewhere(HOST, &[known.as_str(), &own, &key].concat())
    };
    Database::at(cluster.url().parse().unwrap()).open();
    let (_, found) = tried(&["doctor"], &with(&authority.sign("minyi", 2)));
    assert!(found.contains("encrypted (TLSv1.3 "), "{found}");

    refused(&cluster.url_elsewhere(HOST, &known), "write sslcert=FILE");
    refused(&with(&authority.sign("clerk", 2)), "must be the user");
    refused(&with(&other.sign("minyi", 2)), "ssl_ca_file");
}
