//! Visits to cases: recorded by device, file and page; counts and response rates.

use std::collections::BTreeMap;
use std::path::Path;

use minyi::estimation::response_rate::{Dispositions, Outcomes, ResponseRates};
use minyi::locale::Language;
use minyi::release::dispositions::GroupRates;
use minyi::release::figures::Figures;
use minyi::release::imprint::Imprint;
use minyi::release::quality_report::quality_report;
use serde_json::{Value, json};

use crate::backends::fresh_database;
use crate::support::city;
use crate::support::field::Field;
use crate::support::figures::words;
use crate::support::office::Staff;
use crate::support::site::{Site, answers};
use crate::support::waves;
use crate::support::{Scratch, device_token, run};

const PATH: &str = "/api/v1/visits";
const SURVEY: &str = "satisfaction-2026";
const PSU: &str = "411702-U-06";
const OTHER: &str = "411702-R-04";

fn visit(mode: &str, case: u32, attempt: u32, outcome: &str) -> Value {
    json!({
        "survey": SURVEY, "mode": mode, "psu": PSU, "case": case, "attempt": attempt,
        "outcome": outcome, "visited_at": "2026-11-01 09:30",
    })
}

fn interview(site: &Site, token: &str, mode: &str, psu: &str, number: u32) {
    let sent = json!({
        "id": format!("0190a000-0000-7000-8000-{number:012}"),
        "survey": SURVEY, "mode": mode, "psu": psu, "answers": answers(),
        "started_at": "2026-11-01T08:00:00Z", "finished_at": "2026-11-01T08:05:00Z",
    });
    let answer = site.server.post_json_as(token, "/api/v1/responses", &sent);
    assert_eq!(answer.status, 201, "{}", answer.text());
}

fn import(data: &Path, file: &str, more: &[&str]) -> (i32, String, String) {
    let data = data.to_str().unwrap();
    let fixed = ["import", SURVEY, file, "--visits", "--language", "en"];
    let place = ["--data", data, "--surveys", "surveys"];
    run(&[&fixed[..], &place[..], more].concat())
}

#[test]
fn a_device_sends_visits_of_its_mode_and_a_repeated_one_is_no_second_visit() {
    let site = Site::start("visits-api");
    let data = &site.scratch.0;
    let token = device_token(data, "e07", &["--mode", "onsite", "--survey", SURVEY]);
    let phone = device_token(data, "call-1", &["--mode", "phone"]);
    let post = |token: &str, sent: &Value| site.server.post_json_as(token, PATH, sent);
    assert_eq!(
        site.server
            .post_json(PATH, &visit("onsite", 1, 1, "refusal"))
            .status,
        401
    );
    assert_eq!(post(&phone, &visit("onsite", 1, 1, "refusal")).status, 403);
    let first = post(&token, &visit("onsite", 1, 1, "no_contact"));
    assert_eq!(
        (first.status, first.json()["status"].as_u64()),
        (201, Some(201))
    );
    assert_eq!(
        post(&token, &visit("onsite", 1, 1, "no_contact")).status,
        200
    );
    let other = post(&token, &visit("onsite", 1, 1, "refusal"));
    assert_eq!(
        (other.status, &other.json()["type"]),
        (409, &json!("/problems/conflict"))
    );
    assert_eq!(other.json()["faults"][0]["pointer"], "/outcome");
    assert_eq!(post(&phone, &visit("phone", 1, 1, "unknown")).status, 201);
    let mut wrong = visit("onsite", 2, 1, "away");
    wrong["psu"] = json!("411702-U-01");
    wrong["visited_at"] = json!("2030-01-01");
    let refused = post(&token, &wrong);
    assert_eq!(refused.status, 422);
    let faults = refused.json()["faults"].as_array().unwrap().len();
    assert_eq!(faults, 3, "{}", refused.text());
    let mut named = visit("onsite", 2, 1, "refusal");
    named["name"] = json!("张三");
    let refused = post(&token, &named);
    assert_eq!(refused.status, 422);
    assert!(!refused.text().contains("张三"));
    let several = json!([
        visit("onsite", 2, 1, "refusal"),
        visit("onsite", 2, 1, "refusal"),
        visit("intercept", 3, 1, "refusal"),
    ]);
    let answer = post(&token, &several);
    let statuses: Vec<u64> = answer
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|own| own["status"].as_u64().unwrap())
        .collect();
    assert_eq!((answer.status, statuses), (200, vec![201, 200, 403]));
    assert_eq!(site.server.get(PATH).status, 405);
}

#[test]
fn a_file_of_visits_is_stored_as_a_whole_or_every_fault_is_named() {
    let scratch = Scratch::new("visits-import");
    let file = |name: &str, rows: &str| {
        let text = format!("psu,mode,case,attempt,outcome,visited_at,enumerator\n{rows}");
        scratch.write(name, &text).to_str().unwrap().to_owned()
    };
    let wrong = file(
        "wrong.csv",
        &format!(
            "{PSU},onsite,1,1,refusal,2026-11-01,e1\n\
             411702-U-01,onsite,2,1,refusal,2026-11-01,e1\n\
             {PSU},intercept,3,1,no_contact,2026-11-01,e1\n\
             {PSU},onsite,13800000000,1,refusal,tomorrow,e1\n\
             {PSU},onsite,1,1,no_contact,2026-11-01,e1\n"
        ),
    );
    let (code, out, errors) = import(&scratch.0, &wrong, &["--create"]);
    assert_eq!(code, 1);
    assert!(errors.contains("5 faults, nothing stored"), "{errors}");
    for place in [
        ":3: psu",
        ":4: outcome",
        ":5: case",
        ":5: visited_at",
        ":6: outcome",
    ] {
        let (line, column) = place[1..].split_once(": ").unwrap();
        let named = out
            .lines()
            .any(|own| own.contains(line) && own.contains(column));
        assert!(named, "{place} in {out}");
    }
    assert!(!out.contains("13800000000"), "{out}");
    let right = file(
        "right.csv",
        &format!(
            "{PSU},onsite,1,1,refusal,2026-11-01,e1\n{PSU},,2,1,No contact,2026/11/1,\n\
             {PSU},phone,1,1,资格不明,2026-11-01 10:00,\n{PSU},onsite,1,1,refusal,2026-11-01,e1\n"
        ),
    );
    let (code, out, errors) = import(&scratch.0, &right, &["--dry-run"]);
    assert_eq!(code, 0, "{out}{errors}");
    assert!(
        out.starts_with("3 visits can be imported, 1 were stored already"),
        "{out}"
    );
    let (code, _, errors) = import(&scratch.0, &right, &[]);
    assert_eq!(code, 1, "there is no database: {errors}");
    let (code, out, errors) = import(&scratch.0, &right, &["--create"]);
    assert_eq!(
        (code, out.as_str()),
        (0, "3 visits stored, 1 were stored already\n"),
        "{errors}"
    );
    let (_, out, _) = import(&scratch.0, &right, &[]);
    assert_eq!(out, "0 visits stored, 4 were stored already\n");
    let changed = file(
        "changed.csv",
        &format!("{PSU},onsite,1,1,interview,2026-11-01,e1\n"),
    );
    for more in [&["--dry-run"][..], &[]] {
        let (code, out, errors) = import(&scratch.0, &changed, more);
        assert_eq!(code, 1, "{out}{errors}");
        assert!(
            out.contains("2, outcome") || out.contains("outcome"),
            "{out}"
        );
    }
    let data = scratch.0.to_str().unwrap();
    let (code, out, errors) = run(&["doctor", "--data", data, "--surveys", "surveys"]);
    assert_eq!(code, 0, "{out}{errors}");
    // A backup has them.
    let backup = scratch.path("all.backup");
    let copy = scratch.path("copy");
    let (code, _, errors) = run(&["backup", backup.to_str().unwrap(), "--data", data]);
    assert_eq!(code, 0, "{errors}");
    let copy = copy.to_str().unwrap();
    let (code, _, errors) = run(&["restore", backup.to_str().unwrap(), "--data", copy]);
    assert_eq!(code, 0, "{errors}");
    let (_, out, errors) = import(Path::new(copy), &right, &[]);
    assert_eq!(out, "0 visits stored, 4 were stored already\n", "{errors}");
}

#[cfg(feature = "postgres")]
#[test]
fn postgresql_keeps_visits_as_sqlite_does() {
    let Some(database) = fresh_database("visits") else {
        return;
    };
    let scratch = Scratch::new("visits-postgres");
    let rows = format!("psu,case,attempt,outcome,visited_at\n{PSU},1,1,refusal,2026-11-01\n");
    let file = scratch.write("visits.csv", &rows);
    let more = ["--create", "--database", &database];
    for stored in ["1 visit stored, 0", "0 visits stored, 1"] {
        let (code, out, errors) = import(&scratch.0, file.to_str().unwrap(), &more);
        assert_eq!(code, 0, "{out}{errors}");
        assert!(out.starts_with(stored), "{out}");
    }
    let place = [
        "--data",
        scratch.0.to_str().unwrap(),
        "--surveys",
        "surveys",
    ];
    let (code, out, errors) = run(&[&["doctor", "--database", &database][..], &place].concat());
    assert_eq!(code, 0, "{out}{errors}");
}

#[test]
fn a_typist_records_visits_and_sees_cases_counts_rates_and_contradictions() {
    let site = Site::start("visits-page");
    let data = &site.scratch.0;
    let supervisor = Staff::with_role(&site.server, data, "supervisor");
    let publisher = Staff::with_role(&site.server, data, "publisher");
    let page = format!("/office/{SURVEY}/visits");
    assert_eq!(publisher.get(&page).status, 403);
    let token = device_token(data, "e07", &["--mode", "onsite", "--mode", "intercept"]);
    for number in 1..=3 {
        interview(&site, &token, "onsite", PSU, number);
    }
    interview(&site, &token, "onsite", OTHER, 4);
    interview(&site, &token, "intercept", "", 5);
    let head = |day: &'static str| {
        [
            ("psu", PSU),
            ("mode", "onsite"),
            ("day", day),
            ("enumerator", "e<7>"),
        ]
    };
    let rows = |rows: &[[&'static str; 3]]| -> Vec<(&'static str, &'static str)> {
        let names = ["case", "attempt", "outcome"];
        rows.iter()
            .flat_map(|row| names.into_iter().zip(*row))
            .collect()
    };
    // Faults keep what was typed.
    let wrong = [
        &head("soon")[..],
        &rows(&[["77", "x", "refusal"], ["", "1", "refusal"]]),
    ]
    .concat();
    let answer = supervisor.post(&format!("{page}?lang=en"), &wrong);
    assert_eq!(answer.status, 422);
    let text = answer.text();
    assert!(
        text.contains("value=\"77\"") && text.contains("value=\"e&lt;7&gt;\""),
        "{text}"
    );
    assert_eq!(text.matches("Row 1:").count(), 2, "{text}");
    // Two interviews, a refusal at the second attempt, nobody met, not eligible, unknown.
    let typed = rows(&[
        ["1", "1", "interview"],
        ["2", "1", "interview"],
        ["3", "1", "no_contact"],
        ["3", "2", "refusal"],
        ["4", "1", "no_contact"],
        ["5", "1", "ineligible"],
        ["6", "1", "unknown"],
    ]);
    let answer = supervisor.post(
        &format!("{page}?lang=en"),
        &[&head("2026-11-01")[..], &typed].concat(),
    );
    assert_eq!(answer.status, 200, "{}", answer.text());
    let text = supervisor
        .get(&format!("{page}?lang=en&psu={PSU}&mode=onsite"))
        .text();
    assert!(
        text.contains("<th scope=\"row\">3</th><td>Refusal</td><td class=\"number\">2</td>"),
        "{text}"
    );
    // I = 3 stored, R = 1, NC = 1, UH = 1: RR1 = 3/6; e = 5/6: RR3 = 3/(5+5/6).
    assert!(text.contains("<td class=\"number\">50.0</td>"), "{text}");
    assert!(text.contains("<td class=\"number\">51.4</td>"), "{text}");
    assert!(text.contains("<td class=\"number\">83.3</td>"), "{text}");
    // Three are stored, the visits say two; the other PSU has no visits.
    assert!(text.contains(&format!("are stored: {PSU}.")), "{text}");
    assert!(
        text.contains("1 drawn PSUs have responses but no visits"),
        "{text}"
    );
    // The same again is no second visit; a correction takes its place.
    let again = [&head("2026-11-01")[..], &rows(&[["4", "1", "no_contact"]])].concat();
    let text = supervisor.post(&format!("{page}?lang=en"), &again).text();
    assert!(
        text.contains("0 recorded, 1 were recorded already"),
        "{text}"
    );
    let mut correction = [&head("2026-11-01")[..], &rows(&[["4", "1", "interview"]])].concat();
    assert_eq!(supervisor.post(&page, &correction).status, 422);
    correction.push(("corrects", "yes"));
    let text = supervisor
        .post(&format!("{page}?lang=en"), &correction)
        .text();
    assert!(
        text.contains("<th scope=\"row\">4</th><td>Interview</td><td class=\"number\">1</td>"),
        "{text}"
    );
    assert!(!text.contains("are stored: "), "{text}");
    assert_eq!(site.server.terminate(), Some(0));
}

#[test]
fn phone_and_intercept_need_their_token_and_only_intercept_may_have_no_psu() {
    let site = Site::start("visits-modes");
    let data = &site.scratch.0;
    let token = device_token(data, "call-1", &["--mode", "phone", "--mode", "intercept"]);
    let sent = |mode: &str, psu: &str, number: u32| {
        json!({
            "id": format!("0190a000-0000-7000-8000-{number:012}"),
            "survey": SURVEY, "mode": mode, "psu": psu, "answers": answers(),
            "started_at": "2026-11-01T08:00:00Z", "finished_at": "2026-11-01T08:05:00Z",
        })
    };
    let path = "/api/v1/responses";
    let post = |mode: &str, psu: &str, number| {
        site.server
            .post_json_as(&token, path, &sent(mode, psu, number))
            .status
    };
    assert_eq!(
        site.server.post_json(path, &sent("phone", PSU, 1)).status,
        401
    );
    assert_eq!(post("phone", PSU, 1), 201);
    assert_eq!(post("phone", "", 2), 422);
    assert_eq!(post("intercept", PSU, 3), 201);
    assert_eq!(post("intercept", "", 4), 201);
    assert_eq!(post("intercept", "411702-U-01", 5), 422);
    let mut modes: Vec<String> = site
        .stored()
        .iter()
        .map(|row| row["mode"].clone())
        .collect();
    modes.sort_unstable();
    assert_eq!(modes, ["intercept", "intercept", "phone"]);
}

#[test]
fn a_release_states_the_rates_of_its_moment_and_can_be_made_again_after_more_visits() {
    if std::env::var("MINYI_TEST_SLOW").is_err() {
        println!("SKIPPED: two releases and a rebuild; MINYI_TEST_SLOW=1 runs it");
        return;
    }
    let scratch = Scratch::new("visits-release");
    city::make(&scratch.0, 2000);
    let data = scratch.0.to_str().unwrap();
    let surveys = scratch.path("surveys");
    let surveys = surveys.to_str().unwrap();
    let frame =
        std::fs::read_to_string(scratch.path("surveys/satisfaction-2026/frame.csv")).unwrap();
    let drawn = frame.lines().filter(|line| line.ends_with(",1"));
    let drawn: Vec<&str> = drawn.map(|line| line.split(',').next().unwrap()).collect();
    let file = |name: &str, first: u32| {
        let mut rows = "psu,case,attempt,outcome,visited_at\n".to_owned();
        for psu in &drawn {
            for (case, outcome) in (first..).zip(["refusal", "no_contact", "ineligible", "unknown"])
            {
                rows.push_str(&format!("{psu},{case},1,{outcome},2026-06-02\n"));
            }
        }
        scratch.write(name, &rows).to_str().unwrap().to_owned()
    };
    let release = |name: &str| -> (String, Value) {
        let output = scratch.path(name).to_str().unwrap().to_owned();
        let arguments = [
            "release",
            SURVEY,
            "-o",
            &output,
            "--data",
            data,
            "--surveys",
            surveys,
        ];
        let (code, _, errors) = run(&arguments);
        assert_eq!(code, 0, "{errors}");
        let quality = std::fs::read(scratch.path(name).join("quality.json")).unwrap();
        (output, serde_json::from_slice(&quality).unwrap())
    };
    let said = |quality: &Value, code: &str| -> Option<Value> {
        let sections = quality["sections"].as_array().unwrap();
        let section = sections
            .iter()
            .find(|own| own["code"] == "unit_non_response")
            .unwrap();
        let lines = section["lines"].as_array().unwrap();
        let line = lines.iter().find(|own| own["code"] == code);
        line.map(|line| line["value"].clone())
    };
    let (_, before) = release("before");
    assert_eq!(said(&before, "response_rate"), Some(Value::Null));
    let import = |file: &str| {
        let arguments = [
            "import",
            SURVEY,
            file,
            "--visits",
            "--data",
            data,
            "--surveys",
            surveys,
        ];
        let (code, out, errors) = run(&arguments);
        assert_eq!(code, 0, "{out}{errors}");
    };
    import(&file("some.csv", 1));
    let (output, after) = release("after");
    assert_eq!(said(&after, "response_rate"), None);
    let number = |code: &str| {
        said(&after, code)
            .unwrap_or_else(|| panic!("{code}: {after}"))
            .as_f64()
            .unwrap()
    };
    let (rr1, rr3, rr5) = (
        number("rate_unweighted:RR1"),
        number("rate_unweighted:RR3"),
        number("rate_unweighted:RR5"),
    );
    assert!(
        0.0 < rr1 && rr1 < rr3 && rr3 < rr5 && rr5 < 100.0,
        "{rr1} {rr3} {rr5}"
    );
    assert!((0.0..100.0).contains(&number("rate_weighted:RR1")));
    assert!((0.0..=100.0).contains(&number("rate_unweighted:e")));
    for part in ["mode:onsite", "urban:urban", "urban:rural"] {
        assert!(number(&format!("rr1_unweighted:{part}")) > 0.0, "{part}");
    }
    import(&file("more.csv", 5));
    let (code, out, errors) = run(&[
        "verify",
        &output,
        "--rebuild",
        "--data",
        data,
        "--surveys",
        surveys,
    ]);
    assert_eq!(code, 0, "{out}{errors}");
}

#[test]
fn intercept_counts_as_sampled_only_in_a_drawn_psu() {
    for combine in ["sampled", "pool"] {
        let field = Field::new(&format!("intercept-{combine}"));
        field.edit(
            "plan.toml",
            "onsite = [\"onsite\", \"paper\"]",
            "onsite = [\"onsite\", \"paper\", \"intercept\"]",
        );
        if combine == "pool" {
            field.edit("plan.toml", "combine = \"sampled\"", "combine = \"pool\"");
            field.edit("plan.toml", "online = [\"online\"]", "online = []");
        }
        let server = field.serve();
        let (code, token, errors) = field.run(&["token", "add", "m1", "--mode", "intercept"]);
        assert_eq!(code, 0, "{errors}");
        for (number, psu) in [(1, PSU), (2, "")] {
            let sent = json!({
                "id": format!("0190a000-0000-7000-8000-{number:012}"),
                "survey": SURVEY, "mode": "intercept", "psu": psu, "answers": answers(),
                "started_at": "2026-11-01T08:00:00Z", "finished_at": "2026-11-01T08:05:00Z",
            });
            let answer = server.post_json_as(token.trim(), "/api/v1/responses", &sent);
            assert_eq!(answer.status, 201, "{}", answer.text());
        }
        assert_eq!(server.terminate(), Some(0));
        let rows = field.export(&[]);
        let mut parts: Vec<(&str, &str)> = rows
            .iter()
            .map(|row| (row["psu"].as_str(), row["part"].as_str()))
            .collect();
        parts.sort_unstable();
        let own = parts
            .iter()
            .find(|(psu, _)| *psu == PSU)
            .map(|(_, part)| *part);
        assert_eq!(own, Some("sampled"), "{combine}: {parts:?}");
        assert_eq!(
            parts
                .iter()
                .filter(|(_, part)| *part == "volunteer")
                .count(),
            1,
            "{combine}: {parts:?}"
        );
    }
}

#[test]
fn the_quality_report_states_rates_of_parts_with_enough_cases() {
    let cases = Dispositions {
        complete: 50.0,
        refusal: 25.0,
        non_contact: 15.0,
        unknown_household: 10.0,
        not_eligible: 10.0,
        ..Dispositions::default()
    };
    let group = |dimension, category: &str, issued| GroupRates {
        dimension,
        category: category.to_owned(),
        label: words(category, category),
        issued,
        psus: 4,
        unknown_psus: 1,
        rates: ResponseRates {
            unweighted: Outcomes::new(cases, None),
            weighted: Outcomes::new(cases, None),
        },
    };
    let figures = Figures {
        outcome_rates: vec![
            group("", "", 110),
            group("mode", "onsite", 110),
            group("mode", "phone", 9),
        ],
        ..waves::city()
    };
    let imprint = Imprint {
        number: 1,
        published_at: 1_780_000_000_000_000,
        reason: String::new(),
        next: None,
        public_url: "https://survey.example.gov.cn".into(),
    };
    let report = quality_report(&figures, &imprint, None);
    let lines = report.sections.iter().flat_map(|section| &section.lines);
    let said: BTreeMap<&str, String> = lines
        .map(|line| (line.code.as_str(), line.value.text(Language::EN)))
        .collect();
    // e = 90/100, RR1 = 50/100, RR3 = 50/99, RR5 = 50/90, REF1 = 25/100, CON1 = 75/100.
    for (code, expected) in [
        ("cases_issued", "110"),
        ("psus_with_visits", "4"),
        ("psus_without_visits", "1"),
        ("rate_unweighted:e", "90.0"),
        ("rate_unweighted:RR1", "50.0"),
        ("rate_weighted:RR3", "50.5"),
        ("rate_weighted:RR5", "55.6"),
        ("rate_unweighted:COOP1", "66.7"),
        ("rate_unweighted:REF1", "25.0"),
        ("rate_unweighted:CON1", "75.0"),
        ("rr1_weighted:mode:onsite", "50.0"),
    ] {
        assert_eq!(said.get(code).map(String::as_str), Some(expected), "{code}");
    }
    assert!(!said.contains_key("response_rate") && !said.contains_key("rr1_weighted:mode:phone"));
}
