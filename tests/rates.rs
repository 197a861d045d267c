//! A sender or a channel with too many submissions must wait, and others are not affected. Every
//! request has a number.

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
    let site = Site::start("rates", &["--rate", "1", "--trusted-proxy", "127.0.0.1"]);
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

#[test]
fn too_many_submissions_through_one_channel_must_wait_and_other_channels_are_not_affected() {
    let site = Site::start(
        "channels",
        &["--rate", "1", "--trusted-proxy", "127.0.0.0/8"],
    );
    let n_stored = (0..60)
        .filter(|n| site.submit(&format!("198.51.100.{n}"), "poster-7").status == 303)
        .count();
    assert!((50..60).contains(&n_stored), "{n_stored} of 60 were stored");
    assert_eq!(site.submit("198.51.100.1", "poster-8").status, 303);
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
