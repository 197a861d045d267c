//! Names of the columns that figures are computed from, in memory and in exported files.

use crate::survey::plan::Indicator;

/// Column of the mode a response came by.
pub const MODE: &str = "mode";
/// Column that tells the sampled from the volunteers; see
/// [`Part`](crate::release::sample_design::Part).
pub const PART: &str = "part";
/// Column of the variance stratum.
pub const STRATUM: &str = "stratum";
/// Column of the primary sampling unit.
pub const PSU: &str = "psu";
/// Column of the weight before raking.
pub const BASE_WEIGHT: &str = "base_weight";

/// Name of the numerator column of a ratio indicator.
pub fn numerator(indicator: &Indicator) -> String {
    format!("{}_numerator", indicator.code)
}

/// Name of the denominator column of a ratio indicator.
pub fn denominator(indicator: &Indicator) -> String {
    format!("{}_denominator", indicator.code)
}
