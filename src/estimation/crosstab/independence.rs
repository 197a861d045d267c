//! The table of two categorical variables of a sample, and the tests of independence.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "cells and levels are numbered below their counts"
)]

use std::sync::Arc;

use crate::estimation::count::{count, whole};
use crate::estimation::crosstab::rao_scott::RaoScott;
use crate::estimation::crosstab::shape::Shape;
use crate::estimation::crosstab::table::{Cell, Crosstab, Tests};
use crate::estimation::crosstab::variable::Variable;
use crate::estimation::crosstab::wald::{adjusted_wald, wald};
use crate::estimation::estimated::Estimated;
use crate::estimation::simple_random::answered;
use crate::estimation::statistic::{Linear, Sample};

/// The table of two categorical variables of a sample, over the rows of its domain that have both.
///
/// | figure of a cell | formula |
/// |---|---|
/// | total | N̂_rc = Σw |
/// | share | N̂_rc/N̂ |
/// | share of the row | N̂_rc/N̂_r. |
///
/// with linearised (or replicated) standard errors. Levels without rows are left out. The tests
/// exist with at least two levels of each variable and one degree of freedom.
///
/// # Example
///
/// ```
/// use minyi::estimation::crosstab::{Variable, independence};
/// use minyi::estimation::design::Design;
/// use minyi::estimation::spec::DesignSpec;
/// use minyi::estimation::statistic::Sample;
/// use minyi::estimation::{Column, Columns};
///
/// let mut columns = Columns::new();
/// columns.push("y", Column::numbers(vec![0.0; 8]))?;
/// let design = Design::new(&columns, &DesignSpec::default())?;
/// let variable = |name: &str, codes: [u32; 8]| Variable {
///     name: name.to_owned(),
///     levels: vec!["no".to_owned(), "yes".to_owned()],
///     codes: codes.to_vec(),
/// };
/// let urban = variable("urban", [0, 0, 0, 0, 1, 1, 1, 1]);
/// let satisfied = variable("satisfied", [0, 0, 0, 1, 0, 1, 1, 1]);
/// let table = independence(&Sample::whole(&design, None), &urban, &satisfied);
/// assert_eq!((table.cells[3].total, table.cells[3].row_share), (3.0, 0.75));
/// // Pearson's X² = 8 · (3·3 − 1·1)²/4⁴ = 2.
/// let tests = table.tests.unwrap();
/// assert!((tests.rao_scott_first_order.statistic - 2.0).abs() < 1e-12);
/// # Ok::<(), minyi::estimation::Error>(())
/// ```
///
/// # Source
///
/// Rao & Scott 1984, Ann. Stat. 12; R's `svychisq` and `svytable`.
#[must_use]
pub fn independence(sample: &Sample<'_>, row: &Variable, column: &Variable) -> Crosstab {
    let weights = &sample.design.weights;
    let has_both: Vec<bool> = (0..sample.design.rows)
        .map(|at| {
            sample.member[at] && weights[at] != 0.0 && row.has_level(at) && column.has_level(at)
        })
        .collect();
    let table = Table {
        sample,
        row: row.restricted(&has_both),
        column: column.restricted(&has_both),
        member: Arc::new(has_both),
    };
    table.crosstab()
}

/// The rows and variables of a table.
struct Table<'a> {
    sample: &'a Sample<'a>,
    row: Variable,
    column: Variable,
    /// Whether each row of the data is in the table.
    member: Arc<Vec<bool>>,
}

impl Table<'_> {
    /// The number of rows and columns of the table.
    fn shape(&self) -> Shape {
        Shape {
            rows: self.row.levels.len(),
            columns: self.column.levels.len(),
        }
    }

    /// 1 in the rows of the data that are in a row and a column of the table, else 0. `None` stands
    /// for any row or column.
    fn indicator(&self, row: Option<usize>, column: Option<usize>) -> Vec<f64> {
        let is = |wanted: Option<usize>, code: u32| wanted.is_none_or(|at| code as usize == at);
        let codes = self.row.codes.iter().zip(&self.column.codes);
        codes
            .map(|(&r, &c)| f64::from(u8::from(is(row, r) && is(column, c))))
            .collect()
    }

    /// The total of every cell or, with the denominator of each row, its ratio to that.
    fn estimate(&self, denominator: impl Fn(usize) -> Option<Arc<Vec<f64>>>) -> Estimated {
        let statistics = self.shape().cells().map(|(row, column)| Linear {
            a: self.indicator(Some(row), Some(column)),
            b: denominator(row),
            member: Arc::clone(&self.member),
        });
        self.sample.estimate(&statistics.collect::<Vec<_>>())
    }

    /// Rows of the data in a cell, or in the table.
    fn count(&self, row: Option<usize>, column: Option<usize>) -> u64 {
        let mut a = self.indicator(row, column);
        for a in a.iter_mut().filter(|a| **a == 0.0) {
            *a = f64::NAN;
        }
        whole(answered(&self.sample.design.weights, &a, &self.member))
    }

    /// The whole result.
    fn crosstab(&self) -> Crosstab {
        let shape = self.shape();
        let whole_table = Arc::new(self.indicator(None, None));
        let rows: Vec<Arc<Vec<f64>>> = (0..shape.rows)
            .map(|row| Arc::new(self.indicator(Some(row), None)))
            .collect();
        let totals = self.estimate(|_| None);
        let shares = self.estimate(|_| Some(Arc::clone(&whole_table)));
        let row_shares = self.estimate(|row| rows.get(row).cloned());
        let cell = |row: usize, column: usize| {
            let at = shape.cell(row, column);
            Cell {
                row: self.row.levels[row].clone(),
                column: self.column.levels[column].clone(),
                n: self.count(Some(row), Some(column)),
                total: totals.values[at],
                total_std_error: totals.std_error(at),
                share: shares.values[at],
                share_std_error: shares.std_error(at),
                row_share: row_shares.values[at],
                row_share_std_error: row_shares.std_error(at),
            }
        };
        let cells =
            (0..shape.rows).flat_map(|row| (0..shape.columns).map(move |column| (row, column)));
        let df = self.sample.degrees_of_freedom();
        let has_tests = shape.rows > 1 && shape.columns > 1 && df >= 1.0;
        Crosstab {
            variables: [self.row.name.clone(), self.column.name.clone()],
            rows: self.row.levels.clone(),
            columns: self.column.levels.clone(),
            n: self.count(None, None),
            df,
            cells: cells.map(|(row, column)| cell(row, column)).collect(),
            tests: has_tests.then(|| self.tests(&shares, &totals)),
        }
    }

    /// The tests of independence, from the shares and totals of the cells.
    fn tests(&self, shares: &Estimated, totals: &Estimated) -> Tests {
        let (design, shape) = (self.sample.design, self.shape());
        // R counts the rows of the domain, also those that miss an answer; a calibrated design
        // keeps all rows.
        let n = if design.is_calibrated() {
            count(design.rows)
        } else {
            count(self.sample.member.iter().filter(|member| **member).count())
        };
        let rao_scott = RaoScott::new(shape, shares, n);
        let wald = wald(shape, totals);
        Tests {
            rao_scott_second_order: rao_scott.second_order(),
            rao_scott_first_order: rao_scott.first_order(),
            saddle_point: rao_scott.saddle_point(),
            wald: wald.test(),
            adjusted_wald: adjusted_wald(&wald),
        }
    }
}
