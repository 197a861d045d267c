//! The number of rows and columns of a two-way table, and the order of its cells.
#![expect(
    clippy::indexing_slicing,
    reason = "cells are numbered below their count"
)]

/// The number of rows and of columns of a table. Cells are numbered column by column.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl Shape {
    /// Number of cells.
    pub(super) const fn size(self) -> usize {
        self.rows * self.columns
    }

    /// The number of the cell in a row and a column.
    pub(super) const fn cell(self, row: usize, column: usize) -> usize {
        column * self.rows + row
    }

    /// The (row, column) of every cell, in the order of their numbers.
    pub(super) fn cells(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.columns).flat_map(move |column| (0..self.rows).map(move |row| (row, column)))
    }

    /// (R−1)(C−1).
    pub(super) const fn interactions(self) -> usize {
        (self.rows - 1) * (self.columns - 1)
    }

    /// The sums of `values` (one per cell) over each row, and over each column: x_r. and x_.c.
    pub(super) fn margins(self, values: &[f64]) -> (Vec<f64>, Vec<f64>) {
        let sum = |cells: &mut dyn Iterator<Item = usize>| cells.map(|cell| values[cell]).sum();
        let rows = 0..self.rows;
        let columns = 0..self.columns;
        (
            rows.map(|r| sum(&mut (0..self.columns).map(|c| self.cell(r, c))))
                .collect(),
            columns
                .map(|c| sum(&mut (0..self.rows).map(|r| self.cell(r, c))))
                .collect(),
        )
    }
}
