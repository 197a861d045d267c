//! All linear estimates from one pass over the rows.
//!
//! With z = (a − R b)/B̂ the linearised value of a ratio R on a domain D, the residual of a calibrated estimate is
//! e = z − x'β with β = (X'DX)⁻X'Dz, and the total of w·e in PSU k is
//!
//! u_k = [Σ_{k∩D} w a − R Σ_{k∩D} w b]/B̂ − (Σ_k w x)'β.
//!
//! So the rows are needed only for Σwa and Σwb by (PSU, domain), Σda and Σdb by (weighting cell, domain), and Σwx by PSU.
//! Domains are columns of these tables, not further passes: cost grows with rows × items, plus cells, not with domains.
//! All sums are of integers ([`Scale`]), so they do not depend on the order of rows or the number of threads, and tables
//! from several machines could simply be added.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "block kernels over numbers below their count"
)]

use rayon::prelude::*;

use crate::estimation::crossing::Pairs;
use crate::estimation::design::sample_design::Design;
use crate::estimation::design::stage::Units;
use crate::estimation::domain::{Domain, Partition};
use crate::estimation::figure::Figure;
use crate::estimation::linear::Factor;
use crate::estimation::moments::pass::Pass;
use crate::estimation::moments::scales::{Scales, occurring};
use crate::estimation::moments::sums::Table;
use crate::estimation::series::Series;
use crate::estimation::variance::stage_covariance;
use crate::estimation::weighting::adjustment::Residual;
use crate::estimation::weighting::cells::Cells;

/// Sums over the rows, and the projection on the auxiliaries.
pub struct Moments<'a> {
    design: &'a Design,
    partitions: &'a [Partition],
    projection: Option<Projection<'a>>,
    tables: Vec<Table>,
}

struct Projection<'a> {
    cells: &'a Cells,
    factor: Factor,
    /// Σ w x by PSU: units × columns of X.
    unit_totals: Vec<f64>,
}

/// Whether [`Moments`] can serve a design: single-stage clusters, at most one adjustment, categorical and exact.
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
    /// Sums every series of `used` (for each partition, the indices of its series) in one pass.
    #[must_use]
    pub fn new(
        design: &'a Design,
        partitions: &'a [Partition],
        series: &[Series],
        used: &[Vec<usize>],
    ) -> Option<Self> {
        let Units::Clusters(units) = &design.first().units else {
            return None;
        };
        let adjustment = design.adjustments.first();
        let cells = adjustment.and_then(|adjustment| adjustment.cells.as_deref());
        let pairs: Vec<(Pairs, Option<Pairs>)> = partitions
            .par_iter()
            .map(|partition| occurring(design, units, adjustment, cells, partition))
            .collect();
        let scales = Scales::new(design, series);
        let pass = Pass {
            design,
            units,
            adjustment,
            cells,
            partitions,
            pairs: &pairs,
            series,
            used,
            scales: &scales,
        };
        let total = pass.run();
        let unit_totals = cells.map(|_| {
            total
                .unit_columns
                .iter()
                .map(|&sum| scales.weight.value(sum))
                .collect::<Vec<f64>>()
        });
        let projection =
            adjustment
                .zip(cells)
                .zip(unit_totals)
                .map(|((adjustment, cells), unit_totals)| Projection {
                    cells,
                    factor: Factor::new(
                        &adjustment.records.cross_product(&adjustment.records.base),
                        cells.columns(),
                    ),
                    unit_totals,
                });
        let mut tables = Vec::new();
        for ((partition, (units, cells)), sums) in pairs.into_iter().enumerate().zip(total.tables) {
            let width = partitions[partition].width();
            let mut level_offsets = vec![Vec::new(); width];
            for (at, (_, level)) in units.pairs().iter().enumerate() {
                level_offsets[*level as usize].push(at);
            }
            let mut by_series = vec![None; series.len()];
            for (&index, mut sums) in used[partition].iter().zip(sums) {
                if series[index].is_share() {
                    sums.derive_domains(&units);
                }
                by_series[index] = Some(sums.finish(&scales, index));
            }
            tables.push(Table {
                units,
                cells,
                series: by_series,
                level_offsets,
            });
        }
        Some(Self {
            design,
            partitions,
            projection,
            tables,
        })
    }

    /// Σ coefficient · (Σwa/Σwb) over `parts` (series, coefficient), on a domain. `None` if a part has no row there.
    #[must_use]
    pub fn ratio(
        &self,
        partition: usize,
        domain: Domain,
        parts: &[(usize, f64)],
    ) -> Option<Figure> {
        let table = &self.tables[partition];
        let mut total = vec![0.0; self.design.first().len()];
        let mut right = vec![
            0.0;
            self.projection
                .as_ref()
                .map_or(0, |projection| projection.cells.columns())
        ];
        let (mut estimate, mut reference, mut n) = (0.0, 0.0, 0.0);
        for &(series, coefficient) in parts {
            let sums = table.series[series].as_ref()?;
            let (b, a) = table.totals(sums, domain);
            let [rows, weight, aa, ab, bb] = table.domain(sums, domain);
            if rows == 0.0 || b == 0.0 {
                return None;
            }
            let ratio = a / b;
            estimate += coefficient * ratio;
            n = rows;
            let spread = (aa - 2.0 * ratio * ab + ratio * ratio * bb).max(0.0) / weight * rows
                / (rows - 1.0);
            let mean = b / weight;
            reference = spread / rows / (mean * mean);
            table.add_units(sums, domain, coefficient / b, ratio, &mut total);
            if let Some(projection) = &self.projection {
                table.add_columns(
                    sums,
                    domain,
                    coefficient / b,
                    ratio,
                    projection.cells,
                    &mut right,
                );
            }
        }
        if parts.len() > 1 {
            reference = f64::NAN;
        }
        Some(self.figure(partition, domain, n, estimate, reference, total, right))
    }

    /// Σwa on a domain.
    #[must_use]
    pub fn total(&self, partition: usize, domain: Domain, series: usize) -> Option<Figure> {
        let table = &self.tables[partition];
        let sums = table.series[series].as_ref()?;
        let (_, a) = table.totals(sums, domain);
        let [n, weight, aa, _, _] = table.domain(sums, domain);
        if n == 0.0 {
            return None;
        }
        let mut total = vec![0.0; self.design.first().len()];
        let mut right = vec![
            0.0;
            self.projection
                .as_ref()
                .map_or(0, |projection| projection.cells.columns())
        ];
        table.add_units(sums, domain, 1.0, 0.0, &mut total);
        if let Some(projection) = &self.projection {
            table.add_columns(sums, domain, 1.0, 0.0, projection.cells, &mut right);
        }
        let mean = a / weight;
        let reference = (aa / weight - mean * mean).max(0.0) * n / (n - 1.0) / n * weight * weight;
        Some(self.figure(partition, domain, n, a, reference, total, right))
    }

    /// Rows of a series on a domain with an answer.
    #[must_use]
    pub fn rows(&self, partition: usize, domain: Domain, series: usize) -> f64 {
        let table = &self.tables[partition];
        table.series[series]
            .as_ref()
            .map_or(0.0, |sums| table.domain(sums, domain)[0])
    }

    /// Degrees of freedom of a domain: PSUs − strata among its rows with weight.
    #[must_use]
    pub fn degrees_of_freedom(&self, partition: usize, domain: Domain) -> f64 {
        self.design
            .degrees_of_freedom(&self.tables[partition].members(domain, self.design.first().len()))
    }

    #[expect(clippy::too_many_arguments, reason = "the parts of one figure, named")]
    fn figure(
        &self,
        partition: usize,
        domain: Domain,
        n: f64,
        estimate: f64,
        reference: f64,
        mut total: Vec<f64>,
        right: Vec<f64>,
    ) -> Figure {
        let first = self.design.first();
        if let Some(projection) = &self.projection {
            let beta = projection.factor.solve(&right);
            let width = beta.len();
            for (unit, total) in total.iter_mut().enumerate() {
                let row = &projection.unit_totals[unit * width..(unit + 1) * width];
                *total -= row.iter().zip(&beta).map(|(x, beta)| x * beta).sum::<f64>();
            }
        }
        let members = self.tables[partition].members(domain, first.len());
        let scale = vec![1.0; first.strata.len()];
        // A calibrated design keeps every row, so no stratum becomes lonely by a domain.
        let touched = self.projection.is_none().then_some(members.as_slice());
        let variance = stage_covariance(
            first,
            &total,
            &total,
            self.design.lonely,
            self.design.adjust_domain_lonely,
            touched,
            &scale,
        );
        Figure {
            n,
            estimate,
            variance,
            reference,
            df: self.design.degrees_of_freedom(&members),
        }
    }

    /// The partitions served.
    #[must_use]
    pub const fn partitions(&self) -> &'a [Partition] {
        self.partitions
    }
}
