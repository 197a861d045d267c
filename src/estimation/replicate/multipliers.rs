//! The multipliers of the base weights that make replicates, by sampling unit.
//!
//! A replicate multiplies all rows of a PSU by the same number. Multipliers have mean 1 in each
//! stratum, so the replicate estimates are centred at the estimate of the whole sample. The
//! scale makes the variance of a total equal to the variance by linearisation (for the bootstrap:
//! on average).
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "units and strata are numbered below their count"
)]

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use serde_json::json;

use crate::estimation::count::count;
use crate::estimation::design::stage::Stage;
use crate::estimation::error::{Code, Error};
use crate::estimation::replicate::hadamard::hadamard;
use crate::estimation::spec::replicates::{ReplicateMethod, ReplicateSpec};

/// Multipliers, and the constants that turn the spread of the replicates into a variance.
pub(super) struct Multipliers {
    /// One vector of units per replicate.
    pub(super) by_unit: Vec<Vec<f64>>,
    /// Common factor of the squares.
    pub(super) scale: f64,
    /// Factor of each square.
    pub(super) factors: Vec<f64>,
}

/// The units of each stratum of the first stage.
struct Strata<'a> {
    units: Vec<Vec<usize>>,
    fractions: &'a [f64],
    /// Number of units in all strata.
    n: usize,
}

/// The multipliers of a method for the units of the first stage; formulas at
/// [`Replicates::of`](crate::estimation::replicate::replicates::Replicates::of).
///
/// # Errors
///
/// `REPLICATES_INVALID` if the method does not fit the design; `LONELY_PSU` if a stratum has one
/// PSU (not for JK1).
pub(super) fn multipliers(first: &Stage, spec: &ReplicateSpec) -> Result<Multipliers, Error> {
    let mut units = vec![Vec::new(); first.strata.len()];
    for (unit, &stratum) in first.stratum_of.iter().enumerate() {
        units[stratum as usize].push(unit);
    }
    let lonely: Vec<&String> = first
        .strata
        .iter()
        .zip(&units)
        .filter(|(_, units)| units.len() < 2)
        .map(|(name, _)| name)
        .collect();
    if !lonely.is_empty() && spec.method != ReplicateMethod::Jk1 {
        return Err(Error::new(
            Code::LonelyPsu,
            "replicates need two PSUs in every stratum; merge strata first",
            json!({"strata": lonely}),
        ));
    }
    let strata = Strata {
        units,
        fractions: &first.fractions,
        n: first.len(),
    };
    match spec.method {
        ReplicateMethod::Jk1 => jk1(strata.n),
        ReplicateMethod::Jkn => Ok(jkn(&strata)),
        ReplicateMethod::Brr => half_samples(&strata, 0.0),
        ReplicateMethod::Fay => half_samples(&strata, spec.rho),
        ReplicateMethod::Bootstrap => bootstrap(&strata, spec),
    }
}

/// JK1: one PSU by 0, the others by n/(n−1); scale (n−1)/n. Strata are ignored.
fn jk1(units: usize) -> Result<Multipliers, Error> {
    if units < 2 {
        return Err(invalid("the jackknife needs two PSUs"));
    }
    let n = count(units);
    let others = n / (n - 1.0);
    let without = |deleted: usize| {
        let units = 0..units;
        units
            .map(|unit| if unit == deleted { 0.0 } else { others })
            .collect()
    };
    Ok(Multipliers {
        by_unit: (0..units).map(without).collect(),
        scale: (n - 1.0) / n,
        factors: vec![1.0; units],
    })
}

/// JKn: one PSU of stratum h by 0, the others of h by n_h/(n_h−1); factor (1−f_h)(n_h−1)/n_h.
fn jkn(strata: &Strata<'_>) -> Multipliers {
    let (mut by_unit, mut factors) = (Vec::new(), Vec::new());
    for (units, fraction) in strata.units.iter().zip(strata.fractions) {
        let n = count(units.len());
        for &deleted in units {
            let mut multiplier = vec![1.0; strata.n];
            for &unit in units {
                multiplier[unit] = if unit == deleted { 0.0 } else { n / (n - 1.0) };
            }
            by_unit.push(multiplier);
            factors.push((1.0 - fraction) * (n - 1.0) / n);
        }
    }
    Multipliers {
        by_unit,
        scale: 1.0,
        factors,
    }
}

/// BRR and Fay: one PSU of each pair by 2−ρ, the other by ρ; scale 1/(R(1−ρ)²). The signs of a
/// Hadamard matrix tell which of the two, so R replicates give the same variance as all half
/// samples.
fn half_samples(strata: &Strata<'_>, rho: f64) -> Result<Multipliers, Error> {
    if strata.units.iter().any(|units| units.len() != 2) {
        return Err(invalid(
            "balanced half samples need exactly two PSUs in every stratum",
        ));
    }
    if strata.fractions.iter().any(|fraction| *fraction > 0.0) {
        return Err(invalid(
            "balanced half samples have no finite population correction; use jkn or bootstrap",
        ));
    }
    if !(0.0..1.0).contains(&rho) {
        return Err(invalid("Fay's rho must lie in [0, 1)"));
    }
    let matrix = hadamard(strata.units.len() + 1);
    let replicates = count(matrix.len());
    let by_unit = matrix
        .iter()
        .map(|signs| {
            let mut multiplier = vec![1.0; strata.n];
            // The first column is constant, so the strata start at the second.
            for (units, sign) in strata.units.iter().zip(&signs[1..]) {
                let heavy = usize::from(!sign);
                for (at, &unit) in units.iter().enumerate() {
                    multiplier[unit] = if at == heavy { 2.0 - rho } else { rho };
                }
            }
            multiplier
        })
        .collect();
    Ok(Multipliers {
        by_unit,
        scale: 1.0 / (replicates * (1.0 - rho) * (1.0 - rho)),
        factors: vec![1.0; matrix.len()],
    })
}

/// Rao–Wu bootstrap: n_h−1 of the n_h PSUs of each stratum drawn with replacement, PSU k m_k times,
/// by 1 − λ_h + λ_h m_k n_h/(n_h−1) with λ_h = √(1−f_h); scale 1/(R−1).
fn bootstrap(strata: &Strata<'_>, spec: &ReplicateSpec) -> Result<Multipliers, Error> {
    if spec.count < 2 {
        return Err(invalid("the bootstrap needs two replicates or more"));
    }
    let mut random = ChaCha20Rng::seed_from_u64(spec.seed);
    let by_unit = (0..spec.count)
        .map(|_| {
            let mut multiplier = vec![1.0; strata.n];
            for (units, fraction) in strata.units.iter().zip(strata.fractions) {
                let n = units.len();
                let mut drawn = vec![0_u32; n];
                for _ in 0..n - 1 {
                    drawn[random.random_range(0..n as u64) as usize] += 1;
                }
                let lambda = (1.0 - fraction).sqrt();
                for (&unit, &times) in units.iter().zip(&drawn) {
                    multiplier[unit] =
                        1.0 - lambda + lambda * f64::from(times) * count(n) / (count(n) - 1.0);
                }
            }
            multiplier
        })
        .collect();
    Ok(Multipliers {
        by_unit,
        scale: 1.0 / (f64::from(spec.count) - 1.0),
        factors: vec![1.0; spec.count as usize],
    })
}

fn invalid(message: &str) -> Error {
    Error::new(Code::ReplicatesInvalid, message, json!({}))
}
