//! The forms of each enumerator.

use std::collections::BTreeMap;

use crate::quality::responses::Responses;

/// An enumerator, or a typist, and the forms that they handed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Set {
    /// The label of the enumerator.
    pub enumerator: String,
    /// Rows of the responses, ascending.
    pub rows: Vec<u32>,
}

/// The set of every enumerator, in the order of their labels. Responses without one are left out.
pub(super) fn sets(responses: &Responses) -> Vec<Set> {
    let mut rows_of: BTreeMap<&str, Vec<u32>> = BTreeMap::new();
    for (row, code) in (0..).zip(&responses.enumerator.codes) {
        let label = usize::try_from(*code)
            .ok()
            .and_then(|code| responses.enumerator.labels.get(code));
        if let Some(label) = label.filter(|label| !label.is_empty()) {
            rows_of.entry(label).or_default().push(row);
        }
    }
    rows_of
        .into_iter()
        .map(|(label, rows)| Set {
            enumerator: label.to_owned(),
            rows,
        })
        .collect()
}

/// The values of `column` at `rows`.
pub(super) fn at<'a, T: Copy>(column: &'a [T], rows: &'a [u32]) -> impl Iterator<Item = T> + Clone {
    rows.iter().filter_map(|row| {
        usize::try_from(*row)
            .ok()
            .and_then(|row| column.get(row).copied())
    })
}
