//! How fieldwork goes: progress against targets, pace, forecast at close, who is missing. Pure.
//!
//! The inputs are counts and estimates, so everything takes milliseconds whatever the number of
//! responses. Days are civil dates that the caller gives.
//!
//! | file | holds |
//! |---|---|
//! | [`count`] | counts as numbers |
//! | [`forecast`] | the estimate and the verdict at close |

pub mod count;
pub mod forecast;
