//! `[replicates]`: replicate weights made from the design.

use serde::{Deserialize, Serialize};

/// Replicate weights made from the design, for variances instead of linearisation.
///
/// # Example
///
/// ```toml
/// [replicates]
/// method = "bootstrap"
/// count = 500
/// seed = 7
/// ```
#[derive(Debug, Clone, Copy, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct ReplicateSpec {
    /// How they are made.
    pub method: ReplicateMethod,
    /// Number of bootstrap replicates, at least 2. Other methods ignore it.
    #[serde(default = "default_count")]
    pub count: u32,
    /// Seed of the bootstrap's random numbers (ChaCha20). Other methods ignore it.
    #[serde(default)]
    pub seed: u64,
    /// Fay's ρ, 0 ≤ ρ < 1: how much weight the lighter half sample keeps.
    #[serde(default = "default_rho")]
    pub rho: f64,
    /// Square distances from the full-sample estimate instead of the mean of the replicates.
    #[serde(default)]
    pub mse: bool,
}

const fn default_count() -> u32 {
    200
}

const fn default_rho() -> f64 {
    0.3
}

/// How replicates are made; the formulas are at
/// [`Replicates::of`](crate::estimation::replicate::replicates::Replicates::of).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum ReplicateMethod {
    /// Jackknife: each PSU deleted in turn, strata ignored.
    Jk1,
    /// Jackknife: each PSU deleted in turn, the rest of its stratum reweighted.
    Jkn,
    /// Balanced half samples: two PSUs in every stratum.
    Brr,
    /// Balanced half samples that keep a share ρ of the other half (Fay).
    Fay,
    /// Rescaling bootstrap with n_h − 1 draws per stratum (Rao & Wu).
    Bootstrap,
}
