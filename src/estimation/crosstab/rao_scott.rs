//! Rao and Scott's corrections of Pearson's test of independence.
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "small dense matrices of known size"
)]

use crate::estimation::count::count;
use crate::estimation::crosstab::shape::Shape;
use crate::estimation::crosstab::table::Test;
use crate::estimation::distribution::{chi_square_sum_upper, chi_square_upper, f_upper};
use crate::estimation::estimated::Estimated;
use crate::estimation::linear_algebra::eigenvalues::eigenvalues;
use crate::estimation::linear_algebra::elimination::solve;

/// Pearson's X² and the matrix Δ of generalised design effects (Rao & Scott 1984, Ann. Stat. 12;
/// R's `svychisq`).
///
/// X² = n Σ (p̂_rc − p̂_r p̂_c)²/(p̂_r p̂_c) over the cells, with p̂ the estimated shares.
/// Δ = (C′D⁻¹C/n)⁻¹ C′D⁻¹VD⁻¹C with C the interaction contrasts, D the diagonal matrix of the p̂_rc
/// and V their covariance. Under independence X² is distributed as Σ δᵢ χ²₁ with δᵢ the eigenvalues
/// of Δ; under simple random sampling they are all 1.
pub(super) struct RaoScott {
    /// X².
    pearson: f64,
    /// Δ, row-major.
    delta: Vec<f64>,
    /// (R−1)(C−1): the size of Δ.
    size: usize,
    /// tr(Δ).
    trace: f64,
    /// d₀ = tr(Δ)²/tr(Δ²): the degrees of freedom of the second-order test.
    d0: f64,
    /// Degrees of freedom of the design.
    df: f64,
}

impl RaoScott {
    /// From the shares of the cells with their covariance; n is the number of rows.
    pub(super) fn new(shape: Shape, shares: &Estimated, n: f64) -> Self {
        let delta = design_effects(shape, shares, n);
        let size = shape.interactions();
        let trace: f64 = (0..size).map(|at| delta[at * size + at]).sum();
        let mut square_trace = 0.0;
        for a in 0..size {
            for b in 0..size {
                square_trace += delta[a * size + b] * delta[b * size + a];
            }
        }
        Self {
            pearson: pearson(shape, &shares.values, n),
            delta,
            size,
            trace,
            d0: trace * trace / square_trace,
            df: shares.df,
        }
    }

    /// The second-order correction.
    ///
    /// # Formula
    ///
    /// ```text
    /// X²/tr(Δ) against F with d₀ and d₀·df degrees of freedom          d₀ = tr(Δ)²/tr(Δ²)
    /// ```
    ///
    /// It matches mean and variance of Σ δᵢ χ²₁ (Satterthwaite) and allows for the estimation of Δ.
    pub(super) fn second_order(&self) -> Test {
        let statistic = self.pearson / self.trace;
        let df = vec![self.d0, self.d0 * self.df];
        Test {
            statistic,
            p_value: f_upper(statistic, df[0], df[1]),
            df,
        }
    }

    /// The first-order correction, by the mean design effect.
    ///
    /// # Formula
    ///
    /// ```text
    /// X²/(tr(Δ)/k) against chi-square with k = (R−1)(C−1) degrees of freedom
    /// ```
    ///
    /// The statistic that is reported is X² itself, as in R.
    pub(super) fn first_order(&self) -> Test {
        let df = count(self.size);
        Test {
            statistic: self.pearson,
            p_value: chi_square_upper(self.pearson / (self.trace / df), df),
            df: vec![df],
        }
    }

    /// The distribution of Σ δᵢ χ²₁ itself, by the saddle point approximation.
    ///
    /// # Formula
    ///
    /// ```text
    /// P(Σ δᵢ χ²₁ > X² · χ²_k/k)          k = d₀·df
    /// ```
    ///
    /// where χ²_k/k stands for the estimation of Δ. Where the approximation is singular, P is that
    /// of F.
    pub(super) fn saddle_point(&self) -> Test {
        let k = self.d0 * self.df;
        let mut lambda = eigenvalues(&self.delta, self.size);
        lambda.extend(std::iter::repeat_n(-self.pearson / k, k.max(0.0) as usize));
        let f = self.pearson / self.trace * count(self.size) / self.d0;
        Test {
            statistic: self.pearson,
            df: Vec::new(),
            p_value: chi_square_sum_upper(0.0, &lambda)
                .unwrap_or_else(|| f_upper(f, self.d0, self.df)),
        }
    }
}

/// X² = n Σ (p̂_rc − p̂_r p̂_c)²/(p̂_r p̂_c).
fn pearson(shape: Shape, shares: &[f64], n: f64) -> f64 {
    let (rows, columns) = shape.margins(shares);
    let terms = shape.cells().zip(shares).map(|((r, c), share)| {
        let expected = rows[r] * columns[c];
        n * (share - expected) * (share - expected) / expected
    });
    terms.sum()
}

/// Δ, row-major. Empty cells are left out of D⁻¹.
fn design_effects(shape: Shape, shares: &Estimated, n: f64) -> Vec<f64> {
    let contrasts = interaction_contrasts(shape);
    let (cells, size) = (shape.size(), contrasts.len());
    let inverse: Vec<f64> = shares
        .values
        .iter()
        .map(|share| if *share == 0.0 { 0.0 } else { 1.0 / share })
        .collect();
    let (mut simple, mut complex) = (vec![0.0; size * size], vec![0.0; size * size]);
    for a in 0..size {
        for b in 0..size {
            for i in 0..cells {
                let left = contrasts[a][i] * inverse[i];
                simple[a * size + b] += left / n * contrasts[b][i];
                for j in 0..cells {
                    complex[a * size + b] +=
                        left * shares.covariance[i * cells + j] * inverse[j] * contrasts[b][j];
                }
            }
        }
    }
    solve(simple, complex, size)
}

/// The contrasts of the interaction, orthogonal to the constant, the rows and the columns: products
/// of the centred indicators of all levels but the first.
fn interaction_contrasts(shape: Shape) -> Vec<Vec<f64>> {
    let centred = |level: usize, own: usize, levels: usize| {
        f64::from(u8::from(level == own)) - 1.0 / count(levels)
    };
    let contrasts = (1..shape.columns).flat_map(|column| {
        (1..shape.rows).map(move |row| {
            let cells = shape
                .cells()
                .map(|(r, c)| centred(row, r, shape.rows) * centred(column, c, shape.columns));
            cells.collect()
        })
    });
    contrasts.collect()
}
