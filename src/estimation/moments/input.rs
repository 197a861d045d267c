//! What is summed.

use crate::estimation::design::sample_design::Design;
use crate::estimation::domains::Domains;
use crate::estimation::moments::occurring::PairsOf;
use crate::estimation::moments::slots::Slots;
use crate::estimation::study_variable::StudyVariable;
use crate::estimation::weighting::adjustment::Adjustment;
use crate::estimation::weighting::cells::Cells;

/// The study variables `variables` over the levels of `domains`, by slot and weighting cell.
#[derive(Clone, Copy)]
pub(super) struct Input<'a> {
    pub(super) design: &'a Design,
    pub(super) slots: &'a Slots,
    pub(super) adjustment: Option<(&'a Adjustment, &'a Cells)>,
    pub(super) domains: &'a [Domains],
    pub(super) pairs: &'a [PairsOf],
    pub(super) variables: &'a [StudyVariable],
}
