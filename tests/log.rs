//! The log states that a request failed, but nothing that the client sent.

use std::collections::HashSet;

use serde_json::Value;

use crate::support::faults::faulty_disk;
use crate::support::site::complete;
use crate::support::{Answer, Scratch, Server, form, minyi};

/// Texts to send in answers, headers, paths and queries. Each contains something that could break a
/// line of the log or control a terminal.
const CANARIES: [&str; 5] = [
    "canary\n{\"level\":\"ERROR\",\"forged\":1}",
    "canary\r\nforged",
    "canary\u{1b}[2J\u{1b}[31m",
    "canary\u{2028}forged",
    "canary\"}forged",
];

const FORM_TYPE: (&str, &str) = ("Content-Type", "application/x-www-form-urlencoded");

#[test]
fn log_error_pages_and_metrics_contain_nothing_that_was_sent_and_a_request_has_at_most_one_line() {
    let scratch = Scratch::new("log");
    let (log, room) = (scratch.path("log.json"), scratch.write("room", ""));
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let admin = port.local_addr().unwrap().to_string();
    drop(port);
    let data = scratch.path("data");
    // The disk is full while the file `room` does not exist. Then requests fail with 503.
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

    // Only the answer that returns a form for correction contains what was sent.
    for answer in stored
        .iter()
        .chain(&full)
        .filter(|answer| answer.status >= 400)
    {
        let is_form = answer.status == 422;
        assert!(
            is_form || has_nothing_sent(&answer.text()),
            "{}",
            answer.text()
        );
        let mut values = answer.headers.iter().map(|(_, value)| value);
        assert!(
            values.all(|value| has_nothing_sent(value)),
            "{:?}",
            answer.headers
        );
    }
    let metrics = server.get_at(&admin, "/metrics").text();
    assert!(
        has_nothing_sent(&metrics) && !metrics.contains("127.0.0.1"),
        "{metrics}"
    );
    assert!(
        metrics.contains("minyi_http_errors_total{route=\"/s/{survey}\",status=\"503\"}"),
        "{metrics}"
    );

    let log = std::fs::read_to_string(&log).unwrap();
    // The server's own addresses may be in the log.
    let others = log.replace(&server.address, "").replace(&admin, "");
    assert!(
        has_nothing_sent(&others) && !others.contains("127.0.0.1"),
        "{others}"
    );
    let mut requests = HashSet::new();
    for line in log.lines() {
        let line: Value =
            serde_json::from_str(line).unwrap_or_else(|_| panic!("{line} is not a line of JSON"));
        if let Some(request) = line["fields"]["request"].as_str() {
            assert!(
                requests.insert(request.to_owned()),
                "{request} has two lines"
            );
        }
    }
    for answer in failed {
        let id = answer.header("x-request-id").unwrap();
        assert!(requests.contains(id), "{id} has no line");
    }
}

/// Whether `text` contains nothing that the requests sent.
fn has_nothing_sent(text: &str) -> bool {
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
        // Messengers add such parameters to links. With a channel like this, nothing is stored.
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
                "id": id, "survey": "satisfaction-2026", "mode": "onsite",
                "channel": canary, "answers": {code: value},
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
