//! What is known now.

use crate::fieldwork::forecast::growth::Stratum;
use crate::fieldwork::forecast::pace::Pace;
use crate::fieldwork::forecast::rule::Rule;

/// What is known now of an estimate of the sampled part, and how fieldwork goes on.
#[derive(Debug, Clone, PartialEq)]
pub struct Situation {
    /// The estimate p̂ of the sampled part.
    pub estimate: f64,
    /// Its standard error, ≥ 0.
    pub std_error: f64,
    /// What the plan multiplies the variance by for interval and verdict, ≥ 1
    /// (`Estimate::variance_factor`).
    pub variance_factor: f64,
    /// Degrees of freedom of interval and verdict, > 0: of the design or Satterthwaite's.
    pub df: f64,
    /// Kish's effective sample size (Σw)²/Σw² of the sampled part, at most its n.
    pub kish_effective: f64,
    /// The design effect: variance over that of a simple random sample of the same n. NaN if it is not
    /// known, as that of a mean over several items: neighbours are then taken to agree as usual.
    pub design_effect: f64,
    /// Every stratum that PSUs were drawn in.
    pub strata: Vec<Stratum>,
    /// Valid responses outside the sampled part.
    pub others: u64,
    /// Sampled valid interviews that come in.
    pub pace: Pace,
    /// Valid responses of others that come in.
    pub others_pace: Pace,
    /// Whether a stratum stops once all its drawn PSUs have what was planned. If not, fieldwork goes on
    /// everywhere to the last day.
    pub stops_when_planned: bool,
    /// How the verdict is made.
    pub rule: Rule,
}

/// Why there is no forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoForecast {
    /// No stratum has two PSUs with interviews, so the error is unknown.
    TooFewPsus,
    /// The estimate, its standard error or df is not a usable number, or the design effect is not
    /// positive.
    NotANumber,
}
