//! The result of fitting weights to population totals.

use serde_json::Value;

/// The factors g = w/d that meet the totals, and how they were reached.
#[derive(Debug, Clone)]
pub struct Fit {
    /// g, one per record; 1 for records without rows.
    pub factor: Vec<f64>,
    /// Sweeps of raking, or steps of Newton's method.
    pub sweeps: u32,
    /// Largest |Σw − T|/T of any total at the end.
    pub max_misfit: f64,
}

/// A misfit below which further iterations only move rounding errors.
pub(super) const ROUNDING_MISFIT: f64 = 1e-13;

/// How a population total is named in an error.
#[derive(Debug, Clone, PartialEq)]
pub struct TotalName {
    /// For people, such as `county*sex C01*F`.
    pub text: String,
    /// For machines: dimension, category and population.
    pub detail: Value,
}
