//! The columns of a table of responses, and the check of its heading.

use std::borrow::Cow;

use super::fault::{Fault, FaultKind, clipped};
use super::read::folded;
use super::reserved::is_reserved_column;
use crate::questionnaire::instrument::{Kind, Questionnaire};

/// The columns of answers, in page order. A `multiple` has one for each choice, `code__choice`.
pub fn columns(questionnaire: &Questionnaire) -> Vec<String> {
    let mut columns = Vec::new();
    for (_, question) in questionnaire.questions() {
        match &question.kind {
            Kind::Note => {}
            Kind::Multiple { choices, .. } => {
                let choices = choices.iter();
                columns.extend(choices.map(|choice| choice_column(&question.code, &choice.code)));
            }
            _ => columns.push(question.code.clone()),
        }
    }
    columns
}

/// `code__choice`. The sign of a negative code becomes `m`, so that every program accepts the name.
pub(crate) fn choice_column(question: &str, choice: &str) -> String {
    format!("{question}__{}", choice.replace('-', "m"))
}

/// What a column contains.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Column {
    /// Something that is no answer, such as `id`; the caller reads it.
    Reserved,
    /// The answer to the question at this position.
    Question(usize),
    /// Whether a choice is chosen: the position of the question, and of the choice in it.
    Choice(usize, usize),
}

impl Column {
    /// The column with that name; `None` if the questionnaire has no such column.
    pub(super) fn named(questionnaire: &Questionnaire, name: &str) -> Option<Column> {
        let name = plain(name);
        if is_reserved_column(&name) {
            return Some(Column::Reserved);
        }
        let code = name.split_once("__").map_or(&*name, |(code, _)| code);
        let place = questionnaire.place(code)?;
        match &questionnaire.question_at(place)?.kind {
            Kind::Note => None,
            _ if code == name => Some(Column::Question(place)),
            Kind::Multiple { choices, .. } => choices
                .iter()
                .position(|choice| choice_column(code, &choice.code) == name)
                .map(|choice| Column::Choice(place, choice)),
            _ => None,
        }
    }

    fn question(self) -> Option<usize> {
        match self {
            Self::Question(place) | Self::Choice(place, _) => Some(place),
            Self::Reserved => None,
        }
    }

    /// Whether one of the two is a whole `multiple` and the other one of its choices.
    fn repeats(self, other: Column) -> bool {
        match (self, other) {
            (Self::Question(one), Self::Choice(two, _))
            | (Self::Choice(one, _), Self::Question(two)) => one == two,
            _ => false,
        }
    }
}

/// The name of a column without blanks, and without the byte order mark that spreadsheet programs
/// write before the first one.
pub(super) fn plain(name: &str) -> Cow<'_, str> {
    folded(name.trim_start_matches('\u{feff}'))
}

/// Checks the heading of a table. Reserved columns (see [`is_reserved_column`]) are ignored; the
/// caller reads them.
///
/// # Errors
/// Every column that is unknown or repeated, and every question without a column that must be
/// answered in every response.
pub fn check_header(questionnaire: &Questionnaire, names: &[&str]) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    let mut columns: Vec<(Cow<'_, str>, Column)> = Vec::new();
    for name in names {
        let name = plain(name);
        let kind = match Column::named(questionnaire, &name) {
            Some(column)
                if columns
                    .iter()
                    .any(|(own, other)| *own == name || column.repeats(*other)) =>
            {
                FaultKind::DuplicateField
            }
            Some(column) => {
                columns.push((name, column));
                continue;
            }
            None => FaultKind::UnknownField,
        };
        faults.push(Fault {
            code: clipped(&name),
            kind,
            pointer: clipped(&name),
        });
    }
    for (place, (section, question)) in questionnaire.questions().enumerate() {
        let always = question.ask_if.is_none() && section.ask_if.is_none() && question.required;
        let present = columns
            .iter()
            .any(|(_, column)| column.question() == Some(place));
        if always && !present && !matches!(question.kind, Kind::Note) {
            faults.push(Fault {
                code: question.code.clone(),
                kind: FaultKind::Missing,
                pointer: question.code.clone(),
            });
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults)
    }
}
