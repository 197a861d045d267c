//! Whether the rules of a questionnaire lead to a question, given stored answers.

use serde_json::{Map, Value};

use super::mode::Mode;
use crate::questionnaire::choice::{Choice, is_numeric};
use crate::questionnaire::instrument::{Kind, Question, Questionnaire, Section};
use crate::questionnaire::rule::compiled::Rule;
use crate::questionnaire::rule::evaluate::{Chosen, Operand};
use crate::questionnaire::rule::expression::Variable;

/// Whether a response with these `answers` was asked `question` of `section`. `mode` is `online`, `onsite`
/// or `paper`. A rule that is unknown does not lead to the question.
pub fn is_asked(
    questionnaire: &Questionnaire,
    (section, question): (&Section, &Question),
    mode: &str,
    answers: &Map<String, Value>,
) -> bool {
    if question.interviewer_only && mode == Mode::Online.as_str() {
        return false;
    }
    let holds = |rule: &Rule| {
        let operand = |variable: &Variable| match variable.place {
            Variable::MODE => Operand::Text(mode),
            _ => operand(questionnaire, &variable.code, answers),
        };
        rule.holds(&operand) == Some(true)
    };
    let mut rules = section.ask_if.iter().chain(&question.ask_if);
    rules.all(holds)
}

fn operand<'a>(
    questionnaire: &'a Questionnaire,
    code: &str,
    answers: &'a Map<String, Value>,
) -> Operand<'a> {
    let found = questionnaire.question(code).zip(answers.get(code));
    let Some((question, answer)) = found else {
        return Operand::Unknown;
    };
    match (&question.kind, answer) {
        (Kind::Single(choices), _) => {
            let chosen = choices.iter().find(|choice| is(answer, choice));
            match chosen {
                Some(choice) if is_numeric(choices) => {
                    choice.number().map_or(Operand::Unknown, Operand::Number)
                }
                Some(choice) => Operand::Text(&choice.code),
                None => Operand::Unknown,
            }
        }
        (Kind::Multiple { choices, .. }, Value::Array(chosen)) => {
            let bits = choices.iter().enumerate().filter_map(|(place, choice)| {
                let bit = 1_u128.checked_shl(u32::try_from(place).ok()?)?;
                chosen.iter().any(|code| is(code, choice)).then_some(bit)
            });
            Operand::Set(Chosen::Choices(
                choices,
                bits.fold(0, |mask, bit| mask | bit),
            ))
        }
        (Kind::Decimal { .. }, Value::String(digits)) => {
            digits.parse().map_or(Operand::Unknown, Operand::Number)
        }
        (_, Value::Number(number)) => number.as_f64().map_or(Operand::Unknown, Operand::Number),
        (_, Value::String(text)) => Operand::Text(text),
        _ => Operand::Unknown,
    }
}

/// Whether a stored code is that of `choice`.
fn is(stored: &Value, choice: &Choice) -> bool {
    match stored {
        Value::String(code) => *code == choice.code,
        Value::Number(code) => code.to_string() == choice.code,
        _ => false,
    }
}
