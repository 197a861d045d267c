//! Quantiles of weighted data, and their intervals.

pub mod distribution;
pub mod woodruff;

pub use distribution::Distribution;
pub use woodruff::{Interval, Quantile, quantile};
