//! Quantiles of weighted data, and their intervals.
//!
//! A quantile is not a smooth function of totals, so its error is taken over the share at or below
//! it: the interval of that share is carried back to values ([`woodruff`]). The jackknife is wrong
//! for quantiles.

pub mod distribution;
pub mod woodruff;

pub use distribution::Distribution;
pub use woodruff::{Interval, Quantile, quantile};
