//! All linear estimates of single-stage cluster designs from one pass over the rows.

pub mod one_pass;
mod pass;
mod scales;
mod sums;

pub use one_pass::{Moments, serves};
