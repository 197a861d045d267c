//! What else the figures could be: other choices, and how far an input must move until a verdict
//! changes.
//!
//! | file | what |
//! |---|---|
//! | [`report`] | the result |
//! | [`scenarios`] | the estimates again, under other choices |
//! | [`tipping`] | how far a population margin must move, or how many forms must be fabricated |

pub mod report;
pub mod scenarios;
pub mod tipping;

pub use report::{Fabrication, MarginTipping, ScenarioReport, Sensitivity, Tipping};
