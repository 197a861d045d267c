//! Files that `minyi export` wrote, and that come back to be imported.

use std::collections::BTreeSet;

use crate::collection::table::{Table, TableRow};
use crate::formats::csv::with_formula;
use crate::formats::microdata_csv::columns_without_answers;
use crate::questionnaire::Areas;
use crate::release::columns::{PART, PSU, STRATUM};
use crate::release::sample_design::Part;
use crate::survey::Survey;

/// Whether `table` is an export; then everything that the export added to what people answered is
/// taken out of it.
///
/// These are the columns that are computed, the apostrophes before texts that a spreadsheet program
/// would take for a formula, and PSUs that are none: in an export, a volunteer is a PSU of its own.
/// The columns in `kept` are left.
pub fn undo_export(table: &mut Table, survey: &Survey, areas: &Areas, kept: &[&str]) -> bool {
    let has = |name: &str| table.header.iter().any(|column| column == name);
    if !has("response_id") || !has("received_at") {
        return false;
    }
    let header = table.header.clone();
    let psu = header.iter().position(|column| column == PSU);
    for row in &mut table.rows {
        for cell in &mut row.cells {
            *cell = with_formula(cell).to_owned();
        }
        let unit = unit(survey, &header, row);
        if let Some(cell) = psu.and_then(|psu| row.cells.get_mut(psu)) {
            *cell = unit;
        }
    }
    let computed = columns_without_answers(survey, areas);
    let is_left = |column: &String| kept.contains(&column.as_str()) || !computed.contains(column);
    let left: BTreeSet<usize> = (0..header.len())
        .filter(|place| header.get(*place).is_some_and(is_left))
        .collect();
    retain(&mut table.header, &left);
    if let Some(places) = &mut table.places {
        retain(places, &left);
    }
    for row in &mut table.rows {
        retain(&mut row.cells, &left);
    }
    true
}

/// Keeps the cells at the places in `left`.
fn retain<T>(cells: &mut Vec<T>, left: &BTreeSet<usize>) {
    let mut place = 0..;
    cells.retain(|_| place.next().is_some_and(|place| left.contains(&place)));
}

/// The PSU that the response of an exported row was drawn in; empty if it was not drawn.
fn unit(survey: &Survey, header: &[String], row: &TableRow) -> String {
    let cell = |name: &str| {
        let place = header.iter().position(|column| column == name);
        let cell = place.and_then(|place| row.cells.get(place));
        cell.map_or("", String::as_str)
    };
    let has_units = survey
        .plan
        .as_ref()
        .is_some_and(|plan| plan.design.psu.is_some());
    let psu = cell(PSU);
    if !has_units || cell(PART) != Part::Sampled.as_str() || psu == cell("response_id") {
        return String::new();
    }
    // See `SampleDesign::position_of`.
    let stratum = format!("{}#", cell(STRATUM));
    psu.strip_prefix(&stratum).unwrap_or(psu).to_owned()
}
