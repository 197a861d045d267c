//! A citizen's form on its way to the store, over HTTP.

use serde_json::json;

use crate::support::{Answer, Scratch, Server, form, root, run};

/// A complete form of satisfaction-2026, as a phone sends it.
pub fn complete() -> Vec<(&'static str, &'static str)> {
    let mut fields = vec![
        ("adult", "yes"),
        ("residence", "over"),
        ("area", "411702"),
        ("urban", "urban"),
    ];
    let items = [
        "a1", "a2", "a3", "a4", "a5", "b1", "b2", "b3", "b4", "b5", "c1", "c2", "c3", "d1", "d2",
        "d3", "e1", "e2", "e3",
    ];
    fields.extend(items.map(|item| (item, "4")));
    fields.push(("z1", "5"));
    let activities = [
        "p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p9", "p10", "p11", "p12",
    ];
    fields.extend(activities.map(|activity| (activity, "1")));
    fields.extend([("sex", "f"), ("age", "a60"), ("education", "junior")]);
    fields
}

pub struct Site {
    pub scratch: Scratch,
    pub server: Server,
}

impl Site {
    pub fn start(name: &str) -> Site {
        let scratch = Scratch::new(name);
        let server = Server::start(&[
            "serve",
            "--data",
            scratch.0.to_str().unwrap(),
            "--surveys",
            "surveys",
        ]);
        Site { scratch, server }
    }

    /// The stored responses of satisfaction-2026, by the export that a statistician makes.
    pub fn stored(&self) -> Vec<std::collections::BTreeMap<String, String>> {
        stored(&self.scratch, "satisfaction-2026")
    }

    pub fn submit(&self, fields: &[(&str, &str)]) -> Answer {
        self.server.post_form("/s/satisfaction-2026", fields)
    }
}

pub fn stored(scratch: &Scratch, survey: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let file = scratch.path("out.csv");
    let (data, file) = (scratch.0.to_str().unwrap(), file.to_str().unwrap());
    let (code, _, errors) = run(&[
        "export",
        survey,
        "--format",
        "csv",
        "-o",
        file,
        "--data",
        data,
        "--surveys",
        "surveys",
    ]);
    assert_eq!(code, 0, "{errors}");
    let mut all = rows(file);
    // A test fills in faster than any person, so the plan may leave its responses out: they are listed beside.
    let excluded = scratch.path("out-excluded.csv");
    if excluded.exists() {
        all.extend(rows(excluded.to_str().unwrap()));
    }
    all
}

pub fn rows(file: &str) -> Vec<std::collections::BTreeMap<String, String>> {
    let text = std::fs::read_to_string(file).unwrap();
    let mut reader = csv::Reader::from_reader(text.trim_start_matches('\u{feff}').as_bytes());
    let header = reader.headers().unwrap().clone();
    let row = |record: csv::StringRecord| {
        header
            .iter()
            .zip(record.iter())
            .map(|(name, cell)| (name.to_owned(), cell.to_owned()))
            .collect()
    };
    reader
        .records()
        .map(|record| row(record.unwrap()))
        .collect()
}

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
    // Without a length it is known to be too large only when that much has come.
    let chunked = [&b"1000\r\n"[..], &[b'a'; 4096], b"\r\n"]
        .concat()
        .repeat(17);
    let head = "POST /s/satisfaction-2026 HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n\
                Transfer-Encoding: chunked\r\n\r\n";
    let said = site.server.say(&[head.as_bytes(), &chunked].concat());
    assert!(said.starts_with("HTTP/1.1 413 "), "{said}");
    assert_eq!(site.submit(&complete()).status, 303);
}

#[test]
fn a_channel_is_stored_as_it_was_sent_or_refused_at_every_door() {
    let site = Site::start("channels");
    let post = |query: &str, fields: &[(&str, &str)]| {
        let path = format!("/s/satisfaction-2026?{query}");
        site.server.post_form(&path, fields).status
    };
    let long = format!("c={}", "a".repeat(65));
    for unreadable in [
        "c=%FF",
        "c=%C0%AF",
        "c=%ED%A0%80",
        "c=%4",
        "c=a%0Ab",
        "c=%C2%85",
        "c=a%E2%80%AEb",
        "c=a%E2%80%8B",
        &long,
    ] {
        assert_eq!(post(unreadable, &complete()), 400, "{unreadable}");
        let page = site
            .server
            .get(&format!("/s/satisfaction-2026?lang=en&{unreadable}"));
        assert_eq!(page.status, 400, "{unreadable}");
        assert!(page.text().contains("The link is broken"));
    }
    for bad in ["a\nb", "\u{85}", "a\u{202e}b", &"a".repeat(65)] {
        let fields = [&complete()[..], &[("channel", bad)]].concat();
        assert_eq!(post("", &fields), 422, "{bad}");
    }
    // What messengers and advertisers add is theirs, however it is written.
    let shared = "c=%E6%B5%B7%E6%8A%A5+7&from=singlemessage&utm=50%off&x=%B0%AE";
    assert_eq!(post(shared, &complete()), 303);
    let answers = answers();
    for (field, longest) in [
        ("channel", 64),
        ("psu", 64),
        ("enumerator", 64),
        ("device", 512),
    ] {
        for bad in [
            "a\nb",
            "\u{9b}31m",
            "\u{2066}a",
            "a\u{feff}",
            &"a".repeat(longest + 1),
        ] {
            let mut response = json!({
                "id": "0190a000-0000-7000-8000-0000000000aa", "survey": "satisfaction-2026", "mode": "onsite", "answers": answers,
            });
            response[field] = json!(bad);
            let refused = site.server.post_json("/api/v1/responses", &response);
            assert_eq!(refused.status, 422, "{field}");
            assert_eq!(refused.json()["faults"][0]["pointer"], format!("/{field}"));
        }
    }
    let rows = site.stored();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["channel"], "海报 7");
}

/// The answers of [`complete`] as a device sends them.
fn answers() -> serde_json::Value {
    let answers: serde_json::Map<String, serde_json::Value> = complete()
        .into_iter()
        .map(|(code, value)| match value.parse::<i64>() {
            Ok(number) if code != "area" => (code.to_owned(), json!(number)),
            _ => (code.to_owned(), json!(value)),
        })
        .collect();
    answers.into()
}

#[test]
fn the_api_stores_answers_repeats_and_refuses_another_content() {
    let site = Site::start("api");
    let answers = answers();
    let mut response = json!({
        "id": "0190a000-0000-7000-8000-0000000000aa", "survey": "satisfaction-2026", "mode": "onsite", "psu": "411702-U-01",
        "answers": answers, "started_at": "2026-11-23T09:00:00+08:00", "finished_at": "2026-11-23T09:06:00+08:00",
        "enumerator": "e07", "device": "tablet-3",
    });
    let first = site.server.post_json("/api/v1/responses", &response);
    assert_eq!(first.status, 201, "{}", first.text());
    assert_eq!(
        site.server.post_json("/api/v1/responses", &response).status,
        200
    );
    response["answers"]["a1"] = json!(1);
    assert_eq!(
        site.server.post_json("/api/v1/responses", &response).status,
        409
    );
    let rows = site.stored();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (
            rows[0]["psu"].as_str(),
            rows[0]["duration"].as_str(),
            rows[0]["enumerator"].as_str()
        ),
        ("411702-U-01", "360", "e07")
    );

    response["id"] = json!("0190a000-0000-7000-8000-0000000000ab");
    response["answers"]["a1"] = json!(7);
    response["answers"]["nonsense"] = json!(1);
    let refused = site.server.post_json("/api/v1/responses", &response);
    assert_eq!(refused.status, 422);
    assert_eq!(
        refused.header("content-type"),
        Some("application/problem+json")
    );
    let faults = refused.json()["faults"].clone();
    let pointers: Vec<_> = faults
        .as_array()
        .unwrap()
        .iter()
        .map(|fault| fault["pointer"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(pointers, ["/answers/a1", "/answers/nonsense"]);

    response["answers"]["a1"] = json!(4);
    response["answers"]
        .as_object_mut()
        .unwrap()
        .remove("nonsense");
    let mut bad = response.clone();
    bad["id"] = json!("0190a000-0000-7000-8000-0000000000ac");
    bad["answers"]["a2"] = json!([1, 2]);
    let batch = site
        .server
        .post_json("/api/v1/responses", &json!([response, bad, 17]));
    let statuses: Vec<_> = batch
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["status"].as_u64().unwrap())
        .collect();
    assert_eq!((batch.status, statuses), (200, vec![201, 422, 422]));
    assert_eq!(site.stored().len(), 2);

    // A day's interviews at once: of those with one id the first is stored, however far apart they stand.
    let numbered = |number: u32| {
        let mut one = response.clone();
        one["id"] = json!(format!("0190a000-0000-7000-8000-{number:012}"));
        one
    };
    let mut day: Vec<_> = (0..200).map(numbered).collect();
    day[1] = numbered(0);
    day[150] = numbered(0);
    day[151] = numbered(0);
    day[151]["answers"]["a1"] = json!(1);
    let batch = site
        .server
        .post_json("/api/v1/responses", &json!(day))
        .json();
    let expected = (0..200).map(|place| match place {
        1 | 150 => 200,
        151 => 409,
        _ => 201,
    });
    let statuses = batch
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["status"].as_u64().unwrap());
    assert!(statuses.eq(expected), "{batch}");
    assert_eq!(batch[150]["leaf_index"], batch[0]["leaf_index"]);
    assert_eq!(site.stored().len(), 2 + 197);
}

#[test]
fn json_that_is_no_response_is_a_problem_with_its_place_and_without_the_answers() {
    let site = Site::start("json");
    let post = |body: &[u8]| {
        site.server.request(
            "POST",
            "/api/v1/responses",
            &[("Content-Type", "application/json")],
            body,
        )
    };
    assert_eq!(post(b"{").status, 400);
    assert_eq!(post("[".repeat(100_000).as_bytes()).status, 400);
    let twice = br#"{"id":"0190a000-0000-7000-8000-0000000000ad","survey":"satisfaction-2026","mode":"online","answers":{"a1":1,"a1":5}}"#;
    assert_eq!(post(twice).status, 422);
    let unknown = post(br#"{"id":"0190a000-0000-7000-8000-0000000000ad","survey":"satisfaction-2026","mode":"online","answers":{},"secret":"canary-value"}"#);
    assert_eq!(unknown.status, 422);
    assert!(!unknown.text().contains("canary-value"));
    assert_eq!(
        site.server.get("/api/v1/nothing").header("content-type"),
        Some("application/problem+json")
    );
}

#[test]
fn the_questionnaire_is_one_small_document_with_a_strict_policy_and_a_validator() {
    let site = Site::start("document");
    for survey in [
        "satisfaction-2026",
        "disposables-2026",
        "appliances-2026",
        "fixtures-2026",
    ] {
        for language in ["", "?lang=en"] {
            let path = format!("/s/{survey}{language}");
            let page = site
                .server
                .request("GET", &path, &[("Accept-Encoding", "br, gzip")], b"");
            assert_eq!(page.header("content-encoding"), Some("br"));
            let head: usize = page
                .headers
                .iter()
                .map(|(name, value)| name.len() + value.len() + 4)
                .sum();
            let wire = page.body.len() + head;
            println!("{path}: {wire} bytes on the wire");
            assert!(wire <= 14_600, "{path}: {wire} bytes");
            let policy = page.header("content-security-policy").unwrap();
            assert!(
                policy.contains("default-src 'none'") && !policy.contains("unsafe"),
                "{policy}"
            );
            let etag = page.header("etag").unwrap();
            let known = site.server.request(
                "GET",
                &path,
                &[("Accept-Encoding", "br"), ("If-None-Match", etag)],
                b"",
            );
            assert_eq!((known.status, known.body.len()), (304, 0));
        }
    }
}

#[test]
fn the_questionnaire_as_json_has_the_shape_of_the_contract() {
    let site = Site::start("describe");
    let list = site.server.get("/api/v1/surveys").json();
    assert!(
        list.as_array()
            .unwrap()
            .iter()
            .any(|survey| survey["id"] == "satisfaction-2026")
    );
    let survey = site.server.get("/api/v1/surveys/satisfaction-2026").json();
    assert_eq!(
        (survey["survey"].as_str(), survey["wave"].as_str()),
        (Some("satisfaction"), Some("2026"))
    );
    let question = &survey["sections"][1]["questions"][0];
    assert_eq!(question["code"], "a1");
    assert_eq!(
        question["choices"][0]["code"].to_string().trim_matches('"'),
        "5"
    );
    assert!(question["text"]["zh"].is_string() && question["text"]["en"].is_string());
    assert_eq!(site.server.get("/api/v1/surveys/none-2026").status, 404);
}

#[test]
fn operators_and_robots_find_what_they_look_for() {
    let site = Site::start("site");
    for path in [
        "/",
        "/results",
        "/healthz",
        "/readyz",
        "/robots.txt",
        "/openapi.json",
        "/s/satisfaction-2026/poster?c=x",
    ] {
        assert_eq!(site.server.get(path).status, 200, "{path}");
    }
    assert_eq!(
        site.server.get("/metrics").status,
        404,
        "metrics are for the admin listener"
    );
    assert_eq!(
        site.server.get("/results/satisfaction-2026").status,
        200,
        "no figures yet is a page, not an error"
    );
    for path in ["/", "/results", "/healthz", "/nowhere"] {
        let answer = site.server.get(path);
        assert_eq!(
            answer.header("x-content-type-options"),
            Some("nosniff"),
            "{path}"
        );
        assert!(answer.header("content-security-policy").is_some(), "{path}");
    }
}

#[test]
fn a_second_server_on_one_file_is_refused_with_a_clear_message() {
    let site = Site::start("second");
    let (code, _, errors) = run(&[
        "serve",
        "--data",
        site.scratch.0.to_str().unwrap(),
        "--surveys",
        "surveys",
        "--listen",
        "127.0.0.1:0",
    ]);
    assert_eq!(code, 75, "{errors}");
    assert!(errors.contains("another minyi"), "{errors}");
}

#[test]
fn a_second_server_on_one_file_is_refused_by_every_name_that_leads_to_it() {
    let scratch = Scratch::new("links");
    let at = |name: &str| scratch.path(name);
    let symlink = |from: &std::path::Path, to: &std::path::Path| {
        std::os::unix::fs::symlink(from, to).unwrap()
    };
    std::fs::create_dir(at("real")).unwrap();
    std::fs::create_dir(at("links")).unwrap();
    symlink(&at("real"), &at("folder"));
    // To a file that the first server is still to make, by way of another link.
    symlink(
        std::path::Path::new("../folder/minyi.sqlite"),
        &at("links/file"),
    );
    symlink(std::path::Path::new("file"), &at("links/second"));
    let database = |name: &str| format!("sqlite:{}", at(name).display());
    let first = Server::start(&[
        "serve",
        "--surveys",
        "surveys",
        "--database",
        &database("links/second"),
    ]);
    assert_eq!(first.get("/readyz").status, 200);
    for name in [
        "real/minyi.sqlite",
        "folder/minyi.sqlite",
        "links/file",
        "links/second",
    ] {
        let database = database(name);
        let serve = [
            "serve",
            "--surveys",
            "surveys",
            "--listen",
            "127.0.0.1:0",
            "--database",
            &database,
        ];
        let (code, _, errors) = run(&serve);
        assert_eq!(code, 75, "{name}: {errors}");
    }
    let made = std::fs::read_dir(at("links")).unwrap().count();
    assert_eq!(made, 2, "all files stand beside the real one");
}

#[test]
fn a_form_encodes_as_a_browser_does() {
    assert_eq!(form(&[("a", "1"), ("t", "好 b")]), "a=1&t=%E5%A5%BD%20b");
    assert!(root().join("surveys").is_dir());
}

#[test]
fn operators_read_counts_on_a_listener_of_their_own_and_the_log_holds_no_answer() {
    let scratch = Scratch::new("metrics");
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .port();
    let admin = format!("127.0.0.1:{port}");
    let data = scratch.0.to_str().unwrap();
    let server = Server::start(&[
        "serve",
        "--data",
        data,
        "--surveys",
        "surveys",
        "--admin-listen",
        &admin,
    ]);
    assert_eq!(
        server.post_form("/s/satisfaction-2026", &complete()).status,
        303
    );
    let metrics = server.get_at(&admin, "/metrics").text();
    assert!(
        metrics.contains("minyi_responses_total{survey=\"satisfaction-2026\",mode=\"online\"} 1"),
        "{metrics}"
    );
    assert_eq!(server.get("/metrics").status, 404);
}

#[test]
fn every_route_is_described_and_every_description_is_a_route() {
    let source = std::fs::read_to_string(root().join("src/web/routes.rs")).unwrap();
    let routes: std::collections::BTreeSet<&str> = source
        .split('"')
        .skip(1)
        .step_by(2)
        .filter(|text| text.starts_with('/'))
        .collect();
    let site = Site::start("openapi");
    let document = site.server.get("/openapi.json").json();
    let described: std::collections::BTreeSet<&str> = document["paths"]
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    assert_eq!(routes, described);
}
