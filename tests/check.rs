//! `minyi check` is the whole dry computation: every mistake that would make a figure wrong, empty or
//! missing is named with file, line and cure before anybody has answered.

use std::fs;
use std::path::Path;

use minyi::release::rehearsal::obstacles;
use minyi::survey::{Catalogue, check_folder};

use crate::support::{Scratch, Server, root, run};

const PLAN: &str = "satisfaction-2026/plan.toml";
const QUESTIONNAIRE: &str = "satisfaction-2026/questionnaire.toml";
const POPULATION: &str = "satisfaction-2026/population.csv";
const FRAME: &str = "satisfaction-2026/frame.csv";
const SHOPS: &str = "fixtures-2026/plan.toml";
const COUNTED: &str = "disposables-2026/plan.toml";

/// A change of one file, the line at which `check` must find a mistake, and words of what it says.
struct Broken {
    file: &'static str,
    from: &'static str,
    to: &'static str,
    /// The file with the mistake, and a text of its line; empty for line 1.
    at: (&'static str, &'static str),
    words: &'static [&'static str],
}

/// A change whose mistake is in the line that is changed.
const fn here(
    file: &'static str,
    from: &'static str,
    to: &'static str,
    words: &'static [&'static str],
) -> Broken {
    let at = (file, to);
    Broken {
        file,
        from,
        to,
        at,
        words,
    }
}

/// A change with a mistake in another line.
const fn there(
    change: (&'static str, &'static str, &'static str),
    at: (&'static str, &'static str),
    words: &'static [&'static str],
) -> Broken {
    let (file, from, to) = change;
    Broken {
        file,
        from,
        to,
        at,
        words,
    }
}

const BROKEN: &[Broken] = &[
    here(
        PLAN,
        "\">= 0.90\"",
        "\">= 90\"",
        &["90 is not a share", "write \">= 0.90\""],
    ),
    here(
        PLAN,
        "counts = [4, 5]",
        "counts = [45]",
        &["`45`", "use a code of the questionnaire"],
    ),
    here(
        PLAN,
        "counts = [4, 5]",
        "counts = [5, 9]",
        &["`9` is marked as missing", "remove it"],
    ),
    here(
        PLAN,
        "counts = [4, 5]",
        "counts = [1, 2, 3, 4, 5]",
        &["same value", "correct counts"],
    ),
    here(
        PLAN,
        "[\"a1\", ",
        "[\"a99\", ",
        &["`a99`", "use a code of questionnaire.toml"],
    ),
    here(
        PLAN,
        "[\"a1\", ",
        "[\"opinion\", ",
        &["kind `text`", "kind `single`"],
    ),
    here(
        PLAN,
        "[\"a1\", ",
        "[\"not_aloud\", ",
        &["kind `note`", "kind `single`"],
    ),
    here(
        PLAN,
        "[\"a1\", ",
        "[\"sex\", ",
        &["`sex` is always 0 %", "remove the item"],
    ),
    here(
        PLAN,
        "previous = \"satisfaction-2025\"",
        "previous = \"satisfaction-2026\"",
        &["this wave itself", "name the wave before"],
    ),
    here(
        PLAN,
        "previous = \"satisfaction-2025\"",
        "previous = \"satisfaction-2019\"",
        &["no survey folder `satisfaction-2019`", "add the folder"],
    ),
    there(
        (POPULATION, "sex,f,2600594,", "gender,f,2600594,"),
        (POPULATION, "sex,m"),
        &[
            "sex f has no row, but can be answered (sex = f)",
            "give its population",
        ],
    ),
    here(
        POPULATION,
        "sex,f,2600594",
        "sex,w,2600594",
        &["sex w: no answer", "use a code"],
    ),
    there(
        (POPULATION, "sex,f,2600594", "sex,f,2600593"),
        (POPULATION, "sex,m"),
        &["add up to 5002085", "5002086", "correct the rows"],
    ),
    here(POPULATION, "sex,f,2600594", "sex,f,-1", &["a number >= 0"]),
    here(
        POPULATION,
        "747413,829792",
        "847413,829792",
        &["low <= population", "correct them"],
    ),
    here(
        PLAN,
        "duration < 30",
        "duration < 'a'",
        &["is a text", "such as \"duration < 30\""],
    ),
    here(
        PLAN,
        "duration < 30",
        "channel = 'qr'",
        &["`channel`", "write a rule about"],
    ),
    here(
        PLAN,
        "duration < 30",
        "duration >= 0",
        &["excludes everyone", "correct the rule"],
    ),
    here(
        PLAN,
        "duration < 30",
        "mode = 'phon'",
        &["no mode 'phon'", "use 'online'"],
    ),
    here(
        FRAME,
        "411702-U-02,411702",
        "411702-U-01, 411702",
        &["occurs twice", "keep one row"],
    ),
    here(
        FRAME,
        "411702-U-01,411702",
        "411702-U-01,419999",
        &["no area `419999`", "areas.toml"],
    ),
    here(
        FRAME,
        "411702-U-01,411702",
        "411702-U-01,411700",
        &["is no answer", "use a county"],
    ),
    there(
        (
            POPULATION,
            "county*urban,411729*rural,",
            "town*x,411729*rural,",
        ),
        (FRAME, "411729-R-06"),
        &["is drawn in county*urban 411729*rural", "add its row"],
    ),
    there(
        (FRAME, "psu,area", "unit,area"),
        (FRAME, "unit,area"),
        &[
            "no column `psu`",
            "the first line is psu,area,urban,population,selected",
        ],
    ),
    here(
        PLAN,
        "\"surveyed\", \"civic\"]",
        "\"surveyed\", \"wishes\"]",
        &["the calibrator `wishes`", "add it under [variables]"],
    ),
    here(
        PLAN,
        "minimum_sampled = 3500",
        "minimum_sampled = 6000000",
        &["more than the population of 5002086", "correct one"],
    ),
    here(
        PLAN,
        "domains = [\"county\",",
        "domains = [\"mood\",",
        &["`mood`", "[variables]"],
    ),
    there(
        (POPULATION, "schooling,higher", "school,higher"),
        (POPULATION, "schooling,lower"),
        &["add up to", "correct the rows"],
    ),
    here(
        PLAN,
        "\"schooling\"]\ncal",
        "\"mood\"]\ncal",
        &["`mood`", "add it under [variables]"],
    ),
    here(
        PLAN,
        "strata = [\"county\", \"urban\"]",
        "strata = [\"sex\"]",
        &["the frame tells"],
    ),
    here(
        PLAN,
        "onsite = [\"onsite\",",
        "onsite = [\"onsit\",",
        &["no mode `onsit`", "use one"],
    ),
    here(
        PLAN,
        "to = \"parent\"",
        "to = \"county\"",
        &["means nothing", "write to = \"parent\""],
    ),
    here(
        PLAN,
        "code = \"participation\"",
        "code = \"satisfaction\" # again",
        &["two indicators have the code", "another code"],
    ),
    there(
        (
            QUESTIONNAIRE,
            "valid_until = \"2027-01\"",
            "valid_until = \"2026-10\"",
        ),
        (QUESTIONNAIRE, "closes = "),
        &["after the form is valid until 2026-10", "close it earlier"],
    ),
    here(SHOPS, "\">= 1\"", "\">= 100\"", &["100 is not a share"]),
    here(
        SHOPS,
        "question = \"toilet_saving\"",
        "question = \"fail1_brand\"",
        &["has no numbers to add up", "`integer`"],
    ),
    here(
        SHOPS,
        ", \"fail1_model\"],",
        "], # two",
        &["2 questions for 3 columns", "give each column one"],
    ),
    here(
        COUNTED,
        "target = \"below previous wave\"",
        "target = \">= 1000000\"",
        &["outside what the answers can give", "unit of the mean"],
    ),
    here(
        COUNTED,
        "frame = \"../satisfaction-2026/frame.csv\"",
        "frame = \"../x/frame.csv\"",
        &["there is no file", "correct the path"],
    ),
    // What only the figures from fictional responses show.
    there(
        (
            QUESTIONNAIRE,
            "code = \"a2\"",
            "code = \"a2\"\nask_if = \"a1 = 5 and a1 = 4\"",
        ),
        (PLAN, "code = \"satisfaction\""),
        &["no fictional response answers `a2`", "correct the ask_if"],
    ),
    there(
        (
            QUESTIONNAIRE,
            "screen_out_if = \"adult = 'no'\"",
            "screen_out_if = \"adult != 'x'\"",
        ),
        (QUESTIONNAIRE, "screen_out_if = \"adult"),
        &["choice"],
    ),
];

/// The survey folders of this repository in a scratch folder.
fn copied(scratch: &Scratch) {
    copy(&root().join("surveys"), &scratch.path("surveys"));
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let (path, name) = entry
            .map(|entry| (entry.path(), entry.file_name()))
            .unwrap();
        match path.is_dir() {
            true => copy(&path, &to.join(name)),
            false => fs::write(to.join(name), fs::read(&path).unwrap()).unwrap(),
        }
    }
}

/// Replaces a text of a file once.
fn change(scratch: &Scratch, file: &str, from: &str, to: &str) {
    let path = scratch.path("surveys").join(file);
    let source = fs::read_to_string(&path).unwrap();
    assert!(source.contains(from), "{file}: {from}");
    fs::write(&path, source.replacen(from, to, 1)).unwrap();
}

/// `file:line` of the first line with `text`.
fn place(scratch: &Scratch, (file, text): (&str, &str)) -> String {
    let path = scratch.path("surveys").join(file);
    let source = fs::read_to_string(&path).unwrap();
    let before = source.find(text.lines().next().unwrap_or_default());
    let before = source.get(..before.unwrap()).unwrap();
    format!("{file}:{}:", before.matches('\n').count() + 1)
}

/// Exit code and output of `minyi check` on one folder of the copy.
fn check(scratch: &Scratch, folder: &str) -> (i32, String) {
    let path = scratch.path("surveys").join(folder);
    let (code, out, errors) = run(&["check", path.to_str().unwrap()]);
    (code, format!("{out}{errors}"))
}

#[test]
fn every_mistake_of_a_plan_and_its_tables_is_named_with_file_line_and_cure() {
    let scratch = Scratch::new("check");
    copied(&scratch);
    for folder in ["satisfaction-2026", "fixtures-2026", "disposables-2026"] {
        let (code, said) = check(&scratch, folder);
        assert!(code == 0 && !said.contains("warning"), "{said}");
    }
    for broken in BROKEN {
        let path = scratch.path("surveys").join(broken.file);
        let whole = fs::read_to_string(&path).unwrap();
        change(&scratch, broken.file, broken.from, broken.to);
        let folder = broken.file.split('/').next().unwrap();
        let (code, said) = check(&scratch, folder);
        let place = place(&scratch, broken.at);
        fs::write(&path, whole).unwrap();
        assert_eq!(code, 1, "{} -> {}: {said}", broken.from, broken.to);
        let found = said.lines().any(|line| {
            line.contains(&place) && broken.words.iter().all(|words| line.contains(words))
        });
        assert!(found, "{place} {:?}: {said}", broken.words);
    }
}

#[test]
fn the_mistakes_of_all_files_of_all_folders_come_at_once_in_order() {
    let scratch = Scratch::new("check-all");
    copied(&scratch);
    let changes = [
        (SHOPS, "\">= 1\"", "\">= 100\""),
        (FRAME, "411702-U-01,411702", "411702-U-01,419999"),
        (PLAN, "duration < 30", "channel = 'qr'"),
        (PLAN, "counts = [4, 5]", "counts = [45]"),
        (POPULATION, "sex,m,2401492", "sex,m,-1"),
        (POPULATION, "747413,829792", "847413,829792"),
    ];
    for (file, from, to) in changes {
        change(&scratch, file, from, to);
    }
    let places: Vec<String> = changes
        .map(|(file, _, to)| place(&scratch, (file, to)))
        .to_vec();
    let (code, said) = check(&scratch, "");
    assert_eq!(code, 1);
    let mistakes: Vec<&str> = said.lines().filter(|line| line.contains(": ")).collect();
    for (place, mistake) in places.iter().zip(&mistakes) {
        assert!(mistake.contains(place), "{place} is not next: {said}");
    }
    // A file that several waves share is named once.
    assert_eq!(mistakes.len(), places.len() + 1, "{said}");
    assert!(said.contains("minyi check: 6 mistakes"), "{said}");
    // A mistake in the questionnaire hides none of the tables.
    change(
        &scratch,
        QUESTIONNAIRE,
        "choices = \"satisfaction\"",
        "choices = \"moods\"",
    );
    let (_, said) = check(&scratch, "");
    for needed in [
        "unknown scale `moods`",
        "`419999`",
        "sex m:",
        "age a18:",
        "100 is not a share",
    ] {
        assert!(said.contains(needed), "{needed}: {said}");
    }
}

#[test]
fn rules_that_cannot_be_and_weights_by_chance_are_warned_of() {
    let scratch = Scratch::new("check-warnings");
    copied(&scratch);
    let question = "code = \"z2\"";
    let rule = "code = \"z2\"\nask_if = \"a1 = 5 and a1 = 4\"";
    change(&scratch, QUESTIONNAIRE, question, rule);
    change(
        &scratch,
        QUESTIONNAIRE,
        "4.zh = \"比较满意\"",
        "4.zh = \"非常满意\"",
    );
    change(
        &scratch,
        PLAN,
        "\n[design]",
        "\nbounds = [0.999, 1.001]\n\n[design]",
    );
    let (code, said) = check(&scratch, "satisfaction-2026");
    assert_eq!(code, 0, "{said}");
    for needed in [
        "`z2` is never true",
        "have the same label",
        "no weights within the bounds",
    ] {
        let mut lines = said.lines();
        let warned = lines.any(|line| line.contains("warning: ") && line.contains(needed));
        assert!(warned, "{needed}: {said}");
    }
}

#[test]
fn figures_of_every_survey_can_be_computed_from_fictional_responses() {
    let surveys = root().join("surveys");
    let catalogue = Catalogue::load(&surveys).unwrap();
    assert!(catalogue.surveys.len() >= 6);
    for id in catalogue.surveys.keys() {
        let (survey, found) = check_folder(&surveys.join(id), &catalogue.areas, &catalogue);
        assert!(
            found.mistakes.is_empty() && found.warnings.is_empty(),
            "{found:?}"
        );
        let survey = survey.unwrap();
        assert!(survey.plan.is_some());
        assert_eq!(obstacles(&catalogue, &survey), [], "{id}");
    }
}

#[test]
fn a_server_names_the_mistakes_of_a_plan_and_collects_answers_all_the_same() {
    let scratch = Scratch::new("check-serve");
    copied(&scratch);
    change(&scratch, PLAN, "counts = [4, 5]", "counts = [45]");
    let surveys = scratch.path("surveys");
    // No folder can be made in a file: the server ends after it has read the surveys.
    let file = scratch.write("file", "");
    let data = file.join("data");
    let arguments = ["serve", "--surveys", surveys.to_str().unwrap()];
    let (code, _, errors) = run(&[&arguments[..], &["--data", data.to_str().unwrap()]].concat());
    assert_ne!(code, 0);
    let place = place(&scratch, (PLAN, "counts = [45]"));
    for needed in [
        place.as_str(),
        "`45` is not an answer",
        "answers are collected",
    ] {
        assert!(errors.contains(needed), "{needed}: {errors}");
    }
    let data = scratch.path("data");
    let server = Server::start(&[&arguments[..], &["--data", data.to_str().unwrap()]].concat());
    assert_eq!(server.get("/s/satisfaction-2026").status, 200);
}
