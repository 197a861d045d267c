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
    reason = "domains are numbered below their count"
)]

use std::sync::Arc;

use rayon::prelude::*;

use crate::estimation::design::sample_design::Design;
use crate::estimation::domains::{Domain, Domains};
use crate::estimation::figure::Figure;
use crate::estimation::moments::groups::Groups;
use crate::estimation::moments::input::Input;
use crate::estimation::moments::linearised::{Combination, Moments, Projection, Wanted};
use crate::estimation::moments::occurring::{PairsOf, occurring_pairs};
use crate::estimation::moments::parts::{degrees_of_freedom, is_census, variance};
use crate::estimation::moments::pass::Pass;
use crate::estimation::moments::slots::Slots;
use crate::estimation::moments::table::Table;

use crate::estimation::study_variable::StudyVariable;
use crate::estimation::variance::{StageVariance, in_range};
use crate::estimation::weighting::adjustment::Residual;

/// Whether [`Moments`] can serve a design: one stage, and at most one adjustment, by
/// categories and with residuals by least squares.
#[must_use]
pub fn serves(design: &Design) -> bool {
    let simple = match design.adjustments.as_slice() {
        [] => true,
        [one] => one.residual == Residual::LeastSquares && one.cells.is_some(),
        _ => false,
    };
    design.stages.len() == 1 && simple
}

/// Whether weights were trimmed after the adjustment. The residual then takes the influence with
/// the trimmed weight, over the weight before.
fn is_trimmed(design: &Design) -> bool {
    let last = design.adjustments.last();
    last.is_some_and(|last| !Arc::ptr_eq(&last.after, &design.weights))
}

impl<'a> Moments<'a> {
    /// Sums the study variables in one pass: the variables `used[at]` over the domains
    /// `domains[at]`. `None` if units are rows and too few of these share a class, and if weights
    /// were trimmed and the sums are not those of shares by group.
    ///
    /// * `combinations`: the estimates that will be asked for
    #[must_use]
    pub fn new(
        design: &'a Design,
        domains: &[Domains],
        variables: &'a [StudyVariable],
        used: &[Vec<usize>],
        combinations: &[Combination],
    ) -> Option<Self> {
        let adjustment = design
            .adjustments
            .first()
            .and_then(|adjustment| Some((adjustment, adjustment.cells.as_deref()?)));
        let by_cells = adjustment.map(|(adjustment, _)| adjustment);
        let slots = Slots::new(design, by_cells)?;
        let groups = Groups::new(design, &slots, by_cells, domains);
        let mut all = used.iter().flatten();
        let only_shares = all.all(|variable| variables[*variable].is_share());
        if is_trimmed(design) && (groups.is_none() || !only_shares) {
            return None;
        }
        let pairs: Vec<PairsOf> = (0..domains.len())
            .into_par_iter()
            .map(|at| match &groups {
                Some(groups) => groups.pairs((at, domains[at].width()), &slots, adjustment),
                None => occurring_pairs(design, &slots, adjustment, &domains[at]),
            })
            .collect();
        let input = Input {
            design,
            slots: &slots,
            adjustment,
            domains,
            pairs: &pairs,
            variables,
        };
        let (unit_totals, summed) = match &groups {
            Some(groups) => groups.sums(input, used),
            None => Pass::new(input, used).run(),
        };
        let projection =
            adjustment.map(|(adjustment, cells)| Projection::new(adjustment, cells, unit_totals));
        let tables = pairs
            .into_iter()
            .zip(summed)
            .zip(domains)
            .map(|((pairs, summed), domains)| {
                let sizes = (variables.len(), domains.width());
                Table::new(pairs, summed, sizes, slots.units.len())
            })
            .collect();
        let mut moments = Self {
            design,
            variables,
            slots,
            projection,
            tables,
            spreads: Vec::new(),
        };
        moments.spreads = moments.spreads(domains, combinations);
        Some(moments)
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
                let variance = sums.deviations / sums.weight * n / (n - 1.0);
                let mean = sums.b / sums.weight;
                srs_variance = variance / n / (mean * mean);
            }
        }
        let wanted = Wanted {
            at: domains,
            is_whole: domain == Domain::Whole,
            terms: terms.to_vec(),
            is_total: false,
        };
        self.figure(&wanted, domain, (n, estimate, srs_variance))
    }

    /// β = (X′DX)⁻X′Dz of a combination of ratios for the whole: how much the estimate moves for each
    /// unit that is added to the population total of a column of X. `None` if a term has no row, or
    /// without an adjustment.
    #[must_use]
    pub fn coefficients_of(&self, domains: usize, terms: &[(usize, f64)]) -> Option<Vec<f64>> {
        let wanted = Wanted {
            at: domains,
            is_whole: true,
            terms: terms.to_vec(),
            is_total: false,
        };
        let projection = self.projection.as_ref()?;
        let own = self.coefficients(&wanted, Domain::Whole)?;
        let sums = self.linearised(&wanted, Domain::Whole, &own);
        Some(projection.factor.solve(&sums.right))
    }

    /// u_k of every unit k of a combination of ratios for the whole; see [`Moments::ratio`]. `None` if
    /// a term has no row, or if units of one row are in classes.
    #[must_use]
    pub fn unit_totals(&self, domains: usize, terms: &[(usize, f64)]) -> Option<Vec<f64>> {
        let wanted = Wanted {
            at: domains,
            is_whole: true,
            terms: terms.to_vec(),
            is_total: false,
        };
        if !self.slots.classes.is_empty() {
            return None;
        }
        let own = self.coefficients(&wanted, Domain::Whole)?;
        let mut sums = self.linearised(&wanted, Domain::Whole, &own);
        if let Some(projection) = &self.projection {
            projection.take_residuals(&sums.right, &mut sums.units);
        }
        Some(sums.units)
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
        let variance = sums.deviations / sums.weight * n / (n - 1.0);
        let srs_variance = variance / n * sums.weight * sums.weight;
        let estimate = sums.a + totals.shift * sums.b;
        let wanted = Wanted {
            at: domains,
            is_whole: domain == Domain::Whole,
            terms: vec![(variable, 1.0)],
            is_total: true,
        };
        self.figure(&wanted, domain, (n, estimate, srs_variance))
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
        degrees_of_freedom(&self.in_domain(&self.tables[domains], domain))
    }

    /// An estimate on a domain with its variance and degrees of freedom.
    fn figure(
        &self,
        wanted: &Wanted,
        domain: Domain,
        (n, estimate, srs_variance): (f64, f64, f64),
    ) -> Option<Figure> {
        let coefficients = self.coefficients(wanted, domain)?;
        let mut sums = self.linearised(wanted, domain, &coefficients);
        let beta = match &self.projection {
            Some(projection) => projection.take_residuals(&sums.right, &mut sums.units),
            None => Vec::new(),
        };
        let table = &self.tables[wanted.at];
        let in_domain = self.in_domain(table, domain);
        let (df, census) = (
            degrees_of_freedom(&in_domain),
            is_census(self.design, &in_domain),
        );
        let (variance, satterthwaite) = if self.slots.classes.is_empty() {
            self.variance_of_units(table.members(domain), &sums.units)
        } else {
            let squares = self.squares(wanted, domain, &coefficients, &sums.classes);
            let parts = self.parts(table, domain, &sums, &squares, &beta);
            // A calibrated design keeps all rows, so a domain makes no stratum lonely.
            let in_domain = self.projection.is_none().then_some(in_domain);
            let (found, satterthwaite) = variance(self.design, &parts, in_domain);
            let sizes = parts.iter().flat_map(|own| [own.mean, own.squares.sqrt()]);
            (in_range(found, &sizes.collect::<Vec<_>>()), satterthwaite)
        };
        Some(Figure {
            n,
            estimate,
            variance,
            srs_variance,
            df,
            satterthwaite,
            census,
        })
    }

    /// The variance of an estimate with these totals by unit, and Satterthwaite's degrees of
    /// freedom.
    fn variance_of_units(&self, members: Vec<bool>, totals: &[f64]) -> (f64, f64) {
        let scale = vec![1.0; self.design.first().strata.len()];
        // A calibrated design keeps all rows, so a domain makes no stratum lonely.
        let in_domain = self.projection.is_none().then_some(members.as_slice());
        let stage = StageVariance::first(self.design, in_domain, &scale);
        let variance = stage.covariance(totals, totals);
        (in_range(variance, totals), stage.satterthwaite(totals))
    }
}
