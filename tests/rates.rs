//! A sender, a channel or a network of the open web with too many submissions must wait, and others
//! are not affected. Every request has a number.

use crate::support::site::{answers, complete};
use crate::support::{Answer, Scratch, Server, form};

struct Site {
    scratch: Scratch,
    server: Server,
}

impl Site {
    fn start(name: &str, arguments: &[&str]) -> Site {
        let scratch = Scratch::new(name);
        let mut all = vec![
            "serve",
            "--data",
            scratch.0.to_str().unwrap(),
            "--surveys",
            "surveys",
        ];
        all.extend(arguments);
        let server = Server::start(&all);
        Site { scratch, server }
    }

    /// Submits a new form from the address that a proxy states.
    fn submit(&self, from: &str, channel: &str) -> Answer {
        let id = uuid::Uuid::new_v4().to_string();
        let mut fields = complete();
        fields.extend([("response_id", id.as_str()), ("channel", channel)]);
        let headers = [
            ("Content-Type", "application/x-www-form-urlencoded"),
            ("X-Forwarded-For", from),
        ];
        self.server.request(
            "POST",
            "/s/satisfaction-2026",
            &headers,
            form(&fields).as_bytes(),
        )
    }
}

#[test]
fn too_many_submissions_from_one_address_must_wait_and_others_are_not_affected() {
    let site = Site::start(
        "rates",
        &[
            "--rate",
            "1",
            "--open-rate",
            "0",
            "--trusted-proxy",
            "127.0.0.1",
        ],
    );
    let answers: Vec<Answer> = (0..60)
        .map(|n| site.submit(&format!("192.0.2.{n}, 198.51.100.7"), ""))
        .collect();
    let n_stored = answers.iter().filter(|answer| answer.status == 303).count();
    // One more than 50 for each second that the requests took.
    assert!((50..60).contains(&n_stored), "{n_stored} of 60 were stored");
    let refused = answers.iter().find(|answer| answer.status == 429).unwrap();
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=2).contains(&wait));
    assert!(refused.text().contains("您的回答还保存在您的手机上"));
    assert_eq!(site.submit("198.51.100.8", "").status, 303);
    let api = || {
        site.server.request(
            "POST",
            "/api/v1/responses",
            &[
                ("Content-Type", "application/json"),
                ("X-Forwarded-For", "198.51.100.7"),
            ],
            br#"{"id":"0190a000-0000-7000-8000-000000000001","survey":"satisfaction-2026",
                "mode":"online","answers":{}}"#,
        )
    };
    // The API shares the limit with the form. In the meantime a few submissions became possible
    // again.
    let api = std::iter::repeat_with(api)
        .take(60)
        .find(|answer| answer.status == 429)
        .unwrap();
    assert_eq!(api.json()["type"], "/problems/rate");
    // Reading is never limited.
    assert_eq!(site.server.get("/s/satisfaction-2026").status, 200);
}

/// How many of `n` forms are stored, each from the address that `from` gives.
fn n_stored(site: &Site, n: usize, channel: &str, from: impl Fn(usize) -> String) -> usize {
    let statuses = (0..n).map(|n| site.submit(&from(n), channel).status);
    statuses.filter(|status| *status == 303).count()
}

#[test]
fn the_open_web_sends_thirty_at_once_from_one_address_and_an_invented_channel_is_no_way_around() {
    let site = Site::start("open", &["--trusted-proxy", "127.0.0.1"]);
    let one = |_| "198.51.100.7".to_owned();
    assert_eq!(n_stored(&site, 20, "", one), 20);
    // One more for each ten seconds that the requests took.
    let invented: usize = (0..20)
        .map(|n| n_stored(&site, 1, &format!("invented-{n}"), one))
        .sum();
    assert!((10..13).contains(&invented), "{invented} of 20 were stored");
    let refused = (0..5).map(|_| site.submit("198.51.100.7", ""));
    let refused = refused.into_iter().find(|answer| answer.status == 429);
    let refused = refused.unwrap();
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=11).contains(&wait), "{wait}");
    assert!(refused.text().contains("您的回答还保存在您的手机上"));
    assert_eq!(site.submit("198.51.100.8", "").status, 303);
    // An announced channel is counted by itself, whoever sends.
    assert_eq!(n_stored(&site, 40, "poster", one), 40);
}

#[test]
fn only_complete_responses_of_the_open_web_count() {
    let site = Site::start("faults", &["--trusted-proxy", "127.0.0.1"]);
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("X-Forwarded-For", "198.51.100.7"),
    ];
    let post = |body: &str| {
        let path = "/s/satisfaction-2026";
        let answer = site.server.request("POST", path, &headers, body.as_bytes());
        answer.status
    };
    for _ in 0..40 {
        assert_eq!(post("a1=4"), 422);
        assert_eq!(post("a1=4&lang=en"), 200);
    }
    assert_eq!(n_stored(&site, 30, "", |_| "198.51.100.7".to_owned()), 30);
}

#[test]
fn an_array_without_a_token_is_limited_like_forms_and_one_with_a_token_is_not() {
    let site = Site::start("arrays", &["--trusted-proxy", "127.0.0.1"]);
    let data = site.scratch.0.to_str().unwrap();
    let arguments = ["token", "add", "van", "--mode", "onsite", "--data", data];
    let (code, token, errors) = crate::support::run(&arguments);
    assert_eq!(code, 0, "{errors}");
    let authorization = format!("Bearer {}", token.trim());
    let stored = |mode: &str, token: Option<&str>| {
        let items: Vec<serde_json::Value> = (0..50)
            .map(|_| {
                let id = uuid::Uuid::new_v4().to_string();
                let mut item = serde_json::json!({
                    "id": id, "survey": "satisfaction-2026", "mode": mode, "answers": answers(),
                });
                if mode == "onsite" {
                    item["psu"] = drawn_psu().into();
                }
                item
            })
            .collect();
        let mut headers = vec![
            ("Content-Type", "application/json"),
            ("X-Forwarded-For", "198.51.100.7"),
        ];
        headers.extend(token.map(|token| ("Authorization", token)));
        let body = serde_json::to_vec(&items).unwrap();
        let path = "/api/v1/responses";
        let answer = site.server.request("POST", path, &headers, &body);
        let outcomes = answer.json();
        let outcomes = outcomes.as_array().unwrap().iter();
        let of = |status: u64| {
            outcomes
                .clone()
                .filter(|own| own["status"] == status)
                .count()
        };
        (of(201), of(429))
    };
    assert_eq!(stored("online", None), (30, 20));
    assert_eq!(stored("onsite", Some(&authorization)), (50, 0));
}

/// A drawn PSU of satisfaction-2026.
fn drawn_psu() -> String {
    let frame = std::fs::read_to_string("surveys/satisfaction-2026/frame.csv").unwrap();
    let drawn = frame.lines().find(|line| line.ends_with(",1")).unwrap();
    drawn.split(',').next().unwrap().to_owned()
}

#[test]
fn a_township_behind_one_address_can_be_given_its_own_number() {
    let scratch = Scratch::new("township-config");
    let config = scratch.write(
        "minyi.toml",
        "network_rate = [\"198.51.100.7=50\", \"203.0.113.0/24=35\"]\n",
    );
    let data = scratch.path("data");
    let arguments = ["serve", "--listen", "127.0.0.1:0", "--surveys", "surveys"];
    let server = Server::start_by(
        crate::support::minyi(&arguments)
            .args(["--trusted-proxy", "127.0.0.1", "--data"])
            .arg(&data)
            .env("MINYI_CONFIG", config),
    );
    let site = Site { scratch, server };
    let n = n_stored(&site, 60, "", |_| "198.51.100.7".to_owned());
    assert_eq!(n, 50);
    // All addresses of a listed network share its number.
    let n = n_stored(&site, 60, "", |n| format!("203.0.113.{n}"));
    assert_eq!(n, 35);
    let (code, _, errors) = crate::support::run(&["serve", "--network-rate", "10.0.0.0/8"]);
    assert_eq!(code, 2);
    assert!(errors.contains("203.0.113.0/24=5000"), "{errors}");
}

#[test]
fn submissions_from_this_machine_are_not_limited_whatever_their_headers_state() {
    let site = Site::start("own", &["--rate", "1"]);
    let n_stored = (0..80)
        .filter(|_| site.submit("198.51.100.7", "poster-7").status == 303)
        .count();
    assert_eq!(n_stored, 80);
}

#[test]
fn every_answer_has_a_number_that_only_a_trusted_proxy_can_set() {
    let number = |site: &Site, given: &str| {
        let answer = site
            .server
            .request("GET", "/healthz", &[("X-Request-Id", given)], b"");
        answer.header("x-request-id").unwrap().to_owned()
    };
    let plain = Site::start("numbers", &[]);
    assert_ne!(number(&plain, "from-a-stranger"), "from-a-stranger");
    assert_ne!(number(&plain, "x"), number(&plain, "x"));
    let behind = Site::start("numbers-behind", &["--trusted-proxy", "127.0.0.1"]);
    assert_eq!(number(&behind, "from-the-proxy"), "from-the-proxy");
    assert_eq!(number(&behind, "no").len(), 16);
}

#[test]
fn an_invalid_network_is_refused_with_an_example_of_a_valid_one() {
    let (code, _, errors) = crate::support::run(&["serve", "--trusted-proxy", "proxy.example"]);
    assert_eq!(code, 2);
    assert!(errors.contains("10.0.0.0/8"), "{errors}");
}
