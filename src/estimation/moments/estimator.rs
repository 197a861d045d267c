//! Ratios and totals with their variances, from the sums of the pass.
#![expect(
    clippy::indexing_slicing,
    reason = "partitions, series and units below their count"
)]

use rayon::prelude::*;

use super::figure::{Domain, Figure, in_range};
use super::occurring::occurring;
use super::pass::Pass;
use super::table::Table;
use super::totals::Totals;
use crate::estimation::crossing::Pairs;
use crate::estimation::design::{Design, Units};
use crate::estimation::linear::Factor;
use crate::estimation::series::{Partition, Series};
use crate::estimation::variance::stage_covariance;
use crate::estimation::weighting::cells::Cells;
use crate::estimation::weighting::{Adjustment, Residual};

/// Sums over the rows, and the projection on the auxiliaries.
pub struct Moments<'a> {
    design: &'a Design,
    partitions: &'a [Partition],
    projection: Option<Projection<'a>>,
    tables: Vec<Table>,
}

/// The projection of a calibrated estimate on its auxiliaries X.
struct Projection<'a> {
    cells: &'a Cells,
    /// Of X'DX.
    factor: Factor,
    /// Σ w x by PSU: units × columns of X.
    unit_totals: Vec<f64>,
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
}

/// Whether [`Moments`] can serve a design: single-stage clusters, and at most one adjustment, which
/// is categorical and exact.
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

/// The parts of a figure that add up over the series of a combination.
struct Influence {
    /// By PSU.
    total: Vec<f64>,
    /// X'Dz.
    right: Vec<f64>,
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
        let Units::Clusters(crossing) = &design.first().units else {
            return None;
        };
        let unit_of = crossing.decode(design.rows);
        let units = (unit_of.as_slice(), crossing.len());
        let calibration = design.adjustments.first().and_then(|adjustment| {
            let cells = adjustment.cells.as_deref()?;
            Some((adjustment, cells))
        });
        let pairs: Vec<(Pairs, Option<Pairs>)> = partitions
            .par_iter()
            .map(|partition| occurring(design, units, calibration, partition))
            .collect();
        let places = (partitions, pairs.as_slice());
        let (unit_totals, totals) =
            Pass::new(design, units, calibration, places, (series, used)).run();
        let projection =
            calibration.map(|(adjustment, cells)| Projection::new(adjustment, cells, unit_totals));
        let tables = pairs
            .into_iter()
            .zip(totals)
            .zip(partitions.iter().zip(used))
            .map(|((pairs, totals), (partition, used))| {
                Table::new(pairs, totals, used, series.len(), partition.width())
            })
            .collect();
        Some(Self {
            design,
            partitions,
            projection,
            tables,
        })
    }

    /// Σ coefficient · (Σwa/Σwb) over `parts` (series, coefficient), on a domain. `None` if a part
    /// has no row there.
    ///
    /// The reference variance, of one part only, is s²/(n b̄²) with s² = n/(n−1) · Σw(a − Rb)²/Σw.
    #[must_use]
    pub fn ratio(
        &self,
        partition: usize,
        domain: Domain,
        parts: &[(usize, f64)],
    ) -> Option<Figure> {
        let table = &self.tables[partition];
        let mut influence = self.no_influence();
        let (mut estimate, mut reference, mut n) = (0.0, 0.0, 0.0);
        for &(series, coefficient) in parts {
            let totals = table.totals(series)?;
            let sums = table.domain(totals, domain);
            if sums.rows == 0.0 {
                return None;
            }
            n = sums.rows;
            let ratio = sums.a / sums.b;
            estimate += coefficient * (totals.shift + ratio);
            let squares = sums.aa - 2.0 * ratio * sums.ab + ratio * ratio * sums.bb;
            let spread = squares.max(0.0) / sums.weight * n / (n - 1.0);
            let mean = sums.b / sums.weight;
            reference = spread / n / (mean * mean);
            let scale = coefficient / sums.b;
            self.add(table, totals, domain, (scale, ratio), &mut influence);
        }
        if parts.len() > 1 {
            reference = f64::NAN;
        }
        Some(self.figure(partition, domain, (n, estimate, reference), influence))
    }

    /// Σwa on a domain.
    ///
    /// The reference variance is that of Σw times the mean: (Σw)² s²/n.
    #[must_use]
    pub fn total(&self, partition: usize, domain: Domain, series: usize) -> Option<Figure> {
        let table = &self.tables[partition];
        let totals = table.totals(series)?;
        let sums = table.domain(totals, domain);
        let n = sums.rows;
        if n == 0.0 {
            return None;
        }
        let mut influence = self.no_influence();
        self.add(table, totals, domain, (1.0, -totals.shift), &mut influence);
        let mean = sums.a / sums.weight;
        let spread = (sums.aa / sums.weight - mean * mean).max(0.0) * n / (n - 1.0);
        let reference = spread / n * sums.weight * sums.weight;
        let estimate = sums.a + totals.shift * sums.b;
        Some(self.figure(partition, domain, (n, estimate, reference), influence))
    }

    /// Rows of a series on a domain with an answer.
    #[must_use]
    pub fn rows(&self, partition: usize, domain: Domain, series: usize) -> f64 {
        let table = &self.tables[partition];
        let totals = table.totals(series);
        totals.map_or(0.0, |totals| table.domain(totals, domain).rows)
    }

    /// Degrees of freedom of a domain: PSUs − strata among its rows with weight.
    #[must_use]
    pub fn degrees_of_freedom(&self, partition: usize, domain: Domain) -> f64 {
        let units = self.design.first().len();
        self.design
            .degrees_of_freedom(&self.tables[partition].members(domain, units))
    }

    fn no_influence(&self) -> Influence {
        let columns = self.projection.as_ref().map(|own| own.cells.columns());
        Influence {
            total: vec![0.0; self.design.first().len()],
            right: vec![0.0; columns.unwrap_or(0)],
        }
    }

    /// Adds scale · (a − ratio · b) of a series on a domain.
    fn add(
        &self,
        table: &Table,
        totals: &Totals,
        domain: Domain,
        (scale, ratio): (f64, f64),
        influence: &mut Influence,
    ) {
        table.add_units(totals, domain, scale, ratio, &mut influence.total);
        if let Some(projection) = &self.projection {
            let right = &mut influence.right;
            table.add_columns(totals, domain, scale, ratio, projection.cells, right);
        }
    }

    fn figure(
        &self,
        partition: usize,
        domain: Domain,
        (n, estimate, reference): (f64, f64, f64),
        influence: Influence,
    ) -> Figure {
        let first = self.design.first();
        let mut total = influence.total;
        if let Some(projection) = &self.projection {
            let beta = projection.factor.solve(&influence.right);
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
            variance: in_range(variance, &total),
            reference,
            df: self.design.degrees_of_freedom(&members),
            census: self.design.is_census(&members),
        }
    }

    /// The partitions served.
    #[must_use]
    pub const fn partitions(&self) -> &'a [Partition] {
        self.partitions
    }
}
