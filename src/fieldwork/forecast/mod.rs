//! How the wave will end at today's pace: the final estimate, its interval, and whether the verdict
//! can be decided.
//!
//! # Model
//!
//! Symbols: p̂ the estimate now, v its variance, τ² the variance of one answer, h a stratum with the
//! population share W_h, K PSUs with interviews, m_k the interviews of PSU k, ρ the intraclass
//! correlation; index 1 now, 2 at close. The base weight of a drawn PSU makes the mean of a stratum
//! the mean of its PSUs, so
//!
//! ```text
//! v₁ = Σ_h W_h² [ρτ²/K₁ + (1−ρ)τ²c Σ_k 1/m_k /K₁²]
//! ```
//!
//! c ≥ 1 is what Kish's design effect has beside the unequal m_k (raking). v and the counts give ρ.
//! The true v is v·df/χ²_df, which gives ρ for every χ².
//!
//! At close a stratum has f₁ = K₁/K₂ old and f₂ = 1 − f₁ new PSUs. The mean of the old ones moves as
//! they get more interviews, by the variance d = (1−ρ)τ²c Σ(1/m₁ − 1/m₂)/K₁²; the new ones are
//! independent, with the variance b. So
//!
//! ```text
//! Var(p̂₂ − p̂₁) = Σ_h W_h² [f₁²d + 2f₁f₂d + f₂²(v₁ₕ + b)]
//! ```
//!
//! on the log-odds for a share. A weak prior around the target draws the true share, and with it what is
//! still to come, a little to the target (constants and formula in [`model`]). With equal m_k it is v₁ − v₂, as for a running mean. The variance
//! that will be *estimated* at close is v₂·p̂₂(1−p̂₂)/(p̂₁(1−p̂₁))·χ²_{df₂}/df₂, and χ²_{df₂} is the
//! same χ²_{df₁} plus that of the new degrees of freedom. Each outcome is judged by
//! [`interval`](crate::estimation::interval) and [`judgement`](crate::estimation::judgement), as at
//! close.
//!
//! # How the integral is taken
//!
//! Over the estimate at close in closed form: its bounds grow with it, so there is one estimate from
//! which the lower bound reaches the target, and one up to which the upper bound stays below it. Over
//! four other variables (the variance now, what is learnt about it, interviews of the sampled part, of
//! others) by a lattice of [`points`]: no seed, and the same result for the same input.
//!
//! # What it does not know
//!
//! Strata without interviews are taken to be like the others. PSUs that are still to come are taken to
//! be like those that have begun: if the easy ones came first, the forecast is wrong. What is held or
//! freed later is not foreseen.
//!
//! # Sources
//!
//! Kish 1965, *Survey Sampling*, §5.4 and §11.7; Gelman et al. 2013, *Bayesian Data Analysis*, 3rd ed.,
//! §3.2 (posterior of mean and variance) and §7.1 (prediction); Sloan & Joe 1994,
//! *Lattice Methods for Multiple Integration*; Wilson & Hilferty 1931, PNAS 17 (quantiles
//! of χ² and gamma).
//!
//! | file | holds |
//! |---|---|
//! | [`situation`] | what is known now |
//! | [`growth`] | which PSUs have how many interviews at close |
//! | [`pace`] | interviews that are still to come |
//! | [`points`] | the points of the integral |
//! | [`rule`] | the verdict at close |
//! | [`model`] | how the estimate and its variance move until close |
//! | [`chances`] | the probability of each verdict |
//! | [`predict`] | the forecast |

pub mod chances;
pub mod growth;
pub mod model;
pub mod pace;
pub mod points;
pub mod predict;
pub mod rule;
pub mod situation;

pub use growth::Stratum;
pub use pace::Pace;
pub use predict::{Forecast, Range, forecast};
pub use rule::{Judged, Rule};
pub use situation::{NoForecast, Situation};
