//! The categories that answers can have: what population rows and codes of a plan must agree with.

use crate::questionnaire::rule::{Operand, Variable as Named};
use crate::questionnaire::{Areas, Kind, Question, Questionnaire, Rule, is_numeric};
use crate::survey::plan::{Plan, Variable};

/// Most combinations of answers that are tried.
const MOST: usize = 20_000;

/// The codes that a question can be answered with, without those for "don't know"; `None` for
/// numbers, texts and several choices at once.
pub(super) fn answers<'a>(question: &'a Question, areas: &'a Areas) -> Option<Vec<&'a str>> {
    match &question.kind {
        Kind::Single(choices) => {
            let valid = choices.iter().filter(|choice| !choice.missing);
            Some(valid.map(|choice| choice.code.as_str()).collect())
        }
        Kind::Area { kinds } => Some(areas.of_kinds(kinds).map(|own| own.code.as_str()).collect()),
        _ => None,
    }
}

/// The category of `variable` that the answer `code` gives.
pub fn category(variable: &Variable, areas: &Areas, code: &str) -> String {
    if variable.to.as_deref() == Some("parent") {
        let area = areas.get(code).filter(|area| area.kind == "zone");
        let parent = area.and_then(|area| area.parent.clone());
        return parent.unwrap_or_else(|| code.to_owned());
    }
    variable.category(code).to_owned()
}

/// A category with the answers that lead to it, each as question and code.
pub type Category<'a> = (String, Vec<(&'a str, &'a str)>);

/// The categories of a dimension such as `county*urban` that a stored response can have, one for
/// each combination of answers that leads to it. `None` if they cannot be listed.
pub fn of_dimension<'a>(
    dimension: &str,
    plan: &'a Plan,
    questionnaire: &'a Questionnaire,
    areas: &'a Areas,
) -> Option<Vec<Category<'a>>> {
    let mut found: Vec<Category<'a>> = vec![(String::new(), Vec::new())];
    for (place, part) in dimension.split('*').enumerate() {
        let own: Vec<(String, Option<(&str, &str)>)> = if part == "mode" {
            let modes = plan.modes.onsite.iter().chain(&plan.modes.online);
            modes.map(|mode| (mode.clone(), None)).collect()
        } else {
            let variable = plan.variables.get(part)?;
            let question = questionnaire.question(&variable.question)?;
            let codes = answers(question, areas)?.into_iter();
            let own = codes.map(|code| {
                (
                    category(variable, areas, code),
                    Some((&*question.code, code)),
                )
            });
            own.collect()
        };
        let mut crossed = Vec::new();
        for (name, given) in &found {
            for (category, answer) in &own {
                let joined = match place {
                    0 => category.clone(),
                    _ => format!("{name}*{category}"),
                };
                let mut given = given.clone();
                given.extend(*answer);
                crossed.push((joined, given));
            }
        }
        if crossed.len() > MOST {
            return None;
        }
        found = crossed;
    }
    found.retain(|(_, answers)| can_be_stored(questionnaire, answers));
    Some(found)
}

/// Whether no rule forbids these answers together, as far as they alone decide.
fn can_be_stored(questionnaire: &Questionnaire, answers: &[(&str, &str)]) -> bool {
    let truth = |rule: &Rule| {
        let names = rule.variables();
        let is_given = |code: &str| answers.iter().any(|(question, _)| *question == code);
        if !names.iter().all(|named| is_given(&named.code)) {
            return None;
        }
        rule.holds(&|named: &Named| operand(questionnaire, answers, &named.code))
    };
    questionnaire.questions().all(|(section, question)| {
        let always_asked = section.ask_if.is_none() && question.ask_if.is_none();
        let is_given = answers.iter().any(|(code, _)| *code == question.code);
        let ends = question.screen_out_if.as_ref().and_then(truth) == Some(true);
        let invalid = question.valid_if.as_ref().and_then(truth) == Some(false);
        !(ends && (always_asked || is_given) || invalid && is_given)
    })
}

fn operand<'a>(
    questionnaire: &Questionnaire,
    answers: &[(&'a str, &'a str)],
    code: &str,
) -> Operand<'a> {
    let given = answers.iter().find(|(question, _)| *question == code);
    let Some((question, given)) = given else {
        return Operand::Unknown;
    };
    let choices = questionnaire
        .question(question)
        .map_or(&[][..], Question::choices);
    match given.parse() {
        Ok(number) if !choices.is_empty() && is_numeric(choices) => Operand::Number(number),
        _ => Operand::Text(given),
    }
}
