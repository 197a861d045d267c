//! The rule language: the golden cases that the page script runs too, and what must never happen.

use minyi::questionnaire::rule::{Chosen, Literal, Operand, Rule, Scope, Type, Variable};
use proptest::prelude::*;
use serde_json::Value;

fn literal(value: &Value) -> Literal {
    match value {
        Value::Number(number) => Literal::Number(number.as_f64().unwrap()),
        Value::String(text) => Literal::Text(text.clone()),
        Value::Bool(truth) => Literal::Boolean(*truth),
        other => panic!("no literal: {other}"),
    }
}

/// Codes of the sets of the golden cases, by which they are sets of numbers or of texts.
fn type_of(code: &str, kind: &str, case: &Value) -> Type {
    match kind {
        "number" => Type::Number,
        "text" => Type::Text,
        "set" => match &case["answers"][code][0] {
            Value::String(_) => Type::TextSet,
            Value::Number(_) => Type::NumberSet,
            _ => Type::Any,
        },
        other => panic!("unknown kind {other}"),
    }
}

#[test]
fn every_golden_case_compiles_to_its_json_and_has_its_value() {
    let cases: Vec<Value> = serde_json::from_str(include_str!("journeys/rules.json")).unwrap();
    assert!(cases.len() >= 60);
    for case in &cases {
        let source = case["rule"].as_str().unwrap();
        let kinds: Vec<_> = case["kinds"].as_object().unwrap().iter().collect();
        let scope = Scope::of(
            kinds
                .iter()
                .map(|(code, kind)| (code.as_str(), type_of(code, kind.as_str().unwrap(), case))),
        );
        let rule = Rule::parse_value(source, &scope)
            .unwrap_or_else(|mistake| panic!("{source}: {mistake:?}"));
        assert_eq!(rule.json(), case["json"], "{source}");

        let sets: Vec<(&str, Vec<Literal>)> = case["answers"]
            .as_object()
            .unwrap()
            .iter()
            .filter_map(|(code, value)| {
                Some((
                    code.as_str(),
                    value.as_array()?.iter().map(literal).collect(),
                ))
            })
            .collect();
        let value = rule.value(
            &|variable: &Variable| match &case["answers"][&variable.code] {
                Value::Number(number) => Operand::Number(number.as_f64().unwrap()),
                Value::String(text) => Operand::Text(text),
                Value::Array(_) => {
                    let (_, codes) = sets
                        .iter()
                        .find(|(code, _)| *code == variable.code)
                        .unwrap();
                    Operand::Set(Chosen::Codes(codes))
                }
                _ => Operand::Unknown,
            },
        );
        let agrees = match (&case["value"], value) {
            (Value::Null, Operand::Unknown) => true,
            (Value::Bool(expected), Operand::Boolean(found)) => *expected == found,
            (Value::Number(expected), Operand::Number(found)) => expected.as_f64() == Some(found),
            (Value::String(expected), Operand::Text(found)) => expected == found,
            _ => false,
        };
        assert!(
            agrees,
            "{source} with {}: {value:?}, expected {}",
            case["answers"], case["value"]
        );

        let printed = rule.to_string();
        let again = Rule::parse_value(&printed, &scope)
            .unwrap_or_else(|mistake| panic!("{printed}: {mistake:?}"));
        assert_eq!((again.json(), again.to_string()), (rule.json(), printed));
    }
}

fn scope() -> Scope {
    Scope::of([
        ("a1", Type::Number),
        ("a2", Type::Number),
        ("t", Type::Text),
        ("m", Type::NumberSet),
        ("w", Type::TextSet),
    ])
}

#[test]
fn a_rule_nested_a_thousand_times_is_refused_and_does_not_exhaust_the_stack() {
    for (open, close) in [("(", ")"), ("not ", ""), ("-", ""), ("not (", ")")] {
        let source = format!("{}a1 = 1{}", open.repeat(1_000), close.repeat(1_000));
        assert!(Rule::parse(&source, &scope()).is_err());
        let source = format!("{}a1 = 1{}", open.repeat(300), close.repeat(300));
        let mistake = Rule::parse(&source, &scope()).unwrap_err();
        assert!(
            mistake.message.contains("nested") || mistake.message.contains("long"),
            "{mistake:?}"
        );
    }
}

#[test]
fn a_sum_of_every_item_is_a_rule_and_a_chain_of_a_thousand_does_not_exhaust_the_stack() {
    let sum = |terms: usize| format!("{}1 < 9", "1 + ".repeat(terms));
    Rule::parse(&sum(480), &scope()).unwrap().to_string();
    for chain in ["1+", "1*", "1-1/"] {
        let source = format!("{}1 < 9", chain.repeat(1_900 / chain.len()));
        let mistake = Rule::parse(&source, &scope()).unwrap_err();
        assert!(mistake.message.contains("too many sums"), "{mistake:?}");
    }
}

#[test]
fn a_long_flat_rule_is_evaluated() {
    let source = vec!["a1 = 1"; 150].join(" or ");
    let rule = Rule::parse(&source, &scope()).unwrap();
    assert_eq!(rule.holds(&|_| Operand::Number(1.0)), Some(true));
    assert_eq!(rule.holds(&|_| Operand::Unknown), None);
    let sum = format!("{} > 0", vec!["a1"; 500].join("+"));
    assert_eq!(
        Rule::parse(&sum, &scope())
            .unwrap()
            .holds(&|_| Operand::Number(1.0)),
        Some(true)
    );
}

#[test]
fn a_mistake_points_at_the_word_that_is_wrong() {
    for (source, at) in [
        ("a1 = 1 and b3 = 2", 11),
        ("a1 = 1 && t", 7),
        ("t = 1", 2),
        ("a1 in (1, 'x')", 10),
        ("a1 =", 4),
    ] {
        assert_eq!(
            Rule::parse(source, &scope()).unwrap_err().offset,
            at,
            "{source}"
        );
    }
}

fn rules() -> impl Strategy<Value = String> {
    let number = prop_oneof![
        Just("a1".to_owned()),
        Just("a2".to_owned()),
        (0_u32..50).prop_map(|n| n.to_string()),
        Just("2.5".to_owned()),
        Just("count(m)".to_owned())
    ];
    let number = number.prop_recursive(3, 8, 2, |inner| {
        prop_oneof![
            (
                inner.clone(),
                prop_oneof![Just("+"), Just("-"), Just("*"), Just("/")],
                inner.clone()
            )
                .prop_map(|(left, operator, right)| format!("({left} {operator} {right})")),
            inner.prop_map(|inner| format!("-{inner}")),
        ]
    });
    let comparison = prop_oneof![
        (
            number.clone(),
            prop_oneof![
                Just("="),
                Just("!="),
                Just("<"),
                Just("<="),
                Just(">"),
                Just(">=")
            ],
            number
        )
            .prop_map(|(left, operator, right)| format!("{left} {operator} {right}")),
        Just("t = 'x'".to_owned()),
        Just("t not in ('x', \"it's\")".to_owned()),
        Just("m in (1, -2)".to_owned()),
        Just("w in ('b')".to_owned()),
        Just("answered(w)".to_owned()),
        Just("true".to_owned()),
    ];
    comparison.prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("({})", parts.join(" and "))),
            prop::collection::vec(inner.clone(), 2..4)
                .prop_map(|parts| format!("({})", parts.join(" or "))),
            inner.clone().prop_map(|inner| format!("not ({inner})")),
        ]
    })
}

proptest! {
    #[test]
    fn any_text_as_a_rule_gives_a_rule_or_a_mistake_inside_it(source in "\\PC{0,60}") {
        if let Err(mistake) = Rule::parse(&source, &scope()) {
            prop_assert!(mistake.offset <= source.len());
        }
    }

    #[test]
    fn any_words_of_the_language_give_a_rule_or_a_mistake(
        words in prop::collection::vec(prop::sample::select(vec![
            "a1", "t", "m", "w", "mode", "and", "or", "not", "in", "count", "answered",
            "(", ")", "[", "]", ",", "=", "<", "-", "+", "*", "/",
            "1", "2.5", "'x'", "\"y\"", "true", "false", "nothing",
        ]), 0..14),
    ) {
        let source = words.join(" ");
        if let Ok(rule) = Rule::parse(&source, &scope()) {
            let printed = rule.to_string();
            let again = Rule::parse(&printed, &scope()).unwrap();
            prop_assert_eq!(again.json(), rule.json());
        }
    }

    #[test]
    fn a_rule_printed_and_parsed_again_is_the_same_rule(source in rules()) {
        let rule = Rule::parse(&source, &scope()).unwrap();
        let again = Rule::parse(&rule.to_string(), &scope()).unwrap();
        prop_assert_eq!(again.json(), rule.json());
        prop_assert_eq!(again.to_string(), rule.to_string());
    }
}
