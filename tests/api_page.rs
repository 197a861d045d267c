//! The API page: it says what the OpenAPI document says, explains every problem type, and its
//! examples work.

use minyi::web::problem::ProblemType;

use crate::pages::{between, headings_skip_no_level};
use crate::support::site::Site;

#[test]
fn every_problem_type_is_explained_in_every_language_and_its_address_leads_there() {
    let site = Site::start("problems");
    for language in ["zh", "en"] {
        let page = site.server.get(&format!("/api?lang={language}")).text();
        assert!(!page.contains("api.problem_") && !page.contains("api.cure_"));
        for kind in ProblemType::ALL {
            let name = kind.name();
            assert!(page.contains(&format!("id=\"problem-{name}\"")), "{name}");
            let link = site
                .server
                .get(&format!("/problems/{name}?lang={language}"));
            assert_eq!(link.status, 308, "{name}");
            let place = link.header("location").unwrap();
            assert!(place.starts_with("/api") && place.ends_with(&format!("#problem-{name}")));
        }
    }
    assert_eq!(site.server.get("/problems/none").status, 404);
    let refused = site.server.get("/api/v1/surveys/none-2026").json();
    assert_eq!(refused["type"], "/problems/not-found");
}

#[test]
fn the_api_page_holds_every_path_status_and_field_of_the_openapi_document() {
    let site = Site::start("api");
    let page = site.server.get("/api?lang=en").text();
    headings_skip_no_level(&page, "/api");
    let document = site.server.get("/openapi.json").json();
    let known: Vec<&str> = ProblemType::ALL.iter().map(|kind| kind.name()).collect();
    let mut paths = page.split("<h3><code>").skip(1);
    for (path, item) in document["paths"].as_object().unwrap() {
        for (method, operation) in item.as_object().unwrap() {
            if method == "parameters" {
                continue;
            }
            let shown = paths.next().unwrap();
            let heading = format!("{} {path}</code>", method.to_uppercase());
            assert!(shown.starts_with(&heading), "{heading}: {shown}");
            for (status, answer) in operation["responses"].as_object().unwrap() {
                assert!(
                    shown.contains(&format!("<strong>{status}</strong>")),
                    "{heading}"
                );
                let types = answer["x-problem-types"].as_array().into_iter().flatten();
                for name in types.map(|name| name.as_str().unwrap()) {
                    assert!(known.contains(&name), "{heading} {status}: {name}");
                    assert!(
                        shown.contains(&format!("href=\"#problem-{name}\"")),
                        "{heading}"
                    );
                }
            }
        }
    }
    for (name, schema) in document["components"]["schemas"].as_object().unwrap() {
        let shown = between(&page, &format!("id=\"schema-{name}\""), "<h3");
        for (field, _) in schema["properties"].as_object().into_iter().flatten() {
            assert!(
                shown.contains(&format!("<code>{field}</code>")),
                "{name}: {field}"
            );
        }
    }
}

#[test]
fn the_examples_of_the_api_page_work_and_store_nothing() {
    let site = Site::start("curl");
    let page = site.server.get("/api?lang=en").text();
    let commands: Vec<String> = page
        .split("<pre><code>")
        .skip(1)
        .map(|after| after.split("</code>").next().unwrap().to_owned())
        .map(|command| command.replace("&quot;", "\"").replace("&#39;", "'"))
        .collect();
    assert_eq!(commands.len(), 3);
    let urls = |command: &str| command.contains("http://");
    let answers: Vec<serde_json::Value> = commands
        .iter()
        .inspect(|command| assert!(urls(command), "{command}"))
        .map(|command| {
            // The public URL of the test's server names no port that it listens at.
            let url = between(command, "http://", "/").to_owned();
            let command = command.replacen(&url, &site.server.address, 1);
            let command = command.replacen("curl ", "curl --silent ", 1);
            let output = std::process::Command::new("sh")
                .args(["-c", &command])
                .output();
            serde_json::from_slice(&output.unwrap().stdout).expect("JSON")
        })
        .collect();
    assert_eq!(answers[0].as_array().unwrap().len(), 6);
    assert!(answers[1]["sections"].is_array());
    assert_eq!(answers[2]["type"], "/problems/faults");
    assert!(answers[2]["faults"].as_array().unwrap().len() > 2);
}
