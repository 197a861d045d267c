//! Statistics of a sample or a domain of it: means, totals, ratios, variances, contrasts, each with
//! its covariance.
//!
//! A [`Sample`] is a design and a domain; estimators are its methods and nothing is set globally.
//! All statistics are linear or linearised: their covariance comes from influences by sampling unit
//! ([`variance`](crate::estimation::variance)) or, if there are replicate weights, from the spread
//! of the replicated statistics.
//!
//! # Missing answers
//!
//! NaN is missing. A statistic of several variables is made over the rows in which none is missing,
//! as in R (`na.rm = TRUE`), so its n can be smaller than that of each variable alone.
#![expect(
    clippy::indexing_slicing,
    reason = "rows and statistics are numbered below their count"
)]

use std::sync::Arc;

use rayon::prelude::*;
use serde_json::json;

use crate::estimation::columns::{Column, MISSING};
use crate::estimation::design::sample_design::Design;
use crate::estimation::error::{Code, Error};
use crate::estimation::estimated::Estimated;
use crate::estimation::influence;
use crate::estimation::replicate::replicates::Replicates;
use crate::estimation::simple_random::answered;
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

    /// Linear statistics with their covariance.
    ///
    /// # Formula
    ///
    /// ```text
    /// V = covariance of the totals by PSU of the residuals of the influences    (linearisation)
    /// V = scale · Σ_r factor_r (θ_r − c)(θ_r − c)′                              (replicates)
    /// ```
    ///
    /// Influences: [`influence`]; covariance of their totals:
    /// [`covariance`]; replicates: [`Replicates::covariance`]. Values are NaN if no row counts.
    #[must_use]
    pub fn estimate(&self, statistics: &[Linear]) -> Estimated {
        let weights = &self.design.weights;
        let (values, influences): (Vec<f64>, Vec<Vec<f64>>) = statistics
            .par_iter()
            .map(|statistic| {
                let (value, mut influence) = statistic.estimate(weights);
                if self.replicates.is_none() {
                    influence::take_residuals(self.design, &mut influence);
                }
                (value, influence)
            })
            .unzip();
        let covariance = match self.replicates {
            Some(replicates) => replicates.covariance(&values, |weights| {
                let estimates = statistics
                    .iter()
                    .map(|statistic| statistic.estimate(weights));
                estimates.map(|(estimate, _)| estimate).collect()
            }),
            None => {
                let rows = self.counted_rows(statistics);
                covariance(self.design, &influences, rows.as_deref())
            }
        };
        let n = |statistic: &Linear| answered(weights, &statistic.a, &statistic.member);
        Estimated {
            values,
            covariance,
            n: statistics.last().map_or(0.0, n),
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

    /// Means Σwy/Σw of several variables, one value per row each, over the rows of the domain where
    /// none is missing (NaN).
    ///
    /// # Example
    ///
    /// ```
    /// use minyi::estimation::design::Design;
    /// use minyi::estimation::spec::DesignSpec;
    /// use minyi::estimation::statistic::Sample;
    /// use minyi::estimation::{Column, Columns};
    ///
    /// let mut columns = Columns::new();
    /// columns.push("y", Column::numbers(vec![1.0, 2.0, 3.0]))?;
    /// let design = Design::new(&columns, &DesignSpec::default())?;
    /// let mean = Sample::whole(&design, None).means(&[vec![1.0, 2.0, 3.0]]);
    /// // Three independent rows: v = s²/n = 1/3.
    /// assert_eq!((mean.values[0], mean.df), (2.0, 2.0));
    /// assert!((mean.std_error(0) - (1.0_f64 / 3.0).sqrt()).abs() < 1e-15);
    /// # Ok::<(), minyi::estimation::Error>(())
    /// ```
    #[must_use]
    pub fn means(&self, variables: &[Vec<f64>]) -> Estimated {
        self.of_variables(variables, Some(vec![1.0; self.design.rows]))
    }

    /// Totals Σwy of several variables, one value per row each, over the rows of the domain where
    /// none is missing (NaN).
    #[must_use]
    pub fn totals(&self, variables: &[Vec<f64>]) -> Estimated {
        self.of_variables(variables, None)
    }

    /// The ratio Σwa/Σwb of two variables, one value per row each, over the rows of the domain
    /// where neither is missing (NaN).
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

    /// The variance of a variable in the population, with its standard error.
    ///
    /// # Formula
    ///
    /// ```text
    /// S² = n/(n−1) · Σw(y − ȳ)²/Σw
    /// ```
    ///
    /// Its standard error is that of the mean of the squares (y − ȳ)²n/(n−1): the mean ȳ minimises
    /// their sum, so its own error has no first-order effect.
    ///
    /// # Source
    ///
    /// Särndal, Swensson & Wretman 1992, §5.9; R's `svyvar`.
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
    /// shared margins bring.
    ///
    /// * `group_of`: the group of each row, below `groups`; rows with another number are in no
    ///   group
    #[must_use]
    pub fn group_means(&self, variable: &[f64], group_of: &[u32], groups: u32) -> Estimated {
        let ones = vec![1.0; self.design.rows];
        self.group_ratios(variable, &ones, group_of, groups)
    }

    /// Ratios Σwa/Σwb in several groups, with their covariance; groups as for
    /// [`Sample::group_means`].
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
