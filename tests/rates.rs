//! Floods from one sender wait, and everyone else does not notice; every request has a number.

use crate::support::site::complete;
use crate::support::{Answer, Scratch, Server, form};

struct Site {
    _scratch: Scratch,
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
        Site {
            _scratch: scratch,
            server,
        }
    }

    /// Submits a form of its own from the address that a proxy names.
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
fn a_flood_from_one_address_waits_with_its_answers_kept_and_others_do_not_notice() {
    let site = Site::start("rates", &["--rate", "1", "--trusted-proxy", "127.0.0.1"]);
    let answers: Vec<Answer> = (0..60)
        .map(|n| site.submit(&format!("192.0.2.{n}, 198.51.100.7"), ""))
        .collect();
    let taken = answers.iter().filter(|answer| answer.status == 303).count();
    // One more for each second that all of them took.
    assert!((50..60).contains(&taken), "{taken} of 60 were taken");
    let refused = answers.iter().find(|answer| answer.status == 429).unwrap();
    let wait: u64 = refused.header("retry-after").unwrap().parse().unwrap();
    assert!((1..=2).contains(&wait));
    assert!(refused.text().contains("您的回答还保存在您的手机上"));
    assert_eq!(site.submit("198.51.100.8", "").status, 303);
    let api = || {
        site.server.request(
            "POST",
            "/api/v1/responses",
            &[("Content-Type", "application/json"), ("X-Forwarded-For", "198.51.100.7")],
            br#"{"id":"0190a000-0000-7000-8000-000000000001","survey":"satisfaction-2026","mode":"online","answers":{}}"#,
        )
    };
    // The same account: what has come back of it meanwhile is used up first.
    let api = std::iter::repeat_with(api)
        .take(60)
        .find(|answer| answer.status == 429)
        .unwrap();
    assert_eq!(api.json()["type"], "/problems/rate");
    // Reading is never limited.
    assert_eq!(site.server.get("/s/satisfaction-2026").status, 200);
}

#[test]
fn a_channel_that_is_flooded_from_many_addresses_waits_alone() {
    let site = Site::start(
        "channels",
        &["--rate", "1", "--trusted-proxy", "127.0.0.0/8"],
    );
    let through = |channel: &str| {
        (0..60)
            .filter(|n| site.submit(&format!("198.51.100.{n}"), channel).status == 303)
            .count()
    };
    let taken = through("poster-7");
    assert!((50..60).contains(&taken), "{taken} of 60 were taken");
    assert_eq!(site.submit("198.51.100.1", "poster-8").status, 303);
}

#[test]
fn this_machines_own_submissions_are_not_limited_whatever_they_claim() {
    let site = Site::start("own", &["--rate", "1"]);
    let taken = (0..80)
        .filter(|_| site.submit("198.51.100.7", "poster-7").status == 303)
        .count();
    assert_eq!(taken, 80);
}

#[test]
fn every_answer_carries_a_number_that_only_a_trusted_proxy_may_give() {
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
fn a_network_that_is_none_is_refused_with_the_cure() {
    let (code, _, errors) = crate::support::run(&["serve", "--trusted-proxy", "proxy.example"]);
    assert_eq!(code, 2);
    assert!(errors.contains("10.0.0.0/8"), "{errors}");
}
