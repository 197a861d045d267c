//! All linear estimates from one pass over the rows.
//!
//! With z = (a − Rb)/B̂ the linearised value of a ratio R = Σwa/Σwb, B̂ = Σwb, on a domain D, the
//! residual of a calibrated estimate is e = z − x′β with β = (X′DX)⁻X′Dz, and the total of w·e in
//! PSU k is
//!
//! u_k = [Σ_{k∩D} wa − R Σ_{k∩D} wb]/B̂ − (Σ_k wx)′β.
//!
//! So the rows are needed only for Σwa and Σwb by (PSU, domain), Σda and Σdb by (weighting cell,
//! domain), and Σwx by PSU. A domain is a column of these tables and not another pass: the time
//! grows with rows × items plus cells, not with domains. All sums are of integers
//! ([`Scale`](crate::estimation::summation::Scale)), so they do not depend on the order of the rows
//! or on the number of threads.
#![expect(
    clippy::indexing_slicing,
    reason = "domains and units are numbered below their count"
)]

use rayon::prelude::*;

use crate::estimation::design::sample_design::Design;
use crate::estimation::design::stage::Units;
use crate::estimation::domains::{Domain, Domains};
use crate::estimation::figure::Figure;
use crate::estimation::linear_algebra::cholesky::Factor;
use crate::estimation::moments::pass::Pass;
use crate::estimation::moments::scales::{Scales, occurring_pairs};
use crate::estimation::moments::sums::Table;
use crate::estimation::study_variable::StudyVariable;
use crate::estimation::variance::StageVariance;
use crate::estimation::weighting::adjustment::{Adjustment, Residual};
use crate::estimation::weighting::cells::Cells;

/// The sums over the rows, and the projection on the auxiliaries.
pub struct Moments<'a> {
    design: &'a Design,
    projection: Option<Projection<'a>>,
    tables: Vec<Table>,
}

/// What the residuals on the auxiliaries need.
struct Projection<'a> {
    cells: &'a Cells,
    /// X′DX, factored.
    factor: Factor,
    /// Σwx by PSU: PSUs × columns of X.
    unit_totals: Vec<f64>,
}

/// The sums that make one figure.
struct Linearised {
    /// Σ w z by PSU.
    unit_totals: Vec<f64>,
    /// X′Dz; empty without adjustment.
    right: Vec<f64>,
}

/// Whether [`Moments`] can serve a design: one stage of clusters, and at most one adjustment, by
/// categories and with residuals by least squares.
#[must_use]
pub fn serves(design: &Design) -> bool {
    let clustered = design.stages.len() == 1 && matches!(design.first().units, Units::Clusters(_));
    let simple = match design.adjustments.as_slice() {
        [] => true,
        [one] => one.residual == Residual::LeastSquares && one.cells.is_some(),
        _ => false,
    };
    clustered && simple
}

impl<'a> Moments<'a> {
    /// Sums the study variables in one pass: those in `used[at]` over the domains `domains[at]`.
    /// `None` if the first stage is not one of clusters.
    #[must_use]
    pub fn new(
        design: &'a Design,
        domains: &[Domains],
        variables: &[StudyVariable],
        used: &[Vec<usize>],
    ) -> Option<Self> {
        let Units::Clusters(units) = &design.first().units else {
            return None;
        };
        let adjustment = design
            .adjustments
            .first()
            .and_then(|adjustment| Some((adjustment, adjustment.cells.as_deref()?)));
        let pairs: Vec<_> = domains
            .par_iter()
            .map(|domains| occurring_pairs(design, units, adjustment, domains))
            .collect();
        let scales = Scales::new(design, variables);
        let totals = Pass {
            design,
            units,
            adjustment,
            domains,
            pairs: &pairs,
            variables,
            used,
            scales: &scales,
        }
        .run();
        let projection = adjustment.map(|(adjustment, cells)| {
            let unit_totals = totals.unit_columns.iter();
            let unit_totals = unit_totals.map(|&sum| scales.weight.value(sum)).collect();
            Projection::new(adjustment, cells, unit_totals)
        });
        let mut tables = Vec::new();
        for (at, ((units, cells), sums)) in pairs.into_iter().zip(totals.tables).enumerate() {
            let mut by_variable = vec![None; variables.len()];
            for (&variable, mut sums) in used[at].iter().zip(sums) {
                if variables[variable].is_share() {
                    sums.derive_domains(&units);
                }
                by_variable[variable] = Some(sums.into_sums(&scales, variable));
            }
            tables.push(Table::new(units, cells, by_variable, domains[at].width()));
        }
        Some(Self {
            design,
            projection,
            tables,
        })
    }

    /// A combination of ratios on a domain.
    ///
    /// # Formula
    ///
    /// ```text
    /// θ = Σ_j c_j R_j          R_j = Σwa_j/Σwb_j
    /// u_k = Σ_j c_j/B̂_j [Σ_{k∩D} wa_j − R_j Σ_{k∩D} wb_j] − (Σ_k wx)′β
    /// ```
    ///
    /// * `domains`: the index of the domains; `domain`: one of them
    /// * `terms`: index of the study variable, and coefficient c
    ///
    /// `None` if a term has no row there.
    #[must_use]
    pub fn ratio(&self, domains: usize, domain: Domain, terms: &[(usize, f64)]) -> Option<Figure> {
        let table = &self.tables[domains];
        let mut linearised = self.linearised();
        let (mut estimate, mut srs_variance, mut n) = (0.0, f64::NAN, 0.0);
        for &(variable, coefficient) in terms {
            let sums = table.sums(variable)?;
            let (b, a) = table.totals(sums, domain);
            let [rows, weight, aa, ab, bb] = table.moments(sums, domain);
            if rows == 0.0 || b == 0.0 {
                return None;
            }
            let ratio = a / b;
            estimate += coefficient * ratio;
            n = rows;
            if terms.len() == 1 {
                let squares = (aa - 2.0 * ratio * ab + ratio * ratio * bb).max(0.0);
                let (variance, mean) = (squares / weight * n / (n - 1.0), b / weight);
                srs_variance = variance / n / (mean * mean);
            }
            let scale = coefficient / b;
            table.add_units(sums, domain, scale, ratio, &mut linearised.unit_totals);
            if let Some(Projection { cells, .. }) = &self.projection {
                table.add_columns(sums, domain, scale, ratio, cells, &mut linearised.right);
            }
        }
        let (variance, df) = self.variance(domains, domain, linearised);
        Some(Figure {
            n,
            estimate,
            variance,
            srs_variance,
            df,
        })
    }

    /// A total Σwa on a domain, with u_k = Σ_{k∩D} wa − (Σ_k wx)′β. `None` if there is no row.
    #[must_use]
    pub fn total(&self, domains: usize, domain: Domain, variable: usize) -> Option<Figure> {
        let table = &self.tables[domains];
        let sums = table.sums(variable)?;
        let (_, estimate) = table.totals(sums, domain);
        let [n, weight, aa, _, _] = table.moments(sums, domain);
        if n == 0.0 {
            return None;
        }
        let mut linearised = self.linearised();
        table.add_units(sums, domain, 1.0, 0.0, &mut linearised.unit_totals);
        if let Some(Projection { cells, .. }) = &self.projection {
            table.add_columns(sums, domain, 1.0, 0.0, cells, &mut linearised.right);
        }
        let mean = estimate / weight;
        let variance = (aa / weight - mean * mean).max(0.0) * n / (n - 1.0);
        let srs_variance = variance / n * weight * weight;
        let (variance, df) = self.variance(domains, domain, linearised);
        Some(Figure {
            n,
            estimate,
            variance,
            srs_variance,
            df,
        })
    }

    /// Rows of a domain with a weight and an answer in a study variable.
    #[must_use]
    pub fn rows(&self, domains: usize, domain: Domain, variable: usize) -> f64 {
        let table = &self.tables[domains];
        table
            .sums(variable)
            .map_or(0.0, |sums| table.moments(sums, domain)[0])
    }

    /// Degrees of freedom of a domain: PSUs − strata among its rows with a weight.
    #[must_use]
    pub fn degrees_of_freedom(&self, domains: usize, domain: Domain) -> f64 {
        let members = self.tables[domains].members(domain, self.design.first().len());
        self.design.degrees_of_freedom(&members)
    }

    /// Sums of zero.
    fn linearised(&self) -> Linearised {
        let columns = self
            .projection
            .as_ref()
            .map_or(0, |projection| projection.cells.columns());
        Linearised {
            unit_totals: vec![0.0; self.design.first().len()],
            right: vec![0.0; columns],
        }
    }

    /// The variance of an estimate on a domain, and its degrees of freedom.
    fn variance(&self, domains: usize, domain: Domain, linearised: Linearised) -> (f64, f64) {
        let Linearised {
            mut unit_totals,
            right,
        } = linearised;
        if let Some(projection) = &self.projection {
            projection.take_residuals(&right, &mut unit_totals);
        }
        let first = self.design.first();
        let members = self.tables[domains].members(domain, first.len());
        let scale = vec![1.0; first.strata.len()];
        // A calibrated design keeps all rows, so a domain makes no stratum lonely.
        let in_domain = self.projection.is_none().then_some(members.as_slice());
        let variance = StageVariance::first(self.design, in_domain, &scale)
            .covariance(&unit_totals, &unit_totals);
        (variance, self.design.degrees_of_freedom(&members))
    }
}

impl<'a> Projection<'a> {
    fn new(adjustment: &Adjustment, cells: &'a Cells, unit_totals: Vec<f64>) -> Self {
        let records = &adjustment.records;
        Self {
            cells,
            factor: Factor::new(&records.cross_product(&records.base), cells.columns()),
            unit_totals,
        }
    }

    /// u_k ← u_k − (Σ_k wx)′β with β = (X′DX)⁻ `right`, for every PSU k.
    fn take_residuals(&self, right: &[f64], totals: &mut [f64]) {
        let beta = self.factor.solve(right);
        // Without columns there is nothing to take.
        let rows = self.unit_totals.chunks(beta.len().max(1));
        for (total, row) in totals.iter_mut().zip(rows) {
            *total -= row.iter().zip(&beta).map(|(x, beta)| x * beta).sum::<f64>();
        }
    }
}
