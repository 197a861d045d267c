//! What a person answered stays what it was: the first response freezes the questionnaire, and a new
//! wording is amended with a reason.

use std::fs;

use crate::support::field::{Field, SURVEY, post, version_of_page};
use crate::support::site::complete;
use crate::support::{Scratch, run};

const PAGE: &str = "/s/satisfaction-2026";

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
    assert!(errors.contains("from now on"), "{errors}");
    // The running server shows the new wording; what names no version could be either.
    let page = server.get(&format!("/s/{SURVEY}")).text();
    assert!(page.contains("空气的质量"));
    assert_eq!(post(&server, &complete()).status, 409);
    drop(server);
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
