//! The header of a CSV, and which of its columns are read.

use csv_core::{ReadRecordResult, Reader};
use serde_json::json;

use crate::estimation::csv::fault::{invalid, unreadable};
use crate::estimation::csv::input::{Input, Source};
use crate::estimation::csv::wanted::Wanted;
use crate::estimation::error::{Code, Error};

/// The header of a CSV.
pub(super) struct Header {
    /// The names, without blanks around them.
    pub(super) names: Vec<String>,
    /// Where the first record starts.
    pub(super) end: u64,
    /// Lines before the first record.
    pub(super) lines: usize,
}

impl Header {
    pub(super) fn read<S: Source + ?Sized>(source: &S, size: u64) -> Result<Self, Error> {
        let mut buffer = Vec::new();
        let mut input = Input::new(source, 0, &mut buffer);
        let mut reader = Reader::new();
        let (mut text, mut filled) = (vec![0; 1024], 0);
        let (mut ends, mut fields) = (vec![0; 64], 0);
        let after_return = loop {
            let rest = input.rest().map_err(|error| unreadable(&error))?;
            let (result, read, written, ended) = reader.read_record(
                rest,
                text.get_mut(filled..).unwrap_or_default(),
                ends.get_mut(fields..).unwrap_or_default(),
            );
            let last = read.checked_sub(1).and_then(|at| rest.get(at)).copied();
            input.consume(read);
            filled += written;
            fields += ended;
            match result {
                ReadRecordResult::InputEmpty => {}
                ReadRecordResult::OutputFull => text.resize(text.len() * 2, 0),
                ReadRecordResult::OutputEndsFull => ends.resize(ends.len() * 2, 0),
                ReadRecordResult::Record => break last == Some(b'\r'),
                ReadRecordResult::End => return Err(fault(None, "there is no header")),
            }
        };
        let breaks = input.skip_line_breaks(after_return);
        let breaks = breaks.map_err(|error| unreadable(&error))?;
        let lines = usize::try_from(reader.line() - 1).unwrap_or_default() + breaks;
        let end = input.position().min(size);
        let starts = std::iter::once(0).chain(ends.iter().copied());
        let names: Result<Vec<String>, Error> = starts
            .zip(ends.iter().copied())
            .take(fields)
            .map(|(start, end)| {
                let name = std::str::from_utf8(text.get(start..end).unwrap_or_default());
                name.map(|name| name.trim().to_owned())
                    .map_err(|_| fault(None, "the header is not UTF-8"))
            })
            .collect();
        let header = Self {
            names: names?,
            end,
            lines,
        };
        header.check()?;
        Ok(header)
    }

    fn check(&self) -> Result<(), Error> {
        if self.names.iter().all(String::is_empty) {
            return Err(fault(None, "there is no header"));
        }
        let mut seen = std::collections::HashSet::new();
        let mut names = self.names.iter().filter(|name| !name.is_empty());
        match names.find(|name| !seen.insert(name.as_str())) {
            Some(name) => Err(fault(Some(name), "the header has this name twice")),
            None => Ok(()),
        }
    }

    /// Where the `wanted` columns are.
    pub(super) fn plan<'a>(&'a self, wanted: &'a [Wanted]) -> Result<Plan<'a>, Error> {
        let mut fields = Vec::new();
        let mut unknown = Vec::new();
        for column in wanted {
            match self.names.iter().position(|name| *name == column.name) {
                Some(at) => fields.push(at),
                None => unknown.push(column.name.as_str()),
            }
        }
        if unknown.is_empty() {
            return Ok(Plan {
                header: &self.names,
                wanted,
                fields,
            });
        }
        Err(Error::new(
            Code::UnknownColumn,
            format!("the data have no column {}", unknown.join(", ")),
            json!({"columns": unknown, "header": self.names}),
        ))
    }
}

fn fault(column: Option<&str>, what: &str) -> Error {
    invalid(
        Code::CsvInvalid,
        &[json!({"row": 1, "column": column, "fault": what})],
        1,
    )
}

/// Which fields of a record are read.
pub(super) struct Plan<'a> {
    /// The names of all fields.
    pub(super) header: &'a [String],
    /// The columns to read.
    pub(super) wanted: &'a [Wanted],
    /// The field of each.
    pub(super) fields: Vec<usize>,
}

impl Plan<'_> {
    /// Fields of a record.
    pub(super) const fn width(&self) -> usize {
        self.header.len()
    }
}
