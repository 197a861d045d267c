//! All linear estimates of single-stage cluster designs from one pass over the rows.
//!
//! | file | what |
//! |---|---|
//! | [`one_pass`] | from the sums to estimates and variances; the formulas |
//! | `pass` | the pass over the rows, in blocks and threads |
//! | `scales` | which pairs of units and domains occur; fixed-point scales |
//! | `sums` | the sums, by unit, weighting cell and domain |

pub mod one_pass;
mod pass;
mod scales;
mod sums;

pub use one_pass::{Moments, serves};
