//! Replicate weights: jackknife, balanced half samples, Fay's method and the bootstrap.

mod hadamard;
mod multipliers;
pub mod replicates;

pub use replicates::{Freedom, Replicates};
