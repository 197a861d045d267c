//! Which rows of the data a specification keeps.

use std::collections::BTreeMap;

use crate::estimation::columns::Columns;
use crate::estimation::error::Error;
use crate::estimation::spec::label::Labels;

/// Whether each row is kept: in every column of `keep` it has one of the codes.
///
/// # Errors
/// `UNKNOWN_COLUMN`.
pub(in crate::estimation) fn kept_rows(
    columns: &Columns,
    keep: &BTreeMap<String, Labels>,
) -> Result<Vec<bool>, Error> {
    let mut kept = vec![true; columns.rows()];
    for (name, labels) in keep {
        let category = columns.get(name)?.to_category();
        let is_wanted = |level: &String| labels.as_slice().iter().any(|label| label.matches(level));
        let wanted: Vec<bool> = category.levels.iter().map(is_wanted).collect();
        for (kept, code) in kept.iter_mut().zip(category.decode()) {
            let at = usize::try_from(code).unwrap_or(usize::MAX);
            *kept &= wanted.get(at).copied().unwrap_or(false);
        }
    }
    Ok(kept)
}
