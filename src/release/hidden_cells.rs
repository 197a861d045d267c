//! Which cells of a release may not be published.

use std::collections::BTreeSet;

use crate::disclosure::limits::{is_sensitive_ratio, is_sensitive_share, is_small};
use crate::release::cells::{Cells, Content, Scale, Unit};
use crate::release::figure_cells::CellName;
use crate::release::published_cells::PublishedCells;

/// The cells among `published` (most important first) that may not be published.
#[must_use]
pub fn hidden(
    cells: &Cells,
    published: &[CellName],
    _before: &[PublishedCells],
) -> BTreeSet<CellName> {
    let mut hidden: BTreeSet<CellName> = published.iter().cloned().collect();
    for measure in &cells.measures {
        for (cell, content) in measure.cells.iter().zip(measure.contents()) {
            if !is_sensitive(cells.unit, measure.scale, &content) {
                hidden.remove(&CellName::new(&measure.name, cell));
            }
        }
    }
    hidden
}

/// Whether what is in a cell may not be published.
#[must_use]
pub fn is_sensitive(unit: Unit, scale: Scale, own: &Content) -> bool {
    match (unit, scale) {
        (Unit::Person, Scale::Share) => is_sensitive_share(own.n, own.n_counted, own.n_other),
        (Unit::Person, Scale::Mean | Scale::Ratio) => is_small(own.n),
        (Unit::Shop, _) => {
            is_sensitive_ratio(own.n, own.counted, own.counted + own.other, own.largest)
        }
    }
}
