//! Two-way tables and tests of independence that respect the design (Rao & Scott 1984, Ann. Stat. 12; R's `svychisq`).
#![expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "small dense matrices of known size"
)]

use crate::estimation::count::count;
use crate::estimation::distribution::{chi_square_sum_upper, chi_square_upper, f_upper};
use crate::estimation::error::{Code, Error};
use crate::estimation::statistic::{Linear, Sample};

/// A test of independence.
#[derive(Debug, Clone, PartialEq)]
pub struct Test {
    /// The statistic.
    pub statistic: f64,
    /// Degrees of freedom: numerator and denominator, or one, or none.
    pub parameters: Vec<f64>,
    /// Probability of a larger statistic under independence.
    pub p_value: f64,
}

/// A table of weighted counts with its tests.
#[derive(Debug, Clone, PartialEq)]
pub struct Crosstab {
    /// Weighted counts, one row of cells per row level.
    pub counts: Vec<Vec<f64>>,
    /// Pearson's X² over the trace of the design effects, second order: F with d₀ and d₀·df.
    pub f: Test,
    /// X² over the mean design effect, first order: chi-square.
    pub chi_square: Test,
    /// Koch's Wald test of the deviations from independence.
    pub wald: Test,
    /// The same adjusted for few degrees of freedom.
    pub adjusted_wald: Test,
    /// X² against the weighted sum of chi-squares it follows, over a chi-square (saddle point).
    pub linear_combination: Test,
    /// Degrees of freedom of the design.
    pub df: f64,
}

/// Tests whether two categorical variables are independent. `row_of`, `column_of`: level per row, out of range: missing.
///
/// X² = N Σ (p̂ − p̂_r p̂_c)²/(p̂_r p̂_c) with N the rows of the design; Δ = (C'D⁻¹C/N)⁻¹ C'D⁻¹VD⁻¹C with C the interaction
/// contrasts orthogonal to the margins, D the cell shares, V their covariance; d₀ = tr(Δ)²/tr(Δ²).
///
/// # Errors
/// `EMPTY_DOMAIN` if fewer than two levels of either variable occur.
pub fn independence(
    sample: &Sample<'_>,
    row_of: &[u32],
    rows: usize,
    column_of: &[u32],
    columns: usize,
) -> Result<Crosstab, Error> {
    if rows < 2 || columns < 2 {
        return Err(Error::new(
            Code::EmptyDomain,
            "a test of independence needs two levels of each variable",
            serde_json::json!({}),
        ));
    }
    let design = sample.design;
    let member: Vec<bool> = (0..design.rows)
        .map(|row| {
            sample.member[row]
                && (row_of[row] as usize) < rows
                && (column_of[row] as usize) < columns
        })
        .collect();
    let share = |keep: &dyn Fn(usize) -> bool| -> Vec<f64> {
        (0..design.rows)
            .map(|row| f64::from(u8::from(keep(row))))
            .collect()
    };
    // Column-major, rows fastest, as the contrasts below.
    let cells: Vec<(usize, usize)> = (0..columns)
        .flat_map(|column| (0..rows).map(move |row| (row, column)))
        .collect();
    let indicator = |(r, c): (usize, usize)| {
        share(&|at| row_of[at] as usize == r && column_of[at] as usize == c)
    };
    let ones = vec![1.0; design.rows];
    let as_mean = |a: Vec<f64>| Linear {
        a,
        b: Some(ones.clone()),
        member: member.clone(),
    };
    let shares = sample.estimate(
        &cells
            .iter()
            .map(|&cell| as_mean(indicator(cell)))
            .collect::<Vec<_>>(),
    );
    let totals = sample.estimate(
        &cells
            .iter()
            .map(|&cell| Linear {
                a: indicator(cell),
                b: None,
                member: member.clone(),
            })
            .collect::<Vec<_>>(),
    );
    let size = cells.len();
    let p = &shares.values;
    // R counts the rows of the domain, also those that miss an answer; calibrated designs keep every row.
    let n = if design.is_calibrated() {
        count(design.rows)
    } else {
        count(sample.member.iter().filter(|member| **member).count())
    };
    let row_share: Vec<f64> = (0..rows)
        .map(|r| (0..columns).map(|c| p[c * rows + r]).sum())
        .collect();
    let column_share: Vec<f64> = (0..columns)
        .map(|c| (0..rows).map(|r| p[c * rows + r]).sum())
        .collect();
    let pearson: f64 = cells
        .iter()
        .zip(p)
        .map(|(&(r, c), p)| {
            let expected = row_share[r] * column_share[c];
            n * (p - expected) * (p - expected) / expected
        })
        .sum();
    let contrasts = interactions(&cells, rows, columns);
    let width = contrasts.len();
    let inverse: Vec<f64> = p
        .iter()
        .map(|p| if *p == 0.0 { 0.0 } else { 1.0 / p })
        .collect();
    let mut below = vec![0.0; width * width];
    let mut above = vec![0.0; width * width];
    for a in 0..width {
        for b in 0..width {
            for i in 0..size {
                below[a * width + b] += contrasts[a][i] * inverse[i] / n * contrasts[b][i];
                for j in 0..size {
                    above[a * width + b] += contrasts[a][i]
                        * inverse[i]
                        * shares.covariance[i * size + j]
                        * inverse[j]
                        * contrasts[b][j];
                }
            }
        }
    }
    let delta = solve(below, above, width);
    let trace: f64 = (0..width).map(|at| delta[at * width + at]).sum();
    let mut square_trace = 0.0;
    for a in 0..width {
        for b in 0..width {
            square_trace += delta[a * width + b] * delta[b * width + a];
        }
    }
    let d0 = trace * trace / square_trace;
    let df = shares.df;
    let f = pearson / trace;
    let wald = wald(&totals.values, &totals.covariance, rows, columns);
    let freedom = count((rows - 1) * (columns - 1));
    let adjusted = df - freedom + 1.0;
    let adjusted_wald = wald * adjusted / (freedom * df);
    let eigenvalues = eigenvalues(&delta, width);
    let mut lambda = eigenvalues;
    let whole = (d0 * df).max(0.0) as usize;
    lambda.extend(std::iter::repeat_n(-pearson / (d0 * df), whole));
    let lincom = chi_square_sum_upper(0.0, &lambda)
        .unwrap_or_else(|| f_upper(f * width as f64 / d0, d0, df));
    let counts = (0..rows)
        .map(|r| (0..columns).map(|c| totals.values[c * rows + r]).collect())
        .collect();
    Ok(Crosstab {
        counts,
        f: Test {
            statistic: f,
            parameters: vec![d0, d0 * df],
            p_value: f_upper(f, d0, d0 * df),
        },
        chi_square: Test {
            statistic: pearson,
            parameters: vec![width as f64],
            p_value: chi_square_upper(pearson / (trace / width as f64), width as f64),
        },
        wald: Test {
            statistic: wald / freedom,
            parameters: vec![freedom, df],
            p_value: f_upper(wald / freedom, freedom, df),
        },
        adjusted_wald: Test {
            statistic: adjusted_wald,
            parameters: vec![freedom, adjusted],
            p_value: f_upper(adjusted_wald, freedom, adjusted),
        },
        linear_combination: Test {
            statistic: pearson,
            parameters: Vec::new(),
            p_value: lincom,
        },
        df,
    })
}

/// Interaction columns made orthogonal to constant, rows and columns. With equal cells of the design matrix that is the
/// doubly centred product of the level indicators.
fn interactions(cells: &[(usize, usize)], rows: usize, columns: usize) -> Vec<Vec<f64>> {
    let centred = |level: usize, own: usize, levels: usize| {
        f64::from(u8::from(level == own)) - 1.0 / levels as f64
    };
    let mut out = Vec::new();
    for column in 1..columns {
        for row in 1..rows {
            out.push(
                cells
                    .iter()
                    .map(|&(r, c)| centred(row, r, rows) * centred(column, c, columns))
                    .collect(),
            );
        }
    }
    out
}

/// Y'V⁻¹Y of the deviations Y = N_rc − N_r. N_.c/N on all but the first row and column.
fn wald(totals: &[f64], covariance: &[f64], rows: usize, columns: usize) -> f64 {
    let size = rows * columns;
    let cell = |r: usize, c: usize| c * rows + r;
    let row_total: Vec<f64> = (0..rows)
        .map(|r| (0..columns).map(|c| totals[cell(r, c)]).sum())
        .collect();
    let column_total: Vec<f64> = (0..columns)
        .map(|c| (0..rows).map(|r| totals[cell(r, c)]).sum())
        .collect();
    let total: f64 = row_total.iter().sum();
    let used: Vec<(usize, usize)> = (1..columns)
        .flat_map(|c| (1..rows).map(move |r| (r, c)))
        .collect();
    let width = used.len();
    let deviation: Vec<f64> = used
        .iter()
        .map(|&(r, c)| totals[cell(r, c)] - row_total[r] * column_total[c] / total)
        .collect();
    let gradient: Vec<Vec<f64>> = used
        .iter()
        .map(|&(r, c)| {
            let mut gradient = vec![0.0; size];
            for column in 0..columns {
                for row in 0..rows {
                    let own = f64::from(u8::from(row == r && column == c));
                    let in_row = f64::from(u8::from(row == r)) * column_total[c] / total;
                    let in_column = f64::from(u8::from(column == c)) * row_total[r] / total;
                    gradient[cell(row, column)] =
                        own - in_row - in_column + row_total[r] * column_total[c] / (total * total);
                }
            }
            gradient
        })
        .collect();
    let mut variance = vec![0.0; width * width];
    for a in 0..width {
        for b in 0..width {
            for i in 0..size {
                for j in 0..size {
                    variance[a * width + b] +=
                        gradient[a][i] * covariance[i * size + j] * gradient[b][j];
                }
            }
        }
    }
    let solved = solve_one(variance, &deviation, width);
    deviation.iter().zip(&solved).map(|(y, x)| y * x).sum()
}

/// A⁻¹B by elimination with pivoting.
fn solve(mut a: Vec<f64>, mut b: Vec<f64>, size: usize) -> Vec<f64> {
    let columns = b.len() / size;
    for step in 0..size {
        let pivot = (step..size)
            .max_by(|&x, &y| {
                a[x * size + step]
                    .abs()
                    .total_cmp(&a[y * size + step].abs())
            })
            .unwrap_or(step);
        for column in 0..size {
            a.swap(step * size + column, pivot * size + column);
        }
        for column in 0..columns {
            b.swap(step * columns + column, pivot * columns + column);
        }
        for row in (0..size).filter(|&row| row != step) {
            let factor = a[row * size + step] / a[step * size + step];
            for column in 0..size {
                a[row * size + column] -= factor * a[step * size + column];
            }
            for column in 0..columns {
                b[row * columns + column] -= factor * b[step * columns + column];
            }
        }
    }
    for row in 0..size {
        for column in 0..columns {
            b[row * columns + column] /= a[row * size + row];
        }
    }
    b
}

fn solve_one(a: Vec<f64>, b: &[f64], size: usize) -> Vec<f64> {
    solve(a, b.to_vec(), size)
}

/// Eigenvalues of a matrix similar to a symmetric one, by unshifted QR steps (Gram–Schmidt); Δ is small and its
/// eigenvalues are positive.
fn eigenvalues(matrix: &[f64], size: usize) -> Vec<f64> {
    let mut a = matrix.to_vec();
    for _ in 0..5000 {
        let (mut q, mut r) = (vec![0.0; size * size], vec![0.0; size * size]);
        for column in 0..size {
            let mut v: Vec<f64> = (0..size).map(|row| a[row * size + column]).collect();
            for earlier in 0..column {
                let inner: f64 = (0..size).map(|row| q[row * size + earlier] * v[row]).sum();
                r[earlier * size + column] = inner;
                for row in 0..size {
                    v[row] -= inner * q[row * size + earlier];
                }
            }
            let norm = v.iter().map(|x| x * x).sum::<f64>().sqrt();
            r[column * size + column] = norm;
            for row in 0..size {
                q[row * size + column] = if norm == 0.0 { 0.0 } else { v[row] / norm };
            }
        }
        let mut next = vec![0.0; size * size];
        for row in 0..size {
            for column in 0..size {
                next[row * size + column] = (row..size)
                    .map(|k| r[row * size + k] * q[k * size + column])
                    .sum();
            }
        }
        let moved = (0..size)
            .map(|at| {
                (next[at * size + at] - a[at * size + at]).abs()
                    / next[at * size + at].abs().max(1e-300)
            })
            .fold(0.0, f64::max);
        a = next;
        if moved < 1e-15 {
            break;
        }
    }
    (0..size).map(|at| a[at * size + at]).collect()
}
