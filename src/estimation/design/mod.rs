//! How the sample was drawn: strata, sampling units, base weights, finite population corrections.
//!
//! | file | what |
//! |---|---|
//! | [`sample_design`] | the design as a value |
//! | [`stage`] | units and strata of one stage |
//! | [`fpc`] | sampling fractions |
//! | [`base_weights`] | base weights |
//! | `small_sample` | how much calibration makes the variance too small |

pub mod base_weights;
pub mod fpc;
pub mod sample_design;
mod small_sample;
pub mod stage;

pub use sample_design::Design;
pub use stage::{Stage, Units};
