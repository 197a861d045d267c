//! From base weights to final weights, and what the variance must remember of it.
//!
//! Every adjustment here multiplies base weights by a g-weight that depends on a row's auxiliary values only, so it is
//! computed on [`records`] (groups of rows with equal auxiliaries) and costs two passes over the rows.

pub mod adjustment;
pub mod calibrate;
pub mod cells;
pub mod fit;
pub mod margins;
pub mod nonresponse;
pub mod rake;
pub mod records;
pub mod report;
pub mod steps;
pub mod trim;

pub use adjustment::{Adjustment, Residual};
pub use report::{WeightingReport, report};
pub use steps::{adjust, apply};
