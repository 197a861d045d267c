//! What the tables are made from.

use crate::release::labels::Labels;
use crate::release::report::words::Words;
use crate::release::stored::Snapshot;
use crate::survey::plan::Plan;
use crate::survey::{Catalogue, Survey};

/// What the tables are made from.
#[derive(Clone, Copy)]
pub(super) struct Basis<'a> {
    pub catalogue: &'a Catalogue,
    pub survey: &'a Survey,
    pub plan: &'a Plan,
    pub snapshot: &'a Snapshot,
    /// Invitations that were issued.
    pub issued: u64,
    pub words: Words,
}

impl<'a> Basis<'a> {
    /// The words for the variables of the plan.
    pub(super) fn labels(&self) -> Labels<'a> {
        Labels::new(self.catalogue, self.survey, self.plan)
    }
}
