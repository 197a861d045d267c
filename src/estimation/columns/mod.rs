//! Named columns of equal length: what an estimation reads instead of rows.
//!
//! Ten million responses must fit into memory, so categories are small codes with one sorted list
//! of labels, and whole numbers are kept in one or four bytes. A missing value is a value of the
//! column; callers need no number that stands for it.
//!
//! | file | what |
//! |---|---|
//! | `table` | named columns of one length |
//! | `column` | one column: numbers or categories |
//! | `storage` | codes and numbers in the fewest bytes |
//! | `labels` | the order of labels |
//! | `lines` | the line of each row in its file |
//! | `blocks` | rows in blocks and in shares of threads |

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
