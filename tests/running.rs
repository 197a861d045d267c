//! Surveys change while the server runs: new waves, mistakes, amendments, fieldwork, the approval.

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::support::field::{Field, SURVEY, post};
use crate::support::site::complete;
use crate::support::{Server, wait_for};

const PATIENCE: Duration = Duration::from_secs(30);

/// A copy of the survey of the tests as a wave of its own, `satisfaction-2031`.
fn add_wave(field: &Field) {
    let (from, to) = (
        field.scratch.path(&format!("surveys/{SURVEY}")),
        "surveys/satisfaction-2031",
    );
    let to = field.scratch.path(to);
    fs::create_dir_all(&to).unwrap();
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let text = fs::read_to_string(file.path()).unwrap();
        let text = text.replace("wave = \"2026\"", "wave = \"2031\"");
        fs::write(to.join(file.file_name()), text).unwrap();
    }
}

fn status(server: &Server, path: &str) -> u16 {
    server.get(path).status
}

#[test]
fn a_new_wave_is_served_while_the_server_runs() {
    let field = Field::new("new-wave");
    let server = field.serve();
    assert_eq!(status(&server, "/s/satisfaction-2031"), 404);
    add_wave(&field);
    wait_for("the new wave", PATIENCE, || {
        status(&server, "/s/satisfaction-2031") == 200
    });
    let sent = server.post_form("/s/satisfaction-2031", &complete());
    assert_eq!(sent.status, 303, "{}", sent.text());
    let listed = server.get("/api/v1/surveys").text();
    assert!(listed.contains("satisfaction-2031"), "{listed}");
    wait_for("the figures of the new wave", PATIENCE, || {
        status(&server, "/results/satisfaction-2031") == 200
    });
    assert_eq!(server.terminate(), Some(0));
    // Its questionnaire was frozen by that response.
    assert_eq!(field.run(&["doctor"]).0, 0);
    let (code, stored, _) = field.run(&["amend", "satisfaction-2031", "--stored"]);
    assert_eq!(code, 0);
    assert!(stored.contains("wave = \"2031\""));
}

#[test]
fn a_folder_with_mistakes_keeps_its_last_state_and_is_named() {
    let field = Field::new("broken-wave").answered(1);
    let (server, log) = field.serve_logged();
    let page = format!("/s/{SURVEY}");
    let before = server.get(&page).text();
    let named = |what: &str| fs::read_to_string(&log).unwrap().contains(what);
    // Invalid TOML, and a new choice that stored answers forbid.
    let good = field.read("questionnaire.toml");
    for (broken, said) in [
        (format!("{good}\n[[["), "questionnaire.toml:"),
        (
            good.replace("code = \"a1\"", "code = \"a77\""),
            "stored answers are at stake",
        ),
    ] {
        fs::write(field.file("questionnaire.toml"), broken).unwrap();
        server.signal("HUP");
        wait_for(said, PATIENCE, || named(said));
        assert_eq!(server.get(&page).text(), before);
        assert_eq!(post(&server, &complete()).status, 303);
    }
    // Another folder is taken over all the same.
    add_wave(&field);
    wait_for("the new wave", PATIENCE, || {
        status(&server, "/s/satisfaction-2031") == 200
    });
    assert_eq!(server.get(&page).text(), before);
}

#[test]
fn an_amended_plan_takes_effect_without_a_restart() {
    let field = Field::new("amended-plan").answered(1);
    let (server, log) = field.serve_logged();
    let page = || server.get(&format!("/results/{SURVEY}")).text();
    field.edit(
        "plan.toml",
        "minimum_sampled = 3500",
        "minimum_sampled = 3600",
    );
    // Not taken over by itself: the plan was fixed by the first response.
    server.signal("HUP");
    wait_for("the plan", PATIENCE, || {
        fs::read_to_string(&log)
            .unwrap()
            .contains("differs from what was fixed")
    });
    field.amend("another minimum");
    wait_for("the new plan", PATIENCE, || {
        page().contains("another minimum")
    });
}

#[test]
fn fieldwork_is_closed_opened_and_extended_at_once() {
    let field = Field::new("fieldwork");
    let server = field.serve();
    let change = |arguments: &[&str]| {
        let (code, out, errors) = field.run(&[&["fieldwork", SURVEY], arguments].concat());
        (code, format!("{out}{errors}"))
    };
    let page = format!("/s/{SURVEY}");
    assert_eq!(post(&server, &complete()).status, 303);
    assert_eq!(change(&["close", "--reason", " "]).0, 1);
    let (code, said) = change(&["close", "--reason", "quota reached"]);
    assert_eq!(code, 0, "{said}");
    // Without waiting: the command answers when the server has taken it over.
    assert_eq!(status(&server, &page), 403);
    assert_eq!(post(&server, &complete()).status, 403);
    let sent = json!({
        "id": "0196f5f0-0000-7000-8000-000000000001", "survey": SURVEY, "mode": "online",
        "answers": {}
    });
    let refused = server.post_json("/api/v1/responses", &sent);
    assert_eq!(refused.status, 403);
    assert!(refused.json()["type"].as_str().unwrap().ends_with("closed"));
    assert_eq!(change(&["close", "--reason", "again"]).0, 1);
    assert_eq!(
        change(&["open", "--until", "2028-01-01", "--reason", "more"]).0,
        1
    );
    let (code, said) = change(&["open", "--until", "2027-01-10", "--reason", "too few"]);
    assert_eq!(code, 0, "{said}");
    assert_eq!(status(&server, &page), 200);
    assert_eq!(post(&server, &complete()).status, 303);
    let (code, said) = change(&["extend", "--until", "2027-01-20", "--reason", "floods"]);
    assert_eq!(code, 0, "{said}");
    for path in ["/", "/api/v1/surveys", &format!("{page}/poster")] {
        let text = server.get(path).text();
        assert!(text.contains("2027-01-20"), "{path}: {text}");
    }
    drop(server);
    // It is kept.
    let server = field.serve();
    assert!(server.get("/").text().contains("2027-01-20"));
    let (code, said) = change(&["show"]);
    assert_eq!(code, 0);
    assert!(
        said.contains("floods") && said.contains("quota reached"),
        "{said}"
    );
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(field.run(&["doctor"]).0, 0);
}

#[test]
fn the_figures_of_a_closed_wave_stay() {
    let field = Field::new("closed-figures").answered(3);
    let server = field.serve();
    let tables = format!("/results/{SURVEY}.csv");
    wait_for("figures", PATIENCE, || status(&server, &tables) == 200);
    let before = server.get(&tables).text();
    let closed = field.run(&["fieldwork", SURVEY, "close", "--reason", "enough"]);
    assert_eq!(closed.0, 0, "{}", closed.2);
    wait_for("the last day", PATIENCE, || {
        status(&server, &tables) == 200 && server.get(&tables).text() == before
    });
}
