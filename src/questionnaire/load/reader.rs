//! Reads a TOML file key by key and collects its mistakes with their lines.

use std::cell::RefCell;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::mistake::Mistake;
use crate::questionnaire::word::{is_code, nearest};

/// A file and the mistakes found in it so far.
pub(super) struct SourceFile<'s> {
    source: &'s str,
    name: &'s str,
    /// The byte at which each line starts.
    lines: Vec<usize>,
    mistakes: RefCell<Vec<Mistake>>,
}

impl<'s> SourceFile<'s> {
    pub(super) fn new(source: &'s str, name: &'s str) -> SourceFile<'s> {
        let breaks = source
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n');
        let lines = std::iter::once(0)
            .chain(breaks.map(|(place, _)| place.saturating_add(1)))
            .collect();
        SourceFile {
            source,
            name,
            lines,
            mistakes: RefCell::default(),
        }
    }

    /// The table of the file. If it is not TOML, reports that and returns `None`: a table read only
    /// in part would be blamed for keys that the file has.
    pub(super) fn parse(&self) -> Option<DeTable<'s>> {
        let (table, errors) = DeTable::parse_recoverable(self.source);
        for error in errors {
            let at = error.span().map_or(self.source.len(), |span| span.start);
            let cure = match error.message() {
                message if message.starts_with("duplicate key") => {
                    "a table can have each key or code once; remove or rename one of the two"
                }
                _ => "correct the line; put texts in straight quotes and lists in [ ]",
            };
            self.report(at, format!("this is not TOML: {}", error.message()), cure);
        }
        self.mistakes
            .borrow()
            .is_empty()
            .then(|| table.into_inner())
    }

    /// Reports a mistake at byte `at`.
    pub(super) fn report(&self, at: usize, message: impl Into<String>, cure: impl Into<String>) {
        let line = self.lines.partition_point(|start| *start <= at).max(1);
        let start = self
            .lines
            .get(line.saturating_sub(1))
            .copied()
            .unwrap_or_default();
        let before = self.source.get(start..at).unwrap_or_default();
        self.mistakes.borrow_mut().push(Mistake {
            file: self.name.to_owned(),
            line,
            column: before.chars().count().saturating_add(1),
            message: message.into(),
            cure: cure.into(),
        });
    }

    /// The byte of the file at which byte `offset` of the string `value` is. `value` was read at
    /// byte `at`.
    pub(super) fn inside(&self, at: usize, value: &str, offset: usize) -> usize {
        let rest = self.source.get(at..).unwrap_or_default();
        // At most three quotes and a line break come before the text. If the string has an escape,
        // the text is not found, and the start of the string is good enough.
        match rest.find(value) {
            Some(start) if start <= 5 => at.saturating_add(start).saturating_add(offset),
            _ => at,
        }
    }

    /// `value` if there was no mistake.
    pub(super) fn finish<T>(self, value: Option<T>) -> Result<T, Vec<Mistake>> {
        let mut mistakes = self.mistakes.into_inner();
        if let (true, Some(value)) = (mistakes.is_empty(), value) {
            return Ok(value);
        }
        mistakes.sort_by_key(|mistake| (mistake.line, mistake.column));
        mistakes.dedup();
        Err(mistakes)
    }
}

/// A table that is being read.
pub(super) struct Entries<'t, 's> {
    pub(super) file: &'t SourceFile<'s>,
    pub(super) table: &'t DeTable<'s>,
    /// The byte at which it starts.
    pub(super) at: usize,
    /// What it describes, in the words of a message: "question `a1`"; empty at the top level.
    pub(super) what: String,
}

impl<'t, 's> Entries<'t, 's> {
    /// Starts to read `table`. Reports every key that is not `known`.
    pub(super) fn new(
        file: &'t SourceFile<'s>,
        table: &'t DeTable<'s>,
        at: usize,
        what: String,
        known: &[&str],
    ) -> Entries<'t, 's> {
        let entries = Entries {
            file,
            table,
            at,
            what,
        };
        for key in table.keys() {
            let name = key.get_ref();
            if !known.contains(&name.as_ref()) {
                let cure = match nearest(name, known.iter().copied()) {
                    Some(known) => format!("did you mean `{known}`?"),
                    None => format!("remove it; known here are {}", known.join(", ")),
                };
                file.report(
                    key.span().start,
                    format!("unknown key `{name}`{}", entries.of()),
                    cure,
                );
            }
        }
        entries
    }

    /// " of question `a1`", or nothing at the top level.
    pub(super) fn of(&self) -> String {
        if self.what.is_empty() {
            String::new()
        } else {
            format!(" of {}", self.what)
        }
    }

    /// The value of `key`, and the byte at which the key is.
    pub(super) fn get(&self, key: &str) -> Option<(usize, &'t Spanned<DeValue<'s>>)> {
        self.table
            .iter()
            .find(|(own, _)| own.get_ref() == key)
            .map(|(own, value)| (own.span().start, value))
    }

    /// Reports a mistake about `key`: at the key, or at the start of the table if it has no such
    /// key.
    pub(super) fn report(&self, key: &str, message: impl Into<String>, cure: impl Into<String>) {
        let at = self.get(key).map_or(self.at, |(at, _)| at);
        self.file.report(at, message, cure);
    }

    /// Reports that `key` is missing.
    pub(super) fn missing(&self, key: &str, cure: impl Into<String>) {
        self.file
            .report(self.at, format!("`{key}`{} is missing", self.of()), cure);
    }

    /// Reports that `key` has the wrong type.
    pub(super) fn wrong(
        &self,
        key: &str,
        at: usize,
        wanted: &str,
        found: &DeValue<'_>,
        cure: impl Into<String>,
    ) {
        let message = format!(
            "`{key}`{} must be {wanted}, not {}",
            self.of(),
            kind_of(found)
        );
        self.file.report(at, message, cure);
    }

    /// A string, and the byte at which it starts.
    pub(super) fn string_at(&self, key: &str) -> Option<(String, usize)> {
        let (at, value) = self.get(key)?;
        match value.get_ref() {
            DeValue::String(text) => Some((text.to_string(), value.span().start)),
            other => {
                self.wrong(
                    key,
                    at,
                    "a string",
                    other,
                    format!("put quotes around it: `{key} = \"…\"`"),
                );
                None
            }
        }
    }

    pub(super) fn string(&self, key: &str) -> Option<String> {
        self.string_at(key).map(|(text, _)| text)
    }

    pub(super) fn required_string(&self, key: &str, cure: &str) -> String {
        if self.get(key).is_none() {
            self.missing(key, cure);
        }
        self.string(key).unwrap_or_default()
    }

    /// A required code; see [`is_code`] for its shape.
    pub(super) fn required_code(&self, key: &str, example: &str) -> String {
        if self.get(key).is_none() {
            self.missing(
                key,
                format!("give a short stable name, such as `{key} = \"{example}\"`"),
            );
        }
        let Some(code) = self.string(key) else {
            return String::new();
        };
        if !is_code(&code) {
            let cure =
                "use a lower-case letter, then at most 31 lower-case letters, digits and `_`";
            self.report(key, format!("`{code}` is no code"), cure);
        }
        code
    }

    /// One of `words`.
    pub(super) fn word(&self, key: &str, words: &[&str]) -> Option<String> {
        let word = self.string(key)?;
        if words.contains(&word.as_str()) {
            return Some(word);
        }
        let cure = match nearest(&word, words.iter().copied()) {
            Some(near) => format!("did you mean `{near}`? Known are {}", words.join(", ")),
            None => format!("use one of {}", words.join(", ")),
        };
        self.report(key, format!("unknown {key} `{word}`{}", self.of()), cure);
        None
    }

    pub(super) fn boolean(&self, key: &str) -> bool {
        let Some((at, value)) = self.get(key) else {
            return false;
        };
        match value.get_ref() {
            DeValue::Boolean(value) => *value,
            other => {
                self.wrong(
                    key,
                    at,
                    "true or false",
                    other,
                    format!("write `{key} = true` or leave it out"),
                );
                false
            }
        }
    }

    /// A whole number from `least` to `most`.
    pub(super) fn integer(&self, key: &str, least: i64, most: i64) -> Option<i64> {
        let (at, value) = self.get(key)?;
        let DeValue::Integer(integer) = value.get_ref() else {
            self.wrong(
                key,
                at,
                "a whole number",
                value.get_ref(),
                format!("write `{key} = 1` without quotes or point"),
            );
            return None;
        };
        match i64::from_str_radix(integer.as_str(), integer.radix()) {
            Ok(number) if (least..=most).contains(&number) => Some(number),
            _ => {
                let message = format!("`{key}`{} is out of range", self.of());
                self.file
                    .report(at, message, format!("use a number from {least} to {most}"));
                None
            }
        }
    }

    /// A number from `-most` to `most`.
    pub(super) fn number(&self, key: &str, most: f64) -> Option<f64> {
        let (at, value) = self.get(key)?;
        let written = match value.get_ref() {
            DeValue::Integer(integer) if integer.radix() == 10 => integer.as_str(),
            DeValue::Float(float) => float.as_str(),
            other => {
                self.wrong(
                    key,
                    at,
                    "a number",
                    other,
                    format!("write `{key} = 0.5` without quotes"),
                );
                return None;
            }
        };
        match written.parse::<f64>() {
            Ok(number) if number.abs() <= most => Some(number),
            _ => {
                let message = format!("`{key}`{} is out of range", self.of());
                self.file
                    .report(at, message, format!("use a number from -{most} to {most}"));
                None
            }
        }
    }

    /// The items of a list.
    pub(super) fn list(&self, key: &str) -> Option<Vec<&'t Spanned<DeValue<'s>>>> {
        let (at, value) = self.get(key)?;
        match value.get_ref() {
            DeValue::Array(items) => Some(items.iter().collect()),
            other => {
                self.wrong(
                    key,
                    at,
                    "a list",
                    other,
                    format!("put brackets around it: `{key} = […]`"),
                );
                None
            }
        }
    }

    /// The tables of `[[key]]`, each with the byte at which it starts.
    pub(super) fn tables(&self, key: &str, heading: &str) -> Vec<(usize, &'t DeTable<'s>)> {
        let Some((at, value)) = self.get(key) else {
            return Vec::new();
        };
        let cure = format!("start each with `[[{heading}]]` in double brackets");
        let DeValue::Array(items) = value.get_ref() else {
            self.wrong(key, at, "a list of tables", value.get_ref(), cure);
            return Vec::new();
        };
        let mut tables = Vec::new();
        for item in items.iter() {
            match item.get_ref() {
                DeValue::Table(table) => tables.push((item.span().start, table)),
                other => self.wrong(key, item.span().start, "a table", other, cure.as_str()),
            }
        }
        tables
    }

    /// The table at `key`, and the byte at which its key is.
    pub(super) fn table(&self, key: &str) -> Option<(usize, &'t DeTable<'s>)> {
        let (at, value) = self.get(key)?;
        match value.get_ref() {
            DeValue::Table(table) => Some((at, table)),
            other => {
                self.wrong(
                    key,
                    at,
                    "a table",
                    other,
                    format!("write `[{key}]` and the entries below it"),
                );
                None
            }
        }
    }
}

/// The type of a value in the words of a message.
pub(super) fn kind_of(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a string",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a number with a point",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date without quotes",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}
