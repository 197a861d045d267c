//! `minyi export --research`: a file in which nobody can be recognised.

use std::collections::{BTreeMap, BTreeSet};

use crate::support::site::rows;
use crate::support::{Scratch, city, run};

/// What others may know of a person.
const IDENTIFYING: [&str; 6] = ["county", "sex", "age", "urban", "schooling", "occupation"];

#[test]
fn every_class_has_five_people_who_disagree_and_nothing_leads_back_to_the_responses() {
    let scratch = Scratch::new("research");
    city::make(&scratch.0, 6000);
    let data = scratch.0.to_str().unwrap();
    let of = |survey: &str, name: &str, more: &[&str]| {
        let file = scratch.path(name).to_str().unwrap().to_owned();
        let mut arguments = vec!["export", survey, "--data", data, "-o", &file];
        arguments.extend(more);
        let (code, out, errors) = run(&arguments);
        assert_eq!(code, 0, "{errors}");
        (std::fs::read(&file).unwrap(), rows(&file), out)
    };
    let export = |name: &str, more: &[&str]| of("satisfaction-2026", name, more);
    let (_, all, _) = export("all.csv", &[]);
    let (bytes, half, out) = export("half.csv", &["--research", "--seed", "2026"]);
    assert!(out.contains("seed 2026"), "{out}");
    // Without a seed the same people every time.
    let by_itself = export("own.csv", &["--research"]);
    assert_eq!(by_itself.0, export("own2.csv", &["--research"]).0);
    assert_ne!(by_itself.0, bytes);

    let counts = |row: &&BTreeMap<String, String>| row["weight"].parse().unwrap_or(0.0) > 0.0;
    let counted: Vec<_> = all.iter().filter(counts).collect();
    let share = half.len() as f64 / counted.len() as f64;
    assert!((0.45..0.55).contains(&share), "{share}");
    classes_are_safe(&half);
    classes_are_safe(&by_itself.1);
    // Here people differ in nearly every answer, so that the size of a class decides.
    for seed in ["1", "2"] {
        let file = format!("goods-{seed}.csv");
        let goods = of("disposables-2026", &file, &["--research", "--seed", seed]);
        classes_are_safe(&goods.1);
    }
    nothing_leads_back(&half, &counted);

    let readme = std::fs::read_to_string(scratch.path("half-README.txt")).unwrap();
    assert!(
        !readme.contains("2026年，") && !readme.contains("seed"),
        "{readme}"
    );
    assert!(
        readme.contains(&format!("共 {} 行", half.len())),
        "{readme}"
    );
    let taken = half
        .iter()
        .filter(|row| row["occupation"].is_empty())
        .count();
    assert!(taken > 0, "nothing was taken away, so this proves nothing");

    let file = scratch.path("shops.csv");
    let arguments = [
        "export",
        "fixtures-2026",
        "--research",
        "--data",
        data,
        "-o",
    ];
    let (code, _, errors) = run(&[&arguments[..], &[file.to_str().unwrap()]].concat());
    assert_eq!(code, 1, "{errors}");
    assert!(!file.exists());
}

/// k >= 5 in each class, and at least two answers to each question that is answered differently at all.
fn classes_are_safe(half: &[BTreeMap<String, String>]) {
    let mut classes: BTreeMap<Vec<&str>, Vec<&BTreeMap<String, String>>> = BTreeMap::new();
    for row in half {
        let class = IDENTIFYING
            .iter()
            .map(|name| row.get(*name).map_or("", String::as_str))
            .collect();
        classes.entry(class).or_default().push(row);
    }
    let smallest = classes.values().map(Vec::len).min().unwrap();
    assert!(smallest >= 5, "{smallest}");
    assert!(classes.len() > 10, "{}", classes.len());
    // The five that the rule names, without town or village.
    let mut of_five: BTreeMap<Vec<&str>, usize> = BTreeMap::new();
    for row in half {
        let names = ["county", "sex", "age", "schooling", "occupation"];
        *of_five
            .entry(
                names
                    .iter()
                    .map(|name| row.get(*name).map_or("", String::as_str))
                    .collect(),
            )
            .or_default() += 1;
    }
    assert!(of_five.values().all(|n| *n >= 5));
    let answers: BTreeSet<&str> = half[0]
        .keys()
        .map(String::as_str)
        .filter(|name| !IDENTIFYING.contains(name) && !["month", "mode", "weight"].contains(name))
        .collect();
    assert!(answers.contains("surveyed"));
    let given = |rows: &[&BTreeMap<String, String>], question: &str| -> BTreeSet<String> {
        let own = rows.iter().map(|row| row[question].clone());
        own.filter(|answer| !answer.is_empty()).collect()
    };
    let everybody: Vec<_> = half.iter().collect();
    for question in answers {
        if given(&everybody, question).len() > 1 {
            for (class, rows) in &classes {
                assert_ne!(given(rows, question).len(), 1, "{question} {class:?}");
            }
        }
    }
}

fn nothing_leads_back(half: &[BTreeMap<String, String>], all: &[&BTreeMap<String, String>]) {
    let gone = [
        "response_id",
        "channel",
        "received_at",
        "duration",
        "enumerator",
        "flags",
        "version",
        "area",
        "education",
        "opinion",
        "part",
        "stratum",
        "psu",
        "base_weight",
        "online",
    ];
    for name in gone {
        assert!(!half[0].contains_key(name), "{name}");
    }
    let is_month = |month: &str| month.len() == 7 && month.starts_with("20");
    assert!(half.iter().all(|row| is_month(&row["month"])));
    // A weight says no more than the class: one weight for each, of three digits.
    let mut weights: BTreeMap<Vec<&str>, BTreeSet<&str>> = BTreeMap::new();
    for row in half {
        let class = IDENTIFYING.iter().map(|name| row[*name].as_str()).collect();
        weights.entry(class).or_default().insert(&row["weight"]);
    }
    assert!(weights.values().all(|own| own.len() == 1));
    let digits = |weight: &str| weight.trim_end_matches('0').replace('.', "").len();
    assert!(half.iter().all(|row| digits(&row["weight"]) <= 3));
    let sum = |weights: &mut dyn Iterator<Item = &String>| -> f64 {
        weights.map(|weight| weight.parse::<f64>().unwrap()).sum()
    };
    let of_half = sum(&mut half.iter().map(|row| &row["weight"]));
    let of_all = sum(&mut all.iter().map(|row| &row["weight"]));
    assert!((of_half / of_all - 1.0).abs() < 0.01, "{of_half} {of_all}");
    // The order is not that of the log: the answers of the half do not run through the log forwards.
    let months: Vec<&str> = half.iter().map(|row| row["month"].as_str()).collect();
    let all_months: BTreeSet<&&str> = months.iter().collect();
    assert!(all_months.len() == 1 || !months.is_sorted());
}
