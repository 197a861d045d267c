//! The variables of the questionnaire and their codes.

use crate::questionnaire::codebook::{Variable, codebook};
use crate::release::report::basis::Basis;
use crate::release::report::table::{Cell, Table};
use crate::release::report::words::Words;

/// One row for each variable without codes, and for each code of the others.
pub(super) fn table(basis: Basis<'_>) -> Table {
    let words = basis.words;
    let variables = codebook(&basis.survey.questionnaire, &basis.catalogue.areas);
    Table {
        name: words.say("variables"),
        title: words.say("variables_title"),
        notes: vec![words.say("variables_note")],
        header: words.header(&[
            "variable",
            "question",
            "section",
            "kind",
            "unit",
            "asked_if",
            "answer_code",
            "answer",
            "is_missing",
        ]),
        rows: variables.iter().flat_map(|own| rows(words, own)).collect(),
    }
}

fn rows(words: Words, variable: &Variable) -> Vec<Vec<Cell>> {
    let own = || {
        vec![
            Cell::text(&variable.name),
            words.cell(&variable.label),
            words.cell(&variable.section_title),
            Cell::Text(words.say(&format!("kind_{}", variable.kind))),
            words.cell(&variable.unit),
            Cell::text(variable.ask_if.join(" and ")),
        ]
    };
    if variable.values.is_empty() {
        let mut cells = own();
        cells.extend([Cell::Empty, Cell::Empty, Cell::Empty]);
        return vec![cells];
    }
    let values = variable.values.iter();
    let rows = values.map(|value| {
        let mut cells = own();
        cells.extend([
            Cell::text(&value.code),
            words.cell(&value.label),
            match value.missing {
                true => Cell::Text(words.say("yes")),
                false => Cell::Empty,
            },
        ]);
        cells
    });
    rows.collect()
}
