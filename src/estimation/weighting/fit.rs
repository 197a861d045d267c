//! What fitting weights to totals gives.

/// g-weights by record, and how they were reached.
#[derive(Debug, Clone)]
pub struct Fit {
    /// g = w/d, one per record.
    pub factor: Vec<f64>,
    /// Sweeps of raking or steps of Newton's method.
    pub sweeps: u32,
    /// Largest |Σw − T|/T at the end.
    pub max_misfit: f64,
}
