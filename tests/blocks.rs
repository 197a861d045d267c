//! The largest block of addresses is counted and what it moves is published, but no address and no
//! hash of one is ever written.

use std::time::Duration;

use crate::support::office::FiguresReader;
use crate::support::site::complete;
use crate::support::{Scratch, Server, city, form, run, wait_for};

const PATH: &str = "/s/satisfaction-2026";

/// Sends a form from `address`, in which every item has the answer `item`.
fn send(server: &Server, address: &str, item: &str) {
    let id = uuid::Uuid::new_v4().to_string();
    let fields = complete().into_iter().map(|(code, value)| match value {
        "4" => (code, item),
        _ => (code, value),
    });
    let mut fields: Vec<(&str, &str)> = fields.collect();
    fields.push(("response_id", &id));
    let headers = [
        ("Content-Type", "application/x-www-form-urlencoded"),
        ("X-Forwarded-For", address),
    ];
    let answer = server.request("POST", PATH, &headers, form(&fields).as_bytes());
    assert_eq!(answer.status, 303);
    // Sent again after a lost answer: counted once.
    let again = server.request("POST", PATH, &headers, form(&fields).as_bytes());
    assert_eq!(again.status, 303);
}

fn serve(scratch: &Scratch) -> Server {
    let data = scratch.0.to_str().unwrap();
    let limits = ["--open-rate", "0", "--trusted-proxy", "127.0.0.1"];
    let mut all = vec!["serve", "--batch", "1", "--data", data];
    all.extend(limits);
    Server::start(&all)
}

#[test]
fn the_largest_block_of_a_day_is_published_as_counts_and_no_address_is_written() {
    let scratch = Scratch::new("blocks");
    city::make(&scratch.0, 4000);
    let server = serve(&scratch);
    for host in 0..40 {
        send(&server, &format!("198.51.100.{host}"), "5");
        send(&server, &format!("203.0.{host}.77"), "2");
    }
    let page = |server: &Server| {
        let reader = FiguresReader::of(server, &scratch.0);
        let path = "/results/satisfaction-2026?lang=en";
        let text = || reader.get(path).text();
        wait_for("figures", Duration::from_secs(120), || {
            text().contains("satisfaction")
        });
        text()
    };
    // The day goes on, so nothing is known of it yet.
    assert!(!page(&server).contains("Network addresses:"));
    assert_eq!(server.terminate(), Some(0));

    let server = serve(&scratch);
    wait_for("figures", Duration::from_secs(120), || {
        page(&server).contains(
            "the largest block of neighbouring addresses of a day gave 40 of the 80 questionnaires \
             of the open link (days counted: 1)",
        )
    });
    assert_eq!(server.terminate(), Some(0));
    for entry in std::fs::read_dir(&scratch.0).unwrap() {
        let path = entry.unwrap().path();
        if path.is_file() {
            let bytes = std::fs::read(&path).unwrap();
            for address in ["198.51.100.", "203.0.7.77"] {
                assert_eq!(memchr::memmem::find(&bytes, address.as_bytes()), None);
            }
        }
    }
    // The counts are rows of the log like all others: audited and backed up.
    let data = scratch.0.to_str().unwrap();
    let (code, said, errors) = run(&["doctor", "--data", data]);
    assert_eq!(code, 0, "{said}{errors}");
    let (file, restored) = (scratch.path("copy.backup"), scratch.path("restored"));
    let (file, restored) = (file.to_str().unwrap(), restored.to_str().unwrap());
    let (code, _, errors) = run(&["backup", file, "--data", data]);
    assert_eq!(code, 0, "{errors}");
    let (code, _, errors) = run(&["restore", file, "--data", restored]);
    assert_eq!(code, 0, "{errors}");
}
