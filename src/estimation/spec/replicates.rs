//! `[replicates]`: replicate weights made from the design.

use serde::{Deserialize, Serialize};

/// Replicate weights made from the design.
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReplicateSpec {
    /// How they are made.
    pub method: ReplicateMethod,
    /// Number of bootstrap replicates.
    #[serde(default = "default_replicates")]
    pub count: u32,
    /// Seed of the bootstrap (ChaCha20).
    #[serde(default)]
    pub seed: u64,
    /// Fay's ρ, 0 ≤ ρ < 1.
    #[serde(default = "default_rho")]
    pub rho: f64,
    /// Centre at the full-sample estimate instead of the mean of the replicates.
    #[serde(default)]
    pub mse: bool,
}

const fn default_replicates() -> u32 {
    200
}

const fn default_rho() -> f64 {
    0.3
}

/// How replicates are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplicateMethod {
    /// Delete one PSU, one stratum.
    Jk1,
    /// Delete one PSU within strata.
    Jkn,
    /// Balanced half samples; two PSUs per stratum.
    Brr,
    /// Fay's method; two PSUs per stratum.
    Fay,
    /// Rao–Wu rescaling bootstrap with n_h − 1 draws.
    Bootstrap,
}
