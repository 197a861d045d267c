//! The codes that are printed on a paper form and typed from it: digits only.
//!
//! A choice has its own code there, if all codes of its question are numbers without a sign. Else the
//! choices are numbered from 1, as the areas are: nobody types `a18` or `411702` quickly.

use crate::questionnaire::{Areas, Kind, Question, Text};

/// One choice as it is printed and typed.
#[derive(Debug, Clone, PartialEq)]
pub struct PaperChoice<'a> {
    /// What is typed; all choices of a question have as many digits.
    pub typed: String,
    /// The code that is stored.
    pub code: &'a str,
    /// The label.
    pub label: &'a Text,
}

/// The choices of a question in the order of the page; empty if it has none.
pub fn choices<'a>(question: &'a Question, areas: &'a Areas) -> Vec<PaperChoice<'a>> {
    let named: Vec<(&str, &Text)> = match &question.kind {
        Kind::Area { kinds } => areas
            .of_kinds(kinds)
            .map(|area| (area.code.as_str(), &area.name))
            .collect(),
        _ => question
            .choices()
            .iter()
            .map(|choice| (choice.code.as_str(), &choice.label))
            .collect(),
    };
    let is_typed = |code: &str| code.len() <= 2 && code.bytes().all(|byte| byte.is_ascii_digit());
    let has_own = question.choices().iter().all(|own| is_typed(&own.code))
        && !matches!(question.kind, Kind::Area { .. });
    let longest = named.iter().map(|(code, _)| code.len()).max();
    let width = match has_own {
        true => longest.unwrap_or(1),
        false => named.len().to_string().len(),
    };
    let numbered = named.iter().zip(1_usize..);
    numbered
        .map(|((code, label), number)| PaperChoice {
            typed: match has_own {
                true => format!("{code:0>width$}"),
                false => format!("{number:0>width$}"),
            },
            code,
            label,
        })
        .collect()
}

/// The most digits that an answer to a question has on paper: those of a code, or of the largest
/// number. 0 for a text, a note and a question with several answers.
pub fn digits(question: &Question, areas: &Areas) -> usize {
    match &question.kind {
        Kind::Single(_) | Kind::Area { .. } => {
            let choices = choices(question, areas);
            choices.first().map_or(0, |choice| choice.typed.len())
        }
        Kind::Integer { min, max, .. } => min.to_string().len().max(max.to_string().len()),
        Kind::Decimal { max, decimals, .. } => {
            let decimals = usize::try_from(*decimals).unwrap_or(0);
            format!("{max:.0}").len() + decimals
        }
        Kind::Multiple { .. } | Kind::Text { .. } | Kind::Note => 0,
    }
}

/// What is stored for what was typed as the answer to a question. Several choices are separated by
/// blanks, commas or semicolons. What is no code stays as it is, for the parser to report.
pub fn answers(question: &Question, areas: &Areas, typed: &str) -> Vec<String> {
    let choices = choices(question, areas);
    let stored = |typed: &str| {
        let short = |code: &str| code.trim_start_matches('0').to_owned();
        let is_typed = |choice: &&PaperChoice<'_>| short(&choice.typed) == short(typed);
        let choice = choices.iter().find(is_typed);
        choice.map_or_else(|| typed.to_owned(), |choice| choice.code.to_owned())
    };
    let typed = typed.trim();
    match question.kind {
        _ if typed.is_empty() => Vec::new(),
        Kind::Multiple { .. } => typed
            .split([' ', ',', ';', '，', '；', '、', '　'])
            .filter(|part| !part.is_empty())
            .map(stored)
            .collect(),
        Kind::Single(_) | Kind::Area { .. } => vec![stored(typed)],
        _ => vec![typed.to_owned()],
    }
}

/// What is typed for a stored answer, the inverse of [`answers`]; `;` separates several choices.
pub fn typed(question: &Question, areas: &Areas, stored: &str) -> String {
    let choices = choices(question, areas);
    if choices.is_empty() {
        return stored.to_owned();
    }
    let typed = stored.split(';').map(|code| {
        let choice = choices.iter().find(|choice| choice.code == code);
        choice.map_or(code, |choice| choice.typed.as_str())
    });
    typed.collect::<Vec<_>>().join(";")
}
