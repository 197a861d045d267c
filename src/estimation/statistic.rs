//! Statistics of a sample or a domain of it: means, totals, ratios, variances, contrasts, each with
//! its covariance.
#![expect(
    clippy::indexing_slicing,
    reason = "rows and statistics are numbered below their count"
)]

use std::sync::Arc;

use serde_json::json;

use crate::estimation::columns::{Column, MISSING};
use crate::estimation::design::sample_design::Design;
use crate::estimation::error::{Code, Error};
use crate::estimation::influence;
use crate::estimation::replicate::replicates::Replicates;
use crate::estimation::simple_random::{answered, ratio_variance, total_variance};
use crate::estimation::variance::covariance;

/// A domain of a design. A domain marks rows and never selects them.
#[derive(Debug, Clone)]
pub struct Sample<'a> {
    /// The design.
    pub design: &'a Design,
    /// Variances from replicate weights; `None`: by linearisation.
    pub replicates: Option<&'a Replicates>,
    /// Whether each row is in the domain.
    pub member: Vec<bool>,
}

/// Several estimates θ with their covariance.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimated {
    /// The estimates.
    pub values: Vec<f64>,
    /// Their covariance matrix V, row-major.
    pub covariance: Vec<f64>,
    /// Variance of each under simple random sampling of n with replacement.
    pub srs_variance: Vec<f64>,
    /// Rows behind the last of them.
    pub n: f64,
    /// Degrees of freedom of the domain.
    pub df: f64,
}

impl Estimated {
    /// The standard error √V_aa of the estimate with index `at`.
    #[must_use]
    pub fn std_error(&self, at: usize) -> f64 {
        self.covariance[at * self.values.len() + at].sqrt()
    }

    /// The contrast c′θ and its standard error √(c′Vc), for one coefficient per estimate.
    #[must_use]
    pub fn contrast(&self, coefficients: &[f64]) -> (f64, f64) {
        let size = self.values.len();
        let terms = coefficients.iter().zip(&self.values);
        let value = terms.map(|(c, value)| c * value).sum();
        let mut variance = 0.0;
        for row in 0..size {
            for column in 0..size {
                variance +=
                    coefficients[row] * coefficients[column] * self.covariance[row * size + column];
            }
        }
        (value, variance.max(0.0).sqrt())
    }

    /// The relative change θ₂/θ₁ − 1 of the first two estimates and its standard error by the delta
    /// method: v = (V₂₂ − 2rV₁₂ + r²V₁₁)/θ₁² with r = θ₂/θ₁ (Särndal, Swensson & Wretman 1992,
    /// §5.6).
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
        (ratio - 1.0, variance.max(0.0).sqrt())
    }
}

/// A linear statistic: the total Σwa, or the ratio Σwa/Σwb.
#[derive(Debug, Clone)]
pub struct Linear {
    /// Numerator a, one per row, NaN where missing.
    pub a: Vec<f64>,
    /// Denominator b, one per row; `None` for a total.
    pub b: Option<Arc<Vec<f64>>>,
    /// Whether each row counts, such as the rows of one group of a comparison.
    pub member: Arc<Vec<bool>>,
}

impl Linear {
    /// The estimate and its influences with other weights.
    fn estimate(&self, weights: &[f64]) -> (f64, Vec<f64>) {
        match &self.b {
            Some(b) => influence::ratio(weights, &self.a, b, &self.member),
            None => influence::total(weights, &self.a, &self.member),
        }
    }

    /// Its variance under simple random sampling of n with replacement.
    fn srs_variance(&self, weights: &[f64], n: f64, estimate: f64) -> f64 {
        match &self.b {
            Some(b) => ratio_variance(weights, &self.a, b, &self.member, n, estimate),
            None => total_variance(weights, &self.a, &self.member, n),
        }
    }
}

impl<'a> Sample<'a> {
    /// The whole sample of a design.
    #[must_use]
    pub fn whole(design: &'a Design, replicates: Option<&'a Replicates>) -> Self {
        Self {
            design,
            replicates,
            member: vec![true; design.rows],
        }
    }

    /// Degrees of freedom: PSUs − strata among the rows of the domain with a weight; for replicate
    /// weights made elsewhere, their rank − 1.
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
    /// `EMPTY_DOMAIN` if no row of the domain has a weight and a number in `variable`, `DF_ZERO`
    /// if the design leaves no degree of freedom.
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
                "the domain has as many strata as PSUs, so its error is unknown",
                json!({"n": n, "df": df}),
            ));
        }
        Ok(())
    }

    /// Linear statistics with their covariance: from the residuals of their influences
    /// ([`variance`](crate::estimation::variance)), or from the replicates.
    #[must_use]
    pub fn estimate(&self, statistics: &[Linear]) -> Estimated {
        let weights = &self.design.weights;
        let (values, mut influences): (Vec<f64>, Vec<Vec<f64>>) = statistics
            .iter()
            .map(|statistic| statistic.estimate(weights))
            .unzip();
        let covariance = match self.replicates {
            Some(replicates) => replicates.covariance(&values, |weights| {
                let estimates = statistics
                    .iter()
                    .map(|statistic| statistic.estimate(weights));
                estimates.map(|(estimate, _)| estimate).collect()
            }),
            None => {
                for influence in &mut influences {
                    influence::take_residuals(self.design, influence);
                }
                covariance(
                    self.design,
                    &influences,
                    self.counted_rows(statistics).as_deref(),
                )
            }
        };
        let rows = |statistic: &Linear| answered(weights, &statistic.a, &statistic.member);
        let srs_variance = statistics
            .iter()
            .zip(&values)
            .map(|(statistic, value)| statistic.srs_variance(weights, rows(statistic), *value))
            .collect();
        Estimated {
            values,
            covariance,
            srs_variance,
            n: statistics.last().map_or(0.0, rows),
            df: self.degrees_of_freedom(),
        }
    }

    /// The rows that the policies on lonely PSUs look at: those that count in a statistic; `None`
    /// (all rows) once weights are calibrated, as in R.
    fn counted_rows(&self, statistics: &[Linear]) -> Option<Vec<bool>> {
        if self.design.is_calibrated() {
            return None;
        }
        let counts = |row: usize| {
            statistics
                .iter()
                .any(|statistic| statistic.member[row] && !statistic.a[row].is_nan())
        };
        Some((0..self.design.rows).map(counts).collect())
    }

    /// Means Σwy/Σw of several variables over the rows of the domain where none is missing (NaN).
    #[must_use]
    pub fn means(&self, variables: &[Vec<f64>]) -> Estimated {
        self.of_variables(variables, Some(vec![1.0; self.design.rows]))
    }

    /// Totals Σwy of several variables over the rows of the domain where none is missing (NaN).
    #[must_use]
    pub fn totals(&self, variables: &[Vec<f64>]) -> Estimated {
        self.of_variables(variables, None)
    }

    /// The ratio Σwa/Σwb over the rows of the domain where neither is missing (NaN).
    #[must_use]
    pub fn ratio(&self, numerator: &[f64], denominator: &[f64]) -> Estimated {
        let member = self.complete(&[numerator.to_vec(), denominator.to_vec()]);
        self.estimate(&[Linear {
            a: numerator.to_vec(),
            b: Some(Arc::new(denominator.to_vec())),
            member: Arc::new(member),
        }])
    }

    fn of_variables(&self, variables: &[Vec<f64>], b: Option<Vec<f64>>) -> Estimated {
        let (b, member) = (b.map(Arc::new), Arc::new(self.complete(variables)));
        let statistic = |variable: &Vec<f64>| Linear {
            a: variable.clone(),
            b: b.clone(),
            member: Arc::clone(&member),
        };
        self.estimate(&variables.iter().map(statistic).collect::<Vec<_>>())
    }

    /// The variance of a variable in the population, n/(n−1) · Σw(y−ȳ)²/Σw, with its standard
    /// error: that of the mean of the squares, because the mean ȳ has no first-order effect (R's
    /// `svyvar`).
    #[must_use]
    pub fn variance(&self, variable: &[f64]) -> Estimated {
        let ones = vec![1.0; variable.len()];
        let n = answered(&self.design.weights, variable, &self.member);
        let squares = |weights: &[f64]| -> Vec<f64> {
            let (mean, _) = influence::ratio(weights, variable, &ones, &self.member);
            let square = |y: &f64| (y - mean) * (y - mean) * n / (n - 1.0);
            variable.iter().map(square).collect()
        };
        let mut estimated = self.means(&[squares(&self.design.weights)]);
        if let Some(replicates) = self.replicates {
            let statistic = |weights: &[f64]| {
                influence::ratio(weights, &squares(weights), &ones, &self.member).0
            };
            estimated.covariance = vec![replicates.variance(estimated.values[0], statistic)];
        }
        estimated
    }

    /// Means of a variable in several groups, with the covariance that shared sampling units and
    /// shared margins bring. `group_of` is the group of each row, below `groups`; rows with another
    /// number are in no group.
    #[must_use]
    pub fn group_means(&self, variable: &[f64], group_of: &[u32], groups: u32) -> Estimated {
        let ones = vec![1.0; self.design.rows];
        self.group_ratios(variable, &ones, group_of, groups)
    }

    /// Ratios Σwa/Σwb in several groups, as [`Sample::group_means`].
    #[must_use]
    pub fn group_ratios(&self, a: &[f64], b: &[f64], group_of: &[u32], groups: u32) -> Estimated {
        let b = Arc::new(b.to_vec());
        let in_group = |group: u32| -> Vec<bool> {
            let rows = self.member.iter().zip(group_of);
            rows.map(|(member, own)| *member && *own == group).collect()
        };
        let statistic = |group: u32| Linear {
            a: a.to_vec(),
            b: Some(Arc::clone(&b)),
            member: Arc::new(in_group(group)),
        };
        self.estimate(&(0..groups).map(statistic).collect::<Vec<_>>())
    }

    /// The rows of the domain in which no variable is missing (NaN).
    fn complete(&self, variables: &[Vec<f64>]) -> Vec<bool> {
        self.member
            .iter()
            .enumerate()
            .map(|(row, member)| *member && variables.iter().all(|values| !values[row].is_nan()))
            .collect()
    }
}

/// The levels of a column and, for each, a variable that is 1 in the rows with this level, 0 in the
/// others and NaN where the column is missing.
#[must_use]
pub fn indicators(column: &Column) -> (Vec<String>, Vec<Vec<f64>>) {
    let category = column.to_category();
    let codes = category.decode();
    let indicator = |level: u32| {
        let value = |code: u32| match code {
            MISSING => f64::NAN,
            code if code == level => 1.0,
            _ => 0.0,
        };
        codes.iter().map(|&code| value(code)).collect()
    };
    let levels = category.levels.to_vec();
    let variables = (0_u32..)
        .zip(&levels)
        .map(|(level, _)| indicator(level))
        .collect();
    (levels, variables)
}
