//! How alike those who answered are to those who were drawn: R-indicators. Sampled part only, because an
//! open link has no response propensity.
//!
//! # Formulas
//!
//! With the design weight d_i of case i, N = Σd_i and its response propensity ρ_i:
//!
//! ```text
//! ρ̄ = Σ d_i ρ_i/N                      S² = Σ d_i (ρ_i − ρ̄)²/(N − 1)
//! R = 1 − 2S                            CV = S/ρ̄
//! largest bias of a mean of y = S·S(y)/ρ̄
//! unconditional P_u(Z) = √(Σ_k N_k/N (ρ̄_k − ρ̄)²)        P_u(Z, k) = √(N_k/N) (ρ̄_k − ρ̄)
//! conditional   P_c(Z) = √(Σ_l Σ_{i∈l} d_i (ρ_i − ρ̄_l)²/(N − 1)),   l: cells of all variables but Z
//! ```
//!
//! R is 1 if all have the same propensity and 0 if half answer surely and half surely do not. P_u tells
//! how much a variable contributes, P_c how much beyond the others; a category with a negative P_u(Z, k)
//! answers too rarely.
//!
//! Propensities are estimated from the sample, so that S holds noise and R is too small where there are
//! few cases. `r_adjusted` uses S² − Σ d_i Var(ρ̂_i)/N, with Var by the delta method. It takes cases as
//! independent; where whole PSUs answer or not, it corrects too little.
//!
//! # Sources
//!
//! Schouten, Cobben & Bethlehem 2009, Surv. Meth. 35, 101–113 (R, largest bias); Schouten, Shlomo &
//! Skinner 2011, J. Off. Stat. 27 (partial indicators, adjustment); Schouten et al. 2012, Int. Stat. Rev. 80
//! (CV, use during fieldwork).
//!
//! | file | holds |
//! |---|---|
//! | [`propensity`] | propensities by logistic regression or by cells |
//! | [`indicators`] | the indicators |

pub mod indicators;
pub mod propensity;

pub use indicators::{Partial, Representativity, representativity};
pub use propensity::{Group, Model, Variable};
