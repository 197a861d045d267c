//! Replicate weights: jackknife, balanced half samples, Fay's method and the bootstrap.
//!
//! A replicate is a set of weights that another sample of the same design could have had. The
//! spread of an estimate over the replicates is its variance: no formula for the estimate is
//! needed, and what was done to the weights is repeated for each.

mod hadamard;
mod multipliers;
pub mod replicates;

pub use replicates::{Freedom, Replicates};
