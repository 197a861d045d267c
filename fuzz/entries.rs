//! Every parser of bytes from outside, as a function that must never panic.
//!
//! The fuzz targets and the property tests of `tests/doors.rs` call the same functions.

use std::sync::LazyLock;

use actix_web::http::header::HeaderValue;
use actix_web::test::TestRequest;
use minyi::collection::table;
use minyi::estimation::csv::{self, Role, Wanted};
use minyi::estimation::{Margins, Spec, analyse};
use minyi::http::form;
use minyi::http::limits::{LimitSettings, Limits};
use minyi::questionnaire::answer::{self, JsonAnswers, Mode, Outcome};
use minyi::questionnaire::rule::{Scope, Type};
use minyi::questionnaire::{Areas, Questionnaire, Rule, is_reserved, load, load_areas, warnings};
use minyi::store;
use minyi::survey::plan::Plan;
use minyi::survey::population::Population;
use minyi::web::address::Address;

/// Parses some bytes.
pub type Entry = fn(&[u8]);

/// Every entry, by the name of its fuzz target.
pub const ALL: [(&str, Entry); 11] = [
    ("form", form_body),
    ("json", json_body),
    ("questionnaire", questionnaire_file),
    ("plan", plan_file),
    ("rule", rule_text),
    ("table", table_file),
    ("spec", spec_file),
    ("address", page_address),
    ("forwarded", forwarded_header),
    ("rows", imported_rows),
    ("backup", backup_file),
];

static AREAS: LazyLock<Areas> =
    LazyLock::new(|| load_areas(include_str!("../surveys/areas.toml"), "areas.toml").unwrap());

static QUESTIONNAIRE: LazyLock<Questionnaire> = LazyLock::new(|| {
    let source = include_str!("../surveys/satisfaction-2026/questionnaire.toml");
    load(source, "questionnaire.toml", &AREAS).unwrap()
});

/// Asserts that accepted answers are stored as JSON that can be read again.
fn stored(outcome: Outcome) {
    if let Outcome::Complete(complete) = outcome {
        let json = complete.canonical_json();
        let again: serde_json::Value =
            serde_json::from_str(&json).expect("canonical answers are JSON");
        assert_eq!(again.as_object().expect("an object").len(), complete.len());
    }
}

/// The body of a form.
pub fn form_body(bytes: &[u8]) {
    if let Ok(fields) = form::decode(bytes) {
        let answers = fields.iter().filter(|(name, _)| !is_reserved(name));
        let answers = answers.map(|(name, value)| (name.as_ref(), value.as_ref()));
        stored(answer::parse(&QUESTIONNAIRE, &AREAS, Mode::Online, answers));
    }
}

/// The answers of a response as JSON.
pub fn json_body(bytes: &[u8]) {
    if let Ok(answers) = serde_json::from_slice::<JsonAnswers>(bytes) {
        stored(answer::parse_json(
            &QUESTIONNAIRE,
            &AREAS,
            Mode::Onsite,
            &answers,
        ));
    }
}

/// `questionnaire.toml` and `areas.toml`.
pub fn questionnaire_file(bytes: &[u8]) {
    let source = String::from_utf8_lossy(bytes);
    let _ = load(&source, "questionnaire.toml", &AREAS);
    let _ = warnings(&source, "questionnaire.toml", &AREAS);
    let _ = load_areas(&source, "areas.toml");
}

/// `plan.toml` and `population.csv`.
pub fn plan_file(bytes: &[u8]) {
    let source = String::from_utf8_lossy(bytes);
    let _ = Plan::parse(&source);
    let _ = Population::parse(&source);
}

/// One rule of a questionnaire, as text.
pub fn rule_text(bytes: &[u8]) {
    let scope = Scope::of([
        ("age", Type::Number),
        ("county", Type::Text),
        ("uses", Type::TextSet),
    ]);
    let source = String::from_utf8_lossy(bytes);
    if let Ok(rule) = Rule::parse(&source, &scope) {
        // What is sent to the browser says the same as what was read.
        let _ = rule.json().to_string();
        let printed = rule.to_string();
        // Blanks around its operators can make it longer than a rule may be.
        if printed.len() > Rule::LONGEST {
            return;
        }
        let again = Rule::parse(&printed, &scope).expect("a printed rule reads back");
        assert_eq!(again.to_string(), printed);
    }
}

/// A table to estimate from, and a table of margins.
pub fn table_file(bytes: &[u8]) {
    let wanted = [
        Wanted::new("a", Role::Category),
        Wanted::new("c", Role::Code),
        Wanted::new("w", Role::Number),
    ];
    let _ = csv::read(bytes, &wanted, &|_| {});
    let _ = Margins::parse(&String::from_utf8_lossy(bytes));
}

/// The specification of an estimation, run on a small sample.
pub fn spec_file(bytes: &[u8]) {
    const SAMPLE: &[u8] =
        b"w,cu,psu,sex,s1,hh\n1,a,1,f,5,2\n2,a,2,m,4,3\n1.5,b,3,f,1,1\n2.5,b,4,m,,4\n1,b,4,f,2,2\n";
    let Ok(spec) = Spec::parse(&String::from_utf8_lossy(bytes)) else {
        return;
    };
    let wanted = ["cu", "psu", "sex", "s1"].map(|name| Wanted::new(name, Role::Category));
    let numbers = ["w", "hh"].map(|name| Wanted::new(name, Role::Number));
    let columns = csv::read(SAMPLE, &[&wanted[..], &numbers].concat(), &|_| {}).unwrap();
    let margins = Margins::parse("dimension,category,population\nsex,f,10\nsex,m,12\n").unwrap();
    let _ = analyse(&columns, &margins, &spec);
}

/// The query of a page's URL.
pub fn page_address(bytes: &[u8]) {
    let query = String::from_utf8_lossy(bytes);
    if let Ok(address) = Address::of(&query) {
        // The URL of the same page in another language or text size has the same channel.
        let again = address.query(address.reader());
        let again = Address::of(again.trim_start_matches('?')).expect("a URL of minyi can be read");
        assert_eq!(again.channel, address.channel);
        assert_eq!(again.reader(), address.reader());
    }
}

/// `X-Forwarded-For` from a trusted proxy.
pub fn forwarded_header(bytes: &[u8]) {
    static LIMITS: LazyLock<Limits> = LazyLock::new(|| {
        let trusted_proxies = vec!["10.0.0.0/8".parse().unwrap(), "::1/128".parse().unwrap()];
        let settings = LimitSettings {
            trusted_proxies,
            ..LimitSettings::default()
        };
        Limits::new(&settings, [])
    });
    let Ok(value) = HeaderValue::from_bytes(bytes) else {
        return;
    };
    let request = TestRequest::default()
        .peer_addr("10.1.2.3:4000".parse().unwrap())
        .insert_header(("X-Forwarded-For", value))
        .to_http_request();
    let _ = LIMITS.sender(&request);
}

/// A CSV file of responses to import.
pub fn imported_rows(bytes: &[u8]) {
    let Ok(table) = table::parse(bytes) else {
        return;
    };
    let heading: Vec<&str> = table.header.iter().map(String::as_str).collect();
    let _ = answer::check_header(&QUESTIONNAIRE, &heading);
    let mut last = 0;
    for row in &table.rows {
        assert!(row.line > last, "lines grow");
        last = row.line;
        let cells = heading.iter().copied();
        let cells: Vec<(&str, &str)> = cells.zip(row.cells.iter().map(String::as_str)).collect();
        stored(answer::parse_row(
            &QUESTIONNAIRE,
            &AREAS,
            Mode::Paper,
            &cells,
        ));
    }
}

/// A backup file.
pub fn backup_file(bytes: &[u8]) {
    let _ = store::verify(&mut &*bytes);
}
