//! Choices: `[choices.NAME]`, a scale for several questions, or the choices of one question.

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use super::reader::{Entries, SourceFile};
use crate::questionnaire::choice::Choice;
use crate::questionnaire::word::is_code;

/// Most choices of one question: each is one bit of a `u128` while answers are parsed.
const MOST_CHOICES: usize = 128;

/// The keys of a choice besides its languages.
const FLAGS: [&str; 3] = ["missing", "exclusive", "note"];

/// The named scales of the file.
pub(super) fn scales(entries: &Entries<'_, '_>) -> BTreeMap<String, Vec<Choice>> {
    let Some((_, table)) = entries.table("choices") else {
        return BTreeMap::new();
    };
    let mut scales = BTreeMap::new();
    for (name, value) in table {
        let (at, name) = (name.span().start, name.get_ref().to_string());
        if !is_code(&name) {
            let cure =
                "use a lower-case letter, then at most 31 lower-case letters, digits and `_`";
            entries
                .file
                .report(at, format!("`{name}` is no name of a scale"), cure);
        }
        let choices = match value.get_ref() {
            DeValue::Table(table) => choices(entries.file, table, at, &format!("scale `{name}`")),
            _ => {
                let cure =
                    format!("write `[choices.{name}]` and below it `1.zh = \"…\"`, `1.en = \"…\"`");
                entries.file.report(
                    at,
                    format!("scale `{name}` must be a table of choices"),
                    cure,
                );
                Vec::new()
            }
        };
        scales.insert(name, choices);
    }
    scales
}

/// The choices of one table, in the order of the file.
pub(super) fn choices(
    file: &SourceFile<'_>,
    table: &DeTable<'_>,
    at: usize,
    what: &str,
) -> Vec<Choice> {
    if table.is_empty() {
        file.report(
            at,
            format!("{what} has no choices"),
            "write `1.zh = \"…\"` and `1.en = \"…\"` for each",
        );
    }
    if table.len() > MOST_CHOICES {
        let message = format!("{what} has {} choices", table.len());
        file.report(
            at,
            message,
            format!("{MOST_CHOICES} are the most; use an `area` or `text` question"),
        );
    }
    // The table is sorted by code; the positions of the keys give the order of the file.
    let mut rows: Vec<_> = table.iter().collect();
    rows.sort_by_key(|(code, _)| code.span().start);
    rows.into_iter()
        .map(|(code, value)| {
            let at = code.span().start;
            let code = code.get_ref().to_string();
            if !is_choice_code(&code) {
                let cure =
                    "use an integer such as `5`, or a word of lower-case letters, digits and `_`";
                file.report(
                    at,
                    format!("`{code}` of {what} is no code of a choice"),
                    cure,
                );
            }
            if let Some(size) = code.strip_prefix('-')
                && table.contains_key(format!("m{size}").as_str())
            {
                let message = format!("`{code}` and `m{size}` of {what} would share a column");
                file.report(at, message, "give one of them another code");
            }
            choice(file, code, value.get_ref(), at, what)
        })
        .collect()
}

fn choice(
    file: &SourceFile<'_>,
    code: String,
    value: &DeValue<'_>,
    at: usize,
    what: &str,
) -> Choice {
    let DeValue::Table(table) = value else {
        let cure = format!("write `{code}.zh = \"…\"` and `{code}.en = \"…\"`");
        file.report(
            at,
            format!("choice `{code}` of {what} must have a text in both languages"),
            cure,
        );
        return Choice {
            code,
            ..Choice::default()
        };
    };
    let entries = Entries {
        file,
        table,
        at,
        what: format!("choice `{code}` of {what}"),
    };
    Choice {
        label: entries.languages(&code, at, table, &entries.what, &FLAGS),
        note: entries.text("note"),
        missing: entries.boolean("missing"),
        exclusive: entries.boolean("exclusive"),
        code,
    }
}

/// Whether `code` is an integer of at most nine characters in its shortest form, or a word. Two
/// underscores are excluded: they separate question and choice in the names of columns.
fn is_choice_code(code: &str) -> bool {
    let integer = code
        .parse::<i32>()
        .is_ok_and(|number| number.to_string() == code && code.len() <= 9);
    integer || (is_code(code) && !code.contains("__"))
}
