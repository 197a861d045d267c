//! From base weights to final weights, and what the variance must know of it.
//!
//! Every adjustment multiplies base weights by a factor g that depends only on a row's auxiliary
//! values. So it is computed on groups of rows with equal values ([`cells`], [`records`]), and the
//! rows are read twice, whatever the number of iterations.

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
