//! Blocks of rows, and the share of each thread.

use std::ops::Range;

/// Rows per block of the kernels: small enough for the first-level cache, long enough that the
/// loop around them costs nothing.
pub(crate) const BLOCK: usize = 1024;

/// The blocks of `rows` rows, in order.
pub(crate) fn blocks(rows: usize) -> impl Iterator<Item = Range<usize>> {
    blocks_of(0..rows)
}

/// The blocks of a range of rows, in order.
pub(crate) fn blocks_of(rows: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let end = rows.end;
    rows.step_by(BLOCK)
        .map(move |start| start..(start + BLOCK).min(end))
}

/// The rows in as many ranges as there are threads, each of whole blocks.
pub(crate) fn shares_of_threads(rows: usize) -> Vec<Range<usize>> {
    let threads = rayon::current_num_threads().max(1);
    let size = rows.div_ceil(threads).next_multiple_of(BLOCK).max(BLOCK);
    (0..rows)
        .step_by(size)
        .map(|start| start..(start + size).min(rows))
        .collect()
}
