//! The questionnaire as JSON: the response of `GET /api/v1/surveys/{survey}`.
//!
//! It is complete: a client can build a valid response from it alone. Texts are objects by
//! language; a key without a value is `null`. Each rule has two keys: `ask_if` is the text of the
//! file, and `ask_if_rule` the compiled form of [`Rule::json`], which a client can evaluate.

use serde_json::{Value, json};

use super::answer::mode::Mode;
use super::area::Areas;
use super::instrument::{Kind, ObservationUnit, Question, Questionnaire, Section};
use super::rule::compiled::Rule;
use super::text::Text;

/// The questionnaire as JSON. `version` identifies these questions and rules: the hash of the
/// questionnaire. The choices of `area` questions are taken from `areas`.
pub fn to_json(questionnaire: &Questionnaire, areas: &Areas, version: &str) -> Value {
    let sections = questionnaire.sections.iter();
    json!({
        "survey": questionnaire.survey,
        "wave": questionnaire.wave,
        "version": version,
        "title": text(&questionnaire.title),
        "form_number": questionnaire.form_number,
        "agency": text(&questionnaire.agency),
        "approval_number": questionnaire.approval_number,
        "valid_until": questionnaire.valid_until,
        "opens": questionnaire.opens,
        "closes": questionnaire.closes,
        "intro": text(&questionnaire.intro),
        "duration": text(&questionnaire.duration),
        "eligibility": text(&questionnaire.eligibility),
        "confidentiality": text(&questionnaire.confidentiality),
        "privacy": text(&questionnaire.privacy),
        "contact": text(&questionnaire.contact),
        "thanks": text(&questionnaire.thanks),
        "unit_of_observation": match questionnaire.unit {
            ObservationUnit::Person => "person",
            ObservationUnit::Shop => "shop",
        },
        "modes": Mode::ALL.map(Mode::as_str),
        "sections": sections.map(|own| section(own, areas)).collect::<Vec<_>>(),
    })
}

fn section(section: &Section, areas: &Areas) -> Value {
    let questions = section.questions.iter();
    json!({
        "code": section.code,
        "title": text(&section.title),
        "intro": text(&section.intro),
        "questions": questions.map(|own| question(section, own, areas)).collect::<Vec<_>>(),
    })
}

fn question(section: &Section, question: &Question, areas: &Areas) -> Value {
    let (ask_if, ask_if_rule) = ask_if(section, question);
    let (valid_if, valid_if_rule) = rule(question.valid_if.as_ref());
    let (screen_out_if, screen_out_if_rule) = rule(question.screen_out_if.as_ref());
    let (min, max) = question.kind.limits();
    let (min_choices, max_choices) = match question.kind {
        Kind::Multiple {
            min_choices,
            max_choices,
            ..
        } => (Some(min_choices), Some(max_choices)),
        _ => (None, None),
    };
    json!({
        "code": question.code,
        "kind": question.kind.name(),
        "text": text(&question.text),
        "hint": text(&question.hint),
        "choices": choices(question, areas),
        "required": question.required,
        "interviewer_only": question.interviewer_only,
        "modes": modes(question),
        "ask_if": ask_if,
        "ask_if_rule": ask_if_rule,
        "valid_if": valid_if,
        "valid_if_rule": valid_if_rule,
        "valid_text": text(&question.valid_text),
        "screen_out_if": screen_out_if,
        "screen_out_if_rule": screen_out_if_rule,
        "screen_out_text": text(&question.screen_out_text),
        "min": min,
        "max": max,
        "decimals": match question.kind {
            Kind::Decimal { decimals, .. } => Some(decimals),
            _ => None,
        },
        "unit": unit(&question.kind),
        "min_choices": min_choices,
        "max_choices": max_choices,
        "max_length": match question.kind {
            Kind::Text { max_length } => Some(max_length),
            _ => None,
        },
        "indicators": question.indicators,
        "role": question.role,
    })
}

/// The choices of a `single` or `multiple`, and the areas that an `area` question offers.
fn choices(question: &Question, areas: &Areas) -> Vec<Value> {
    if let Kind::Area { kinds } = &question.kind {
        let areas = areas.of_kinds(kinds);
        let area = |code: &str, name: &Text| {
            json!({
                "code": code,
                "label": text(name),
                "note": null,
                "missing": false,
                "exclusive": false,
            })
        };
        return areas.map(|own| area(&own.code, &own.name)).collect();
    }
    let choices = question.choices().iter();
    let choices = choices.map(|choice| {
        json!({
            "code": choice.code,
            "label": text(&choice.label),
            "note": text(&choice.note),
            "missing": choice.missing,
            "exclusive": choice.exclusive,
        })
    });
    choices.collect()
}

/// The modes in which the question is asked.
fn modes(question: &Question) -> Vec<&'static str> {
    let modes = Mode::ALL.into_iter();
    let modes = modes.filter(|mode| !question.interviewer_only || *mode != Mode::Online);
    modes.map(Mode::as_str).collect()
}

/// The condition of the question, joined with that of its section.
fn ask_if(section: &Section, question: &Question) -> (Option<String>, Value) {
    match (&section.ask_if, &question.ask_if) {
        (Some(section), Some(own)) => (
            Some(format!("({}) and ({})", section.source, own.source)),
            json!(["and", section.json(), own.json()]),
        ),
        (one, None) | (None, one) => rule(one.as_ref()),
    }
}

/// A rule as text and in its compiled form.
fn rule(rule: Option<&Rule>) -> (Option<String>, Value) {
    match rule {
        Some(rule) => (Some(rule.source.clone()), rule.json()),
        None => (None, Value::Null),
    }
}

/// An object by language; `null` if the text is empty.
fn text(text: &Text) -> Value {
    if text.is_empty() {
        Value::Null
    } else {
        json!(text.0)
    }
}

/// A string if the unit is the same in all languages, an object by language if it is not, `null` if
/// there is none.
fn unit(kind: &Kind) -> Value {
    let (Kind::Integer { unit, .. } | Kind::Decimal { unit, .. }) = kind else {
        return Value::Null;
    };
    let mut words = unit.0.values();
    match words.next() {
        None => Value::Null,
        Some(first) if words.all(|word| word == first) => json!(first),
        Some(_) => text(unit),
    }
}
