//! Estimates row by row: for designs that [`moments`](crate::estimation::moments) does not serve.
//!
//! These are designs of several stages, with several adjustments, with numeric auxiliaries or with
//! replicate weights, and those in which every row is a unit with a weight of its own. An estimate decodes its study variable for all rows,
//! takes the influences and their residuals, and sums them by unit. That is slower than one pass
//! over the rows for all estimates, and gives the same numbers (`tests/estimation_variances.rs`).

use crate::estimation::design::sample_design::Design;
use crate::estimation::domains::{Domain, Domains};
use crate::estimation::figure::Figure;
use crate::estimation::influence::{ratio, take_residuals, total};
use crate::estimation::replicate::replicates::Replicates;
use crate::estimation::simple_random::{answered, ratio_variance, total_variance};
use crate::estimation::study_variable::StudyVariable;
use crate::estimation::variance::{covariance, in_range, satterthwaite};

/// A design with what is to be estimated on it.
pub struct RowwiseEstimator<'a> {
    /// The design.
    pub design: &'a Design,
    /// The study variables.
    pub variables: &'a [StudyVariable],
    /// Variances from replicate weights; `None`: by linearisation.
    pub replicates: Option<&'a Replicates>,
    /// Whether Satterthwaite's degrees of freedom are needed: they take another pass over the rows.
    pub with_satterthwaite: bool,
}

/// A study variable, decoded, with its coefficient in a combination.
struct Term {
    a: Vec<f64>,
    b: Vec<f64>,
    coefficient: f64,
}

impl RowwiseEstimator<'_> {
    /// A combination of ratios on a domain.
    ///
    /// # Formula
    ///
    /// ```text
    /// θ = Σ_j c_j Σwa_j/Σwb_j          u_i = Σ_j c_j u_ij
    /// ```
    ///
    /// * `terms`: index of the study variable, and coefficient c
    ///
    /// `None` if a term has no row in the domain. The variance under simple random sampling exists
    /// for a single term only.
    #[must_use]
    pub fn ratio(
        &self,
        domains: &Domains,
        domain: Domain,
        terms: &[(usize, f64)],
    ) -> Option<Figure> {
        let member = self.members(domains, domain);
        let weights = &self.design.weights;
        let mut influence = vec![0.0; self.design.rows];
        let (mut estimate, mut srs_variance, mut n) = (0.0, f64::NAN, 0.0);
        let mut decoded = Vec::new();
        for &(variable, coefficient) in terms {
            let (a, b) = self.variables.get(variable)?.decode(self.design.rows);
            n = answered(weights, &a, &member);
            if n == 0.0 {
                return None;
            }
            let (value, u) = ratio(weights, &a, &b, &member);
            estimate += coefficient * value;
            for (sum, u) in influence.iter_mut().zip(&u) {
                *sum += coefficient * u;
            }
            if terms.len() == 1 {
                srs_variance = ratio_variance(weights, &a, &b, &member, n, value);
            }
            decoded.push(Term { a, b, coefficient });
        }
        let statistic = |weights: &[f64]| {
            let value =
                |term: &Term| term.coefficient * ratio(weights, &term.a, &term.b, &member).0;
            decoded.iter().map(value).sum::<f64>()
        };
        let (variance, satterthwaite) = self.variance(&member, estimate, influence, statistic);
        Some(Figure {
            n,
            estimate,
            variance,
            srs_variance,
            df: self.df(&member),
            satterthwaite,
            census: self.is_census(&member),
        })
    }

    /// The influence of each row on a combination of ratios for the whole; `None` if a term has no
    /// row.
    #[must_use]
    pub fn influence(&self, domains: &Domains, terms: &[(usize, f64)]) -> Option<Vec<f64>> {
        let member = self.members(domains, Domain::Whole);
        let mut influence = vec![0.0; self.design.rows];
        for &(variable, coefficient) in terms {
            let (a, b) = self.variables.get(variable)?.decode(self.design.rows);
            let (_, u) = ratio(&self.design.weights, &a, &b, &member);
            for (sum, u) in influence.iter_mut().zip(&u) {
                *sum += coefficient * u;
            }
        }
        Some(influence)
    }

    /// A total Σwa on a domain; `None` if there is no row. `variable` is the index of the study
    /// variable.
    #[must_use]
    pub fn total(&self, domains: &Domains, domain: Domain, variable: usize) -> Option<Figure> {
        let member = self.members(domains, domain);
        let weights = &self.design.weights;
        let (a, _) = self.variables.get(variable)?.decode(self.design.rows);
        let n = answered(weights, &a, &member);
        if n == 0.0 {
            return None;
        }
        let (estimate, influence) = total(weights, &a, &member);
        let statistic = |weights: &[f64]| total(weights, &a, &member).0;
        let (variance, satterthwaite) = self.variance(&member, estimate, influence, statistic);
        Some(Figure {
            n,
            estimate,
            variance,
            srs_variance: total_variance(weights, &a, &member, n),
            df: self.df(&member),
            satterthwaite,
            census: self.is_census(&member),
        })
    }

    /// n: the rows of a domain with a weight and an answer in the study variable with index
    /// `variable`.
    #[must_use]
    pub fn rows(&self, domains: &Domains, domain: Domain, variable: usize) -> f64 {
        self.variables.get(variable).map_or(0.0, |variable| {
            let (a, _) = variable.decode(self.design.rows);
            answered(&self.design.weights, &a, &self.members(domains, domain))
        })
    }

    /// Degrees of freedom of a domain.
    #[must_use]
    pub fn degrees_of_freedom(&self, domains: &Domains, domain: Domain) -> f64 {
        self.df(&self.members(domains, domain))
    }

    /// Whether each row is in a domain.
    #[must_use]
    pub fn members(&self, domains: &Domains, domain: Domain) -> Vec<bool> {
        domains.members(domain, self.design.rows)
    }

    /// Whether the whole population of a domain is in the sample, so that there is no sampling
    /// error. Replicate weights do not know.
    #[must_use]
    pub fn is_census(&self, member: &[bool]) -> bool {
        self.replicates.is_none() && self.design.is_census_of_rows(member)
    }

    fn df(&self, member: &[bool]) -> f64 {
        match self.replicates {
            Some(replicates) => replicates.degrees_of_freedom(self.design, member),
            None => self.design.degrees_of_freedom_of_rows(member),
        }
    }

    /// The variance of an estimate and Satterthwaite's degrees of freedom of it: from the residuals of its influences, or from the statistic
    /// over the replicates.
    ///
    /// * `member`: the rows of the domain
    /// * `estimate`: the full-sample estimate, the centre of replicates with `mse`
    /// * `statistic`: the estimate with other weights
    fn variance(
        &self,
        member: &[bool],
        estimate: f64,
        mut influence: Vec<f64>,
        statistic: impl Fn(&[f64]) -> f64 + Sync,
    ) -> (f64, f64) {
        if let Some(replicates) = self.replicates {
            return (replicates.variance(estimate, statistic), f64::NAN);
        }
        take_residuals(self.design, &mut influence);
        let member = (!self.design.is_calibrated()).then_some(member);
        let influences = [influence];
        let variance = covariance(self.design, &influences, member);
        let [influence] = &influences;
        let variance = in_range(variance.first().copied().unwrap_or(f64::NAN), influence);
        let df = match self.with_satterthwaite {
            true => satterthwaite(self.design, influence, member),
            false => f64::NAN,
        };
        (variance, df)
    }
}
