//! The differences between a questionnaire and its previous wave, each in one line.

use minyi::questionnaire::{Change, Questionnaire, Subject, differences, load};

use crate::questionnaire::{areas, real, survey, surveys};
use crate::questionnaire_warnings::{HEAD, question};

fn read(source: &str) -> Questionnaire {
    load(source, "q.toml", &areas()).unwrap_or_else(|mistakes| panic!("{mistakes:?}\n{source}"))
}

fn base() -> String {
    [
        HEAD.to_owned(),
        question("a1", "single", "choices = \"scale\"\nrequired = true"),
        question("a2", "single", "choices = \"scale\"\nask_if = \"a1 <= 4\""),
        question("m", "multiple", "choices = \"acts\""),
        "[[section]]\ncode = \"two\"\ntitle = { zh = \"二\", en = \"Two\" }\n".to_owned(),
        question("n", "integer", "min = 0\nmax = 30\nunit = \"件\""),
        question("d", "decimal", "max = 9.5\ndecimals = 1"),
        question("t", "text", "max_length = 60"),
        question("area", "area", ""),
    ]
    .concat()
}

/// The lines about what changes when `from` becomes `to` in the file, and whether all are wording.
fn changed(from: &str, to: &str) -> (Vec<String>, bool) {
    let base = base();
    assert!(base.contains(from), "{from}");
    let found = differences(&read(&base), &read(&base.replacen(from, to, 1)));
    let wording = found.iter().all(|difference| difference.is_wording());
    (found.iter().map(ToString::to_string).collect(), wording)
}

fn lines(from: &str, to: &str) -> Vec<String> {
    changed(from, to).0
}

#[test]
fn a_questionnaire_does_not_differ_from_itself() {
    for name in surveys(false) {
        assert_eq!(differences(&survey(&name), &survey(&name)), [], "{name}");
    }
}

#[test]
fn other_words_are_wording_and_stand_in_one_line_for_each_language() {
    for (from, to, line) in [
        (
            "title = { zh = \"测试\"",
            "title = { zh = \"测验\"",
            "questionnaire: title (zh) changed: \"测试\" -> \"测验\"",
        ),
        (
            "zh = \"一\", en = \"One\" }\n[[section.question]]",
            "zh = \"一\", en = \"First\" }\n[[section.question]]",
            "section s: title (en) changed: \"One\" -> \"First\"",
        ),
        (
            "\"Question a1\"",
            "\"The \\\"first\\\" question\"",
            r#"a1: text (en) changed: "Question a1" -> "The \"first\" question""#,
        ),
        (
            "\"Question n\" }",
            "\"Question n\" }\nhint = { zh = \"看\", en = \"Look\" }",
            "n: hint (en) changed: \"\" -> \"Look\"",
        ),
        (
            "5 = { zh = \"五\", en = \"Five\" }",
            "5 = { zh = \"五分\", en = \"Five\" }",
            "a1: label of choice 5 (zh) changed: \"五\" -> \"五分\"",
        ),
        (
            "1 = { zh = \"甲\", en = \"A\" }",
            "1 = { zh = \"甲\", en = \"A\", note = { zh = \"注\", en = \"Note\" } }",
            "m: note of choice 1 (zh) changed: \"\" -> \"注\"",
        ),
    ] {
        let (found, wording) = changed(from, to);
        assert!(found.iter().any(|own| own == line), "{line}: {found:?}");
        assert!(wording, "{found:?}");
    }
    let (found, _) = changed("\"问 n\", en = \"Question n\"", "\"甲\", en = \"A\"");
    assert_eq!(
        found,
        [
            "n: text (en) changed: \"Question n\" -> \"A\"",
            "n: text (zh) changed: \"问 n\" -> \"甲\""
        ]
    );
}

#[test]
fn a_label_or_text_that_another_had_before_is_no_wording() {
    let swapped = "5 = { zh = \"四\", en = \"Four\" }\n4 = { zh = \"五\", en = \"Five\" }";
    let scale = "5 = { zh = \"五\", en = \"Five\" }\n4 = { zh = \"四\", en = \"Four\" }";
    let (found, wording) = changed(scale, swapped);
    assert_eq!(
        found[0],
        "a1: label of choice 5 (en) changed: \"Five\" -> \"Four\", which was the text of 4"
    );
    assert_eq!(
        found.len(),
        8,
        "two questions, two choices, two languages: {found:?}"
    );
    assert!(!wording);
    let (found, wording) = changed("zh = \"问 a1\"", "zh = \"问 t\"");
    assert_eq!(
        found,
        ["a1: text (zh) changed: \"问 a1\" -> \"问 t\", which was the text of t"]
    );
    assert!(!wording);
}

#[test]
fn everything_but_words_is_no_wording() {
    for (from, to, expected) in [
        (
            "4 = { zh = \"四\", en = \"Four\" }",
            "3 = { zh = \"四\", en = \"Four\" }\n4 = { zh = \"肆\", en = \"IV\" }",
            "a1: choice 3 added: \"四\"",
        ),
        (
            "3 = { zh = \"丙\", en = \"C\" }\n",
            "",
            "m: choice 3 removed: \"丙\"",
        ),
        (
            "9 = { zh = \"九\", en = \"Nine\", missing = true }",
            "9 = { zh = \"九\", en = \"Nine\" }",
            "a1: choice 9 is no longer missing",
        ),
        (
            "3 = { zh = \"丙\", en = \"C\" }",
            "3 = { zh = \"丙\", en = \"C\", exclusive = true }",
            "m: choice 3 is now exclusive",
        ),
        (
            "5 = { zh = \"五\", en = \"Five\" }\n4 = { zh = \"四\", en = \"Four\" }",
            "4 = { zh = \"四\", en = \"Four\" }\n5 = { zh = \"五\", en = \"Five\" }",
            "a1: order of choices changed: 5, 4, 1, 9 -> 4, 5, 1, 9",
        ),
        (
            "choices = \"acts\"",
            "choices = \"yes_no\"",
            "m: scale changed: 1, 2, 3, none -> yes, no",
        ),
        (
            "kind = \"multiple\"",
            "kind = \"single\"",
            "m: kind changed: multiple -> single",
        ),
        ("max = 30", "max = 40", "n: max changed: 30 -> 40"),
        ("min = 0\n", "", "n: min changed: 0 -> none"),
        (
            "decimals = 1",
            "decimals = 2",
            "d: decimals changed: 1 -> 2",
        ),
        (
            "unit = \"件\"",
            "unit = \"公斤\"",
            "n: unit changed: 件 -> 公斤",
        ),
        (
            "max_length = 60",
            "max_length = 90",
            "t: max_length changed: 60 -> 90",
        ),
        (
            "choices = \"acts\"",
            "choices = \"acts\"\nmax_choices = 2",
            "m: max_choices changed: none -> 2",
        ),
        (
            "kind = \"area\"",
            "kind = \"area\"\nareas = [\"county\"]",
            "area: areas changed: county, zone -> county",
        ),
        ("a1 <= 4", "a1 < 4", "a2: ask_if changed: a1 <= 4 -> a1 < 4"),
        (
            "ask_if = \"a1 <= 4\"\n",
            "",
            "a2: ask_if changed: a1 <= 4 -> none",
        ),
        (
            "max = 30",
            "max = 30\nvalid_if = \"n != 3\"\nvalid_text = { zh = \"不\", en = \"No\" }",
            "n: valid_if changed: none -> n != 3",
        ),
        (
            "max = 30",
            "max = 30\nscreen_out_if = \"n = 3\"",
            "n: screen_out_if changed: none -> n = 3",
        ),
        (
            "required = true",
            "required = false",
            "a1: no longer required",
        ),
        (
            "max = 30",
            "max = 30\ninterviewer_only = true",
            "n: now interviewer_only",
        ),
        (
            "max = 30",
            "max = 30\nindicators = [8]",
            "n: indicators changed: none -> 8",
        ),
        (
            "choices = \"scale\"",
            "choices = \"scale\"\nrole = \"sex\"",
            "a1: role changed: none -> sex",
        ),
        (
            "[choices.scale]",
            "[choices.unused]\n1 = { zh = \"a\", en = \"a\" }\n[choices.scale]",
            "",
        ),
        ("a1 <= 4", "( a1<=4 )", ""),
        ("wave = \"2026\"", "wave = \"2027\"", ""),
        (
            "code = \"two\"",
            "ask_if = \"a1 = 5\"\ncode = \"two\"",
            "section two: ask_if changed: none -> a1 = 5",
        ),
        (
            "wave = \"2026\"",
            "wave = \"2026\"\nunit_of_observation = \"shop\"",
            "questionnaire: unit_of_observation changed: person -> shop",
        ),
    ] {
        let (found, wording) = changed(from, to);
        if expected.is_empty() {
            assert_eq!(found, [""; 0], "{to}");
        } else {
            assert!(
                found.iter().any(|line| line == expected),
                "{expected}: {found:?}"
            );
            assert!(!wording, "{found:?}");
        }
    }
}

#[test]
fn a_choice_more_does_not_change_the_limit_that_nobody_wrote() {
    let found = lines("none = {", "4 = { zh = \"丁\", en = \"D\" }\nnone = {");
    assert_eq!(found, ["m: choice 4 added: \"丁\""]);
}

#[test]
fn questions_and_sections_that_come_go_and_move_are_named_once() {
    let m = question("m", "multiple", "choices = \"acts\"");
    let t = question("t", "text", "max_length = 60");
    let z = question("z", "text", "");
    assert_eq!(lines(&m, &format!("{m}{z}")), ["z: added"]);
    assert_eq!(lines(&t, ""), ["t: removed"]);
    assert_eq!(lines(&t, &z), ["z: added", "t: removed"]);
    let n = question("n", "integer", "min = 0\nmax = 30\nunit = \"件\"");
    let d = question("d", "decimal", "max = 9.5\ndecimals = 1");
    assert_eq!(
        lines(&format!("{n}{d}{t}"), &format!("{d}{t}{n}")),
        ["n: moved: now after t"]
    );
    assert_eq!(
        lines(&format!("{n}{d}{t}"), &format!("{t}{n}{d}")),
        ["t: moved: now the first"]
    );
    let two = "[[section]]\ncode = \"two\"\ntitle = { zh = \"二\", en = \"Two\" }\n";
    assert_eq!(
        lines(&format!("{m}{two}{n}"), &format!("{two}{m}{n}")),
        ["m: moved from section s to section two"]
    );
    let three = two.replace("two", "three");
    assert_eq!(
        lines(&format!("{two}{n}"), &format!("{three}{n}{two}")),
        [
            "section three: added",
            "n: moved from section two to section three"
        ]
    );
}

#[test]
fn a_section_that_moves_does_not_move_its_questions() {
    let section = |code: &str| {
        let question = question(&format!("{code}1"), "text", "");
        let title = format!("title = {{ zh = \"{code}\", en = \"{code}\" }}");
        format!("[[section]]\ncode = \"{code}\"\n{title}\n{question}")
    };
    let (head, _) = HEAD.split_once("[[section]]").unwrap();
    let of = |codes: [&str; 3]| {
        let sections = codes.map(section).concat();
        read(&format!("{head}{sections}"))
    };
    let found = differences(&of(["x", "y", "z"]), &of(["z", "x", "y"]));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].subject, Subject::Section("z".to_owned()));
    assert_eq!(found[0].change, Change::Moved { behind: None });
}

#[test]
fn a_long_text_is_shown_from_where_it_differs() {
    let long = "很".repeat(200);
    let (before, after) = (format!("{long}一。"), format!("{long}二。"));
    let base = base();
    let with = |text: &str| read(&base.replacen("问 n", text, 1));
    let found = differences(&with(&before), &with(&after));
    let same = "很".repeat(10);
    assert_eq!(
        found[0].to_string(),
        format!("n: text (zh) changed: \"…{same}一。\" -> \"…{same}二。\"")
    );
    let Change::Text { before: whole, .. } = &found[0].change else {
        panic!("{:?}", found[0]);
    };
    assert_eq!(*whole, before, "the value has the whole text");
    assert!(found.iter().all(|own| own.to_string().lines().count() == 1));
}

#[test]
fn two_waves_of_a_survey_of_the_program_differ_in_wording_and_in_added_questions_only() {
    let real = real();
    let wave = |id: &str| &real.iter().find(|(name, _)| name == id).unwrap().1;
    let found = differences(wave("satisfaction-2025"), wave("satisfaction-2026"));
    let (words, others): (Vec<_>, Vec<_>) = found.iter().partition(|own| own.is_wording());
    assert!(!words.is_empty());
    assert!(
        words
            .iter()
            .all(|own| own.subject == Subject::Questionnaire)
    );
    let others: Vec<String> = others.iter().map(ToString::to_string).collect();
    assert_eq!(
        others,
        ["internet: added", "surveyed: added", "civic: added"]
    );
}
