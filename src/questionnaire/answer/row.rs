//! A row of a table of responses. A `multiple` has one column, or one column for each choice.

use std::borrow::Cow;

use super::cell;
use super::columns::{Column, plain};
use super::fault::{Fault, FaultKind, clipped};
use super::mode::Mode;
use super::parse::{Outcome, judge};
use super::sheet::{Sheet, Slot};
use crate::questionnaire::area::Areas;
use crate::questionnaire::choice::Choice;
use crate::questionnaire::instrument::{Kind, Question, Questionnaire};
use crate::questionnaire::text::Text;

/// Parses one row of column names and cells. Codes, labels and the number formats of spreadsheet
/// programs are accepted. The pointer of a fault is the name of its column, and every cell with a
/// fault is named. Reserved columns are ignored.
pub fn parse_row(
    questionnaire: &Questionnaire,
    areas: &Areas,
    mode: Mode,
    cells: &[(&str, &str)],
) -> Outcome {
    let mut sheet = Sheet::empty(questionnaire);
    for (name, cell) in cells {
        let column = Column::named(questionnaire, name);
        let (Some(Column::Question(place)) | Some(Column::Choice(place, _))) = column else {
            if column.is_none() {
                let name = clipped(name);
                sheet.faults.push(Fault {
                    code: name.clone(),
                    kind: FaultKind::UnknownField,
                    pointer: name,
                });
            }
            continue;
        };
        let (Some(question), Some(slot)) = (questionnaire.question_at(place), sheet.at(place))
        else {
            continue;
        };
        match column {
            Some(Column::Choice(_, choice)) => {
                if let Some(choice) = question.choices().get(choice) {
                    tick(slot, choice, name, cell);
                }
            }
            _ => fill(slot, question, areas, name, cell),
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

/// Gives a fault without a cell, such as a missing answer, the name of the column.
fn name_column(fault: &mut Fault, cells: &[(&str, &str)]) {
    if !fault.pointer.starts_with("/answers/") {
        return;
    }
    let prefix = format!("{}__", fault.code);
    let mut names = cells.iter().map(|(name, _)| *name);
    let own = names.find(|name| plain(name) == fault.code || plain(name).starts_with(&prefix));
    fault.pointer = own.unwrap_or(&fault.code).to_owned();
}

/// Reads the cell of a column that contains a whole answer.
fn fill<'c>(
    slot: &mut Slot<'c>,
    question: &Question,
    areas: &Areas,
    column: &'c str,
    cell: &'c str,
) {
    if cell.trim().is_empty() {
        return;
    }
    if slot.is_from_table() {
        return slot.fail(column, FaultKind::DuplicateField);
    }
    slot.columns.push(column);
    match &question.kind {
        Kind::Single(choices) => slot.push(found(codes(choices), cell)),
        Kind::Multiple { choices, .. } => {
            // A label can contain a semicolon itself.
            if let Some(code) = cell::code(codes(choices), cell) {
                return slot.push(Cow::Owned(code.to_owned()));
            }
            for part in cell.split([';', '；']) {
                slot.push(found(codes(choices), part));
            }
        }
        Kind::Area { kinds } => {
            let areas: Vec<_> = areas.of_kinds(kinds).collect();
            let areas = areas.iter().map(|area| (area.code.as_str(), &area.name));
            slot.push(found(areas, cell));
        }
        Kind::Integer { .. } => slot.push(cell::integer(cell)),
        Kind::Decimal { decimals, .. } => slot.push(cell::decimal(cell, *decimals)),
        Kind::Text { .. } | Kind::Note => slot.push(Cow::Borrowed(cell)),
    }
}

fn codes(choices: &[Choice]) -> impl Iterator<Item = (&str, &Text)> + Clone {
    choices
        .iter()
        .map(|choice| (choice.code.as_str(), &choice.label))
}

/// The code for which the cell stands; the cell itself if it stands for none.
fn found<'c, 'q>(
    options: impl Iterator<Item = (&'q str, &'q Text)> + Clone,
    cell: &'c str,
) -> Cow<'c, str> {
    match cell::code(options, cell) {
        Some(code) => Cow::Owned(code.to_owned()),
        None => Cow::Borrowed(cell),
    }
}

/// Reads the cell of a column that says whether one choice is chosen.
fn tick<'c>(slot: &mut Slot<'c>, choice: &Choice, column: &'c str, cell: &str) {
    match cell::is_chosen(choice, cell) {
        Some(true) => {
            slot.columns.push(column);
            slot.push(Cow::Owned(choice.code.clone()));
        }
        Some(false) => {}
        None => slot.fail(
            column,
            FaultKind::NotAChoice {
                given: clipped(cell.trim()),
            },
        ),
    }
}
