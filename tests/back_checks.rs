//! Back-checks: which interviews, what is compared, who may enter what, error rates.

use serde_json::json;

use crate::support::office::Staff;
use crate::support::site::{Site, answers};
use crate::support::{device_token, run};

const SURVEY: &str = "satisfaction-2026";

fn interview(site: &Site, token: &str, number: u32) {
    let sent = json!({
        "id": format!("0190a000-0000-7000-8000-{number:012}"),
        "survey": SURVEY, "mode": "onsite", "psu": "411702-U-06", "answers": answers(),
        "started_at": "2026-11-01T08:00:00Z", "finished_at": "2026-11-01T08:05:00Z",
    });
    let answer = site.server.post_json_as(token, "/api/v1/responses", &sent);
    assert_eq!(answer.status, 201, "{}", answer.text());
}

/// The rows of the list without its heading, each with its cells.
fn rows(csv: &str) -> Vec<Vec<String>> {
    let mut reader = csv::Reader::from_reader(csv.trim_start_matches('\u{feff}').as_bytes());
    let rows = reader.records();
    rows.map(|row| row.unwrap().iter().map(str::to_owned).collect())
        .collect()
}

#[test]
fn a_result_is_entered_once_and_compared_without_showing_or_storing_an_answer() {
    let site = Site::start("back-checks");
    let data = &site.scratch.0;
    let supervisor = Staff::with_role(&site.server, data, "supervisor");
    let statistician = Staff::with_role(&site.server, data, "statistician");
    let enumerator = device_token(data, "e07", &["--mode", "onsite"]);
    let own = device_token(data, "supervisor1", &["--mode", "onsite"]);
    let path = format!("/office/{SURVEY}/back-checks");
    let list = || rows(&statistician.get(&format!("{path}.csv")).text());
    for number in 1..=3 {
        interview(&site, &enumerator, number);
    }
    let first = list();
    assert_eq!(first.len(), 3, "at least three");
    assert!(
        first
            .iter()
            .all(|row| row[1] == "e07" && row[3] == "411702-U-06"),
        "{first:?}"
    );
    assert_eq!(first[0][4], "2026-11-01 16:00");
    for number in 4..=40 {
        interview(&site, &enumerator, number);
    }
    interview(&site, &own, 41);
    let grown = list();
    assert_eq!(grown[..3], first[..], "the choice does not change");
    assert!(grown.len() < 25, "{}", grown.len());
    let reference = first[0][0].clone();
    let page = format!("{path}?lang=en&check={reference}");
    let form = supervisor.get(&page).text();
    assert!(
        form.contains("name=\"fact-sex\"") && form.contains("name=\"fact-age\""),
        "{form}"
    );
    assert!(form.contains("name=\"fact-education\""), "{form}");
    assert!(!form.contains("0190a000"), "no id of a response: {form}");
    assert!(!form.contains("selected"), "no stored answer: {form}");
    // Faults keep what was typed.
    let wrong = [
        ("check", &*reference),
        ("contact", "reached"),
        ("fact-sex", "m"),
    ];
    let refused = supervisor.post(&page, &wrong);
    assert_eq!(refused.status, 422);
    assert!(
        refused.text().contains("value=\"m\" selected"),
        "{}",
        refused.text()
    );
    let nonsense = [
        ("check", &*reference),
        ("contact", "reached"),
        ("interview", "confirmed"),
        ("fact-sex", "x"),
    ];
    assert_eq!(supervisor.post(&page, &nonsense).status, 422);
    let not_reached = [
        ("check", &*reference),
        ("contact", "not_reached"),
        ("interview", "denied"),
    ];
    assert_eq!(supervisor.post(&page, &not_reached).status, 422);
    // One fact is right, one is wrong, one was not asked.
    let result = [
        ("check", &*reference),
        ("contact", "reached"),
        ("interview", "confirmed"),
        ("duration", "plausible"),
        ("fact-sex", "f"),
        ("fact-age", "a18"),
        ("fact-education", ""),
    ];
    let ages = supervisor.get(&page).text();
    let result = match ages.contains("value=\"a18\"") {
        true => result,
        false => panic!("the test needs another age: {ages}"),
    };
    assert_eq!(supervisor.post(&page, &result).status, 303);
    let again = supervisor.post(&page, &result);
    assert_eq!(again.status, 422);
    assert!(again.text().contains("entered once"), "{}", again.text());
    let row = list().into_iter().find(|row| row[0] == reference).unwrap();
    assert_eq!(
        row[5..],
        ["reached", "confirmed", "plausible", "2", "1", "supervisor1"]
    );
    // A second one is right, a third was not reached.
    let second = [
        ("check", &*first[1][0]),
        ("contact", "reached"),
        ("interview", "confirmed"),
        ("fact-sex", "f"),
    ];
    assert_eq!(statistician.post(&path, &second).status, 303);
    let third = [("check", &*first[2][0]), ("contact", "not_reached")];
    assert_eq!(supervisor.post(&path, &third).status, 303);
    // One of two: Clopper and Pearson give 1.3 to 98.7.
    let page = statistician.get(&format!("{path}?lang=en")).text();
    assert!(
        page.contains("<td class=\"number\">1/2</td><td class=\"number\">50.0</td>"),
        "{page}"
    );
    assert!(page.contains("1.3–98.7"), "{page}");
    // Nobody checks own interviews.
    let grown = list();
    let of_supervisor = grown.iter().find(|row| row[1] == "supervisor1").unwrap();
    let result = [("check", &*of_supervisor[0]), ("contact", "not_reached")];
    assert_eq!(supervisor.post(&path, &result).status, 422);
    assert_eq!(statistician.post(&path, &result).status, 303);
    assert_eq!(
        statistician
            .post(&path, &[("check", "0000000000"), ("contact", "reached")])
            .status,
        404
    );
    assert_eq!(site.server.terminate(), Some(0));
    let data = site.scratch.0.to_str().unwrap();
    let (code, out, errors) = run(&["doctor", "--data", data, "--surveys", "surveys"]);
    assert_eq!(code, 0, "{out}{errors}");
}
