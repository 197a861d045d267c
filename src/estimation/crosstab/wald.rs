//! Wald's tests of independence.
//!
//! They need no Pearson statistic but the inverse of an estimated covariance matrix, which is
//! unstable with few PSUs: prefer Rao and Scott's. They are here because R gives them.
#![expect(
    clippy::indexing_slicing,
    reason = "small dense matrices of known size"
)]

use crate::estimation::count::count;
use crate::estimation::crosstab::shape::Shape;
use crate::estimation::crosstab::table::Test;
use crate::estimation::distribution::f_upper;
use crate::estimation::estimated::Estimated;
use crate::estimation::linear_algebra::elimination::solve;

/// Wald's statistic W with the degrees of freedom that judge it.
pub(super) struct Wald {
    /// W = Y′V⁻¹Y.
    statistic: f64,
    /// k = (R−1)(C−1).
    k: f64,
    /// Degrees of freedom of the design.
    df: f64,
}

impl Wald {
    /// W/k against F with k and df degrees of freedom.
    pub(super) fn test(&self) -> Test {
        let statistic = self.statistic / self.k;
        Test {
            statistic,
            df: vec![self.k, self.df],
            p_value: f_upper(statistic, self.k, self.df),
        }
    }
}

/// Wald's test for designs with few PSUs.
///
/// # Formula
///
/// ```text
/// W·(df − k + 1)/(k·df) against F with k and df − k + 1 degrees of freedom
/// ```
///
/// # Source
///
/// Korn & Graubard 1990, Am. Stat. 44; R's `svychisq(statistic = "adjWald")`.
pub(super) fn adjusted_wald(wald: &Wald) -> Test {
    let df = wald.df - wald.k + 1.0;
    let statistic = wald.statistic * df / (wald.k * wald.df);
    Test {
        statistic,
        df: vec![wald.k, df],
        p_value: f_upper(statistic, wald.k, df),
    }
}

/// Wald's statistic with its degrees of freedom.
///
/// # Formula
///
/// ```text
/// Y_rc = N̂_rc − N̂_r. N̂_.c/N̂          W = Y′V⁻¹Y
/// ```
///
/// over all rows and columns but the first, with V the covariance of Y by linearisation: V = GCG′,
/// C the covariance of the totals N̂ and G the derivatives ∂Y/∂N̂.
///
/// # Source
///
/// Koch, Freeman & Freeman 1975, Int. Stat. Rev. 43; R's `svychisq(statistic = "Wald")`.
pub(super) fn wald(shape: Shape, totals: &Estimated) -> Wald {
    let (rows, columns) = shape.margins(&totals.values);
    let total: f64 = rows.iter().sum();
    let tested: Vec<(usize, usize)> = shape.cells().filter(|(r, c)| *r > 0 && *c > 0).collect();
    let deviation: Vec<f64> = tested
        .iter()
        .map(|&(r, c)| totals.values[shape.cell(r, c)] - rows[r] * columns[c] / total)
        .collect();
    // ∂Y_rc/∂N_ij for every cell ij.
    let gradient = |&(r, c): &(usize, usize)| -> Vec<f64> {
        let is = |holds: bool| f64::from(u8::from(holds));
        let cells = shape.cells().map(|(i, j)| {
            is(i == r && j == c) - is(i == r) * columns[c] / total - is(j == c) * rows[r] / total
                + rows[r] * columns[c] / (total * total)
        });
        cells.collect()
    };
    let gradients: Vec<Vec<f64>> = tested.iter().map(gradient).collect();
    let (cells, size) = (shape.size(), tested.len());
    let mut variance = vec![0.0; size * size];
    for a in 0..size {
        for b in 0..size {
            for i in 0..cells {
                for j in 0..cells {
                    variance[a * size + b] +=
                        gradients[a][i] * totals.covariance[i * cells + j] * gradients[b][j];
                }
            }
        }
    }
    let solved = solve(variance, deviation.clone(), size);
    Wald {
        statistic: deviation.iter().zip(&solved).map(|(y, x)| y * x).sum(),
        k: count(size),
        df: totals.df,
    }
}
