//! The lines of a TOML file at which its keys and values are, for mistakes that are found after
//! parsing.

use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// A step from a table to one of its values.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step<'s> {
    /// A key of a table.
    Key(&'s str),
    /// A place in a list, from 0.
    Index(usize),
}

impl<'s> From<&'s str> for Step<'s> {
    fn from(key: &'s str) -> Step<'s> {
        Step::Key(key)
    }
}

impl<'s> From<&'s String> for Step<'s> {
    fn from(key: &'s String) -> Step<'s> {
        Step::Key(key)
    }
}

impl From<usize> for Step<'_> {
    fn from(index: usize) -> Self {
        Step::Index(index)
    }
}

/// A TOML file whose lines can be found.
pub(super) struct Lines<'s> {
    source: &'s str,
    table: Option<Spanned<DeTable<'s>>>,
}

impl<'s> Lines<'s> {
    /// The lines of `source`.
    pub(super) fn of(source: &'s str) -> Lines<'s> {
        Lines {
            source,
            table: DeTable::parse(source).ok(),
        }
    }

    /// The line, from 1, of what `path` leads to, or of the last step that is in the file.
    pub(super) fn line(&self, path: &[Step<'_>]) -> usize {
        let at = self.table.as_ref().map_or(0, |table| {
            let mut found = Found::Table(table.get_ref());
            let mut at = 0;
            for step in path {
                let Some((next, start)) = found.step(*step) else {
                    break;
                };
                (found, at) = (next, start);
            }
            at
        });
        let before = self.source.bytes().take(at);
        before.filter(|byte| *byte == b'\n').count() + 1
    }
}

/// A value on the way.
#[derive(Clone, Copy)]
enum Found<'t, 's> {
    Table(&'t DeTable<'s>),
    Value(&'t DeValue<'s>),
}

impl<'t, 's> Found<'t, 's> {
    /// The value that the step leads to, and the byte at which it (or its key) starts.
    fn step(self, step: Step<'_>) -> Option<(Found<'t, 's>, usize)> {
        match step {
            Step::Key(key) => {
                let table = match self {
                    Found::Table(table) => table,
                    Found::Value(value) => value.as_table()?,
                };
                let (name, value) = table.iter().find(|(name, _)| name.get_ref() == key)?;
                Some((Found::Value(value.get_ref()), name.span().start))
            }
            Step::Index(index) => {
                let Found::Value(value) = self else {
                    return None;
                };
                let value = value.as_array()?.get(index)?;
                Some((Found::Value(value.get_ref()), value.span().start))
            }
        }
    }
}
