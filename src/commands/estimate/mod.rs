//! `minyi estimate`: the estimation core on any CSV file.

mod cells;
mod failure;
mod json;
mod keys;
mod read;
pub mod run;
mod table;
mod tabulations;

pub use run::{EstimateArgs, Format, estimates_json, run};
