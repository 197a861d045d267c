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
//! grows with rows × items plus cells, not with domains. All sums over rows are exact
//! ([`summation`](crate::estimation::summation)), so they do not depend on the order of the rows or
//! on the number of threads, and no large value takes digits from small ones.
#![expect(
    clippy::indexing_slicing,
    reason = "domains and units are numbered below their count"
)]

use std::sync::Arc;

use rayon::prelude::*;

use crate::estimation::design::sample_design::Design;
use crate::estimation::design::stage::Units;
use crate::estimation::domains::{Domain, Domains};
use crate::estimation::figure::Figure;
use crate::estimation::linear_algebra::cholesky::Factor;
use crate::estimation::moments::occurring::occurring_pairs;
use crate::estimation::moments::pass::Pass;
use crate::estimation::moments::table::Table;
use crate::estimation::moments::totals::Totals;
use crate::estimation::study_variable::StudyVariable;
use crate::estimation::variance::{StageVariance, in_range};
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
/// categories and with residuals by least squares. Weights that were trimmed after the adjustment
/// are not served: the residual then takes the trimmed influence, which the sums do not have.
#[must_use]
pub fn serves(design: &Design) -> bool {
    let clustered = design.stages.len() == 1 && matches!(design.first().units, Units::Clusters(_));
    let simple = match design.adjustments.as_slice() {
        [] => true,
        [one] => one.residual == Residual::LeastSquares && one.cells.is_some(),
        _ => false,
    };
    let last = design.adjustments.last();
    let is_trimmed = last.is_some_and(|last| !Arc::ptr_eq(&last.after, &design.weights));
    clustered && simple && !is_trimmed
}

impl<'a> Moments<'a> {
    /// Sums the study variables in one pass: the variables `used[at]` over the domains
    /// `domains[at]`. `None` if the first stage does not sample clusters.
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
        let unit_of = units.decode(design.rows);
        let units = (unit_of.as_slice(), units.len());
        let pairs: Vec<_> = domains
            .par_iter()
            .map(|domains| occurring_pairs(design, units, adjustment, domains))
            .collect();
        let pass = Pass::new(
            design,
            units,
            adjustment,
            (domains, &pairs),
            (variables, used),
        );
        let (unit_totals, totals) = pass.run();
        let projection =
            adjustment.map(|(adjustment, cells)| Projection::new(adjustment, cells, unit_totals));
        let tables = pairs
            .into_iter()
            .zip(totals)
            .zip(domains.iter().zip(used))
            .map(|((pairs, totals), (domains, used))| {
                Table::new(pairs, totals, used, variables.len(), domains.width())
            })
            .collect();
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
    /// * `domains`: index in the list of [`Moments::new`]; `domain`: a domain of that entry
    /// * `terms`: index of the study variable, and coefficient c
    ///
    /// `None` if a term has no row in the domain.
    #[must_use]
    pub fn ratio(&self, domains: usize, domain: Domain, terms: &[(usize, f64)]) -> Option<Figure> {
        let table = &self.tables[domains];
        let mut linearised = self.linearised();
        let (mut estimate, mut srs_variance, mut n) = (0.0, f64::NAN, 0.0);
        for &(variable, coefficient) in terms {
            let totals = table.totals(variable)?;
            let sums = table.domain(totals, domain);
            if sums.rows == 0.0 {
                return None;
            }
            n = sums.rows;
            let ratio = sums.a / sums.b;
            estimate += coefficient * (totals.shift + ratio);
            if terms.len() == 1 {
                let squares = sums.aa - 2.0 * ratio * sums.ab + ratio * ratio * sums.bb;
                let variance = squares.max(0.0) / sums.weight * n / (n - 1.0);
                let mean = sums.b / sums.weight;
                srs_variance = variance / n / (mean * mean);
            }
            let scale = coefficient / sums.b;
            self.add(table, totals, domain, (scale, ratio), &mut linearised);
        }
        Some(self.figure(domains, domain, (n, estimate, srs_variance), linearised))
    }

    /// A total Σwa on a domain, with u_k = Σ_{k∩D} wa − (Σ_k wx)′β. `None` if there is no row.
    #[must_use]
    pub fn total(&self, domains: usize, domain: Domain, variable: usize) -> Option<Figure> {
        let table = &self.tables[domains];
        let totals = table.totals(variable)?;
        let sums = table.domain(totals, domain);
        let n = sums.rows;
        if n == 0.0 {
            return None;
        }
        let mut linearised = self.linearised();
        self.add(table, totals, domain, (1.0, -totals.shift), &mut linearised);
        let mean = sums.a / sums.weight;
        let variance = (sums.aa / sums.weight - mean * mean).max(0.0) * n / (n - 1.0);
        let srs_variance = variance / n * sums.weight * sums.weight;
        let estimate = sums.a + totals.shift * sums.b;
        Some(self.figure(domains, domain, (n, estimate, srs_variance), linearised))
    }

    /// Rows of a domain with a weight and an answer in a study variable.
    #[must_use]
    pub fn rows(&self, domains: usize, domain: Domain, variable: usize) -> f64 {
        let table = &self.tables[domains];
        table
            .totals(variable)
            .map_or(0.0, |totals| table.domain(totals, domain).rows)
    }

    /// Degrees of freedom of a domain: PSUs − strata, of the rows with a weight in the domain.
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

    /// Adds `scale` · (a − `ratio` · b) of a study variable on a domain.
    fn add(
        &self,
        table: &Table,
        totals: &Totals,
        domain: Domain,
        (scale, ratio): (f64, f64),
        linearised: &mut Linearised,
    ) {
        table.add_units(totals, domain, scale, ratio, &mut linearised.unit_totals);
        if let Some(Projection { cells, .. }) = &self.projection {
            table.add_columns(totals, domain, scale, ratio, cells, &mut linearised.right);
        }
    }

    /// An estimate on a domain with its variance and degrees of freedom.
    fn figure(
        &self,
        domains: usize,
        domain: Domain,
        (n, estimate, srs_variance): (f64, f64, f64),
        linearised: Linearised,
    ) -> Figure {
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
        let stage = StageVariance::first(self.design, in_domain, &scale);
        let variance = stage.covariance(&unit_totals, &unit_totals);
        Figure {
            n,
            estimate,
            variance: in_range(variance, &unit_totals),
            srs_variance,
            df: self.design.degrees_of_freedom(&members),
            satterthwaite: stage.satterthwaite(&unit_totals),
            census: self.design.is_census(&members),
        }
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
