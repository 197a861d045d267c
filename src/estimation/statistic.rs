//! Statistics of a sample: means, totals, ratios, variances, contrasts, each with its covariance.
//!
//! A [`Sample`] is a design and a domain of it. A domain is a mark on rows, never a selection of them: rows outside have an
//! influence of zero, and their sampling units still count in the variance.
#![expect(
    clippy::indexing_slicing,
    reason = "rows and statistics are numbered below their count"
)]

use serde_json::json;

use crate::estimation::columns::{Column, MISSING};
use crate::estimation::design::sample_design::Design;
use crate::estimation::error::{Code, Error};
use crate::estimation::influence;
use crate::estimation::replicate::Replicates;
use crate::estimation::simple_random::{answered, reference_of_ratio};
use crate::estimation::summation::exact;
use crate::estimation::variance::covariance;

/// A domain of a design, with replicates if variances are to come from them.
#[derive(Debug, Clone)]
pub struct Sample<'a> {
    /// The design.
    pub design: &'a Design,
    /// Replicate weights instead of linearisation.
    pub replicates: Option<&'a Replicates>,
    /// The rows of the domain.
    pub member: Vec<bool>,
}

/// Estimates of several statistics at once.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimated {
    /// The estimates.
    pub values: Vec<f64>,
    /// Their covariance matrix, row-major.
    pub covariance: Vec<f64>,
    /// Variance of each under simple random sampling of n with replacement.
    pub reference: Vec<f64>,
    /// Rows behind them.
    pub n: f64,
    /// Degrees of freedom of the domain.
    pub df: f64,
}

impl Estimated {
    /// The standard error of one statistic.
    #[must_use]
    pub fn std_error(&self, at: usize) -> f64 {
        (self.covariance[at * self.values.len() + at]).sqrt()
    }

    /// Σ c θ with its standard error, for contrasts.
    #[must_use]
    pub fn contrast(&self, coefficients: &[f64]) -> (f64, f64) {
        let size = self.values.len();
        let value = coefficients
            .iter()
            .zip(&self.values)
            .map(|(c, value)| c * value)
            .sum();
        let mut variance = 0.0;
        for row in 0..size {
            for column in 0..size {
                variance +=
                    coefficients[row] * coefficients[column] * self.covariance[row * size + column];
            }
        }
        (value, (variance.max(0.0)).sqrt())
    }

    /// The relative change θ₂/θ₁ − 1 with its standard error by the delta method:
    /// v = [v₂₂ − 2 r v₁₂ + r² v₁₁]/θ₁² with r = θ₂/θ₁.
    #[must_use]
    pub fn relative_change(&self) -> (f64, f64) {
        let size = self.values.len();
        let ratio = self.values[1] / self.values[0];
        let (v11, v12, v22) = (
            self.covariance[0],
            self.covariance[1],
            self.covariance[size + 1],
        );
        let variance =
            (v22 - 2.0 * ratio * v12 + ratio * ratio * v11) / (self.values[0] * self.values[0]);
        (ratio - 1.0, (variance.max(0.0)).sqrt())
    }
}

/// A linear statistic: the total of `a`, or its ratio to the total of `b`.
#[derive(Debug, Clone)]
pub struct Linear {
    /// Numerator, one per row, NaN where missing.
    pub a: Vec<f64>,
    /// Denominator; `None` for a total.
    pub b: Option<Vec<f64>>,
    /// Rows counted besides the domain, e.g. one group of a comparison.
    pub member: Vec<bool>,
}

impl<'a> Sample<'a> {
    /// The whole of a design.
    #[must_use]
    pub fn whole(design: &'a Design, replicates: Option<&'a Replicates>) -> Self {
        Self {
            design,
            replicates,
            member: vec![true; design.rows],
        }
    }

    /// Degrees of freedom: PSUs − strata among the rows of the domain with weight; for given replicates, rank − 1.
    #[must_use]
    pub fn degrees_of_freedom(&self) -> f64 {
        match self.replicates {
            Some(replicates) => replicates.degrees_of_freedom(self.design, &self.member),
            None => self.design.degrees_of_freedom_of_rows(&self.member),
        }
    }

    /// Refuses a domain of which nothing can be said.
    ///
    /// # Errors
    /// `EMPTY_DOMAIN` if no row of the domain has a weight and a value in `variable`, `DF_ZERO` if the design leaves no
    /// degree of freedom.
    pub fn check(&self, variable: &[f64]) -> Result<(), Error> {
        let n = answered(&self.design.weights, variable, &self.member);
        if n == 0.0 {
            return Err(Error::new(
                Code::EmptyDomain,
                "no row of the domain has an answer",
                json!({"n": n}),
            ));
        }
        let df = self.degrees_of_freedom();
        if df < 1.0 {
            return Err(Error::new(
                Code::DfZero,
                "the domain has as many strata as PSUs",
                json!({"n": n, "df": df}),
            ));
        }
        Ok(())
    }

    /// Linear statistics with their covariance.
    #[must_use]
    pub fn estimate(&self, statistics: &[Linear]) -> Estimated {
        let weights = &self.design.weights;
        let value = |statistic: &Linear, weights: &[f64]| match &statistic.b {
            Some(b) => influence::ratio(weights, &statistic.a, b, &statistic.member),
            None => influence::total(weights, &statistic.a, &statistic.member),
        };
        let mut values = Vec::new();
        let mut influences = Vec::new();
        for statistic in statistics {
            let (estimate, mut u) = value(statistic, weights);
            if self.replicates.is_none() {
                influence::take_residuals(self.design, &mut u);
            }
            values.push(estimate);
            influences.push(u);
        }
        let covariance = match self.replicates {
            Some(replicates) => replicates.covariance(&values, |weights| {
                statistics
                    .iter()
                    .map(|statistic| value(statistic, weights).0)
                    .collect()
            }),
            None => covariance(
                self.design,
                &influences,
                self.visible(statistics).as_deref(),
            ),
        };
        let mut reference = Vec::new();
        let mut n = 0.0;
        for (statistic, value) in statistics.iter().zip(&values) {
            n = answered(weights, &statistic.a, &statistic.member);
            let ones = vec![1.0; statistic.a.len()];
            reference.push(match &statistic.b {
                Some(b) => {
                    reference_of_ratio(weights, &statistic.a, b, &statistic.member, n, *value)
                }
                None => {
                    let weight = exact(&influence::weighted(
                        weights,
                        &ones,
                        &statistic.a,
                        &statistic.member,
                    ));
                    let mean = value / weight;
                    reference_of_ratio(weights, &statistic.a, &ones, &statistic.member, n, mean)
                        * weight
                        * weight
                }
            });
        }
        Estimated {
            values,
            covariance,
            reference,
            n,
            df: self.degrees_of_freedom(),
        }
    }

    /// The rows that the policies on lonely PSUs see: those of the domain with an answer; all, once weights are adjusted.
    fn visible(&self, statistics: &[Linear]) -> Option<Vec<bool>> {
        if self.design.is_calibrated() {
            return None;
        }
        let seen = |row: usize| {
            statistics
                .iter()
                .any(|s| s.member[row] && !s.a[row].is_nan())
        };
        Some((0..self.design.rows).map(seen).collect())
    }

    /// Means of several variables over the rows where none is missing.
    #[must_use]
    pub fn means(&self, variables: &[Vec<f64>]) -> Estimated {
        let ones = vec![1.0; self.design.rows];
        let complete = self.complete(variables);
        let of = |variable: &Vec<f64>| Linear {
            a: variable.clone(),
            b: Some(ones.clone()),
            member: complete.clone(),
        };
        self.estimate(&variables.iter().map(of).collect::<Vec<_>>())
    }

    /// Totals of several variables over the rows where none is missing.
    #[must_use]
    pub fn totals(&self, variables: &[Vec<f64>]) -> Estimated {
        let complete = self.complete(variables);
        let of = |variable: &Vec<f64>| Linear {
            a: variable.clone(),
            b: None,
            member: complete.clone(),
        };
        self.estimate(&variables.iter().map(of).collect::<Vec<_>>())
    }

    /// The ratio of two totals over the rows where neither is missing.
    #[must_use]
    pub fn ratio(&self, numerator: &[f64], denominator: &[f64]) -> Estimated {
        let member = self.complete(&[numerator.to_vec(), denominator.to_vec()]);
        self.estimate(&[Linear {
            a: numerator.to_vec(),
            b: Some(denominator.to_vec()),
            member,
        }])
    }

    /// The population variance n/(n−1) Σw(y−ȳ)²/Σw; its error is that of the mean of the squares, the mean being
    /// stationary to first order.
    #[must_use]
    pub fn variance(&self, variable: &[f64]) -> Estimated {
        let spread = |weights: &[f64]| -> (f64, Vec<f64>) {
            let ones = vec![1.0; variable.len()];
            let (mean, _) = influence::ratio(weights, variable, &ones, &self.member);
            let n = answered(&self.design.weights, variable, &self.member);
            (
                mean,
                variable
                    .iter()
                    .map(|y| (y - mean) * (y - mean) * n / (n - 1.0))
                    .collect(),
            )
        };
        let (_, squares) = spread(&self.design.weights);
        let mut estimated = self.means(&[squares]);
        if let Some(replicates) = self.replicates {
            let ones = vec![1.0; variable.len()];
            let statistic = |weights: &[f64]| {
                influence::ratio(weights, &spread(weights).1, &ones, &self.member).0
            };
            estimated.covariance = vec![replicates.variance(estimated.values[0], statistic)];
        }
        estimated
    }

    /// Means of one variable in the groups of `group_of` (one level per row, out of range: none), with the covariance
    /// between groups that shared sampling units and shared calibration bring.
    #[must_use]
    pub fn group_means(&self, variable: &[f64], group_of: &[u32], groups: u32) -> Estimated {
        let ones = vec![1.0; self.design.rows];
        let of = |group: u32| Linear {
            a: variable.to_vec(),
            b: Some(ones.clone()),
            member: self
                .member
                .iter()
                .zip(group_of)
                .map(|(member, own)| *member && *own == group)
                .collect(),
        };
        self.estimate(&(0..groups).map(of).collect::<Vec<_>>())
    }

    fn complete(&self, variables: &[Vec<f64>]) -> Vec<bool> {
        self.member
            .iter()
            .enumerate()
            .map(|(row, member)| {
                *member && variables.iter().all(|variable| !variable[row].is_nan())
            })
            .collect()
    }
}

/// Indicator variables of the levels of a column, NaN where missing.
#[must_use]
pub fn indicators(column: &Column) -> (Vec<String>, Vec<Vec<f64>>) {
    let category = column.to_category();
    let codes = category.decode();
    let of = |level: u32| {
        codes
            .iter()
            .map(|&code| {
                if code == MISSING {
                    f64::NAN
                } else if code == level {
                    1.0
                } else {
                    0.0
                }
            })
            .collect()
    };
    let levels = category.levels.to_vec();
    let columns = (0_u32..).zip(&levels).map(|(level, _)| of(level)).collect();
    (levels, columns)
}
