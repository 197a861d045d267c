//! `areas.toml`: the areas of the city.

use std::collections::HashSet;

use toml::de::{DeTable, DeValue};

use super::mistake::Mistake;
use super::reader::{Entries, SourceFile};
use crate::questionnaire::area::{Area, Areas};
use crate::questionnaire::word::nearest;

/// The kinds of area.
pub(super) const KINDS: [&str; 4] = ["city", "county", "zone", "township"];

const KEYS: [&str; 5] = ["code", "name", "kind", "parent", "grid"];

/// Reads the text of `areas.toml`. `file_name` is used only in mistakes.
///
/// # Errors
/// All mistakes, in the order of the file.
pub fn load_areas(source: &str, file_name: &str) -> Result<Areas, Vec<Mistake>> {
    let file = SourceFile::new(source, file_name);
    let table = file.parse();
    let areas = table.as_ref().map(|table| areas(&file, table));
    file.finish(areas)
}

fn areas(file: &SourceFile<'_>, table: &DeTable<'_>) -> Areas {
    let top = Entries::new(file, table, 0, String::new(), &["area"]);
    let tables = top.tables("area", "area");
    if tables.is_empty() {
        file.report(
            0,
            "there are no areas",
            "add `[[area]]` with code, name and kind",
        );
    }
    let rows: Vec<_> = tables
        .into_iter()
        .map(|(at, table)| (at, area(file, table, at)))
        .collect();
    let mut seen = HashSet::new();
    for (at, area) in rows.iter().filter(|(_, area)| !area.code.is_empty()) {
        if !seen.insert(area.code.as_str()) {
            let message = format!("the code `{}` is used by two areas", area.code);
            file.report(*at, message, "give one of them another code");
        }
    }
    for (at, area) in &rows {
        match &area.parent {
            Some(parent) if *parent == area.code => {
                let message = format!("area `{parent}` is its own parent");
                file.report(*at, message, "name the area that it lies in");
            }
            Some(parent) if !seen.contains(parent.as_str()) => {
                let mut codes: Vec<_> = seen.iter().copied().collect();
                codes.sort_unstable();
                let cure = match nearest(parent, codes.into_iter()) {
                    Some(near) => format!("did you mean `{near}`?"),
                    None => "add it, or remove `parent`".to_owned(),
                };
                file.report(
                    *at,
                    format!("the parent `{parent}` of area `{}` is no area", area.code),
                    cure,
                );
            }
            _ => {}
        }
    }
    Areas(rows.into_iter().map(|(_, area)| area).collect())
}

fn area(file: &SourceFile<'_>, table: &DeTable<'_>, at: usize) -> Area {
    let code = table.get("code").and_then(|code| code.get_ref().as_str());
    let what = code.map_or_else(|| "an area".to_owned(), |code| format!("area `{code}`"));
    let entries = Entries::new(file, table, at, what, &KEYS);
    let code = entries.required_string(
        "code",
        "give the statistical code, such as `code = \"411702\"`",
    );
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
