//! Responses whose times are missing count and are flagged; those whose times cannot be true do not
//! get around the rule for those who are too fast.

use std::collections::BTreeMap;

use crate::support::site::{Site, answers, complete};

/// Submits a form with these times and returns the row that the export has of it.
fn stored(site: &Site, times: &[(&str, &str)]) -> BTreeMap<String, String> {
    let id = uuid::Uuid::new_v4().to_string();
    let mut fields = complete();
    fields.push(("response_id", id.as_str()));
    fields.extend(times);
    assert_eq!(site.submit(&fields).status, 303, "{times:?}");
    row(site, &id)
}

fn row(site: &Site, id: &str) -> BTreeMap<String, String> {
    let rows = site.stored();
    rows.into_iter()
        .find(|row| row["response_id"] == id)
        .unwrap()
}

/// Why the response does not count; empty if it does.
fn excluded(row: &BTreeMap<String, String>) -> &str {
    row.get("excluded").map_or("", String::as_str)
}

#[test]
fn a_response_without_times_counts_and_is_flagged() {
    let site = Site::start("no-time");
    let without = stored(&site, &[]);
    assert_eq!(
        (without["flags"].as_str(), excluded(&without)),
        ("no_time", "")
    );
    let trapped = stored(&site, &[("website", "http://example.com")]);
    assert_eq!(
        (trapped["flags"].as_str(), excluded(&trapped)),
        ("honeypot no_time", "")
    );
    let id = uuid::Uuid::new_v4().to_string();
    let body = serde_json::json!({
        "id": id, "survey": "satisfaction-2026", "mode": "online", "answers": answers(),
    });
    let answer = site.server.request(
        "POST",
        "/api/v1/responses",
        &[("Content-Type", "application/json")],
        body.to_string().as_bytes(),
    );
    assert_eq!(answer.status, 201);
    assert_eq!(row(&site, &id)["flags"], "no_time");
}

#[test]
fn impossible_times_are_no_way_around_the_rule_for_those_who_are_too_fast() {
    let site = Site::start("bad-time");
    let now = jiff::Timestamp::now();
    let at = |seconds: i64| (now + jiff::SignedDuration::from_secs(seconds)).to_string();
    let (past, later, early, years) = (at(-200), at(200), at(-400_000_000), at(300_000_000));
    let after_years = at(300_000_200);
    let soon = at(-190);
    for times in [
        &[("started_at", later.as_str()), ("finished_at", &past)][..],
        &[("started_at", &past)],
        &[("finished_at", &past)],
        &[("started_at", "yesterday"), ("finished_at", &past)],
        &[("started_at", &early), ("finished_at", &past)],
    ] {
        let row = stored(&site, times);
        let found = (row["flags"].as_str(), excluded(&row));
        assert_eq!(found, ("bad_time", "bad_time"), "{times:?}");
    }
    let fast = stored(&site, &[("started_at", &past), ("finished_at", &soon)]);
    assert_eq!((fast["flags"].as_str(), excluded(&fast)), ("", "too_fast"));
    // The phone's date is years ahead, but the duration is right.
    let ahead = [
        ("started_at", years.as_str()),
        ("finished_at", &after_years),
    ];
    let ahead = stored(&site, &ahead);
    assert_eq!((ahead["flags"].as_str(), excluded(&ahead)), ("", ""));
}
