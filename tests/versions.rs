//! What a person answered stays what it was: questionnaire and plan are frozen with the first response,
//! a new wording is amended with a reason, and answers keep the version that they were given to.

use std::fs;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::database::{self, Database};
use crate::support::field::{Field, SURVEY, post, version_in, version_of_page};
use crate::support::site::{answers, complete};
use crate::support::{Scratch, Server, city, device_token, run, wait_for};

const PAGE: &str = "/s/satisfaction-2026";
const RESULTS: &str = "/results/satisfaction-2026?lang=en";

/// Exchanges the labels of the codes 5 and 1 of the scale of satisfaction.
fn exchange_labels(field: &Field) {
    for (language, five, one) in [
        ("zh", "非常满意", "很不满意"),
        ("en", "Very satisfied", "Very dissatisfied"),
    ] {
        for (code, from, to) in [(5, five, one), (1, one, five)] {
            let line = |words: &str| format!("{code}.{language} = \"{words}\"");
            field.edit("questionnaire.toml", &line(from), &line(to));
        }
    }
}

/// Asserts that the survey is not served while others are, and that `serve`, `check --data`, `doctor`
/// and `amend` all say each of `said`; `export` says it and writes nothing.
fn assert_refused(field: &Field, said: &[&str]) {
    let (server, log) = field.serve_logged();
    assert_eq!(server.get(PAGE).status, 404);
    assert_eq!(server.get("/s/fixtures-2026").status, 200);
    drop(server);
    let (code, check) = field.check();
    assert_eq!(code, 1);
    let (code, doctor, _) = field.run(&["doctor"]);
    assert_eq!(code, 1);
    let output = field.scratch.path("refused.csv");
    let (code, _, export) = field.run(&["export", SURVEY, "-o", output.to_str().unwrap()]);
    assert_eq!(code, 1);
    assert!(!output.exists());
    let amend = field.refused("we want it so");
    let serve = fs::read_to_string(log).unwrap();
    for words in said {
        for (who, text) in [
            ("serve", &serve),
            ("check", &check),
            ("doctor", &doctor),
            ("export", &export),
            ("amend", &amend),
        ] {
            assert!(text.contains(words), "{who} does not say {words}:\n{text}");
        }
    }
}

// The lines of a questionnaire that was changed under stored answers.

#[test]
fn exchanged_labels_are_no_wording_and_the_survey_is_not_served() {
    let field = Field::new("exchanged").answered(3);
    exchange_labels(&field);
    assert_refused(
        &field,
        &[
            "satisfaction-2026/questionnaire.toml:220: a1: label of choice 5 (zh) changed: \
             \"非常满意\" -> \"很不满意\", which was the text of 1; 3 stored answers are at stake",
            "e3: label of choice 1 (en)",
            "restore the old file",
        ],
    );
    // One folder can be compared alone.
    let one = format!("{}/{SURVEY}", field.surveys);
    let (code, out, _) = run(&["check", &one, "--data", &field.data]);
    assert_eq!(code, 1);
    assert!(out.contains("which was the text of 1"), "{out}");
    let other = format!("{}/fixtures-2026", field.surveys);
    assert_eq!(run(&["check", &other, "--data", &field.data]).0, 0);
    // What it says to do works.
    let (code, stored, _) = field.run(&["amend", SURVEY, "--stored"]);
    assert_eq!(code, 0);
    fs::write(field.file("questionnaire.toml"), stored).unwrap();
    assert_eq!(field.serve().get(PAGE).status, 200);
    assert_eq!(field.check().0, 0);
    let rows = field.export(&["--labels"]);
    assert!(rows.iter().all(|row| row["a1"] == "比较满意"), "{rows:?}");
}

#[test]
fn a_renamed_code_is_refused_with_the_number_of_answers() {
    let field = Field::new("renamed").answered(2);
    for language in ["zh", "en"] {
        let from = format!(
            "\n5.{language} = \"{}",
            ["非常", "Very"][usize::from(language == "en")]
        );
        field.edit("questionnaire.toml", &from, &from.replace("\n5.", "\n6."));
    }
    field.edit("plan.toml", "counts = [4, 5]", "counts = [4, 6]");
    assert_refused(
        &field,
        &[
            "a1: choice 6 added: \"非常满意\"; 2 stored answers are at stake",
            "a1: choice 5 removed",
        ],
    );
}

#[test]
fn a_reversed_text_is_not_served_until_it_is_amended_and_a_removed_question_never() {
    let field = Field::new("reversed").answered(2);
    field.edit(
        "questionnaire.toml",
        "text.zh = \"空气质量\"",
        "text.zh = \"空气污染\"",
    );
    let (server, log) = field.serve_logged();
    assert_eq!(server.get(PAGE).status, 404);
    drop(server);
    let log = fs::read_to_string(log).unwrap();
    for words in [
        "a1: text (zh) changed: \"空气质量\" -> \"空气污染\"; 2 stored answers are at stake",
        "minyi amend satisfaction-2026 --reason",
    ] {
        assert!(log.contains(words), "{log}");
    }
    let out = field.amend("拼写");
    assert!(out.contains("a1: text (zh) changed"), "{out}");
    assert_eq!(field.serve().get(PAGE).status, 200);
    let text = field.read("questionnaire.toml");
    let at = text.find("[[section.question]]\ncode = \"z1\"").unwrap();
    let end = at + 5 + text[at + 5..].find("\n[[section").unwrap();
    fs::write(
        field.file("questionnaire.toml"),
        format!("{}{}", &text[..at], &text[end + 1..]),
    )
    .unwrap();
    field.edit("plan.toml", "items = [\"z1\"]", "items = [\"a1\"]");
    assert_refused(&field, &["z1: removed; 2 stored answers are at stake"]);
}

#[test]
fn a_form_of_monday_amended_on_tuesday_and_sent_on_wednesday_is_stored_once_under_monday() {
    let scratch = Scratch::new("monday");
    city::make(&scratch.0, 2000);
    let field = Field::in_folder(scratch);
    let server = field.serve();
    let monday = version_of_page(&server);
    // The phone goes offline with the page. On Tuesday the wording is amended beside the server.
    field.edit(
        "questionnaire.toml",
        "text.zh = \"空气质量\"",
        "text.zh = \"您周围的空气质量\"",
    );
    field.amend("a1 was too short & unclear");
    assert_eq!(
        version_of_page(&server),
        monday,
        "the server shows the old page until it is started again"
    );
    assert_eq!(server.terminate(), Some(0));
    let server = field.serve();
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
        page = server.get(RESULTS).text();
        page.contains(said)
    });
    assert!(
        page.contains("Reason: a1 was too short &amp; unclear"),
        "{page}"
    );
    assert!(page.contains(&wednesday[..12]) && page.contains(&monday[..12]));
    let chinese = server.get("/results/satisfaction-2026").text();
    assert!(chinese.contains("2 种问卷文字") && chinese.contains("您周围的空气质量"));
    let json = server.get("/results/satisfaction-2026.json").json();
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
    wait_for("figures", Duration::from_secs(120), || {
        server.get("/results/satisfaction-2026.json").status == 200
    });
    let before = server.get("/results/satisfaction-2026.json").json();
    drop(server);
    let old_hash = before["extension"]["plan_hash"]
        .as_str()
        .unwrap()
        .to_owned();
    field.edit("plan.toml", "target = \">= 0.90\"", "target = \">= 0.85\"");
    let (server, log) = field.serve_logged();
    assert_eq!(server.get(PAGE).status, 200, "fieldwork goes on");
    let said = "is not the one that was fixed before the questionnaires came in";
    wait_for("the reason on the page", Duration::from_secs(120), || {
        server.get(RESULTS).text().contains(said)
    });
    assert_eq!(server.get("/results/satisfaction-2026.json").status, 404);
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
    wait_for("figures by the new plan", Duration::from_secs(120), || {
        server.get("/results/satisfaction-2026.json").status == 200
    });
    let after = server.get("/results/satisfaction-2026.json").json();
    let plan = &after["extension"]["earlier_plans"][0];
    assert_eq!(plan["reason"], "the council lowered the target");
    assert_eq!(plan["files"]["plan.toml"], old_hash.as_str());
    // What came out by the plan before is what was published by it.
    let headline = &plan["headlines"]["indicators"][0];
    let published = &before["extension"]["indicators"]["satisfaction"];
    assert_eq!(headline["verdict"], published["verdict"]);
    let page = server.get(RESULTS).text();
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
        server
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

#[test]
fn a_survey_folder_that_is_gone_is_named_by_check_serve_and_doctor() {
    let field = Field::new("gone").answered(2);
    for gone in [
        SURVEY,
        "disposables-2025",
        "disposables-2026",
        "satisfaction-2025",
    ] {
        // They take frame and population from the folder that is gone.
        fs::remove_dir_all(field.scratch.path("surveys").join(gone)).unwrap();
    }
    let said = "2 responses";
    let (code, check) = field.check();
    assert_eq!(code, 1);
    assert!(check.contains(said), "{check}");
    assert!(field.run(&["doctor"]).1.contains(said));
    let (server, log) = field.serve_logged();
    assert_eq!(server.get("/s/fixtures-2026").status, 200);
    assert!(fs::read_to_string(log).unwrap().contains(said));
}

#[test]
fn one_broken_folder_among_five_keeps_no_other_from_being_served_after_a_restart() {
    let field = Field::new("broken").answered(1);
    field
        .scratch
        .write("surveys/fixtures-2026/questionnaire.toml", "survey = [");
    let server = field.serve();
    assert_eq!(server.get(PAGE).status, 200);
    assert_eq!(server.get("/s/fixtures-2026").status, 404);
}

// Further changes of the same kind.

#[test]
fn labels_that_move_by_way_of_a_third_text_or_with_another_full_stop_are_no_wording() {
    let field = Field::new("detour").answered(2);
    field.edit(
        "questionnaire.toml",
        "5.zh = \"非常满意\"",
        "5.zh = \"很不满意。\"",
    );
    assert!(field.refused("better").contains("which was the text of 1"));
    // In two steps: each is another wording of the step before, but not of the first.
    field.edit(
        "questionnaire.toml",
        "5.zh = \"很不满意。\"",
        "5.zh = \"十分满意\"",
    );
    field.amend("step one");
    field.edit(
        "questionnaire.toml",
        "1.zh = \"很不满意\"",
        "1.zh = \"非常满意\"",
    );
    let said = field.refused("step two");
    assert!(said.contains("an older stored version"), "{said}");
    assert!(said.contains("which was the text of 5"), "{said}");
}

#[test]
fn order_rules_and_bounds_are_no_wording() {
    let field = Field::new("order").answered(2);
    let original = field.read("questionnaire.toml");
    let cases = [
        (
            "1.zh = \"是\"\n1.en = \"Yes\"\n0.zh = \"否\"\n0.en = \"No\"",
            "0.zh = \"否\"\n0.en = \"No\"\n1.zh = \"是\"\n1.en = \"Yes\"",
            "order of choices changed",
        ),
        (
            "code = \"a1\"\nkind = \"single\"",
            "code = \"a1\"\nask_if = \"urban = 'urban'\"\nkind = \"single\"",
            "ask_if changed",
        ),
        (
            "required = true\nindicators = [38, 8]",
            "indicators = [38, 8]",
            "no longer required",
        ),
        (
            "9.en = \"Don't know\"\n9.missing = true",
            "9.en = \"Don't know\"",
            "is no longer missing",
        ),
    ];
    for (from, to, said) in cases {
        field.edit("questionnaire.toml", from, to);
        let refused = field.refused("better");
        assert!(refused.contains(said), "{said}: {refused}");
        fs::write(field.file("questionnaire.toml"), &original).unwrap();
    }
    assert_eq!(field.check().0, 0);
}

#[test]
fn a_remark_a_longer_fieldwork_and_another_telephone_make_no_new_version() {
    let field = Field::new("remark").answered(1);
    let before = version_of_page(&field.serve());
    field.edit(
        "questionnaire.toml",
        "closes = \"2026-12-31\"",
        "# One month longer.\ncloses  =  \"2027-01-31\"",
    );
    field.edit(
        "questionnaire.toml",
        "contact.zh = \"",
        "contact.zh = \"12340 ",
    );
    field.edit(
        "questionnaire.toml",
        "required = true",
        "required   =   true # must",
    );
    let server = field.serve();
    assert_eq!(version_of_page(&server), before);
    drop(server);
    assert!(field.refused("none").contains("nothing to amend"));
}

#[test]
fn before_the_first_response_everything_may_change_and_drafts_do_not_count_as_versions() {
    let field = Field::new("drafts");
    let first = version_of_page(&field.serve());
    exchange_labels(&field);
    let server = field.serve();
    assert_ne!(version_of_page(&server), first);
    // One version is in use, so a form that names none is taken for it; the draft is not in use.
    assert_eq!(post(&server, &complete()).status, 303);
    let mut stale = complete();
    stale.push(("version", &first));
    assert_eq!(post(&server, &stale).status, 409);
}

#[test]
fn to_go_back_to_an_earlier_wording_is_an_amendment_and_gives_its_version_again() {
    let field = Field::new("back").answered(1);
    let original = field.read("questionnaire.toml");
    let first = version_of_page(&field.serve());
    field.edit(
        "questionnaire.toml",
        "text.zh = \"空气质量\"",
        "text.zh = \"空气的质量\"",
    );
    field.amend("clearer");
    let second = version_of_page(&field.serve());
    fs::write(field.file("questionnaire.toml"), original).unwrap();
    let (code, said) = field.check();
    assert_eq!(code, 1);
    assert!(said.contains("Only its wording differs"), "{said}");
    field.amend("it was not clearer");
    let server = field.serve();
    assert_eq!(version_of_page(&server), first);
    for version in [&first, &second] {
        let mut form = complete();
        form.push(("version", version));
        assert_eq!(post(&server, &form).status, 303, "{version}");
    }
}

#[test]
fn when_no_survey_can_be_served_the_server_ends() {
    let field = Field::new("none-left").answered(1);
    for other in fs::read_dir(field.scratch.path("surveys")).unwrap() {
        let other = other.unwrap().path();
        if other.is_dir() && !other.ends_with(SURVEY) {
            fs::remove_dir_all(other).unwrap();
        }
    }
    field.edit("plan.toml", "previous = \"satisfaction-2025\"\n", "");
    exchange_labels(&field);
    assert!(field.serve_in_vain().contains("no survey is left to serve"));
}

// Amendments.

#[test]
fn an_amendment_needs_a_reason_and_a_change_and_goes_through_the_running_server() {
    let field = Field::new("reason").answered(1);
    assert!(field.refused("wording").contains("nothing to amend"));
    field.edit(
        "questionnaire.toml",
        "text.zh = \"空气质量\"",
        "text.zh = \"空气的质量\"",
    );
    assert!(field.refused("  ").contains("--reason"));
    let (code, _, _) = field.run(&["amend", SURVEY]);
    assert_eq!(code, 2);
    let (code, _, errors) = field.run(&["amend", "nothing-2026", "--reason", "x"]);
    assert_eq!(code, 1);
    assert!(errors.contains("the surveys are"), "{errors}");
    // A server that started before the file changed runs on.
    let changed = field.read("questionnaire.toml");
    let (code, stored, _) = field.run(&["amend", SURVEY, "--stored"]);
    assert_eq!(code, 0);
    fs::write(field.file("questionnaire.toml"), stored).unwrap();
    let server = field.serve();
    fs::write(field.file("questionnaire.toml"), changed).unwrap();
    let (code, out, errors) = field.run(&["amend", SURVEY, "--reason", "clearer"]);
    assert_eq!(code, 0, "{errors}");
    assert!(out.contains("a1: text (zh) changed"), "{out}");
    assert!(errors.contains("start the server again"), "{errors}");
    // The page that it shows is still the old one, and so is what is answered on it.
    assert_eq!(post(&server, &complete()).status, 303);
    drop(server);
    let rows = field.export(&[]);
    assert_eq!(rows[0]["version"], rows[1]["version"]);
    assert_eq!(field.run(&["doctor"]).0, 0);
}

#[test]
fn versions_and_plans_survive_a_backup_and_a_restore() {
    let field = Field::new("restored").answered(1);
    field.edit(
        "questionnaire.toml",
        "text.zh = \"空气质量\"",
        "text.zh = \"空气的质量\"",
    );
    field.edit(
        "plan.toml",
        "minimum_sample = 7009",
        "minimum_sample = 7000",
    );
    field.amend("both");
    let backup = field.scratch.path("backup");
    let backup = backup.to_str().unwrap();
    let (code, _, errors) = field.run(&["backup", backup]);
    assert_eq!(code, 0, "{errors}");
    let other = Scratch::new("restored-to");
    let data = other.0.to_str().unwrap();
    let (code, _, errors) = run(&["restore", backup, "--data", data]);
    assert_eq!(code, 0, "{errors}");
    let (code, out, _) = run(&["doctor", "--data", data, "--surveys", &field.surveys]);
    assert_eq!(code, 0, "{out}");
    let (code, out, _) = run(&["check", &field.surveys, "--data", data]);
    assert_eq!(code, 0, "{out}");
}

// Forms and the API.

#[test]
fn a_form_of_an_unknown_version_comes_back_filled_in_and_is_stored_when_sent_again() {
    let field = Field::new("unknown");
    let server = field.serve();
    let mut form = complete();
    form.push(("version", "0123456789abcdef"));
    let back = post(&server, &form);
    assert_eq!(back.status, 409);
    let page = back.text();
    assert!(page.contains("请再看一遍，然后重新提交"), "{page}");
    let checked = page.split("name=\"a1\" value=\"4\"").nth(1).unwrap();
    assert!(checked.starts_with(" checked") || page.contains("value=\"4\" checked"));
    // The page that came back carries its own version.
    let version = version_in(&page);
    assert_eq!(version, version_of_page(&server));
    form.retain(|(name, _)| *name != "version");
    form.push(("version", &version));
    assert_eq!(post(&server, &form).status, 303);
    // Too few digits name nothing.
    form.retain(|(name, _)| *name != "version");
    form.push(("version", &version[..11]));
    assert_eq!(post(&server, &form).status, 409);
}

#[test]
fn without_a_version_a_form_or_response_is_taken_only_while_there_is_one() {
    let field = Field::new("without").answered(1);
    field.edit(
        "questionnaire.toml",
        "text.zh = \"空气质量\"",
        "text.zh = \"空气的质量\"",
    );
    field.amend("clearer");
    let server = field.serve();
    let sent = |id: u32, version: Option<&str>| {
        let mut sent = json!({
            "id": format!("0190a000-0000-7000-8000-{id:012}"), "survey": SURVEY, "mode": "online",
            "answers": answers(),
        });
        if let Some(version) = version {
            sent["version"] = json!(version);
        }
        server.post_json("/api/v1/responses", &sent)
    };
    let back = post(&server, &complete());
    assert_eq!(back.status, 409);
    let mut form = complete();
    let shown = version_in(&back.text());
    form.push(("version", &shown));
    assert_eq!(post(&server, &form).status, 303);
    let refused = sent(1, None);
    assert_eq!(refused.status, 409);
    assert_eq!(refused.json()["type"], "/problems/version");
    assert_eq!(sent(2, Some("0123456789abcdef")).status, 409);
    let described = server.get("/api/v1/surveys/satisfaction-2026").json();
    let newest = described["version"].as_str().unwrap().to_owned();
    assert!(newest.starts_with(&shown));
    assert_eq!(sent(3, Some(&newest)).status, 201);
    drop(server);
    let first = field
        .export(&[])
        .into_iter()
        .map(|row| row["version"].clone())
        .find(|version| *version != newest)
        .unwrap();
    let server = field.serve();
    let mut older = json!({
        "id": "0190a000-0000-7000-8000-000000000004", "survey": SURVEY, "mode": "online",
        "answers": answers(),
    });
    older["version"] = json!(first);
    assert_eq!(server.post_json("/api/v1/responses", &older).status, 201);
    drop(server);
    let rows = field.export(&[]);
    assert_eq!(rows.iter().filter(|row| row["version"] == first).count(), 2);
    assert_eq!(
        rows.iter().filter(|row| row["version"] == newest).count(),
        2
    );
}

// Paper.

/// A paper form as a file, with a column `version` if there is one to name.
fn paper(field: &Field, version: Option<(&str, &str)>) -> String {
    let mut cells: Vec<(String, String)> = vec![("psu".to_owned(), "411702-U-06".to_owned())];
    if let Some((column, version)) = version {
        cells.push((column.to_owned(), version.to_owned()));
    }
    let own = complete().into_iter();
    cells.extend(own.map(|(name, value)| (name.to_owned(), value.to_owned())));
    let (names, values): (Vec<String>, Vec<String>) = cells.into_iter().unzip();
    let file = field.scratch.write(
        "paper.csv",
        &format!("{}\n{}\n", names.join(","), values.join(",")),
    );
    file.to_str().unwrap().to_owned()
}

#[test]
fn paper_names_the_version_that_was_printed_once_there_is_more_than_one() {
    let field = Field::new("paper").answered(1);
    let first = field.export(&[])[0]["version"].clone();
    let file = paper(&field, None);
    assert_eq!(field.run(&["import", SURVEY, &file]).0, 0);
    field.edit(
        "questionnaire.toml",
        "text.zh = \"空气质量\"",
        "text.zh = \"空气的质量\"",
    );
    // The folder is not what was answered.
    let (code, _, errors) = field.run(&["import", SURVEY, &file]);
    assert_eq!(code, 1);
    assert!(errors.contains("a1: text (zh) changed"), "{errors}");
    field.amend("clearer");
    let (code, out, errors) = field.run(&["import", SURVEY, &file, "--language", "en"]);
    assert_eq!(code, 1);
    assert!(out.contains("more than one wording"), "{out}");
    assert!(
        errors.contains(&first) && errors.contains("in use from 20"),
        "{errors}"
    );
    let file = paper(&field, Some(("questionnaire_hash", &first[..12])));
    assert_eq!(field.run(&["import", SURVEY, &file]).0, 0);
    let file = paper(&field, Some(("version", "")));
    let (code, _, errors) = field.run(&["import", SURVEY, &file, "--version", "abc"]);
    assert_eq!(code, 1);
    assert!(errors.contains("--version abc is not"), "{errors}");
    let newest = errors
        .lines()
        .find(|line| line.contains("clearer"))
        .and_then(|line| line.split_whitespace().next())
        .unwrap()
        .to_owned();
    // Beside the running server too.
    let server = field.serve();
    assert_eq!(
        field
            .run(&["import", SURVEY, &file, "--version", &newest])
            .0,
        0
    );
    drop(server);
    let rows = field.export(&[]);
    assert_eq!(rows.iter().filter(|row| row["version"] == first).count(), 3);
    assert_eq!(
        rows.iter().filter(|row| row["version"] == newest).count(),
        1
    );
}

#[test]
fn paper_before_the_first_response_takes_the_questionnaire_of_the_folder_or_is_refused() {
    let field = Field::new("paper-first");
    let server = field.serve();
    field.edit(
        "questionnaire.toml",
        "text.zh = \"空气质量\"",
        "text.zh = \"空气的质量\"",
    );
    let file = paper(&field, None);
    let (code, _, errors) = field.run(&["import", SURVEY, &file]);
    assert_ne!(code, 0);
    assert!(errors.contains("start it again"), "{errors}");
    assert_eq!(server.terminate(), Some(0));
    assert_eq!(field.run(&["import", SURVEY, &file]).0, 0);
    let server = field.serve();
    let shown = version_of_page(&server);
    drop(server);
    let rows = field.export(&[]);
    assert_eq!(rows.len(), 1);
    assert!(rows[0]["version"].starts_with(&shown));
}

// Exports.

#[test]
fn an_export_labels_each_response_by_the_wording_that_it_answered() {
    let field = Field::new("labelled").answered(1);
    let first = field.export(&[])[0]["version"].clone();
    field.edit(
        "questionnaire.toml",
        "4.zh = \"比较满意\"",
        "4.zh = \"较为满意\"",
    );
    field.amend("wording");
    let server = field.serve();
    let mut form = complete();
    let newest = version_of_page(&server);
    form.push(("version", &newest));
    assert_eq!(post(&server, &form).status, 303);
    drop(server);
    let rows = field.export(&["--labels"]);
    for row in &rows {
        let expected = if row["version"] == first {
            "比较满意"
        } else {
            "较为满意"
        };
        assert_eq!(row["a1"], expected);
    }
    assert_eq!(rows.len(), 2);
    let codebook = fs::read_to_string(field.scratch.path("out-codebook.csv")).unwrap();
    assert!(codebook.contains("questionnaire version,"), "{codebook}");
    assert!(
        codebook
            .lines()
            .any(|line| line.starts_with("version,") && line.contains("wording"))
    );
    let old = codebook.lines().find(|line| {
        line.starts_with("a1,") && line.contains("比较满意") && line.trim_end().ends_with(&first)
    });
    assert!(old.is_some(), "{codebook}");
}

#[test]
fn a_response_whose_version_is_not_stored_is_named_and_keeps_its_codes() {
    let field = Field::new("not-stored");
    let store = minyi::store::Store::open(&minyi::store::DatabaseUrl::Sqlite(
        field.scratch.path("minyi.sqlite"),
    ))
    .unwrap();
    let mut response = crate::support::responses::response(3);
    response.answers = r#"{"a1":5}"#.to_owned();
    response.mode = "online".to_owned();
    let stored = crate::support::responses::submit_one(&store, response).unwrap();
    assert!(!stored.repeated);
    store.close();
    drop(store);
    let output = field.scratch.path("out.csv");
    let (code, _, errors) =
        field.run(&["export", SURVEY, "--labels", "-o", output.to_str().unwrap()]);
    assert_eq!(code, 0, "{errors}");
    assert!(errors.contains("whose wording is not stored"), "{errors}");
    assert!(errors.contains(&"ab".repeat(32)), "{errors}");
    let rows = field.export(&["--labels"]);
    assert_eq!(rows[0]["a1"], "5");
}

// PostgreSQL.

#[test]
fn a_server_that_started_before_takes_the_forms_of_one_that_started_after_an_amendment() {
    let Some(database) = Database::postgres("versions") else {
        println!("SKIPPED: MINYI_TEST_POSTGRES is not set");
        return;
    };
    let minyi::store::DatabaseUrl::Postgres(url) = &database.url else {
        panic!("not PostgreSQL")
    };
    let field = Field::new("two-servers");
    let start = || {
        Server::start(&[
            "serve",
            "--database",
            url,
            "--data",
            &field.data,
            "--surveys",
            &field.surveys,
        ])
    };
    let before = start();
    assert_eq!(post(&before, &complete()).status, 303);
    field.edit(
        "questionnaire.toml",
        "text.zh = \"空气质量\"",
        "text.zh = \"空气的质量\"",
    );
    let (code, _, errors) = run(&[
        "amend",
        SURVEY,
        "--reason",
        "clearer",
        "--database",
        url,
        "--data",
        &field.data,
        "--surveys",
        &field.surveys,
    ]);
    assert_eq!(code, 0, "{errors}");
    let after = start();
    let (old, new) = (version_of_page(&before), version_of_page(&after));
    assert_ne!(old, new);
    for server in [&before, &after] {
        for version in [&old, &new] {
            let mut form = complete();
            form.push(("version", version));
            assert_eq!(post(server, &form).status, 303);
        }
    }
}

#[test]
fn a_device_may_send_what_it_asked_in_an_older_wording() {
    let field = Field::new("device").answered(1);
    let first = field.export(&[])[0]["version"].clone();
    field.edit(
        "questionnaire.toml",
        "text.zh = \"空气质量\"",
        "text.zh = \"空气的质量\"",
    );
    field.amend("clearer");
    let server = field.serve();
    let token = device_token(&field.scratch.0, "e07", &["--mode", "onsite"]);
    let item = |id: u32, version: &str| {
        json!({
            "id": format!("0190a000-0000-7000-8000-{id:012}"), "survey": SURVEY, "mode": "onsite",
            "psu": "411702-U-06", "version": version, "answers": answers(),
        })
    };
    let upload = Value::Array(vec![item(1, &first), item(2, "0123456789abcdef")]);
    let sent = server.post_json_as(&token, "/api/v1/responses", &upload);
    assert_eq!(sent.status, 200, "{}", sent.text());
    assert_eq!(sent.json()[0]["status"], 201);
    assert_eq!(sent.json()[1]["status"], 409);
}

// Databases of earlier versions.

#[test]
fn a_database_that_knows_versions_by_the_hash_of_the_file_goes_on_with_it() {
    let field = Field::new("file-hash");
    let source = field.read("questionnaire.toml");
    let hash = minyi::survey::hex_digest(source.as_bytes());
    let store = minyi::store::Store::open(&minyi::store::DatabaseUrl::Sqlite(
        field.scratch.path("minyi.sqlite"),
    ))
    .unwrap();
    store.keep_version(SURVEY, &hash, &source, 1).unwrap();
    let mut response = crate::support::responses::response(3);
    response.questionnaire_hash = hash.clone();
    response.answers = r#"{"a1":4}"#.to_owned();
    response.mode = "online".to_owned();
    crate::support::responses::submit_one(&store, response).unwrap();
    store.close();
    drop(store);
    assert_eq!(field.check().0, 0);
    let server = field.serve();
    assert_eq!(version_of_page(&server), hash[..16]);
    assert_eq!(post(&server, &complete()).status, 303);
    drop(server);
    let rows = field.export(&["--labels"]);
    assert_eq!(rows.len(), 2);
    for row in rows {
        assert_eq!(
            (row["version"].as_str(), row["a1"].as_str()),
            (hash.as_str(), "比较满意")
        );
    }
    field.edit(
        "questionnaire.toml",
        "text.zh = \"空气质量\"",
        "text.zh = \"空气的质量\"",
    );
    field.amend("clearer");
    let newest = version_of_page(&field.serve());
    assert_ne!(newest, hash[..16]);
}

#[test]
fn the_versions_of_a_database_in_which_each_had_one_row_are_kept() {
    database::each("once", |database| {
        let store = database.open();
        store
            .keep_version(SURVEY, &"cd".repeat(32), "x = 1", 5)
            .unwrap();
        let before = store.versions(SURVEY).unwrap();
        assert_eq!(before.len(), 1);
        store.close();
        drop(store);
        let columns = "hash, survey, since, reason, source, nonce, leaf_index";
        database.execute(&format!(
            "ALTER TABLE questionnaire_version RENAME TO newer;
             CREATE TABLE questionnaire_version (hash TEXT NOT NULL, survey TEXT NOT NULL,
                 since BIGINT NOT NULL, reason TEXT NOT NULL, source TEXT NOT NULL,
                 nonce TEXT NOT NULL, leaf_index BIGINT NOT NULL, PRIMARY KEY (survey, hash));
             INSERT INTO questionnaire_version ({columns}) SELECT {columns} FROM newer;
             DROP TABLE newer;
             DROP TABLE plan_version;
             DELETE FROM __diesel_schema_migrations WHERE version LIKE '20261130%';"
        ));
        let store = database.open();
        assert_eq!(store.versions(SURVEY).unwrap(), before);
        assert_eq!(store.plan_versions(SURVEY).unwrap(), []);
        assert_eq!(store.audit(&mut |_| ()).unwrap().n_discrepancies, 0);
        store.close();
    });
}
