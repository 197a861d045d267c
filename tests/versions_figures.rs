//! Figures say which wordings they rest on, and what came out by a plan before.

use std::fs;
use std::time::Duration;

use serde_json::json;

use crate::support::field::{Field, version_of_page};
use crate::support::office::FiguresReader;
use crate::support::site::complete;
use crate::support::{Scratch, city, wait_for};

const PAGE: &str = "/s/satisfaction-2026";
const RESULTS: &str = "/results/satisfaction-2026?lang=en";

#[test]
fn a_form_of_monday_amended_on_tuesday_and_sent_on_wednesday_is_stored_once_under_monday() {
    let scratch = Scratch::new("monday");
    city::make(&scratch.0, 2000);
    let field = Field::in_folder(scratch);
    let server = field.serve();
    let reader = FiguresReader::of(&server, &field.scratch.0);
    let monday = version_of_page(&server);
    // The phone goes offline with the page. On Tuesday the wording is amended beside the server.
    field.edit(
        "questionnaire.toml",
        "text.zh = \"空气质量\"",
        "text.zh = \"您周围的空气质量\"",
    );
    field.amend("a1 was too short & unclear");
    let wednesday = version_of_page(&server);
    assert_ne!(wednesday, monday);
    let mut form = complete();
    form.extend([
        ("version", monday.as_str()),
        ("response_id", "0190a000-0000-7000-8000-00000000a001"),
        ("started_at", "2026-11-01T08:00:00Z"),
        ("finished_at", "2026-11-01T08:05:00Z"),
    ]);
    let first = server.post_form(PAGE, &form);
    assert_eq!(first.status, 303, "{}", first.text());
    let again = server.post_form(PAGE, &form);
    assert_eq!(again.header("location"), first.header("location"));
    form.retain(|(name, _)| *name != "version" && *name != "response_id");
    form.extend([
        ("version", wednesday.as_str()),
        ("response_id", "0190a000-0000-7000-8000-00000000a002"),
    ]);
    assert_eq!(server.post_form(PAGE, &form).status, 303);
    // The figures say so.
    let said = "These figures rest on answers to 2 wordings";
    let mut page = String::new();
    wait_for("figures of two wordings", Duration::from_secs(120), || {
        page = reader.get(RESULTS).text();
        page.contains(said)
    });
    assert!(
        page.contains("Reason: a1 was too short &amp; unclear"),
        "{page}"
    );
    assert!(page.contains(&wednesday[..12]) && page.contains(&monday[..12]));
    let chinese = reader.get("/results/satisfaction-2026").text();
    assert!(
        chinese.contains("2 种问卷文字") && chinese.contains("您周围的空气质量"),
        "{chinese}"
    );
    let json = reader.get("/results/satisfaction-2026.json").json();
    let used = json["extension"]["questionnaire_versions"].clone();
    assert_eq!(used.as_array().unwrap().len(), 2, "{used}");
    assert_eq!(used[1]["n"], 1);
    assert_eq!(used[1]["reasons"], json!(["a1 was too short & unclear"]));
    drop(server);
    let rows = field.export(&[]);
    let of = |id: &str| {
        let mut own = rows.iter().filter(|row| row["response_id"].ends_with(id));
        let version = own.next().unwrap()["version"].clone();
        assert!(own.next().is_none(), "stored twice");
        version
    };
    assert!(of("a001").starts_with(&monday));
    assert!(of("a002").starts_with(&wednesday));
}

#[test]
fn another_target_gives_no_figures_until_it_is_amended_and_the_old_verdict_stays_visible() {
    let scratch = Scratch::new("target");
    city::make(&scratch.0, 2000);
    let field = Field::in_folder(scratch);
    let server = field.serve();
    let reader = FiguresReader::of(&server, &field.scratch.0);
    wait_for("figures", Duration::from_secs(120), || {
        reader.get("/results/satisfaction-2026.json").status == 200
    });
    let before = reader.get("/results/satisfaction-2026.json").json();
    drop(server);
    let old_hash = before["extension"]["plan_hash"]
        .as_str()
        .unwrap()
        .to_owned();
    field.edit("plan.toml", "target = \">= 0.90\"", "target = \">= 0.85\"");
    let (server, log) = field.serve_logged();
    let reader = FiguresReader::of(&server, &field.scratch.0);
    assert_eq!(server.get(PAGE).status, 200, "fieldwork goes on");
    let said = "is not the one that was fixed before the questionnaires came in";
    wait_for("the reason on the page", Duration::from_secs(120), || {
        reader.get(RESULTS).text().contains(said)
    });
    assert_eq!(reader.get("/results/satisfaction-2026.json").status, 404);
    drop(server);
    let log = fs::read_to_string(log).unwrap();
    assert!(
        log.contains("plan.toml differs from what was fixed"),
        "{log}"
    );
    assert!(
        log.contains("minyi amend satisfaction-2026 --reason"),
        "{log}"
    );
    let (code, check) = field.check();
    assert_eq!(code, 1);
    assert!(check.contains("plan.toml:1: plan.toml differs"), "{check}");
    assert!(field.run(&["doctor"]).1.contains("plan.toml differs"));
    let out = field.amend("the council lowered the target");
    assert!(out.contains("satisfaction: 0."), "{out}");
    assert_eq!(field.check().0, 0);
    let server = field.serve();
    let reader = FiguresReader::of(&server, &field.scratch.0);
    wait_for("figures by the new plan", Duration::from_secs(120), || {
        reader.get("/results/satisfaction-2026.json").status == 200
    });
    let after = reader.get("/results/satisfaction-2026.json").json();
    let plan = &after["extension"]["earlier_plans"][0];
    assert_eq!(plan["reason"], "the council lowered the target");
    assert_eq!(plan["files"]["plan.toml"], old_hash.as_str());
    // What came out by the plan before is what was published by it.
    let headline = &plan["headlines"]["indicators"][0];
    let published = &before["extension"]["indicators"]["satisfaction"];
    assert_eq!(headline["verdict"], published["verdict"]);
    let page = reader.get(RESULTS).text();
    for words in [
        "The plan was changed on",
        "the council lowered the target",
        &old_hash[..12],
        "By the plan before",
        "(target 90%)",
    ] {
        assert!(page.contains(words), "{words}");
    }
    assert!(
        reader
            .get("/results/satisfaction-2026")
            .text()
            .contains("计算方案于")
    );
}

#[test]
fn an_exclusion_added_after_results_and_another_population_are_marked_too() {
    let field = Field::new("exclusion").answered(1);
    field.edit(
        "plan.toml",
        "[[exclusion]]\n",
        "[[exclusion]]\ncode = \"web\"\nrule = \"mode = 'online'\"\ntext.zh = \"网上\"\ntext.en = \"Online\"\n\n[[exclusion]]\n",
    );
    let (code, said) = field.check();
    assert_eq!(code, 1);
    assert!(said.contains("plan.toml differs"), "{said}");
    field.amend("volunteers do not count");
    let (old, new) = {
        let text = field.read("population.csv");
        let line = text.lines().nth(1).unwrap().to_owned();
        (line.clone(), format!("{line} "))
    };
    field.edit("population.csv", &old, &new);
    let (_, said) = field.check();
    assert!(said.contains("population.csv differs"), "{said}");
    // Comments and spaces of the plan change no figure.
    field.edit("population.csv", &new, &old);
    field.edit("plan.toml", "[[exclusion]]", "# A remark.\n\n[[exclusion]]");
    assert_eq!(field.check().0, 0);
}
