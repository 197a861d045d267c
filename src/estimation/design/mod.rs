//! How the sample was drawn: strata, sampling units, base weights, finite population corrections.

pub mod base_weights;
pub mod fpc;
pub mod sample_design;
pub mod stage;

pub use sample_design::Design;
pub use stage::{Stage, Units};
