//! From columns, margins and a specification to judged estimates.

pub mod analyse;
pub mod estimate;
pub(super) mod estimates;
mod judge;
pub mod one_sample;
pub mod outcome;
mod plan;
mod quantiles;

pub use analyse::analyse;
pub use estimate::Estimate;
pub use one_sample::{finish, weighted_design};
pub use outcome::Analysis;
