//! Means, covariances and correlations of items with missing answers.
#![expect(
    clippy::indexing_slicing,
    reason = "square matrices of the size of the list of columns"
)]

use rayon::prelude::*;

use crate::estimation::count::count;

/// Means, covariances and correlations of items.
#[derive(Debug, Clone, PartialEq)]
pub struct Moments {
    /// The mean of each item over the answers that are there; NaN without one.
    pub mean: Vec<f64>,
    /// The covariance of each pair of items, row-major; 0 if fewer than two people answered both.
    pub covariance: Vec<f64>,
    /// The correlation of each pair of items, row-major; NaN if one of them does not vary.
    pub correlation: Vec<f64>,
}

impl Moments {
    /// Means, covariances and correlations over the people who answered both items of a pair.
    ///
    /// # Formula
    ///
    /// ```text
    /// cov(x, y) = (Σ xy − Σx Σy/n)/(n − 1)        r = cov(x, y)/√(var(x) var(y))
    /// ```
    ///
    /// All sums of a pair are over those who answered both (R's `pairwise.complete.obs`). Without
    /// missing answers these are numpy's `cov` and `corrcoef`.
    ///
    /// * `columns`: one for each item, all of the same length; NaN for a missing answer
    #[must_use]
    pub fn of(columns: &[Vec<f64>]) -> Self {
        let size = columns.len();
        let mean: Vec<f64> = columns.iter().map(|column| mean_of(column)).collect();
        let centred: Vec<Vec<f64>> = columns
            .par_iter()
            .zip(&mean)
            .map(|(column, mean)| column.iter().map(|x| x - mean).collect())
            .collect();
        let pairs: Vec<(usize, usize)> = (0..size)
            .flat_map(|i| (0..=i).map(move |j| (i, j)))
            .collect();
        let found: Vec<(f64, f64)> = pairs
            .par_iter()
            .map(|&(i, j)| of_pair(&centred[i], &centred[j]))
            .collect();
        let mut covariance = vec![0.0; size * size];
        let mut correlation = vec![f64::NAN; size * size];
        for (&(i, j), (cov, r)) in pairs.iter().zip(found) {
            for at in [i * size + j, j * size + i] {
                covariance[at] = cov;
                correlation[at] = r;
            }
        }
        Self {
            mean,
            covariance,
            correlation,
        }
    }
}

fn mean_of(column: &[f64]) -> f64 {
    let (mut sum, mut n) = (0.0, 0);
    for x in column.iter().filter(|x| !x.is_nan()) {
        sum += x;
        n += 1;
    }
    sum / count(n)
}

/// Covariance and correlation of two centred columns over the rows where both are there.
fn of_pair(x: &[f64], y: &[f64]) -> (f64, f64) {
    let (mut n, mut sx, mut sy, mut sxx, mut syy, mut sxy) = (0, 0.0, 0.0, 0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        if x.is_nan() || y.is_nan() {
            continue;
        }
        n += 1;
        sx += x;
        sy += y;
        sxx += x * x;
        syy += y * y;
        sxy += x * y;
    }
    if n < 2 {
        return (0.0, f64::NAN);
    }
    let cross = |ab: f64, a: f64, b: f64| (ab - a * b / count(n)) / count(n - 1);
    let (covariance, vx, vy) = (cross(sxy, sx, sy), cross(sxx, sx, sx), cross(syy, sy, sy));
    (covariance, covariance / (vx * vy).sqrt())
}
