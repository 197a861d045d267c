//! The questionnaire as JSON: the answer of `/api/v1/surveys/{survey}`.

use serde_json::{Value, json};

use super::instrument::{Kind, Question, Questionnaire, Section};
use super::text::Text;

/// The questionnaire in the shape that the interface promises.
pub fn to_json(questionnaire: &Questionnaire) -> Value {
    json!({
        "survey": questionnaire.survey,
        "wave": questionnaire.wave,
        "title": text(&questionnaire.title),
        "opens": questionnaire.opens,
        "closes": questionnaire.closes,
        "sections": questionnaire.sections.iter().map(section).collect::<Vec<_>>(),
    })
}

fn section(section: &Section) -> Value {
    json!({
        "code": section.code,
        "title": text(&section.title),
        "questions": section.questions.iter().map(|own| question(section, own)).collect::<Vec<_>>(),
    })
}

fn question(section: &Section, question: &Question) -> Value {
    let choices = question.choices().iter();
    let choices = choices.map(|choice| json!({"code": choice.code, "label": text(&choice.label)}));
    let (min, max) = question.kind.limits();
    json!({
        "code": question.code,
        "kind": question.kind.name(),
        "text": text(&question.text),
        "choices": choices.collect::<Vec<_>>(),
        "required": question.required,
        "ask_if": ask_if(section, question),
        "min": min,
        "max": max,
        "unit": unit(&question.kind),
        "indicators": question.indicators,
    })
}

/// The rule as written. The interface has no rule of a section, so that of the section is said at
/// each of its questions.
fn ask_if(section: &Section, question: &Question) -> Option<String> {
    match (&section.ask_if, &question.ask_if) {
        (Some(section), Some(own)) => Some(format!("({}) and ({})", section.source, own.source)),
        (rule, None) | (None, rule) => rule.as_ref().map(|rule| rule.source.clone()),
    }
}

fn text(text: &Text) -> Value {
    json!(text.0)
}

/// One string if all languages agree, an object if they do not, null if there is none.
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
