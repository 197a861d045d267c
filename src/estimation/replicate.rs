//! Replicate weights: jackknife, balanced half samples, Fay's method and the Rao–Wu bootstrap, each recalibrated.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "units and strata are numbered below their count"
)]

use rand::{RngExt, SeedableRng};
use rand_chacha::ChaCha20Rng;
use rayon::prelude::*;
use serde_json::json;

use crate::estimation::design::sample_design::Design;
use crate::estimation::error::{Code, Error};
use crate::estimation::linear::Factor;
use crate::estimation::spec::replicates::{ReplicateMethod, ReplicateSpec};
use crate::estimation::summation::in_order;

/// Share of replicates whose calibration may fail before the whole is refused.
const MAX_FAILED: f64 = 0.02;

/// Replicate weights with the constants that turn their spread into a variance.
#[derive(Debug, Clone)]
pub struct Replicates {
    /// Final weights, one vector of rows per replicate.
    pub weights: Vec<Vec<f64>>,
    /// Common factor of the squares.
    pub scale: f64,
    /// Factor of each square.
    pub factors: Vec<f64>,
    /// Centre at the full-sample estimate (true) or at the mean of the replicates.
    pub mse: bool,
    /// Degrees of freedom: from the design, or from the rank of given weights.
    pub freedom: Freedom,
    /// Replicates left out because their calibration failed.
    pub failed: usize,
}

/// Where degrees of freedom come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freedom {
    /// PSUs − strata of the domain.
    Design,
    /// Rank of the weights of the domain − 1, as R's `degf` for replicates made elsewhere.
    Rank,
}

impl Replicates {
    /// Makes the replicates of a design and recalibrates each with the design's adjustments.
    ///
    /// * JK1: one PSU out, the others times n/(n−1), scale (n−1)/n.
    /// * JKn: one PSU of stratum h out, the others of h times n_h/(n_h−1), factor (1−f_h)(n_h−1)/n_h.
    /// * BRR, Fay: by a Hadamard matrix, one PSU of each pair times 2−ρ, the other ρ (BRR: ρ = 0), scale 1/(R(1−ρ)²).
    /// * Bootstrap (Rao & Wu 1988; Rao, Wu & Yue 1992): n_h−1 of n_h PSUs drawn with replacement, m_k times, multiplier
    ///   1 − λ_h + λ_h m_k n_h/(n_h−1) with λ_h = √(1−f_h), scale 1/(R−1). ChaCha20, so the same seed gives the same draw everywhere.
    ///
    /// # Errors
    /// `REPLICATES_INVALID` if the method does not fit the design or more than 2 % of the replicates cannot be
    /// recalibrated; `LONELY_PSU` if a stratum has one PSU.
    pub fn of(design: &Design, spec: &ReplicateSpec) -> Result<Self, Error> {
        let first = design.first();
        let units = first.len();
        let mut members: Vec<Vec<usize>> = vec![Vec::new(); first.strata.len()];
        for (unit, &stratum) in first.stratum_of.iter().enumerate() {
            members[stratum as usize].push(unit);
        }
        let lonely: Vec<&String> = first
            .strata
            .iter()
            .zip(&members)
            .filter(|(_, members)| members.len() < 2)
            .map(|(name, _)| name)
            .collect();
        if !lonely.is_empty() && spec.method != ReplicateMethod::Jk1 {
            return Err(Error::new(
                Code::LonelyPsu,
                "replicates need two PSUs in every stratum; collapse strata first",
                json!({"strata": lonely}),
            ));
        }
        let (multipliers, scale, factors) = match spec.method {
            ReplicateMethod::Jk1 => jk1(units)?,
            ReplicateMethod::Jkn => jkn(&members, &first.fractions, units),
            ReplicateMethod::Brr | ReplicateMethod::Fay => {
                let rho = if spec.method == ReplicateMethod::Brr {
                    0.0
                } else {
                    spec.rho
                };
                balanced(&members, &first.fractions, units, rho)?
            }
            ReplicateMethod::Bootstrap => bootstrap(&members, &first.fractions, units, spec)?,
        };
        let unit_of = first.unit_of(design.rows);
        let by_row: Vec<Vec<f64>> = multipliers
            .into_par_iter()
            .map(|multiplier| {
                unit_of
                    .iter()
                    .map(|&unit| multiplier[unit as usize])
                    .collect()
            })
            .collect();
        Self::from_multipliers(design, &by_row, scale, factors, spec.mse, Freedom::Design)
    }

    /// Replicates from given multipliers of the base weight, one vector of rows each, recalibrated with the design's adjustments.
    ///
    /// # Errors
    /// `REPLICATES_INVALID` if more than 2 % cannot be recalibrated.
    pub fn from_multipliers(
        design: &Design,
        multipliers: &[Vec<f64>],
        scale: f64,
        factors: Vec<f64>,
        mse: bool,
        freedom: Freedom,
    ) -> Result<Self, Error> {
        let made: Vec<Result<Vec<f64>, Error>> = multipliers
            .par_iter()
            .map(|multiplier| {
                let mut weights: Vec<f64> = design
                    .base
                    .iter()
                    .zip(multiplier)
                    .map(|(base, multiplier)| base * multiplier)
                    .collect();
                for adjustment in &design.adjustments {
                    weights = adjustment.refit(&weights)?;
                }
                Ok(weights)
            })
            .collect();
        let asked = made.len() as f64;
        let mut first_fault = None;
        let (mut weights, mut kept) = (Vec::new(), Vec::new());
        for (made, factor) in made.into_iter().zip(factors) {
            match made {
                Ok(made) => {
                    weights.push(made);
                    kept.push(factor);
                }
                Err(fault) => {
                    first_fault.get_or_insert(fault);
                }
            }
        }
        let failed = asked - weights.len() as f64;
        if failed > MAX_FAILED * asked {
            return Err(Error::new(
                Code::ReplicatesInvalid,
                format!("{failed} of {asked} replicates cannot be recalibrated to the margins"),
                json!({"failed": failed, "replicates": asked, "first": first_fault}),
            ));
        }
        let scale = scale * asked / (asked - failed);
        Ok(Self {
            weights,
            scale,
            factors: kept,
            mse,
            freedom,
            failed: failed as usize,
        })
    }

    /// V = scale · Σ factor_r (θ_r − c)² for a statistic of the weights.
    #[must_use]
    pub fn variance(&self, estimate: f64, statistic: impl Fn(&[f64]) -> f64 + Sync) -> f64 {
        self.covariance(&[estimate], |weights| vec![statistic(weights)])[0]
    }

    /// The covariance matrix (row-major) of a vector of statistics of the weights.
    #[must_use]
    pub fn covariance(
        &self,
        estimates: &[f64],
        statistics: impl Fn(&[f64]) -> Vec<f64> + Sync,
    ) -> Vec<f64> {
        let replicated: Vec<Vec<f64>> = self
            .weights
            .par_iter()
            .map(|weights| statistics(weights))
            .collect();
        let size = estimates.len();
        let count = replicated.len() as f64;
        let centre: Vec<f64> = if self.mse {
            estimates.to_vec()
        } else {
            (0..size)
                .map(|at| in_order(replicated.iter().map(|theta| theta[at])) / count)
                .collect()
        };
        let mut matrix = vec![0.0; size * size];
        for row in 0..size {
            for column in 0..size {
                matrix[row * size + column] = self.scale
                    * in_order(replicated.iter().zip(&self.factors).map(|(theta, factor)| {
                        factor * (theta[row] - centre[row]) * (theta[column] - centre[column])
                    }));
            }
        }
        matrix
    }

    /// Degrees of freedom among the rows of a domain.
    #[must_use]
    pub fn degrees_of_freedom(&self, design: &Design, member: &[bool]) -> f64 {
        match self.freedom {
            Freedom::Design => design.degrees_of_freedom_of_rows(member),
            Freedom::Rank => self.rank(member) as f64 - 1.0,
        }
    }

    fn rank(&self, member: &[bool]) -> usize {
        let size = self.weights.len();
        let mut gram = vec![0.0; size * size];
        for row in 0..size {
            for column in 0..=row {
                let sum: f64 = self.weights[row]
                    .iter()
                    .zip(&self.weights[column])
                    .zip(member)
                    .filter(|(_, member)| **member)
                    .map(|((a, b), _)| a * b)
                    .sum();
                gram[row * size + column] = sum;
                gram[column * size + row] = sum;
            }
        }
        Factor::new(&gram, size).rank()
    }
}

type Made = (Vec<Vec<f64>>, f64, Vec<f64>);

fn jk1(units: usize) -> Result<Made, Error> {
    if units < 2 {
        return Err(invalid("the jackknife needs two PSUs"));
    }
    let n = units as f64;
    let replicates = (0..units)
        .map(|out| {
            (0..units)
                .map(|unit| if unit == out { 0.0 } else { n / (n - 1.0) })
                .collect()
        })
        .collect();
    Ok((replicates, (n - 1.0) / n, vec![1.0; units]))
}

fn jkn(members: &[Vec<usize>], fractions: &[f64], units: usize) -> Made {
    let (mut replicates, mut factors) = (Vec::new(), Vec::new());
    for (stratum, own) in members.iter().enumerate() {
        let n = own.len() as f64;
        for &out in own {
            let mut multiplier = vec![1.0; units];
            for &unit in own {
                multiplier[unit] = if unit == out { 0.0 } else { n / (n - 1.0) };
            }
            replicates.push(multiplier);
            factors.push((1.0 - fractions[stratum]) * (n - 1.0) / n);
        }
    }
    (replicates, 1.0, factors)
}

fn balanced(
    members: &[Vec<usize>],
    fractions: &[f64],
    units: usize,
    rho: f64,
) -> Result<Made, Error> {
    if members.iter().any(|own| own.len() != 2) {
        return Err(invalid(
            "balanced half samples need exactly two PSUs in every stratum",
        ));
    }
    if fractions.iter().any(|fraction| *fraction > 0.0) {
        return Err(invalid(
            "balanced half samples have no finite population correction; use jkn or bootstrap",
        ));
    }
    if !(0.0..1.0).contains(&rho) {
        return Err(invalid("Fay's rho must lie in [0, 1)"));
    }
    let matrix = hadamard(members.len() + 1);
    let count = matrix.len() as f64;
    let replicates = matrix
        .iter()
        .map(|signs| {
            let mut multiplier = vec![1.0; units];
            for (stratum, own) in members.iter().enumerate() {
                // The first column is constant, so strata start at the second: every replicate set is fully balanced.
                let heavy = usize::from(!signs[stratum + 1]);
                for (at, &unit) in own.iter().enumerate() {
                    multiplier[unit] = if at == heavy { 2.0 - rho } else { rho };
                }
            }
            multiplier
        })
        .collect();
    Ok((
        replicates,
        1.0 / (count * (1.0 - rho) * (1.0 - rho)),
        vec![1.0; matrix.len()],
    ))
}

fn bootstrap(
    members: &[Vec<usize>],
    fractions: &[f64],
    units: usize,
    spec: &ReplicateSpec,
) -> Result<Made, Error> {
    if spec.count < 2 {
        return Err(invalid("the bootstrap needs two replicates or more"));
    }
    let mut random = ChaCha20Rng::seed_from_u64(spec.seed);
    let replicates = (0..spec.count)
        .map(|_| {
            let mut multiplier = vec![1.0; units];
            for (stratum, own) in members.iter().enumerate() {
                let n = own.len();
                let mut drawn = vec![0_u32; n];
                for _ in 0..n - 1 {
                    drawn[random.random_range(0..n as u64) as usize] += 1;
                }
                let lambda = (1.0 - fractions[stratum]).sqrt();
                for (&unit, &times) in own.iter().zip(&drawn) {
                    multiplier[unit] =
                        1.0 - lambda + lambda * f64::from(times) * n as f64 / (n as f64 - 1.0);
                }
            }
            multiplier
        })
        .collect();
    Ok((
        replicates,
        1.0 / (f64::from(spec.count) - 1.0),
        vec![1.0; spec.count as usize],
    ))
}

/// The smallest Hadamard matrix of at least `size` rows that Paley's construction or doubling gives; true is +1, the
/// first column is constant.
fn hadamard(size: usize) -> Vec<Vec<bool>> {
    let mut order = size.max(2).next_multiple_of(2);
    loop {
        if let Some(matrix) = hadamard_of(order) {
            return matrix;
        }
        order += 2;
    }
}

fn hadamard_of(order: usize) -> Option<Vec<Vec<bool>>> {
    if order == 1 {
        return Some(vec![vec![true]]);
    }
    if order == 2 {
        return Some(vec![vec![true, true], vec![true, false]]);
    }
    if !order.is_multiple_of(4) {
        return None;
    }
    let q = order - 1;
    if q % 4 == 3
        && (2..q)
            .take_while(|d| d * d <= q)
            .all(|d| !q.is_multiple_of(d))
    {
        let square = |value: usize| (1..q).any(|root| root * root % q == value);
        // I + S with S skew from quadratic residues, rows flipped so that the first column is +1.
        let matrix: Vec<Vec<bool>> = (0..order)
            .map(|row| {
                let sign = |column: usize| match (row, column) {
                    (0, _) => true,
                    (_, 0) => false,
                    (row, column) if row == column => true,
                    (row, column) => square((q + column - row) % q),
                };
                let flip = !sign(0);
                (0..order).map(|column| sign(column) != flip).collect()
            })
            .collect();
        return Some(matrix);
    }
    let half = hadamard_of(order / 2)?;
    let doubled = |flip: bool| {
        half.iter()
            .map(|row| {
                row.iter()
                    .copied()
                    .chain(row.iter().map(|sign| *sign != flip))
                    .collect::<Vec<bool>>()
            })
            .collect::<Vec<_>>()
    };
    Some(doubled(false).into_iter().chain(doubled(true)).collect())
}

fn invalid(message: &str) -> Error {
    Error::new(Code::ReplicatesInvalid, message, json!({}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hadamard_matrices_are_orthogonal_with_a_constant_first_column() {
        for size in [2, 3, 8, 12, 20, 21, 24, 33, 61] {
            let matrix = hadamard(size);
            assert!(matrix.len() >= size && matrix.iter().all(|row| row[0]));
            for a in 0..matrix.len() {
                for b in 0..a {
                    let product: i32 = (0..matrix.len())
                        .map(|row| {
                            if matrix[row][a] == matrix[row][b] {
                                1
                            } else {
                                -1
                            }
                        })
                        .sum();
                    assert_eq!(product, 0, "order {} columns {a} {b}", matrix.len());
                }
            }
        }
    }
}
