//! Through which door each response came: its mode and channel, and whether it was drawn.

use std::collections::BTreeMap;

use super::responses::{Labels, Responses};

/// A door: all responses of one mode and channel that were drawn, or all that were not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Door {
    /// Mode.
    pub mode: String,
    /// Channel; empty for the open link and for modes without channels.
    pub channel: String,
    /// Whether its respondents were drawn in a PSU.
    pub is_sampled: bool,
    /// Its rows, ascending.
    pub rows: Vec<u32>,
}

/// The doors of the responses, by mode, channel and whether they were drawn.
#[must_use]
pub fn doors(responses: &Responses) -> Vec<Door> {
    let mut doors: BTreeMap<(&str, &str, bool), Vec<u32>> = BTreeMap::new();
    for row in 0..responses.len() {
        let mode = responses.mode.of_row(row);
        let channel = responses.channel.of_row(row);
        let is_sampled = !responses.psu.of_row(row).is_empty();
        let rows = doors.entry((mode, channel, is_sampled)).or_default();
        rows.extend(u32::try_from(row));
    }
    let doors = doors
        .into_iter()
        .map(|((mode, channel, is_sampled), rows)| Door {
            mode: mode.to_owned(),
            channel: channel.to_owned(),
            is_sampled,
            rows,
        });
    doors.collect()
}

/// A number for each response: equal for the same mode, channel, enumerator and PSU. For
/// [`Scope::within`](super::near_duplicates::Scope::within).
#[must_use]
pub fn finest_groups(responses: &Responses) -> Vec<u32> {
    let mut numbers: BTreeMap<[&str; 4], u32> = BTreeMap::new();
    let rows = 0..responses.len();
    let groups = rows.map(|row| {
        let columns = [
            &responses.mode,
            &responses.channel,
            &responses.enumerator,
            &responses.psu,
        ];
        let next = u32::try_from(numbers.len()).unwrap_or(u32::MAX);
        *numbers
            .entry(columns.map(|labels| labels.of_row(row)))
            .or_insert(next)
    });
    groups.collect()
}

impl Labels {
    /// The label of a row; empty if it has none.
    #[must_use]
    pub fn of_row(&self, row: usize) -> &str {
        let code = self
            .codes
            .get(row)
            .and_then(|code| usize::try_from(*code).ok());
        let label = code.and_then(|code| self.labels.get(code));
        label.map_or("", String::as_str)
    }
}
