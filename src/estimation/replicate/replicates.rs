//! Replicate weights and the variances that follow from them.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "replicates and statistics are numbered below their count"
)]

use rayon::prelude::*;
use serde_json::json;

use crate::estimation::count::count;
use crate::estimation::design::sample_design::Design;
use crate::estimation::error::{Code, Error};
use crate::estimation::linear_algebra::cholesky::Factor;
use crate::estimation::replicate::multipliers::multipliers;
use crate::estimation::spec::replicates::ReplicateSpec;
use crate::estimation::summation::in_order;

/// Share of the replicates whose calibration may fail before all are refused.
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
    /// Squares are of distances from the full-sample estimate (true) or from the mean of the
    /// replicates.
    pub mse: bool,
    /// Where degrees of freedom come from.
    pub freedom: Freedom,
    /// Replicates left out because their calibration failed.
    pub failed: usize,
}

/// Where degrees of freedom come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Freedom {
    /// PSUs − strata of the domain.
    Design,
    /// Rank of the weights of the domain − 1: R's `degf` for replicates made elsewhere.
    Rank,
}

impl Replicates {
    /// Makes the replicates of a design. The weights of each replicate are adjusted again, as the
    /// weights of the design were.
    ///
    /// With n PSUs, n_h of them in stratum h, sampling fraction f_h and R replicates, base weights
    /// are multiplied as follows:
    ///
    /// | method | multipliers | scale | factor |
    /// |---|---|---|---|
    /// | JK1 | one PSU 0, the others n/(n−1) | (n−1)/n | 1 |
    /// | JKn | one PSU of h 0, the others of h n_h/(n_h−1) | 1 | (1−f_h)(n_h−1)/n_h |
    /// | BRR, Fay | one PSU of each pair 2−ρ, the other ρ (BRR: ρ = 0) | 1/(R(1−ρ)²) | 1 |
    /// | bootstrap | 1 − λ_h + λ_h m_k n_h/(n_h−1) | 1/(R−1) | 1 |
    ///
    /// In the bootstrap n_h−1 of the n_h PSUs of a stratum are drawn with replacement; m_k is how
    /// often PSU k is drawn, and λ_h = √(1−f_h). Random numbers are ChaCha20's, so a seed gives the
    /// same draw on every machine.
    ///
    /// # Example
    ///
    /// For the mean of independent rows the jackknife gives s²/n, the same as linearisation:
    ///
    /// ```
    /// use minyi::estimation::design::Design;
    /// use minyi::estimation::replicate::Replicates;
    /// use minyi::estimation::spec::{DesignSpec, Spec};
    /// use minyi::estimation::statistic::Sample;
    /// use minyi::estimation::{Column, Columns};
    ///
    /// let mut columns = Columns::new();
    /// columns.push("y", Column::numbers(vec![1.0, 2.0, 6.0]))?;
    /// let design = Design::new(&columns, &DesignSpec::default())?;
    /// let spec = Spec::parse("[design]\n[replicates]\nmethod = \"jk1\"\n")?;
    /// let replicates = Replicates::of(&design, &spec.replicates.unwrap())?;
    /// let mean = |replicates| Sample::whole(&design, replicates).means(&[vec![1.0, 2.0, 6.0]]);
    /// let (jackknife, linearised) = (mean(Some(&replicates)), mean(None));
    /// assert!((jackknife.std_error(0) - linearised.std_error(0)).abs() < 1e-15);
    /// # Ok::<(), minyi::estimation::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `REPLICATES_INVALID` if the method does not fit the design or more than 2 % of the
    /// replicates cannot be recalibrated; `LONELY_PSU` if a stratum has one PSU (not for JK1).
    ///
    /// # Source
    ///
    /// Wolter 2007, *Introduction to Variance Estimation*, 2nd ed.; Rao & Wu 1988, JASA 83; Rao, Wu
    /// & Yue 1992, Surv. Meth. 18.
    pub fn of(design: &Design, spec: &ReplicateSpec) -> Result<Self, Error> {
        let first = design.first();
        let multipliers = multipliers(first, spec)?;
        let unit_of = first.unit_of(design.rows);
        let by_row: Vec<Vec<f64>> = multipliers
            .by_unit
            .into_par_iter()
            .map(|by_unit| unit_of.iter().map(|&unit| by_unit[unit as usize]).collect())
            .collect();
        let (scale, factors) = (multipliers.scale, multipliers.factors);
        Self::from_multipliers(design, &by_row, scale, factors, spec.mse, Freedom::Design)
    }

    /// Replicates from given multipliers of the base weights. The weights of each replicate are
    /// adjusted again, as the weights of the design were.
    ///
    /// * `multipliers`: one vector of rows per replicate
    /// * `scale`, `factors`, `mse`: constants of the variance, as for [`Replicates`]
    /// * `freedom`: where degrees of freedom come from
    ///
    /// Replicates whose calibration fails are left out, and `scale` is multiplied by
    /// (replicates asked for)/(replicates kept).
    ///
    /// # Errors
    ///
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
            .map(|multiplier| adjusted(design, multiplier))
            .collect();
        let asked = made.len();
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
        let failed = asked - weights.len();
        if count(failed) > MAX_FAILED * count(asked) {
            return Err(Error::new(
                Code::ReplicatesInvalid,
                format!("{failed} of {asked} replicates cannot be recalibrated to the margins"),
                json!({"failed": failed, "replicates": asked, "first": first_fault}),
            ));
        }
        Ok(Self {
            scale: scale * count(asked) / count(weights.len()),
            weights,
            factors: kept,
            mse,
            freedom,
            failed,
        })
    }

    /// The variance of a statistic θ of the weights.
    ///
    /// # Formula
    ///
    /// ```text
    /// V = scale · Σ_r factor_r (θ_r − c)²
    /// ```
    ///
    /// with c the full-sample `estimate` (`mse`) or the mean of the θ_r.
    #[must_use]
    pub fn variance(&self, estimate: f64, statistic: impl Fn(&[f64]) -> f64 + Sync) -> f64 {
        self.covariance(&[estimate], |weights| vec![statistic(weights)])[0]
    }

    /// The covariance matrix, row-major, of several statistics θ of the weights.
    ///
    /// # Formula
    ///
    /// ```text
    /// V_ab = scale · Σ_r factor_r (θ_ar − c_a)(θ_br − c_b)
    /// ```
    ///
    /// with c as for [`Replicates::variance`].
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
        let centre: Vec<f64> = if self.mse {
            estimates.to_vec()
        } else {
            let mean = |at: usize| in_order(replicated.iter().map(|theta| theta[at]));
            let replicates = count(replicated.len());
            (0..size).map(|at| mean(at) / replicates).collect()
        };
        let mut matrix = vec![0.0; size * size];
        for row in 0..size {
            for column in 0..size {
                let products = replicated.iter().zip(&self.factors).map(|(theta, factor)| {
                    factor * (theta[row] - centre[row]) * (theta[column] - centre[column])
                });
                matrix[row * size + column] = self.scale * in_order(products);
            }
        }
        matrix
    }

    /// Degrees of freedom of a domain. `member` marks its rows.
    #[must_use]
    pub fn degrees_of_freedom(&self, design: &Design, member: &[bool]) -> f64 {
        match self.freedom {
            Freedom::Design => design.degrees_of_freedom_of_rows(member),
            Freedom::Rank => count(self.rank(member)) - 1.0,
        }
    }

    /// Rank of the replicate weights of the rows of a domain.
    fn rank(&self, member: &[bool]) -> usize {
        let size = self.weights.len();
        let mut gram = vec![0.0; size * size];
        for row in 0..size {
            for column in 0..=row {
                let products = self.weights[row].iter().zip(&self.weights[column]);
                let sum: f64 = products
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

/// The final weights of one replicate.
fn adjusted(design: &Design, multiplier: &[f64]) -> Result<Vec<f64>, Error> {
    let base = design.base.iter().zip(multiplier);
    let mut weights: Vec<f64> = base.map(|(base, multiplier)| base * multiplier).collect();
    for adjustment in &design.adjustments {
        weights = adjustment.refit(&weights)?;
    }
    Ok(weights)
}
