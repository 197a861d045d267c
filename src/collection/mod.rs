//! The one intake of responses, whatever door they come through.
//!
//! | file | does |
//! |---|---|
//! | [`intake`] | a submission becomes a response, or the list of its faults |
//! | [`response`] | a response ready to be stored |
//! | [`table`] | a CSV file as a heading and rows |
//! | [`label`] | channels, PSUs, enumerators and devices: short texts that can be seen |

pub mod intake;
pub mod label;
pub mod response;
pub mod table;

pub use intake::{Answers, Intake, Submission, intake, response_id};
pub use response::{Response, Timing};
