//! A row of a table of filled-in questionnaires: codes or labels, a `multiple` in one column or one
//! column for each choice.

use std::borrow::Cow;

use super::fault::{Fault, FaultKind, clipped};
use super::mode::Mode;
use super::parse::{Outcome, judge};
use super::read::folded;
use super::reserved::is_reserved_column;
use super::sheet::Sheet;
use crate::questionnaire::area::Areas;
use crate::questionnaire::choice::Choice;
use crate::questionnaire::instrument::{Kind, Questionnaire};

/// Cells that mean "chosen" and "not chosen" in a column for one choice.
const CHOSEN: [&str; 9] = ["1", "true", "yes", "y", "x", "是", "√", "✓", "✔"];
const NOT_CHOSEN: [&str; 6] = ["0", "false", "no", "n", "否", "×"];

/// The columns of answers: a `multiple` has one for each choice, `code__choice`.
pub fn columns(questionnaire: &Questionnaire) -> Vec<String> {
    let mut columns = Vec::new();
    for (_, question) in questionnaire.questions() {
        match &question.kind {
            Kind::Note => {}
            Kind::Multiple { choices, .. } => {
                columns.extend(
                    choices
                        .iter()
                        .map(|choice| choice_column(&question.code, &choice.code)),
                );
            }
            _ => columns.push(question.code.clone()),
        }
    }
    columns
}

/// `code__choice`. A negative code's sign becomes `m`, so that the name is one in every program.
pub(crate) fn choice_column(question: &str, choice: &str) -> String {
    format!("{question}__{}", choice.replace('-', "m"))
}

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Column {
    /// Something beside the answers, such as `id`; the caller reads it.
    Reserved,
    /// The answer to the question at this position.
    Question(usize),
    /// Whether the choice of this position is chosen in the question at that.
    Choice(usize, usize),
}

impl Column {
    fn question(self) -> Option<usize> {
        match self {
            Self::Question(place) | Self::Choice(place, _) => Some(place),
            Self::Reserved => None,
        }
    }

    /// Whether one of the two holds a `multiple` in one cell and the other one of its choices.
    fn says_again(self, other: Column) -> bool {
        match (self, other) {
            (Self::Question(one), Self::Choice(two, _))
            | (Self::Choice(one, _), Self::Question(two)) => one == two,
            _ => false,
        }
    }
}

/// Checks the heading of a table before its rows; reserved columns (see [`is_reserved_column`]) are
/// left to the caller.
///
/// # Errors
/// Every column that is unknown or stands twice, and every question that must always be answered
/// and has no column.
pub fn check_header(questionnaire: &Questionnaire, names: &[&str]) -> Result<(), Vec<Fault>> {
    let mut faults = Vec::new();
    let mut columns: Vec<(String, Column)> = Vec::new();
    for name in names {
        let name = plain(name).into_owned();
        let kind = match column(questionnaire, &name) {
            Some(column)
                if columns
                    .iter()
                    .any(|(own, other)| *own == name || column.says_again(*other)) =>
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
            let code = question.code.clone();
            faults.push(Fault {
                pointer: code.clone(),
                code,
                kind: FaultKind::Missing,
            });
        }
    }
    if faults.is_empty() {
        Ok(())
    } else {
        Err(faults)
    }
}

/// Parses one row of column names and cells. The pointer of a fault is the name of its column.
pub fn parse_row(
    questionnaire: &Questionnaire,
    areas: &Areas,
    mode: Mode,
    cells: &[(&str, &str)],
) -> Outcome {
    let mut sheet = Sheet::empty(questionnaire);
    for (name, cell) in cells {
        match column(questionnaire, &plain(name)) {
            Some(Column::Reserved) => {}
            Some(Column::Question(question)) => {
                fill(questionnaire, &mut sheet, (question, name), areas, cell)
            }
            Some(Column::Choice(question, choice)) => {
                tick(questionnaire, &mut sheet, (question, name), choice, cell);
            }
            None => {
                let name = clipped(name);
                sheet.faults.push(Fault {
                    code: name.clone(),
                    kind: FaultKind::UnknownField,
                    pointer: name,
                });
            }
        }
    }
    let mut outcome = judge(questionnaire, areas, mode, sheet);
    if let Outcome::Faults(faults) = &mut outcome {
        for fault in faults {
            name_column(fault, cells);
        }
    }
    outcome
}

/// A missing answer has no cell to tell its column from.
fn name_column(fault: &mut Fault, cells: &[(&str, &str)]) {
    if !fault.pointer.starts_with("/answers/") {
        return;
    }
    let prefix = format!("{}__", fault.code);
    let mut names = cells.iter().map(|(name, _)| *name);
    let own = names.find(|name| plain(name) == fault.code || plain(name).starts_with(&prefix));
    fault.pointer = own.unwrap_or(&fault.code).to_owned();
}

/// The name of a column without spaces and without the byte order mark that spreadsheet programs
/// put before the first.
fn plain(name: &str) -> Cow<'_, str> {
    folded(name.trim_start_matches('\u{feff}'))
}

fn column(questionnaire: &Questionnaire, name: &str) -> Option<Column> {
    if is_reserved_column(name) {
        return Some(Column::Reserved);
    }
    let code = name.split_once("__").map_or(name, |(code, _)| code);
    let place = questionnaire.place(code)?;
    let question = questionnaire.question_at(place)?;
    match &question.kind {
        Kind::Note => None,
        _ if code == name => Some(Column::Question(place)),
        Kind::Multiple { choices, .. } => choices
            .iter()
            .position(|choice| choice_column(code, &choice.code) == name)
            .map(|choice| Column::Choice(place, choice)),
        _ => None,
    }
}

fn fill<'c>(
    questionnaire: &Questionnaire,
    sheet: &mut Sheet<'c>,
    (place, name): (usize, &'c str),
    areas: &Areas,
    cell: &'c str,
) {
    let (Some(question), Some(slot)) = (questionnaire.question_at(place), sheet.at(place)) else {
        return;
    };
    if cell.trim().is_empty() {
        return;
    }
    if slot.column.replace(name).is_some() {
        slot.fault = Some(FaultKind::DuplicateField);
    }
    match &question.kind {
        Kind::Single(choices) => slot.push(code_of(choices, cell)),
        Kind::Multiple { choices, .. } => {
            // A label may hold a semicolon itself.
            if choices
                .iter()
                .any(|choice| choice.label.0.values().any(|label| label == cell.trim()))
            {
                slot.push(code_of(choices, cell));
                return;
            }
            for part in cell.split([';', '；']) {
                slot.push(code_of(choices, part));
            }
        }
        Kind::Area { kinds } => {
            let label = cell.trim();
            let mut named = areas
                .of_kinds(kinds)
                .filter(|area| area.name.0.values().any(|name| name == label));
            // A name that two areas share decides nothing, and the code is asked for.
            match (named.next(), named.next()) {
                (Some(area), None) => slot.push(Cow::Owned(area.code.clone())),
                _ => slot.push(Cow::Borrowed(cell)),
            }
        }
        _ => slot.push(Cow::Borrowed(cell)),
    }
}

/// The code for a code or a label; what is neither stays as it is and becomes a fault.
fn code_of<'c>(choices: &[Choice], cell: &'c str) -> Cow<'c, str> {
    let code = folded(cell);
    if choices.iter().any(|choice| choice.code == code) {
        return code;
    }
    let label = cell.trim();
    let mut named = choices
        .iter()
        .filter(|choice| choice.label.0.values().any(|own| own == label));
    match (named.next(), named.next()) {
        (Some(choice), None) => Cow::Owned(choice.code.clone()),
        _ => Cow::Borrowed(cell),
    }
}

fn tick<'c>(
    questionnaire: &Questionnaire,
    sheet: &mut Sheet<'c>,
    (place, name): (usize, &'c str),
    choice: usize,
    cell: &str,
) {
    let (Some(question), Some(slot)) = (questionnaire.question_at(place), sheet.at(place)) else {
        return;
    };
    let Some(code) = question
        .choices()
        .get(choice)
        .map(|choice| choice.code.clone())
    else {
        return;
    };
    let mark = folded(cell).to_lowercase();
    if CHOSEN.contains(&mark.as_str()) {
        slot.column.get_or_insert(name);
        slot.push(Cow::Owned(code));
    } else if !mark.is_empty() && !NOT_CHOSEN.contains(&mark.as_str()) {
        slot.column = Some(name);
        slot.fault = Some(FaultKind::NotAChoice {
            given: clipped(cell.trim()),
        });
    }
}
