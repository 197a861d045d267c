//! What a server writes about its clients: that a request failed, and not a word of what was sent.

use std::collections::HashSet;

use serde_json::Value;

use crate::support::faults::faulty_disk;
use crate::support::site::complete;
use crate::support::{Answer, Scratch, Server, form, minyi};

/// In an answer, a header, a path, a query: each with what could end a line of the log, or colour a terminal.
const CANARIES: [&str; 5] = [
    "canary\n{\"level\":\"ERROR\",\"forged\":1}",
    "canary\r\nforged",
    "canary\u{1b}[2J\u{1b}[31m",
    "canary\u{2028}forged",
    "canary\"}forged",
];

const FORM_TYPE: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

#[test]
fn neither_log_nor_error_page_nor_metric_tells_what_was_sent_and_a_request_is_one_line_at_most() {
    let scratch = Scratch::new("log");
    let (log, room) = (scratch.path("log.json"), scratch.write("room", ""));
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let admin = port.local_addr().unwrap().to_string();
    drop(port);
    let data = scratch.path("data");
    // While `room` is gone the disk is full, so that requests fail by a fault of ours.
    let server = Server::start_by(
        minyi(&[
            "serve",
            "--listen",
            "127.0.0.1:0",
            "--surveys",
            "surveys",
            "--admin-listen",
            &admin,
        ])
        .args(["--trusted-proxy", "127.0.0.1"])
        .arg("--data")
        .arg(&data)
        .env("MINYI_LOG", "trace")
        .env("LD_PRELOAD", faulty_disk())
        .env("FAULT", "full:1")
        .env("FAULT_FILES", &data)
        .env("FAULT_ROOM", &room)
        .stderr(std::fs::File::create(&log).unwrap()),
    );
    let stored = hostile_requests(&server);
    std::fs::remove_file(&room).unwrap();
    let full = hostile_requests(&server);
    let failed: Vec<&Answer> = full.iter().filter(|answer| answer.status == 503).collect();
    assert!(failed.len() >= CANARIES.len(), "the disk is not full");
    assert!(stored.iter().any(|answer| answer.status == 303));

    // What hands a form back for correction shows the sender his own words; no other answer does.
    for answer in stored
        .iter()
        .chain(&full)
        .filter(|answer| answer.status >= 400)
    {
        let own = answer.status == 422;
        assert!(own || silent(&answer.text()), "{}", answer.text());
        assert!(
            answer.headers.iter().all(|(_, value)| silent(value)),
            "{:?}",
            answer.headers
        );
    }
    let metrics = server.get_at(&admin, "/metrics").text();
    assert!(
        silent(&metrics) && !metrics.contains("127.0.0.1"),
        "{metrics}"
    );
    assert!(
        metrics.contains("minyi_http_errors_total{route=\"/s/{survey}\",status=\"503\"}"),
        "{metrics}"
    );

    let log = std::fs::read_to_string(&log).unwrap();
    // Where the server itself listens may be told.
    let others = log.replace(&server.address, "").replace(&admin, "");
    assert!(silent(&others) && !others.contains("127.0.0.1"), "{others}");
    let mut numbered = HashSet::new();
    for line in log.lines() {
        let line: Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("{line} is no line of the log"));
        if let Some(request) = line["fields"]["request"].as_str() {
            assert!(
                numbered.insert(request.to_owned()),
                "two lines tell of {request}"
            );
        }
    }
    for answer in failed {
        let id = answer.header("x-request-id").unwrap();
        assert!(numbered.contains(id), "no line tells of {id}");
    }
}

fn silent(text: &str) -> bool {
    ["canary", "forged", "203.0.113", "0190a000"]
        .iter()
        .all(|private| !text.contains(private))
}

fn hostile_requests(server: &Server) -> Vec<Answer> {
    let mut answers = Vec::new();
    for (number, canary) in CANARIES.into_iter().enumerate() {
        let id = format!(
            "0190a000-0000-7000-8000-{:012x}",
            uuid::Uuid::new_v4().as_fields().0
        );
        let plain: String = canary.chars().filter(char::is_ascii_alphanumeric).collect();
        let proxied = [
            FORM_TYPE,
            ("X-Forwarded-For", "203.0.113.77"),
            ("User-Agent", &plain),
            ("X-Request-Id", &format!("{canary:?}")),
        ];
        let encoded = form(&[("c", canary)]);
        let address = format!("/s/satisfaction-2026?{encoded}");
        let mut fields = complete();
        fields.extend([
            ("response_id", id.as_str()),
            ("channel", "canary-code"),
            ("opinion", "canary 好"),
        ]);
        let mut post = |path: &str, headers: &[(&str, &str)], body: &str| {
            answers.push(server.request("POST", path, headers, body.as_bytes()));
        };
        // As a messenger adds parameters of its own; a channel like this is refused before anything is stored.
        let shared = format!("/s/satisfaction-2026?from={}", &encoded[2..]);
        post(&shared, &proxied, &form(&fields));
        post(&address, &proxied, &form(&fields));
        fields.push(("opinion", canary));
        post(&address, &proxied, &form(&fields));
        post(&address, &proxied, &format!("opinion={plain}%FF"));
        post(&address, &[("Content-Type", &plain)], &plain);
        post(&address, &[FORM_TYPE, ("Content-Encoding", &plain)], &plain);
        let json = [
            ("Content-Type", "application/json"),
            ("X-Forwarded-For", "203.0.113.77"),
        ];
        for (code, value) in [("a1", canary), ("opinion", canary)] {
            let sent = serde_json::json!({
                "id": id, "survey": "satisfaction-2026", "mode": "onsite", "channel": canary, "answers": {code: value},
            });
            post("/api/v1/responses", &json, &sent.to_string());
            post(
                "/api/v1/responses",
                &json,
                &sent.to_string().replace("onsite", &plain),
            );
        }
        post(
            "/api/v1/responses",
            &json,
            &format!("{{\"id\": \"{plain}{number}\""),
        );
        for path in ["/", "/s/", "/assets/", "/api/v1/surveys/", "/api/v1/"] {
            answers.push(server.get(&format!("{path}{}?{encoded}", &encoded[2..])));
        }
    }
    answers
}
