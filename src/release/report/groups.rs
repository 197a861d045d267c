//! The indicators by county and by groups of people.

use crate::release::change::differing;
use crate::release::figures::{DomainTable, IndicatorFigures};
use crate::release::report::basis::Basis;
use crate::release::report::ranking::ranked;
use crate::release::report::table::{Cell, Table};
use crate::release::report::words::{self, Words, line};

/// The variable of the counties.
const COUNTY: &str = "county";

/// By county; `None` if no indicator is broken down so.
pub(super) fn counties(basis: Basis<'_>) -> Option<Table> {
    table(basis, "counties", |table| table.dimension == COUNTY)
}

/// By all other variables.
pub(super) fn people(basis: Basis<'_>) -> Option<Table> {
    table(basis, "people", |table| table.dimension != COUNTY)
}

fn table(basis: Basis<'_>, key: &str, is_meant: fn(&DomainTable) -> bool) -> Option<Table> {
    let words = basis.words;
    let mut rows = Vec::new();
    for indicator in &basis.snapshot.figures.indicators {
        for table in indicator.domains.iter().filter(|table| is_meant(table)) {
            rows.extend(rows_of(words, indicator, table));
        }
    }
    (!rows.is_empty()).then(|| Table {
        name: words.say(key),
        title: words.say(&format!("{key}_title")),
        notes: vec![words.say("interval_note"), words.say("groups_note")],
        header: words.header(&[
            "indicator",
            "dimension",
            "group",
            "group_code",
            "unit",
            "n",
            "value",
            "lower",
            "upper",
            "rank",
            "against_previous",
            "verdict",
        ]),
        rows,
    })
}

/// The groups, the highest first.
fn rows_of(words: Words, indicator: &IndicatorFigures, table: &DomainTable) -> Vec<Vec<Cell>> {
    let groups = table.rows.iter().collect();
    let groups: Vec<_> = ranked(groups, |row| &row.estimate).collect();
    let estimates: Vec<_> = groups.iter().map(|(_, row)| &row.estimate).collect();
    let pairs = differing(&estimates);
    let places = groups.iter().enumerate();
    places
        .map(|(place, (rank, row))| {
            let mut cells = vec![
                words.cell(&indicator.title),
                words.cell(&table.title),
                words.cell(&row.label),
                Cell::text(&row.level),
                Cell::Text(words.unit(indicator)),
            ];
            let target = line(indicator.target);
            cells.extend(words::estimate(indicator.kind, &row.estimate, target));
            cells.push(rank.map_or(Cell::Empty, Cell::Count));
            let before = place.checked_sub(1).filter(|_| rank.is_some());
            cells.push(before.map_or(Cell::Empty, |before| {
                let differs = pairs.contains(&(before, place));
                Cell::Text(words.say(if differs { "differs" } else { "alike" }))
            }));
            cells.push(words.verdict(row.estimate.verdict()));
            cells
        })
        .collect()
}
