//! Where a row is counted.

/// Where a row of a block is counted.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// The row in its block.
    pub(super) row: u32,
    /// Number of its pair of unit and domain.
    pub(super) unit: u32,
    /// Number of its pair of weighting cell and domain.
    pub(super) cell: u32,
    /// Its domain.
    pub(super) level: u32,
}
