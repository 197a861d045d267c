//! A probability sample and volunteers together.
//!
//! | file | what |
//! |---|---|
//! | `stages` | the stages, from two samples to three sets of estimates |
//! | `modes` | which rows are of which sample |
//! | `factor` | λ, the share of the probability sample |
//! | `pool` | columns and designs of the volunteers and of both |
//! | [`subsets`] | the volunteers without some of them |
//! | [`report`] | the three sets and their differences |

mod factor;
pub(super) mod modes;
mod pool;
pub mod report;
pub(super) mod stages;
pub mod subsets;

pub use report::{BlendReport, Difference};
