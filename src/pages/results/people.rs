//! An indicator by groups of people: sex, age, education and others.

use maud::{Markup, html};

use super::comparison::{Compared, Comparison, Style, comparison};
use super::figure::basis_of;
use super::view::View;
use crate::disclosure::Disclosed;
use crate::release::change::differing;
use crate::release::figures::{DomainTable, IndicatorFigures};

/// The figure of all dimensions but county and mode; nothing if there are none.
pub fn section(view: &View<'_>, indicator: &IndicatorFigures) -> Markup {
    let tables: Vec<&DomainTable> = indicator
        .domains
        .iter()
        .filter(|table| !["county", "mode"].contains(&table.dimension.as_str()))
        .filter(|table| table.rows.len() > 1)
        .collect();
    if tables.is_empty() {
        return html! {};
    }
    let rows = tables.iter().flat_map(|table| &table.rows);
    let style = Style::points(rows.map(|row| &row.estimate));
    let mut notes = vec![view.text("people_note")];
    if style == Style::Judged {
        notes.push(view.text("marks_note"));
    }
    let groups = tables.iter().map(|table| {
        let rows = table.rows.iter();
        let rows = rows.map(|row| (view.translated(&row.label).to_owned(), &row.estimate));
        Compared {
            heading: view.translated(&table.title).to_owned(),
            rows: rows.collect(),
        }
    });
    let headline = finding(view, &tables);
    comparison(
        view,
        indicator,
        Comparison {
            topic: view.text("by_people"),
            spoken: headline.clone(),
            headline,
            notes,
            groups: groups.collect(),
            column: view.text("group"),
            style,
            basis: basis_of(view, indicator, "reading_points"),
            is_narrow: false,
        },
    )
}

/// In which dimensions some groups differ, and in which none.
fn finding(view: &View<'_>, tables: &[&DomainTable]) -> String {
    let differs = |table: &DomainTable| {
        let estimates: Vec<&Disclosed> = table.rows.iter().map(|row| &row.estimate).collect();
        !differing(&estimates).is_empty()
    };
    let names = |wanted: bool| -> Vec<&str> {
        tables
            .iter()
            .filter(|table| differs(table) == wanted)
            .map(|table| view.translated(&table.title))
            .collect()
    };
    let (apart, alike) = (names(true), names(false));
    let key = match (apart.is_empty(), alike.is_empty()) {
        (true, _) => "people_alike",
        (false, true) => "people_apart",
        (false, false) => "people_partly",
    };
    let (apart, alike) = (view.list(&apart), view.list(&alike));
    view.text_with(key, &[("apart", &apart), ("alike", &alike)])
}
