//! Where fieldwork stands: against its targets, by county and mode, by PSU, by who works, by margin.
//!
//! # Formulas
//!
//! ```text
//! expected today   target · (working days before today)/(working days of the period)
//! behind           1 − done/expected, where done counts the days before today; negative if ahead
//! pace             interviews of the last 7 days before today/their working days
//! at close         done before today + max(today's, pace) + pace · (working days after today)
//! missing          max(0, target − at close)
//! ```
//!
//! The expectation is linear over working time: each working day is to bring the same. Today is not
//! over, so it raises `done` and never what is expected.
//!
//! | file | holds |
//! |---|---|
//! | [`part`] | parts of the sample, targets and progress of each |
//! | [`psus`] | PSUs: drawn, begun, done |
//! | [`workers`] | enumerators and channels |
//! | [`margins`] | margins so far against the population |

pub mod margins;
pub mod part;
pub mod psus;
pub mod workers;

pub use margins::{Category, Distance, distances};
pub use part::{Counted, Part, Progress, Target, progress};
pub use psus::{Psu, PsuState, PsuSummary, Share, split, summary};
pub use workers::{Activity, Worker, activity};
