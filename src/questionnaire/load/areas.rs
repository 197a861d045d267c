//! `areas.toml`: the areas of the city.

use std::collections::HashMap;

use toml::de::{DeTable, DeValue};

use super::Mistake;
use super::reader::{Entries, Page};
use crate::questionnaire::{Area, Areas};

/// The kinds of area.
pub(super) const KINDS: [&str; 4] = ["city", "county", "zone", "township"];

const KEYS: [&str; 5] = ["code", "name", "kind", "parent", "grid"];

/// Reads an `areas.toml`. `file_name` is for the mistakes only.
///
/// # Errors
/// All mistakes, in the order of the file.
pub fn load_areas(source: &str, file_name: &str) -> Result<Areas, Vec<Mistake>> {
    let page = Page::new(source, file_name);
    let table = page.parse();
    let file = Entries::new(&page, &table, 0, String::new(), &["area"]);
    let tables = file.tables("area", "area");
    if tables.is_empty() {
        page.report(0, "there are no areas", "add `[[area]]` with code, name and kind");
    }
    let rows: Vec<_> = tables
        .into_iter()
        .map(|(at, table)| (at, area(&page, table, at)))
        .collect();
    let mut kinds = HashMap::new();
    for (at, area) in &rows {
        if !area.code.is_empty() && kinds.insert(area.code.as_str(), area.kind.as_str()).is_some() {
            page.report(
                *at,
                format!("the code `{}` is used by two areas", area.code),
                "give one of them another code",
            );
        }
    }
    for (at, area) in &rows {
        let Some(parent) = &area.parent else { continue };
        match kinds.get(parent.as_str()) {
            Some(_) if parent == &area.code => {
                page.report(
                    *at,
                    format!("area `{parent}` is its own parent"),
                    "name the area that it lies in",
                );
            }
            Some(_) => {}
            None => {
                let near = super::nearest(parent, kinds.keys().copied());
                let cure = near.map_or_else(
                    || "add it, or remove `parent`".to_owned(),
                    |near| format!("did you mean `{near}`?"),
                );
                page.report(
                    *at,
                    format!("the parent `{parent}` of area `{}` is no area", area.code),
                    cure,
                );
            }
        }
    }
    let areas = Areas(rows.iter().map(|(_, area)| area.clone()).collect());
    page.finish(areas)
}

fn area(page: &Page<'_>, table: &DeTable<'_>, at: usize) -> Area {
    let code = table.get("code").and_then(|code| code.get_ref().as_str());
    let what = code.map_or_else(|| "an area".to_owned(), |code| format!("area `{code}`"));
    let entries = Entries::new(page, table, at, what, &KEYS);
    let code = entries.required_string("code", "give the statistical code, such as `code = \"411702\"`");
    let shaped = !code.is_empty()
        && code.len() <= 32
        && code
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    if entries.string("code").is_some() && !shaped {
        entries.report(
            "code",
            format!("`{code}` is no code of an area"),
            "use at most 32 ASCII letters, digits, `-` and `_`",
        );
    }
    if entries.get("kind").is_none() {
        entries.missing("kind", format!("say which of {} it is", KINDS.join(", ")));
    }
    Area {
        code,
        name: entries.required_text("name"),
        kind: entries.word("kind", &KINDS).unwrap_or_default(),
        parent: entries.string("parent"),
        grid: grid(&entries),
    }
}

/// Column and row on the tile map.
fn grid(entries: &Entries<'_, '_>) -> Option<(u16, u16)> {
    let items = entries.list("grid")?;
    let numbers: Vec<u16> = items
        .iter()
        .filter_map(|item| match item.get_ref() {
            DeValue::Integer(integer) => integer.as_str().parse().ok(),
            _ => None,
        })
        .collect();
    match (numbers.as_slice(), items.len()) {
        ([column, row], 2) => Some((*column, *row)),
        _ => {
            entries.report(
                "grid",
                "`grid` must be a column and a row",
                "write `grid = [3, 2]`",
            );
            None
        }
    }
}
