//! How fieldwork goes: progress against targets, pace, forecast at close, who is missing. Pure.
//!
//! The inputs are counts and estimates, so everything takes milliseconds whatever the number of
//! responses. Days are civil dates that the caller gives.
//!
//! | file | holds |
//! |---|---|
//! | [`attention`] | what needs attention |
//! | [`count`] | counts as numbers |
//! | [`mode_gap`] | whether two modes answer differently |
//! | [`period`] | the days of fieldwork |
//! | [`progress`] | where fieldwork stands |
//! | [`representativity`] | R-indicators of the sampled part |
//! | [`forecast`] | the estimate and the verdict at close |

pub mod attention;
pub mod count;
pub mod forecast;
pub mod mode_gap;
pub mod period;
pub mod progress;
pub mod representativity;
