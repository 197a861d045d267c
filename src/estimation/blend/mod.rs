//! A probability sample and volunteers together.

mod factor;
mod modes;
mod pool;
pub mod report;
pub(super) mod stages;

pub use report::{BlendReport, Difference};
