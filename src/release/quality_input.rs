//! The responses of a wave as the rules of quality see them.

use crate::estimation::columns::MISSING;
use crate::quality::responses::{BLANK, DONT_KNOW};
use crate::quality::{Choice, Item, Labels, Responses};
use crate::questionnaire::{Kind, Question};
use crate::release::kept::{LabelColumn, NO_DURATION, WaveColumns};
use crate::survey::Survey;

/// Questions that share their list of choices, at least so many, are one scale.
const FEWEST_OF_A_SCALE: usize = 3;

/// The responses of `wave`. A question whose choices are numbers is an item of a scale if
/// [`FEWEST_OF_A_SCALE`] questions share them; its choices are numbered from the lowest. Texts, and
/// questions with several choices, are left out.
#[must_use]
pub fn responses(survey: &Survey, wave: &WaveColumns) -> Responses {
    let lists = scales(survey);
    let (mut items, mut answers) = (Vec::new(), Vec::new());
    for (section, own) in survey.questionnaire.sections.iter().enumerate() {
        for question in &own.questions {
            let Some(column) = wave.answers_to(&question.code) else {
                continue;
            };
            let Some(numbers) = numbers(question, column) else {
                continue;
            };
            let scale = codes(question).and_then(|own| lists.iter().position(|list| *list == own));
            items.push(Item {
                code: question.code.clone(),
                scale,
                choices: numbers.iter().copied().filter(is_choice).max().unwrap_or(0),
                section,
                is_reversed: false,
            });
            let number = |code: u32| match usize::try_from(code) {
                Ok(at) if code != MISSING => numbers.get(at).copied().unwrap_or(BLANK),
                _ => BLANK,
            };
            answers.push(column.decode_all().into_iter().map(number).collect());
        }
    }
    let duration = wave.duration.iter().map(|own| match *own {
        NO_DURATION => Responses::NO_DURATION,
        own => u32::try_from(own).unwrap_or(Responses::NO_DURATION - 1),
    });
    Responses {
        items,
        answers,
        received_at: wave.received_at.clone(),
        duration: duration.collect(),
        mode: labels(&wave.mode),
        channel: labels(&wave.channel),
        psu: labels(&wave.psu),
        enumerator: labels(&wave.enumerator),
        area: labels(&wave.area),
        flags: labels(&wave.flags),
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "as `filter` passes it")]
fn is_choice(number: &Choice) -> bool {
    *number != BLANK && *number != DONT_KNOW
}

/// The lists of choices that are scales.
fn scales(survey: &Survey) -> Vec<Vec<i64>> {
    let mut lists: Vec<(Vec<i64>, usize)> = Vec::new();
    for list in survey
        .questionnaire
        .questions()
        .filter_map(|(_, own)| codes(own))
    {
        match lists.iter_mut().find(|(known, _)| *known == list) {
            Some((_, n)) => *n += 1,
            None => lists.push((list, 1)),
        }
    }
    let lists = lists.into_iter();
    lists
        .filter(|(_, n)| *n >= FEWEST_OF_A_SCALE)
        .map(|(list, _)| list)
        .collect()
}

/// The codes of a single choice that are numbers and not missing, ascending; `None` if one is not.
fn codes(question: &Question) -> Option<Vec<i64>> {
    let Kind::Single(choices) = &question.kind else {
        return None;
    };
    let valid = choices.iter().filter(|choice| !choice.missing);
    let codes: Result<Vec<i64>, _> = valid.map(|choice| choice.code.parse()).collect();
    let mut codes = codes.ok()?;
    codes.sort_unstable();
    Some(codes)
}

/// The number of each label of the answers to a question; `None` for a question that is not closed.
fn numbers(question: &Question, column: &LabelColumn) -> Option<Vec<Choice>> {
    let number = |at: usize| Choice::try_from(at + 1).unwrap_or(DONT_KNOW - 1);
    match &question.kind {
        Kind::Single(choices) => {
            let is_missing = |label: &String| {
                let mut choices = choices.iter();
                choices.any(|choice| choice.missing && choice.code == *label)
            };
            let sorted = codes(question);
            let place = |label: &String| match &sorted {
                Some(sorted) => sorted.iter().position(|code| code.to_string() == *label),
                None => choices.iter().position(|choice| choice.code == *label),
            };
            let of = |label: &String| match is_missing(label) {
                true => DONT_KNOW,
                false => place(label).map_or(BLANK, number),
            };
            Some(column.labels().iter().map(of).collect())
        }
        Kind::Integer { .. } | Kind::Decimal { .. } | Kind::Area { .. } => {
            Some((0..column.labels().len()).map(number).collect())
        }
        Kind::Multiple { .. } | Kind::Text { .. } | Kind::Note => None,
    }
}

fn labels(column: &LabelColumn) -> Labels {
    Labels {
        labels: column.labels().to_vec(),
        codes: column.decode_all(),
    }
}
