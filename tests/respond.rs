//! A citizen's form on its way to the store, over HTTP.

use crate::support::raw::FORM;
use crate::support::site::{Site, complete};
use crate::support::{form, root};

#[test]
fn a_complete_form_is_stored_once_and_answered_with_a_receipt() {
    let site = Site::start("complete");
    let mut fields = complete();
    fields.push(("response_id", "0190a000-0000-7000-8000-000000000001"));
    let first = site.submit(&fields);
    assert_eq!(first.status, 303, "{}", first.text());
    let receipt = first.header("location").unwrap().to_owned();
    let page = site.server.get(&receipt);
    assert_eq!(page.status, 200);
    assert!(
        page.text().contains("您是最早参加这项调查的人之一"),
        "{}",
        page.text()
    );
    // The same form sent again gives the same receipt and no second row.
    let again = site.submit(&fields);
    assert_eq!(
        (again.status, again.header("location")),
        (303, Some(receipt.as_str()))
    );
    let rows = site.stored();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["a1"], "4");
    assert_eq!(rows[0]["county"], "411702");
    assert_eq!(rows[0]["mode"], "online");
}

#[test]
fn a_double_tap_without_script_is_one_response_and_the_channel_of_the_link_is_kept() {
    let site = Site::start("double");
    let fields = complete();
    let first = site
        .server
        .post_form("/s/satisfaction-2026?c=poster-17", &fields);
    let second = site
        .server
        .post_form("/s/satisfaction-2026?c=poster-17", &fields);
    assert_eq!(first.status, 303);
    assert_eq!(first.header("location"), second.header("location"));
    let rows = site.stored();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["channel"], "poster-17");
}

#[test]
fn a_required_question_left_empty_brings_the_page_back_with_everything_kept() {
    let site = Site::start("faults");
    let fields: Vec<_> = complete()
        .into_iter()
        .filter(|(name, _)| *name != "a3")
        .collect();
    let answer = site.submit(&fields);
    assert_eq!(answer.status, 422);
    let page = answer.text();
    let summary = page.find("role=\"alert\"").expect("an error summary");
    assert!(page.contains("<title>错误："), "the title says so first");
    assert!(
        summary < page.find("name=\"a1\"").unwrap(),
        "the summary stands on top"
    );
    assert!(page.contains("href=\"#q-a3\""), "it links to the fault");
    assert!(
        page.contains("value=\"411702\" selected"),
        "the area is kept"
    );
    assert!(
        page.matches("checked").count() >= fields.len() - 1,
        "every choice is kept"
    );
    assert!(site.stored().is_empty());
}

#[test]
fn full_width_digits_and_stray_spaces_are_accepted() {
    let site = Site::start("wide");
    let fields: Vec<_> = complete()
        .into_iter()
        .map(|(name, value)| {
            if name == "a1" {
                (name, " ５　")
            } else {
                (name, value)
            }
        })
        .collect();
    assert_eq!(site.submit(&fields).status, 303);
    assert_eq!(site.stored()[0]["a1"], "5");
}

#[test]
fn unknown_and_repeated_fields_are_refused() {
    let site = Site::start("unknown");
    let mut unknown = complete();
    unknown.push(("nonsense", "1"));
    assert_eq!(site.submit(&unknown).status, 422);
    let mut repeated = complete();
    repeated.push(("a1", "1"));
    assert_eq!(site.submit(&repeated).status, 422);
    for own in ["response_id", "channel", "started_at", "paradata"] {
        let mut repeated = complete();
        repeated.extend([(own, ""), (own, "0190a000-0000-7000-8000-000000000001")]);
        assert_eq!(site.submit(&repeated).status, 422, "{own}");
    }
    assert!(site.stored().is_empty());
}

#[test]
fn the_young_and_the_visitors_are_thanked_and_not_recorded() {
    let site = Site::start("screened");
    let fields: Vec<_> = complete()
        .into_iter()
        .map(|(name, value)| {
            if name == "adult" {
                (name, "no")
            } else {
                (name, value)
            }
        })
        .collect();
    let answer = site.submit(&fields);
    assert_eq!(answer.status, 200);
    assert!(answer.text().contains("谢谢"), "{}", answer.text());
    assert!(site.stored().is_empty());
}

#[test]
fn a_closed_survey_takes_no_form() {
    let site = Site::start("closed");
    assert_eq!(site.server.get("/s/satisfaction-2025").status, 403);
    assert_eq!(
        site.server
            .post_form("/s/satisfaction-2025", &complete())
            .status,
        403
    );
    assert_eq!(site.server.get("/s/nothing-2026").status, 404);
}

#[test]
fn hostile_bodies_are_refused_and_honest_ones_still_served() {
    let site = Site::start("hostile");
    let kind = ("Content-Type", "application/x-www-form-urlencoded");
    let post = |headers: &[(&str, &str)], body: &[u8]| {
        site.server
            .request("POST", "/s/satisfaction-2026", headers, body)
            .status
    };
    assert_eq!(post(&[kind, ("Content-Encoding", "gzip")], b"a1=4"), 415);
    assert_eq!(post(&[("Content-Type", "text/plain")], b"a1=4"), 415);
    assert_eq!(post(&[kind], b"a1=%FF"), 400);
    assert_eq!(post(&[kind], "q=1&".repeat(10_000).as_bytes()), 400);
    assert_eq!(post(&[kind], &vec![b'a'; 10_000_000]), 413);
    // Without Content-Length the limit is noticed only while the body arrives.
    let chunked = [&b"1000\r\n"[..], &[b'a'; 4096], b"\r\n"]
        .concat()
        .repeat(17);
    let head = format!("{FORM}Transfer-Encoding: chunked\r\n\r\n");
    let said = site.server.say(&[head.as_bytes(), &chunked].concat());
    assert!(said.starts_with("HTTP/1.1 413 "), "{said}");
    assert_eq!(site.submit(&complete()).status, 303);
}

#[test]
fn a_form_encodes_as_a_browser_does() {
    assert_eq!(form(&[("a", "1"), ("t", "好 b")]), "a=1&t=%E5%A5%BD%20b");
    assert!(root().join("surveys").is_dir());
}
