//! What no input may do: stop the program, or be stored in a form that does not read back.

use minyi::questionnaire::answer::{
    JsonAnswers, Mode, Outcome, asked, check_header, parse, parse_json, parse_row,
};
use minyi::questionnaire::{load, load_areas, warnings};
use proptest::prelude::*;

use crate::questionnaire::{areas, folder, survey, surveys};

/// Values near those that questions accept, so that many are accepted.
fn value() -> impl Strategy<Value = String> {
    let likely = [
        "yes", "no", "1", "2", "3", "5", "9", "10", "-2", "0", "none", "red", "411702", "12.5", "",
    ];
    prop_oneof![
        4 => prop::sample::select(likely.to_vec()).prop_map(str::to_owned),
        1 => "[0-9０-９ 　.+-]{0,6}",
        1 => "\\PC{0,12}",
        1 => any::<String>(),
    ]
}

fn fields(codes: Vec<String>) -> impl Strategy<Value = Vec<(String, String)>> {
    let name = prop_oneof![9 => prop::sample::select(codes), 1 => "\\PC{0,6}"];
    prop::collection::vec((name, value()), 0..12)
}

fn codes(name: &str) -> Vec<String> {
    survey(name)
        .questions()
        .map(|(_, question)| question.code.clone())
        .collect()
}

fn form() -> impl Strategy<Value = (String, Vec<(String, String)>)> {
    prop::sample::select(surveys(false))
        .prop_flat_map(|name| (Just(name.clone()), fields(codes(&name))))
}

fn pairs(fields: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> {
    fields
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
}

/// The answers as JSON: lists of texts, or numbers where the text is one and they are wanted.
fn as_json(fields: &[(String, String)], numbers: bool) -> JsonAnswers {
    let value = |text: &str| {
        let number = text.parse::<f64>().ok().filter(|_| numbers);
        match number.and_then(serde_json::Number::from_f64) {
            Some(number) => serde_json::Value::Number(number),
            None => serde_json::json!([text]),
        }
    };
    pairs(fields)
        .map(|(code, text)| (code.to_owned(), value(text)))
        .collect()
}

proptest! {
    #[test]
    fn any_bytes_as_a_file_give_mistakes_within_it(
        bytes in prop::collection::vec(any::<u8>(), 0..400),
    ) {
        let source = String::from_utf8_lossy(&bytes);
        let lines = source.lines().count().max(1);
        for mistakes in [load(&source, "f", &areas()).err(), load_areas(&source, "f").err()] {
            for mistake in mistakes.expect("no such file is a questionnaire") {
                prop_assert!(mistake.line >= 1 && mistake.line <= lines + 1);
            }
        }
    }

    #[test]
    fn a_file_with_lines_lost_doubled_or_exchanged_loads_or_has_mistakes(
        name in prop::sample::select(surveys(false)),
        changes in prop::collection::vec(
            (any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..3),
            1..5,
        ),
    ) {
        let file = folder("surveys").join(name).join("questionnaire.toml");
        let source = std::fs::read_to_string(file).unwrap();
        let mut lines: Vec<&str> = source.lines().collect();
        for (one, other, change) in changes {
            let (one, other) = (one.index(lines.len()), other.index(lines.len()));
            match change {
                0 => { lines.remove(one); }
                1 => lines.insert(other, lines[one]),
                _ => lines.swap(one, other),
            }
        }
        let source = lines.join("\n");
        if let Err(mistakes) = load(&source, "f", &areas()) {
            prop_assert!(!mistakes.is_empty());
        }
        let lines = source.lines().count();
        let warnings = warnings(&source, "f", &areas());
        prop_assert!(warnings.iter().all(|own| (1..=lines).contains(&own.line)));
    }

    #[test]
    fn any_form_is_judged_and_what_is_complete_reads_back_to_itself(
        (name, fields) in form(),
        mode in prop::sample::select(Mode::ALL.to_vec()),
    ) {
        let (questionnaire, areas) = (survey(&name), areas());
        let asked = asked(&questionnaire, &areas, mode, pairs(&fields));
        match parse(&questionnaire, &areas, mode, pairs(&fields)) {
            Outcome::Complete(complete) => {
                let canonical = complete.canonical_json();
                let again: JsonAnswers = serde_json::from_str(&canonical).unwrap();
                let Outcome::Complete(again) = parse_json(&questionnaire, &areas, mode, &again)
                else {
                    return Err(TestCaseError::fail(format!("{canonical} does not read back")));
                };
                prop_assert_eq!(again.canonical_json(), canonical);
                prop_assert_eq!(again, complete.clone());
                for (code, _) in complete.iter() {
                    prop_assert!(asked.contains(&code), "{} is stored but not asked", code);
                }
            }
            Outcome::Faults(faults) => prop_assert!(!faults.is_empty()),
            Outcome::ScreenedOut { question, .. } => {
                prop_assert!(asked.contains(&question.as_str()));
            }
        }
    }

    #[test]
    fn any_json_of_answers_is_judged((name, fields) in form(), numbers in any::<bool>()) {
        let (questionnaire, areas) = (survey(&name), areas());
        let parsed = |answers| parse_json(&questionnaire, &areas, Mode::Online, answers);
        if let Outcome::Complete(complete) = parsed(&as_json(&fields, numbers)) {
            let again: JsonAnswers = serde_json::from_str(&complete.canonical_json()).unwrap();
            prop_assert_eq!(parsed(&again), Outcome::Complete(complete));
        }
    }

    #[test]
    fn any_table_is_judged((name, fields) in form()) {
        let (questionnaire, areas) = (survey(&name), areas());
        let row: Vec<_> = pairs(&fields).collect();
        let names: Vec<_> = row.iter().map(|(name, _)| *name).collect();
        let _ = check_header(&questionnaire, &names);
        if let Outcome::Faults(faults) = parse_row(&questionnaire, &areas, Mode::Paper, &row) {
            let mut pointers = faults.iter().map(|fault| &fault.pointer);
            prop_assert!(pointers.all(|own| !own.starts_with("/answers/")), "{:?}", faults);
        }
    }
}
