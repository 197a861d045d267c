//! All linear estimates of single-stage cluster designs from one pass over the rows.
//!
//! | file | what |
//! |---|---|
//! | [`one_pass`] | from the sums to estimates and variances; the formulas |
//! | `occurring` | which pairs of units and domains occur |
//! | `pass` | the pass over the rows, in blocks and threads |
//! | `place` | where a row is counted |
//! | `shares`, `values` | the sums of a share, and of any study variable, while rows are added |
//! | `totals` | the sums of a study variable after the pass |
//! | `table` | the sums of all study variables, and how an estimate adds them up |

mod occurring;
pub mod one_pass;
mod pass;
mod place;
mod shares;
mod table;
mod totals;
mod values;

pub use one_pass::{Moments, serves};
