//! Documents, metrics and errors that a server sends, and a second server on one database.

use crate::support::site::{Site, complete};
use crate::support::{Scratch, Server, free_address, root, run};

#[test]
fn the_questionnaire_is_one_small_document_with_a_strict_policy_and_a_validator() {
    let site = Site::start("document");
    for survey in [
        "satisfaction-2026",
        "disposables-2026",
        "appliances-2026",
        "fixtures-2026",
    ] {
        for language in ["", "?lang=en"] {
            let path = format!("/s/{survey}{language}");
            let page = site
                .server
                .request("GET", &path, &[("Accept-Encoding", "br, gzip")], b"");
            assert_eq!(page.header("content-encoding"), Some("br"));
            let head: usize = page
                .headers
                .iter()
                .map(|(name, value)| name.len() + value.len() + 4)
                .sum();
            let wire = page.body.len() + head;
            println!("{path}: {wire} bytes on the wire");
            assert!(wire <= 14_600, "{path}: {wire} bytes");
            let policy = page.header("content-security-policy").unwrap();
            assert!(
                policy.contains("default-src 'none'") && !policy.contains("unsafe"),
                "{policy}"
            );
            let etag = page.header("etag").unwrap();
            let known = site.server.request(
                "GET",
                &path,
                &[("Accept-Encoding", "br"), ("If-None-Match", etag)],
                b"",
            );
            assert_eq!((known.status, known.body.len()), (304, 0));
        }
    }
}

#[test]
fn pages_for_operators_and_robots_exist() {
    let site = Site::start("site");
    for path in [
        "/",
        "/results",
        "/healthz",
        "/readyz",
        "/robots.txt",
        "/openapi.json",
        "/s/satisfaction-2026/poster?c=x",
    ] {
        assert_eq!(site.server.get(path).status, 200, "{path}");
    }
    assert_eq!(
        site.server.get("/metrics").status,
        404,
        "metrics are for the admin listener"
    );
    assert_eq!(
        site.server.get("/results/satisfaction-2026").status,
        200,
        "no release yet is a page, not an error"
    );
    for path in ["/", "/results", "/healthz", "/nowhere"] {
        let answer = site.server.get(path);
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        assert!(answer.header("content-security-policy").is_some(), "{path}");
    }
}

#[test]
fn a_second_server_on_one_file_is_refused_with_a_clear_message() {
    let site = Site::start("second");
    let (code, _, errors) = run(&[
        "serve",
        "--data",
        site.scratch.0.to_str().unwrap(),
        "--surveys",
        "surveys",
        "--listen",
        "127.0.0.1:0",
    ]);
    assert_eq!(code, 75, "{errors}");
    assert!(errors.contains("another minyi"), "{errors}");
}

#[test]
fn a_second_server_on_one_file_is_refused_by_every_path_to_it() {
    let scratch = Scratch::new("links");
    let at = |name: &str| scratch.path(name);
    let symlink = |from: &std::path::Path, to: &std::path::Path| {
        std::os::unix::fs::symlink(from, to).unwrap()
    };
    std::fs::create_dir(at("real")).unwrap();
    std::fs::create_dir(at("links")).unwrap();
    symlink(&at("real"), &at("folder"));
    // To a file that does not exist yet, through another link.
    symlink(
        std::path::Path::new("../folder/minyi.sqlite"),
        &at("links/file"),
    );
    symlink(std::path::Path::new("file"), &at("links/second"));
    let database = |name: &str| format!("sqlite:{}", at(name).display());
    let first = Server::start(&[
        "serve",
        "--surveys",
        "surveys",
        "--database",
        &database("links/second"),
    ]);
    assert_eq!(first.get("/readyz").status, 200);
    for name in [
        "real/minyi.sqlite",
        "folder/minyi.sqlite",
        "links/file",
        "links/second",
    ] {
        let database = database(name);
        let serve = [
            "serve",
            "--surveys",
            "surveys",
            "--listen",
            "127.0.0.1:0",
            "--database",
            &database,
        ];
        let (code, _, errors) = run(&serve);
        assert_eq!(code, 75, "{name}: {errors}");
    }
    let made = std::fs::read_dir(at("links")).unwrap().count();
    assert_eq!(made, 2, "all files are beside the real one");
}

#[test]
fn metrics_are_on_the_listener_for_operators_only() {
    let scratch = Scratch::new("metrics");
    let admin = free_address();
    let data = scratch.0.to_str().unwrap();
    let server = Server::start(&[
        "serve",
        "--data",
        data,
        "--surveys",
        "surveys",
        "--admin-listen",
        &admin,
    ]);
    assert_eq!(
        server.post_form("/s/satisfaction-2026", &complete()).status,
        303
    );
    let metrics = server.get_at(&admin, "/metrics").text();
    assert!(
        metrics.contains("minyi_responses_total{survey=\"satisfaction-2026\",mode=\"online\"} 1"),
        "{metrics}"
    );
    assert_eq!(server.get("/metrics").status, 404);
}

#[test]
fn every_public_route_is_described_and_every_description_is_a_route() {
    let source = std::fs::read_to_string(root().join("src/web/routes.rs")).unwrap();
    let routes: std::collections::BTreeSet<&str> = source
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| text.starts_with('/') && !text.starts_with("/office"))
        .collect();
    let site = Site::start("openapi");
    let document = site.server.get("/openapi.json").json();
    let described: std::collections::BTreeSet<&str> = document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(routes, described);
}
