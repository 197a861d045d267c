//! Responses by the JSON API, and labels that forms and the API refuse.

use serde_json::json;

use crate::support::device_token;
use crate::support::site::{Site, answers, complete};

#[test]
fn a_channel_is_stored_as_it_was_sent_or_refused_by_forms_and_api() {
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
    // Other parameters, which messengers and advertisers add, are ignored in any encoding.
    let shared = "c=%E6%B5%B7%E6%8A%A5+7&from=singlemessage&utm=50%off&x=%B0%AE";
    assert_eq!(post(shared, &complete()), 303);
    let answers = answers();
    let token = device_token(&site.scratch.0, "e07", &["--mode", "onsite"]);
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
                "id": "0190a000-0000-7000-8000-0000000000aa",
                "survey": "satisfaction-2026", "mode": "onsite", "answers": answers,
            });
            response[field] = json!(bad);
            let refused = site
                .server
                .post_json_as(&token, "/api/v1/responses", &response);
            assert_eq!(refused.status, 422, "{field}");
            assert_eq!(refused.json()["faults"][0]["pointer"], format!("/{field}"));
        }
    }
    let rows = site.stored();
    assert_eq!(rows.len(), 1);
    assert_eq!(rows[0]["channel"], "海报 7");
}

#[test]
fn the_api_stores_answers_repeats_and_keeps_the_first_content() {
    let site = Site::start("api");
    let answers = answers();
    let mut response = json!({
        "id": "0190a000-0000-7000-8000-0000000000aa",
        "survey": "satisfaction-2026", "mode": "onsite", "psu": "411702-U-06", "answers": answers,
        "started_at": "2026-11-23T09:00:00+08:00", "finished_at": "2026-11-23T09:06:00+08:00",
        "enumerator": "somebody else", "device": "tablet-3",
    });
    let token = device_token(&site.scratch.0, "e07", &["--mode", "onsite"]);
    let post = |response: &serde_json::Value| {
        let path = "/api/v1/responses";
        site.server.post_json_as(&token, path, response)
    };
    let first = post(&response);
    assert_eq!(first.status, 201, "{}", first.text());
    assert_eq!(post(&response).status, 200);
    response["answers"]["a1"] = json!(1);
    // The same receipt, whatever it holds: else answers could be found out by trial.
    let repeated = post(&response);
    assert_eq!(repeated.status, 200);
    assert_eq!(repeated.json()["leaf_hash"], first.json()["leaf_hash"]);
    let rows = site.stored();
    assert_eq!(rows.len(), 1);
    assert_eq!(
        (
            rows[0]["psu"].as_str(),
            rows[0]["duration"].as_str(),
            rows[0]["enumerator"].as_str()
        ),
        ("411702-U-06", "360", "e07")
    );

    response["id"] = json!("0190a000-0000-7000-8000-0000000000ab");
    response["answers"]["a1"] = json!(7);
    response["answers"]["nonsense"] = json!(1);
    let refused = post(&response);
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
    let batch = post(&json!([response, bad, 17]));
    let statuses: Vec<_> = batch
        .json()
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["status"].as_u64().unwrap())
        .collect();
    assert_eq!((batch.status, statuses), (200, vec![201, 422, 422]));
    assert_eq!(site.stored().len(), 2);

    // A day's interviews in one array: of several with one id, the first is stored.
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
    let batch = post(&json!(day)).json();
    let expected = (0..200).map(|place| match place {
        1 | 150 | 151 => 200,
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
fn json_that_is_not_a_response_is_a_problem_without_the_answers() {
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
    let response = |rest: &str| {
        let id = "0190a000-0000-7000-8000-0000000000ad";
        let body = format!(
            r#"{{"id":"{id}","survey":"satisfaction-2026","mode":"online","answers":{rest}}}"#
        );
        post(body.as_bytes())
    };
    assert_eq!(response(r#"{"a1":1,"a1":5}"#).status, 422);
    let unknown = response(r#"{},"secret":"canary-value""#);
    assert_eq!(unknown.status, 422);
    assert!(!unknown.text().contains("canary-value"));
    assert_eq!(
        site.server.get("/api/v1/nothing").header("content-type"),
        Some("application/problem+json")
    );
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
