//! Where rows are in the file that they were read from.
#![expect(clippy::indexing_slicing, reason = "a position below a position found")]

/// The lines of a file on which rows start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Lines {
    /// The rows that are not on the line after that of the row before: row from 0, line from 1.
    jumps: Vec<(usize, usize)>,
}

impl Lines {
    /// Records that the row `row` starts on `line`, and those after it on the lines after it.
    /// Call it in the order of rows.
    pub fn push(&mut self, row: usize, line: usize) {
        if self.of(row) != line {
            self.jumps.push((row, line));
        }
    }

    pub(super) fn of(&self, row: usize) -> usize {
        let at = self.jumps.partition_point(|(from, _)| *from <= row);
        let before = at.checked_sub(1).map(|at| self.jumps[at]);
        before.map_or(row + 1, |(from, line)| line + row - from)
    }
}
