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

/// Column of the base weight if all rows were one sample.
pub const POOLED_WEIGHT: &str = "pooled_weight";
/// Column of the base weight if the sampled without an enumerator had not answered.
pub const ONSITE_WEIGHT: &str = "onsite_weight";
/// Column of the base weight if the flagged had not answered.
pub const UNFLAGGED_WEIGHT: &str = "unflagged_weight";
/// Column that is 1 for responses with flags, else 0.
pub const FLAGGED: &str = "flagged";

/// Column that is 1 for responses that are held, else 0; only where some are.
pub const HELD: &str = "held";
/// Column of the base weight if nothing was held; only where some are.
pub const WITH_HELD_WEIGHT: &str = "with_held_weight";

/// Name of the numerator column of a ratio indicator.
pub fn numerator(indicator: &Indicator) -> String {
    format!("{}_numerator", indicator.code)
}

/// Name of the denominator column of a ratio indicator.
pub fn denominator(indicator: &Indicator) -> String {
    format!("{}_denominator", indicator.code)
}

/// Name of the column with the answers to a question as they were given, whatever variable has the
/// code of the question.
pub fn answer(question: &str) -> String {
    format!("answer:{question}")
}
