//! From columns, margins and a specification to judged estimates.

pub mod analyse;
mod contrasts;
mod crosstabs;
pub mod estimate;
pub(super) mod estimates;
mod holm;
mod judge;
pub mod one_sample;
pub mod outcome;
mod plan;
mod quantiles;
mod response_rates;
mod tabulations;

pub use analyse::analyse;
pub use estimate::{Estimate, estimates_of, find, whole_of};
pub use one_sample::{finish, weighted_design};
pub use outcome::{Analysis, Named};
