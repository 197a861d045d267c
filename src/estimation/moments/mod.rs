//! All linear estimates of single-stage designs from one pass over the rows.
//!
//! | file | what |
//! |---|---|
//! | [`one_pass`] | from the sums to estimates and variances; the formulas |
//! | [`linearised`] | the sums that make one figure |
//! | `input` | what is summed |
//! | `slots` | units, and classes of units that are one row |
//! | `classes`, `spread`, `parts` | what the variance needs of classes: squares, and their sum |
//! | `row_groups`, `groups` | rows that differ by their answers only, and the sums of shares from them |
//! | `occurring` | which pairs of units and domains occur |
//! | `pass` | the pass over the rows, in blocks and threads |
//! | `place` | where a row is counted |
//! | `shares`, `values` | the sums of a share, and of any study variable, while rows are added |
//! | `totals` | the sums of a study variable after the pass |
//! | `deviations` | squares around the ratio of each domain |
//! | `table` | the sums of all study variables, and how an estimate adds them up |

mod classes;
mod deviations;
mod groups;
mod input;
pub mod linearised;
mod occurring;
pub mod one_pass;
mod parts;
mod pass;
mod place;
mod row_groups;
mod shares;
mod slots;
mod spread;
mod table;
#[cfg(test)]
mod tests;
mod totals;
mod values;

pub use linearised::{Combination, Moments};
pub use one_pass::serves;
