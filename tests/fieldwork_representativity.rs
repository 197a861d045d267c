//! R-indicators against those of a numpy program that works case by case
//! (`tests/reference/representativity/`).

use minyi::fieldwork::representativity::{Group, Model, Variable, representativity};
use serde_json::Value;

fn is_near(found: f64, expected: &Value, what: &str) {
    let expected = expected.as_f64().unwrap();
    let gap = (found - expected).abs();
    assert!(gap < 1e-9, "{what}: {found} instead of {expected}");
}

fn groups(case: &Value) -> Vec<Group> {
    let list = case["groups"].as_array().unwrap();
    list.iter()
        .map(|own| Group {
            categories: own["categories"]
                .as_array()
                .unwrap()
                .iter()
                .map(|category| category.as_u64().unwrap() as usize)
                .collect(),
            cases: own["cases"].as_u64().unwrap(),
            respondents: own["respondents"].as_u64().unwrap(),
            weight: own["weight"].as_f64().unwrap(),
        })
        .collect()
}

#[test]
fn the_indicators_are_those_of_numpy() {
    let text = include_str!("reference/representativity/vectors.json");
    let cases: Vec<Value> = serde_json::from_str(text).unwrap();
    assert_eq!(cases.len(), 5);
    for case in &cases {
        let groups = groups(case);
        let sizes = (0..groups[0].categories.len()).map(|at| {
            groups
                .iter()
                .map(|group| group.categories[at])
                .max()
                .unwrap()
                + 1
        });
        let variables: Vec<Variable> = sizes
            .enumerate()
            .map(|(at, size)| Variable {
                name: at.to_string(),
                categories: (0..size).map(|category| category.to_string()).collect(),
            })
            .collect();
        let model = match case["model"].as_str().unwrap() {
            "logistic" => Model::Logistic,
            _ => Model::Cells,
        };
        let spread = case["answers_spread"].as_f64().unwrap();
        let found = representativity(&variables, &groups, model, spread).unwrap();
        let name = case["name"].as_str().unwrap();
        let expected = &case["expected"];
        for (what, value) in [
            ("mean", found.mean),
            ("s", found.spread),
            ("r", found.r),
            ("r_adjusted", found.r_adjusted),
            ("cv", found.cv),
            ("largest_bias", found.largest_bias),
        ] {
            is_near(value, &expected[what], &format!("{name}, {what}"));
        }
        for (at, partial) in found.partials.iter().enumerate() {
            let what = format!("{name}, variable {at}");
            is_near(partial.unconditional, &expected["unconditional"][at], &what);
            is_near(partial.conditional, &expected["conditional"][at], &what);
            for (category, (_, value)) in partial.categories.iter().enumerate() {
                is_near(*value, &expected["categories"][at][category], &what);
            }
        }
    }
}
