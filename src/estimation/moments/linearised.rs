//! The sums of a design, and from them the linearised values of an estimate by unit, class and
//! weighting cell.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "domains, units and strata are numbered below their count"
)]

use crate::estimation::design::sample_design::Design;
use crate::estimation::domains::Domain;
use crate::estimation::linear_algebra::cholesky::Factor;
use crate::estimation::moments::slots::Slots;
use crate::estimation::moments::spread::Coefficients;
use crate::estimation::moments::table::Table;
use crate::estimation::study_variable::StudyVariable;
use crate::estimation::weighting::adjustment::Adjustment;
use crate::estimation::weighting::cells::Cells;

/// The sums over the rows, and the projection on the auxiliaries.
pub struct Moments<'a> {
    pub(super) design: &'a Design,
    pub(super) variables: &'a [StudyVariable],
    pub(super) slots: Slots,
    pub(super) projection: Option<Projection<'a>>,
    pub(super) tables: Vec<Table>,
    /// What takes a pass of its own.
    pub(super) spreads: Vec<Known>,
}

/// An estimate that is a combination of ratios, or a total.
#[derive(Debug, Clone, PartialEq)]
pub struct Combination {
    /// Its domains, by index; the first also gives the whole.
    pub domains: Vec<usize>,
    /// Index of the study variable, and coefficient c.
    pub terms: Vec<(usize, f64)>,
    /// Whether it is the total of its one study variable.
    pub is_total: bool,
}

/// Σ (y − ȳ)² of an estimate, by pair of class and level.
pub(super) struct Known {
    pub(super) wanted: Wanted,
    pub(super) squares: Vec<f64>,
}

/// An estimate on one of the domains.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Wanted {
    pub(super) at: usize,
    /// On all levels as one domain.
    pub(super) is_whole: bool,
    pub(super) terms: Vec<(usize, f64)>,
    pub(super) is_total: bool,
}

/// What the residuals on the auxiliaries need.
pub(super) struct Projection<'a> {
    pub(super) cells: &'a Cells,
    /// X′DX, factored.
    pub(super) factor: Factor,
    /// Σwx by unit of several rows: units × columns of X.
    unit_totals: Vec<f64>,
}

/// The sums that make one figure.
pub(super) struct Linearised {
    /// Σ w z by unit of several rows.
    pub(super) units: Vec<f64>,
    /// Σ w z by pair of class and domain.
    pub(super) classes: Vec<f64>,
    /// X′Dz; empty without adjustment.
    pub(super) right: Vec<f64>,
}

impl Moments<'_> {
    /// The units of each stratum that have rows with a weight in a domain.
    pub(super) fn in_domain(&self, table: &Table, domain: Domain) -> Vec<u32> {
        let first = self.design.first();
        let mut units = vec![0; first.strata.len()];
        let members = self.slots.units.iter().zip(table.members(domain));
        for (unit, _) in members.filter(|(_, is_member)| *is_member) {
            units[first.stratum_of[*unit as usize] as usize] += 1;
        }
        for (_, class, rows) in table.classes(domain) {
            units[self.slots.classes[class].stratum as usize] += rows;
        }
        units
    }

    /// s and R of each term on a domain; `None` if a term has no row there.
    pub(super) fn coefficients(
        &self,
        wanted: &Wanted,
        domain: Domain,
    ) -> Option<Vec<Coefficients>> {
        let table = &self.tables[wanted.at];
        let terms = wanted.terms.iter().map(|&(variable, coefficient)| {
            let totals = table.totals(variable)?;
            let sums = table.domain(totals, domain);
            (sums.rows > 0.0).then(|| match wanted.is_total {
                true => Coefficients {
                    scale: 1.0,
                    ratio: -totals.shift,
                },
                false => Coefficients {
                    scale: coefficient / sums.b,
                    ratio: sums.a / sums.b,
                },
            })
        });
        terms.collect()
    }

    /// The sums that make a figure on a domain.
    pub(super) fn linearised(
        &self,
        wanted: &Wanted,
        domain: Domain,
        coefficients: &[Coefficients],
    ) -> Linearised {
        let table = &self.tables[wanted.at];
        let projection = self.projection.as_ref();
        let columns = projection.map_or(0, |projection| projection.cells.columns());
        let mut sums = Linearised {
            units: vec![0.0; self.slots.units.len()],
            classes: vec![0.0; table.class_pairs()],
            right: vec![0.0; columns],
        };
        for ((variable, _), own) in wanted.terms.iter().zip(coefficients) {
            let Some(totals) = table.totals(*variable) else {
                continue;
            };
            let own = (own.scale, own.ratio);
            table.add_units(totals, domain, own, &mut sums.units, &mut sums.classes);
            if let Some(Projection { cells, .. }) = projection {
                table.add_columns(totals, domain, own.0, own.1, cells, &mut sums.right);
            }
        }
        sums
    }
}

impl<'a> Projection<'a> {
    pub(super) fn new(adjustment: &Adjustment, cells: &'a Cells, unit_totals: Vec<f64>) -> Self {
        let records = &adjustment.records;
        Self {
            cells,
            factor: Factor::new(&records.cross_product(&records.base), cells.columns()),
            unit_totals,
        }
    }

    /// u_k ← u_k − (Σ_k wx)′β with β = (X′DX)⁻ `right`, for every unit k of several rows. Returns β.
    pub(super) fn take_residuals(&self, right: &[f64], totals: &mut [f64]) -> Vec<f64> {
        let beta = self.factor.solve(right);
        // Without columns there is nothing to take.
        let rows = self.unit_totals.chunks(beta.len().max(1));
        for (total, row) in totals.iter_mut().zip(rows) {
            *total -= row.iter().zip(&beta).map(|(x, beta)| x * beta).sum::<f64>();
        }
        beta
    }
}
