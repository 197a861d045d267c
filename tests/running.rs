//! Surveys change while the server runs: new waves, mistakes, amendments, fieldwork, the approval.

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::support::field::{Field, SURVEY, post};
use crate::support::office::FiguresReader;
use crate::support::site::complete;
use crate::support::{Scratch, Server, city, wait_for};

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
    wait_for("the page of its results", PATIENCE, || {
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
    // Invalid TOML, and a wording that is not amended.
    let good = field.read("questionnaire.toml");
    let other = good.replace("text.zh = \"空气质量\"", "text.zh = \"空气的质量\"");
    for (broken, said) in [
        (format!("{good}\n[[["), "questionnaire.toml:"),
        (other, "stored answers are at stake"),
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
fn an_amended_plan_takes_effect_without_a_restart_and_figures_of_a_closed_wave_stay() {
    let scratch = Scratch::new("amended-plan");
    city::make(&scratch.0, 1000);
    let field = Field::in_folder(scratch);
    let (server, log) = field.serve_logged();
    let reader = FiguresReader::of(&server, &field.scratch.0);
    let page = || reader.get(&format!("/results/{SURVEY}")).text();
    let shown = || reader.get(&format!("/results/{SURVEY}.json")).json();
    reader.wait_for(&format!("/results/{SURVEY}.json"));
    let before = shown()["extension"]["plan_hash"].clone();
    field.edit("plan.toml", "target = \">= 0.90\"", "target = \">= 0.85\"");
    // Not taken over by itself: the plan was fixed by the first response.
    server.signal("HUP");
    wait_for("the plan", PATIENCE, || {
        fs::read_to_string(&log)
            .unwrap()
            .contains("differs from what was fixed")
    });
    assert_eq!(shown()["extension"]["plan_hash"], before);
    field.amend("another target");
    wait_for("the new plan", PATIENCE, || {
        page().contains("another target")
    });
    assert_ne!(shown()["extension"]["plan_hash"], before);
    let closed = field.run(&["fieldwork", SURVEY, "close", "--reason", "enough"]);
    assert_eq!(closed.0, 0, "{}", closed.2);
    assert_eq!(status(&server, &format!("/s/{SURVEY}")), 403);
    assert!(
        page().contains("another target"),
        "the figures of a closed wave stay"
    );
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
fn the_approval_is_entered_without_a_restart_and_is_no_other_version() {
    let field = Field::new("approval").answered(1);
    let server = field.serve();
    let page = format!("/s/{SURVEY}?lang=zh");
    assert!(server.get(&page).text().contains("试"));
    let comments = |text: &str| text.matches('#').count();
    let before = field.read("questionnaire.toml");
    let approve = |until: &str| {
        let number = "国统制〔2026〕9号";
        field.run(&[
            "approval",
            SURVEY,
            "--approval-number",
            number,
            "--valid-until",
            until,
        ])
    };
    for wrong in ["2026-13", "2026-11"] {
        let (code, _, errors) = approve(wrong);
        assert_eq!(code, 1, "{wrong}");
        assert!(errors.contains("questionnaire.toml:"), "{errors}");
        assert_eq!(field.read("questionnaire.toml"), before);
    }
    let (code, _, errors) = approve("2027-06");
    assert_eq!(code, 0, "{errors}");
    let text = server.get(&page).text();
    assert!(text.contains("国统制〔2026〕9号"), "{text}");
    assert_eq!(
        comments(&field.read("questionnaire.toml")),
        comments(&before)
    );
    // No other version: what names none is still accepted.
    assert_eq!(post(&server, &complete()).status, 303);
}

#[test]
fn the_next_wave_passes_the_check_and_is_served() {
    let field = Field::new("next-wave");
    let server = field.serve();
    let (code, out, errors) = field.run(&["next-wave", SURVEY]);
    assert_eq!(code, 0, "{errors}");
    for key in [
        "approval_number",
        "target",
        "frame",
        "population",
        "opens, closes",
    ] {
        assert!(out.contains(key), "{key}: {out}");
    }
    // Its first day is in the next year, so that its page says so.
    let page = server.get("/s/satisfaction-2027?lang=en");
    assert_eq!(page.status, 403);
    assert!(page.text().contains("2027-06-01"), "{}", page.text());
    let folder = field.scratch.path("surveys/satisfaction-2027");
    assert!(!folder.join("frame.csv").exists());
    let (code, out, errors) = crate::support::run(&["check", folder.to_str().unwrap()]);
    assert_eq!(code, 0, "{out}{errors}");
    // Once only.
    assert_eq!(field.run(&["next-wave", SURVEY]).0, 1);
    assert_eq!(field.run(&["next-wave", SURVEY, "--year", "2026"]).0, 1);
    for other in ["appliances-2026", "disposables-2026", "fixtures-2026"] {
        let (code, out, errors) = field.run(&["next-wave", other]);
        assert_eq!(code, 0, "{out}{errors}");
    }
    let (code, said) = field.check();
    assert_eq!(code, 0, "{said}");
}
