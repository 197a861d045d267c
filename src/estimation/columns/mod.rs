//! Named columns of equal length: what an estimation reads instead of rows.
//!
//! Memory is what limits ten million responses, so categories are small codes beside one sorted
//! list
//! of labels, and whole numbers are kept in one or four bytes. Missing is a value of the column,
//! never a sentinel of the caller.

mod blocks;
mod column;
mod labels;
mod lines;
mod storage;
mod table;

pub(crate) use blocks::{BLOCK, blocks, blocks_of, shares_of_threads};
pub use column::{Category, Column};
pub(crate) use labels::{all_numbers, compare_levels, number};
pub use lines::Lines;
pub use storage::{Codes, MISSING, Numbers};
pub use table::Columns;
