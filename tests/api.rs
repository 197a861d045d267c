//! The API for other programs: methods, headers, the OpenAPI document, problems.
//!
//! schemathesis (PyPI) compares the document with the running server, if it is named by hand:
//! `MINYI_TEST_SCHEMATHESIS=schemathesis cargo test --all-features --test main api::schemathesis`.

use std::collections::BTreeSet;
use std::process::Command;

use minyi::collection::label::{is_device, is_label};
use minyi::web::routes::ROUTES;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::questionnaire_json::Client;
use crate::support::Answer;
use crate::support::site::{Site, complete};

/// A path that exists for each route.
fn path_of(pattern: &str) -> String {
    pattern
        .replace("{survey}", "satisfaction-2026")
        .replace("{file}", "nothing.css")
        .replace("{name}", "faults")
}

#[test]
fn every_known_path_states_the_methods_that_it_takes() {
    let site = Site::start("methods");
    for (pattern, allow) in ROUTES.iter().map(|listed| (listed.path, listed.allow)) {
        let path = path_of(pattern);
        let options = site.server.request("OPTIONS", &path, &[], b"");
        assert_eq!(
            (options.status, options.header("allow")),
            (204, Some(allow)),
            "{path}"
        );
        for method in ["PUT", "DELETE", "PATCH", "TRACE", "GET", "POST"] {
            let takes = allow.split(", ").any(|taken| taken == method);
            if !takes {
                let refused = site.server.request(method, &path, &[], b"");
                let found = (refused.status, refused.header("allow"));
                assert_eq!(found, (405, Some(allow)), "{method} {path}");
            }
        }
    }
    for method in ["GET", "POST", "OPTIONS", "TRACE"] {
        assert_eq!(
            site.server.request(method, "/nothing", &[], b"").status,
            404
        );
    }
}

#[test]
fn every_get_answers_head_with_the_same_headers_and_no_body() {
    let site = Site::start("head");
    for listed in ROUTES.iter().filter(|listed| listed.allow.contains("GET")) {
        let pattern = listed.path;
        assert!(listed.allow.contains("HEAD"), "{pattern}");
        let path = path_of(pattern);
        let (get, head) = (
            site.server.get(&path),
            site.server.request("HEAD", &path, &[], b""),
        );
        assert_eq!(head.status, get.status, "{path}");
        assert!(head.body.is_empty(), "{path}: {}", head.text());
        for name in [
            "content-type",
            "content-length",
            "etag",
            "cache-control",
            "vary",
        ] {
            // Error pages differ in the number of the request.
            if get.status < 500 {
                assert_eq!(head.header(name), get.header(name), "{path}: {name}");
            }
        }
    }
}

#[test]
fn pages_of_any_site_can_read_open_tables_and_questionnaires_and_nothing_else() {
    let site = Site::start("cors");
    let of = |path: &str| {
        let answer = site.server.get(path);
        let header = |name: &str| answer.header(name).map(str::to_owned);
        (
            header("access-control-allow-origin"),
            header("cross-origin-resource-policy"),
        )
    };
    let open = (Some("*".to_owned()), Some("cross-origin".to_owned()));
    let closed = (None, Some("same-origin".to_owned()));
    for path in ["/api/v1/surveys", "/api/v1/surveys/satisfaction-2026"] {
        assert_eq!(of(path), open, "{path}");
    }
    for path in ["/", "/s/satisfaction-2026", "/results", "/healthz"] {
        assert_eq!(of(path), closed, "{path}");
    }
}

#[test]
fn a_coding_that_the_client_refuses_is_not_used() {
    let site = Site::start("codings");
    let coded = |accepts: &str| -> Answer {
        let accepts = [("Accept-Encoding", accepts)];
        site.server
            .request("GET", "/s/satisfaction-2026", &accepts, b"")
    };
    for (accepts, expected) in [
        ("br;q=0.000, gzip", Some("gzip")),
        ("br;q=0, gzip;q=0.0", None),
        ("br; Q=0., GZIP", Some("gzip")),
        ("br;q=0.001, gzip", Some("br")),
        ("identity", None),
    ] {
        assert_eq!(
            coded(accepts).header("content-encoding"),
            expected,
            "{accepts}"
        );
    }
}

fn document() -> Value {
    serde_json::from_str(include_str!("../src/web/openapi.json")).unwrap()
}

#[test]
fn the_openapi_document_has_exactly_the_routes_and_their_methods() {
    let document = document();
    let described: BTreeSet<(String, String)> = document["paths"]
        .as_object()
        .unwrap()
        .iter()
        .flat_map(|(path, methods)| {
            let methods = methods.as_object().unwrap().keys();
            let methods = methods.filter(|method| *method != "parameters");
            methods.map(|method| (path.clone(), method.to_ascii_uppercase()))
        })
        .collect();
    let routed: BTreeSet<(String, String)> = ROUTES
        .iter()
        // Pages of staff are for people.
        .filter(|listed| !listed.path.starts_with("/office"))
        .flat_map(|listed| {
            let (path, allow) = (listed.path, listed.allow);
            let own = allow
                .split(", ")
                .filter(|method| !["HEAD", "OPTIONS"].contains(method));
            own.map(move |method| (path.to_owned(), method.to_owned()))
        })
        .collect();
    assert_eq!(described, routed);
}

#[test]
fn every_operation_of_the_document_has_405_and_every_post_has_all_its_statuses() {
    let document = document();
    for (path, methods) in document["paths"].as_object().unwrap() {
        for (method, operation) in methods.as_object().unwrap() {
            if method == "parameters" {
                continue;
            }
            let statuses = operation["responses"].as_object().unwrap();
            assert!(statuses.contains_key("405"), "{method} {path}");
            if method == "post" {
                for status in [
                    "400", "403", "404", "408", "409", "413", "415", "422", "429", "503",
                ] {
                    // A question has no id that another could have.
                    let is_question = path.ends_with("/objection");
                    if is_question && status == "409" {
                        continue;
                    }
                    assert!(statuses.contains_key(status), "{method} {path}: {status}");
                }
                // The form takes online responses only, which need no token.
                let takes_tokens = path.starts_with("/api/v1/");
                assert_eq!(statuses.contains_key("401"), takes_tokens, "{path}");
            }
        }
    }
}

#[test]
fn a_response_has_exactly_the_fields_of_the_document() {
    let site = Site::start("fields");
    let document = document();
    let properties = &document["components"]["schemas"]["Response"]["properties"];
    let send = |body: &Value| site.server.post_json("/api/v1/responses", body);
    let valid = json!({
        "id": "0190a000-0000-7000-8000-000000000001",
        "survey": "satisfaction-2026",
        "mode": "online",
        "answers": {},
    });
    for field in properties.as_object().unwrap().keys() {
        let mut body = valid.clone();
        // No field has this type, so a known field gives "wrong type", and others "unknown field".
        body[field] = json!([[[]]]);
        let detail = send(&body).json()["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("wrong type"), "{field}: {detail}");
    }
    let mut body = valid.clone();
    body["nonsense"] = json!(1);
    let problem = send(&body).json();
    assert_eq!(problem["faults"][0]["pointer"], "/nonsense");
}

proptest! {
    #[test]
    fn the_pattern_of_labels_in_the_document_accepts_what_the_server_accepts(
        text in "\\PC{0,70}|.{0,70}|[\u{0}-\u{9f}\u{200b}\u{202e}\u{feff}a字]{0,5}",
    ) {
        let document = document();
        let schema = |name: &str| document["components"]["schemas"][name].clone();
        let fits = |schema: Value| {
            let pattern = regex::Regex::new(schema["pattern"].as_str().unwrap()).unwrap();
            let longest = schema["maxLength"].as_u64().unwrap();
            text.chars().count() as u64 <= longest && pattern.is_match(&text)
        };
        // In JSON Schema a dollar sign also matches before a final line break.
        prop_assert_eq!(fits(schema("Label")), is_label(&text));
        prop_assert_eq!(fits(schema("Device")), is_device(&text));
    }
}

#[test]
fn a_client_that_knows_only_the_document_and_the_api_submits_to_every_open_survey() {
    let site = Site::start("client");
    let document = site.server.get("/openapi.json").json();
    let paths = document["paths"].as_object().unwrap();
    assert!(paths.contains_key("/api/v1/surveys") && paths.contains_key("/api/v1/responses"));
    let mut submitted = 0;
    for survey in site
        .server
        .get("/api/v1/surveys")
        .json()
        .as_array()
        .unwrap()
    {
        if survey["state"] != "open" {
            continue;
        }
        let id = survey["id"].as_str().unwrap();
        let described = site.server.get(&format!("/api/v1/surveys/{id}")).json();
        for seed in 0..5 {
            let answers: serde_json::Map<String, Value> =
                Client::respond(&described, "online", seed)
                    .into_iter()
                    .collect();
            let response = json!({
                "id": format!("0190a000-0000-7000-8000-{submitted:012}"),
                "survey": id,
                "version": described["version"],
                "mode": "online",
                "answers": answers,
            });
            let answer = site.server.post_json("/api/v1/responses", &response);
            assert_eq!(answer.status, 201, "{}", answer.text());
            submitted += 1;
        }
    }
    assert_eq!(submitted, 20, "four surveys are open");
}

#[test]
fn an_array_is_refused_as_a_whole_only_if_nothing_of_it_is_stored() {
    let site = Site::start("array");
    let response = |number: u32, survey: &str| {
        let answers: serde_json::Map<String, Value> = complete()
            .into_iter()
            .map(|(code, value)| (code.to_owned(), json!(value)))
            .collect();
        json!({
            "id": format!("0190a000-0000-7000-8000-{number:012}"),
            "survey": survey, "mode": "online", "answers": answers,
        })
    };
    let good = |number| response(number, "satisfaction-2026");
    let unknown = |number| response(number, "nothing-2026");
    let send = |items: Value| site.server.post_json("/api/v1/responses", &items);
    assert_eq!(send(json!([good(1), unknown(2), {}])).status, 200);
    assert_eq!(send(json!([unknown(3), unknown(4)])).status, 404);
    assert_eq!(send(json!([unknown(5), {}])).status, 422);
    assert_eq!(send(json!([])).status, 200);
    let answers = send(json!([good(1), good(6)])).json();
    assert_eq!(
        (&answers[0]["status"], &answers[1]["status"]),
        (&json!(200), &json!(201))
    );
}

#[test]
fn unusual_ids_are_accepted_or_refused_with_a_pointer() {
    let site = Site::start("ids");
    let answers: serde_json::Map<String, Value> = complete()
        .into_iter()
        .map(|(code, value)| (code.to_owned(), json!(value)))
        .collect();
    let send = |id: &str| {
        let response =
            json!({"id": id, "survey": "satisfaction-2026", "mode": "online", "answers": answers});
        site.server.post_json("/api/v1/responses", &response)
    };
    assert_eq!(
        send("uuid:0190a000-0000-7000-8000-000000000001").status,
        201
    );
    assert_eq!(send("0190a000-0000-7000-8000-000000000001").status, 200);
    for id in ["00000000-0000-0000-0000-000000000000", "", "uuid:", "12"] {
        let refused = send(id);
        assert_eq!(refused.status, 422, "{id}");
        assert_eq!(refused.json()["faults"][0]["pointer"], "/id");
    }
}

#[test]
fn schemathesis_finds_no_difference_between_document_and_server() {
    let Ok(program) = std::env::var("MINYI_TEST_SCHEMATHESIS") else {
        println!("SKIPPED: set MINYI_TEST_SCHEMATHESIS to the program (pip install schemathesis)");
        return;
    };
    let site = Site::start("schemathesis");
    let address = format!("http://{}/openapi.json", site.server.address);
    let run = Command::new(program)
        .args(["run", "--checks", "all", "--max-examples", "150", &address])
        .current_dir(&site.scratch.0)
        .output()
        .unwrap();
    assert!(
        run.status.success(),
        "{}",
        String::from_utf8_lossy(&run.stdout)
    );
}
