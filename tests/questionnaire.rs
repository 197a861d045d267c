//! The questionnaire engine through its files: features, mistakes, filled-in forms.

use std::path::{Path, PathBuf};

use minyi::questionnaire::answer::{
    FaultKind, JsonAnswers, Mode, Outcome, asked, parse, parse_json,
};
use minyi::questionnaire::{Areas, Kind, Mistake, Question, Questionnaire, load, load_areas};
use serde_json::{Value, json};

pub(crate) fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests")
        .join(name)
}

pub(crate) fn areas() -> Areas {
    let source = std::fs::read_to_string(folder("surveys/areas.toml")).unwrap();
    load_areas(&source, "areas.toml").unwrap()
}

fn read(name: &str) -> Result<Questionnaire, Vec<Mistake>> {
    let path = folder("surveys").join(name).join("questionnaire.toml");
    let source = std::fs::read_to_string(&path).unwrap();
    load(&source, "questionnaire.toml", &areas())
}

pub(crate) fn survey(name: &str) -> Questionnaire {
    read(name).unwrap_or_else(|mistakes| panic!("{name}: {}", listed(&mistakes)))
}

pub(crate) fn surveys(mistakes: bool) -> Vec<String> {
    let entries = std::fs::read_dir(folder("surveys")).unwrap();
    let folders = entries
        .map(|entry| entry.unwrap())
        .filter(|entry| entry.path().is_dir());
    let mut names: Vec<_> = folders
        .map(|entry| entry.file_name().into_string().unwrap())
        .collect();
    names.retain(|name| name.starts_with("mistake_") == mistakes);
    names.sort();
    assert!(!names.is_empty());
    names
}

fn listed(mistakes: &[Mistake]) -> String {
    mistakes
        .iter()
        .map(|mistake| format!("{mistake}\n"))
        .collect()
}

#[test]
fn every_questionnaire_without_mistake_loads() {
    for name in surveys(false) {
        let questionnaire = survey(&name);
        assert_eq!(questionnaire.id(), format!("{name}-2026"));
    }
}

#[test]
fn every_mistake_is_found_on_its_line_with_its_cure_and_nothing_else_is() {
    for name in surveys(true) {
        let path = folder("surveys").join(&name).join("questionnaire.toml");
        let source = std::fs::read_to_string(&path).unwrap();
        let found = read(&name).err().unwrap_or_else(|| panic!("{name} loads"));
        let all = listed(&found);
        // A line that is wrong says so: `# mistake: words | other words`.
        let marked: Vec<(usize, &str)> = (1..)
            .zip(source.lines())
            .filter_map(|(line, text)| Some((line, text.split_once("# mistake: ")?.1)))
            .collect();
        assert!(!marked.is_empty(), "{name} marks no line");
        for (line, words) in &marked {
            for words in words.split(" | ") {
                let said = found
                    .iter()
                    .any(|mistake| mistake.line == *line && mistake.to_string().contains(words));
                assert!(said, "{name}:{line}: nothing says {words:?} in\n{all}");
            }
        }
        for mistake in &found {
            let expected = marked.iter().any(|(line, _)| *line == mistake.line);
            assert!(expected, "{name}: not expected: {mistake}\nin\n{all}");
            assert!(
                !mistake.cure.is_empty() && mistake.column > 0,
                "{mistake:?}"
            );
            let display = format!(
                "questionnaire.toml:{}: {}; {}",
                mistake.line, mistake.message, mistake.cure
            );
            assert_eq!(mistake.to_string(), display);
        }
    }
}

/// A filled-in form: which questions it leads to, and what the parser makes of it.
fn check(journey: &Value) {
    let name = journey["name"].as_str().unwrap();
    let questionnaire = survey(journey["survey"].as_str().unwrap());
    let areas = areas();
    let mode = Mode::from_name(journey["mode"].as_str().unwrap_or("online")).unwrap();
    let outcome = if let Some(fields) = journey.get("fields") {
        let fields = pairs(fields);
        let fields = || {
            fields
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()))
        };
        if let Some(expected) = journey.get("asked") {
            let codes = asked(&questionnaire, &areas, mode, fields());
            assert_eq!(&json!(codes), expected, "{name}: asked");
        }
        parse(&questionnaire, &areas, mode, fields())
    } else {
        let answers: JsonAnswers = serde_json::from_str(journey["json"].as_str().unwrap()).unwrap();
        parse_json(&questionnaire, &areas, mode, &answers)
    };
    match outcome {
        Outcome::Complete(complete) => {
            let canonical = complete.canonical_json();
            assert_eq!(
                Some(canonical.as_str()),
                journey["complete"].as_str(),
                "{name}"
            );
            let again: JsonAnswers = serde_json::from_str(&canonical).unwrap();
            assert_eq!(
                parse_json(&questionnaire, &areas, mode, &again),
                Outcome::Complete(complete),
                "{name}: the canonical answers parse to themselves"
            );
        }
        Outcome::Faults(faults) => {
            let found: Vec<_> = faults
                .iter()
                .map(|fault| json!([fault.code, fault.kind.key()]))
                .collect();
            assert_eq!(json!(found), journey["faults"], "{name}");
            for fault in &faults {
                assert!(FaultKind::KEYS.contains(&fault.kind.key()), "{name}");
                assert_eq!(fault.pointer, format!("/answers/{}", fault.code), "{name}");
            }
        }
        Outcome::ScreenedOut { question, text } => {
            assert_eq!(json!(question), journey["screened_out"], "{name}");
            assert!(!text.is_empty());
        }
    }
}

fn pairs(fields: &Value) -> Vec<(String, String)> {
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    fields
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (text(&pair[0]), text(&pair[1])))
        .collect()
}

#[test]
fn every_journey_ends_where_it_says() {
    let mut count = 0;
    for entry in std::fs::read_dir(folder("journeys")).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().is_some_and(|name| name == "rules.json") {
            continue;
        }
        let journeys: Vec<Value> = serde_json::from_str(&std::fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        for journey in &journeys {
            check(journey);
            count += 1;
        }
    }
    assert!(count > 40, "{count} journeys");
}

pub(crate) fn real_areas() -> Areas {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("surveys/areas.toml");
    let source = std::fs::read_to_string(path).unwrap();
    load_areas(&source, "areas.toml").unwrap_or_else(|mistakes| panic!("{}", listed(&mistakes)))
}

/// The surveys that come with the program.
pub(crate) fn real() -> Vec<(String, Questionnaire)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("surveys");
    let areas = real_areas();
    let folders = std::fs::read_dir(&root)
        .unwrap()
        .map(|entry| entry.unwrap().path());
    let folders = folders.filter(|path| path.join("questionnaire.toml").is_file());
    let read = |path: PathBuf| {
        let source = std::fs::read_to_string(path.join("questionnaire.toml")).unwrap();
        let questionnaire = load(&source, &path.display().to_string(), &areas);
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        (
            name,
            questionnaire.unwrap_or_else(|mistakes| panic!("{}", listed(&mistakes))),
        )
    };
    folders.map(read).collect()
}

#[test]
fn every_survey_that_comes_with_the_program_loads_and_its_rules_round_trip() {
    let surveys = real();
    assert!(surveys.len() >= 4);
    for (folder, questionnaire) in surveys {
        assert_eq!(questionnaire.id(), folder);
        for (section, question) in questionnaire.questions() {
            let rules = [
                &section.ask_if,
                &question.ask_if,
                &question.valid_if,
                &question.screen_out_if,
            ];
            for rule in rules.into_iter().flatten() {
                for variable in rule.variables() {
                    let named = questionnaire
                        .question_at(variable.place)
                        .map(|question| question.code.as_str());
                    assert!(
                        named == Some(&variable.code) || variable.code == "mode",
                        "{}",
                        rule.source
                    );
                }
            }
        }
    }
}

/// An answer near the beginning (`late` = false) or the end of what the question allows.
fn any_answer(question: &Question, areas: &Areas, late: bool) -> String {
    let pick = |codes: Vec<&str>| {
        if late {
            codes[codes.len() - 1]
        } else {
            codes[0]
        }
        .to_owned()
    };
    match &question.kind {
        Kind::Single(choices) | Kind::Multiple { choices, .. } => {
            let goes_on = choices.iter().filter(|choice| {
                let Some(rule) = &question.screen_out_if else {
                    return true;
                };
                !rule.source.contains(&format!("'{}'", choice.code))
            });
            pick(goes_on.map(|choice| choice.code.as_str()).collect())
        }
        Kind::Integer { min, max, .. } => (*min).max(1).min(*max).to_string(),
        Kind::Decimal { min, max, .. } => min.max(0.5).min(*max).to_string(),
        Kind::Text { .. } => "海尔 BCD-501".to_owned(),
        Kind::Area { kinds } => pick(
            areas
                .of_kinds(kinds)
                .map(|area| area.code.as_str())
                .collect(),
        ),
        Kind::Note => panic!("a note is not answered"),
    }
}

#[test]
fn every_survey_that_comes_with_the_program_can_be_answered_from_beginning_to_end() {
    let areas = real_areas();
    for (name, questionnaire) in real() {
        for (mode, late) in Mode::ALL
            .into_iter()
            .flat_map(|mode| [(mode, false), (mode, true)])
        {
            let mut fields: Vec<(String, String)> = Vec::new();
            // Question by question, as the page asks: more answers lead to more questions.
            loop {
                let pairs = || {
                    fields
                        .iter()
                        .map(|(name, value)| (name.as_str(), value.as_str()))
                };
                let next = asked(&questionnaire, &areas, mode, pairs())
                    .into_iter()
                    .filter_map(|code| questionnaire.question(code))
                    .filter(|question| question.kind != Kind::Note)
                    .find(|question| pairs().all(|(code, _)| code != question.code));
                let Some(question) = next else {
                    break;
                };
                fields.push((question.code.clone(), any_answer(question, &areas, late)));
            }
            let pairs = fields
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str()));
            match parse(&questionnaire, &areas, mode, pairs) {
                Outcome::Complete(complete) => assert_eq!(complete.len(), fields.len(), "{name}"),
                other => panic!("{name} as {mode}: {other:?}"),
            }
        }
    }
}

#[test]
fn json_too_deep_or_with_numbers_too_large_is_refused_by_the_reader() {
    for hostile in [
        format!(r#"{{"a1":{}"#, "[".repeat(100_000)),
        r#"{"a1":1e999}"#.to_owned(),
        r#"{"a1":NaN}"#.to_owned(),
        r#"{"a1":"\ud800"}"#.to_owned(),
        "[]".to_owned(),
    ] {
        assert!(serde_json::from_str::<JsonAnswers>(&hostile).is_err());
    }
}
