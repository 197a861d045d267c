//! What the weights of a wave do, step by step, and what other choices would do.
//!
//! | file | does |
//! |---|---|
//! | [`steps`] | all steps from base weights to headlines |
//! | `base_table` | base weights by stratum |
//! | [`margin_table`] | population and sample by category, before and after; merges of thin categories |
//! | `weight_table` | the largest weights; how the ratios of weights are spread |
//! | [`choice`] | another choice of margins, bounds and combination |

mod base_table;
pub mod choice;
pub mod margin_table;
pub mod steps;
mod weight_table;

pub use base_table::BaseRow;
pub use weight_table::{Bin, LargeWeight};
