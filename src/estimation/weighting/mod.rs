//! From base weights to final weights, and what the variance must know of it.
//!
//! # Symbols
//!
//! d base weight, w final weight, g = w/d, x the auxiliaries of a row, X the matrix of all x, T the
//! population totals that X′w must meet.
//!
//! # How
//!
//! Every adjustment multiplies base weights by a factor g that depends only on x. So it is computed
//! on groups of rows with equal x: on the [`cells`] of a contingency table if all auxiliaries are
//! categories, on [`records`] if some are numbers. The rows are read twice, whatever the number of
//! iterations. What the variance needs of an adjustment is kept in an [`Adjustment`].

pub mod adjustment;
pub mod calibrate;
pub mod cells;
pub mod distance;
pub mod fit;
pub mod margins;
pub mod newton;
pub mod nonresponse;
pub mod population;
pub mod rake;
pub mod records;
pub mod report;
pub mod steps;
pub mod trim;

pub use adjustment::{Adjustment, Residual};
pub use report::{WeightingReport, report};
pub use steps::{adjust, apply};
