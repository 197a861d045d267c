//! Small linear systems with a symmetric matrix that may be singular.
//!
//! Margins are collinear: each dimension adds up to the same total. So the normal equations X′DX
//! are singular with rank 1 + Σ(k_m − 1) for dimensions of k_m categories. The Cholesky factor
//! with pivoting keeps a basis of the columns and gives the others a coefficient of zero; fitted
//! values and residuals do not depend on which basis that is (Higham 2002, *Accuracy and Stability
//! of Numerical Algorithms*, 2nd ed., §10.3).
#![expect(clippy::indexing_slicing, reason = "square matrix of known size")]

/// Relative size of a pivot below which a column counts as dependent on those before it.
const RANK_TOLERANCE: f64 = 1e-11;

/// The Cholesky factor with pivoting of a symmetric positive semidefinite matrix, scaled to a
/// diagonal of 1.
#[derive(Debug, Clone)]
pub struct Factor {
    size: usize,
    /// The columns, those of the basis first.
    order: Vec<usize>,
    rank: usize,
    /// 1/√ of the diagonal; 0 for a column of zeros.
    scale: Vec<f64>,
    lower: Vec<f64>,
}

impl Factor {
    /// Factors a symmetric positive semidefinite `matrix` of `size` × `size` elements, row-major.
    ///
    /// At each step the column with the largest remaining diagonal is next; a column whose
    /// remaining diagonal is below 10⁻¹¹ of its own is dependent on those before it.
    #[must_use]
    pub fn new(matrix: &[f64], size: usize) -> Self {
        let scale: Vec<f64> = (0..size)
            .map(|at| {
                let diagonal = matrix[at * size + at];
                if diagonal > 0.0 {
                    1.0 / diagonal.sqrt()
                } else {
                    0.0
                }
            })
            .collect();
        let mut lower = vec![0.0; size * size];
        let mut order: Vec<usize> = (0..size).collect();
        let mut diagonal: Vec<f64> = scale
            .iter()
            .map(|scale| if *scale > 0.0 { 1.0 } else { 0.0 })
            .collect();
        let mut rank = 0;
        while rank < size {
            let Some(best) = (rank..size).max_by(|&a, &b| {
                diagonal[order[a]]
                    .total_cmp(&diagonal[order[b]])
                    .then(order[b].cmp(&order[a]))
            }) else {
                break;
            };
            if diagonal[order[best]] <= RANK_TOLERANCE {
                break;
            }
            order.swap(rank, best);
            let pivot = order[rank];
            let root = diagonal[pivot].sqrt();
            lower[pivot * size + rank] = root;
            for &row in &order[rank + 1..] {
                let inner: f64 = (0..rank)
                    .map(|k| lower[row * size + k] * lower[pivot * size + k])
                    .sum();
                let value = (matrix[row * size + pivot] * scale[row] * scale[pivot] - inner) / root;
                lower[row * size + rank] = value;
                diagonal[row] -= value * value;
            }
            rank += 1;
        }
        Self {
            size,
            order,
            rank,
            scale,
            lower,
        }
    }

    /// Number of independent columns.
    #[must_use]
    pub const fn rank(&self) -> usize {
        self.rank
    }

    /// A solution x of Ax = `right`, with 0 for the dependent columns. If `right` is not in the
    /// column space of A, it solves the equations of the basis only.
    ///
    /// # Example
    ///
    /// ```
    /// use minyi::estimation::linear_algebra::cholesky::Factor;
    ///
    /// let factor = Factor::new(&[4.0, 2.0, 2.0, 3.0], 2);
    /// let x = factor.solve(&[8.0, 8.0]);
    /// assert!((x[0] - 1.0).abs() < 1e-12 && (x[1] - 2.0).abs() < 1e-12);
    /// ```
    #[must_use]
    pub fn solve(&self, right: &[f64]) -> Vec<f64> {
        let lower = |row: usize, column: usize| self.lower[row * self.size + column];
        let mut y = vec![0.0; self.rank];
        for at in 0..self.rank {
            let row = self.order[at];
            let inner: f64 = (0..at).map(|k| lower(row, k) * y[k]).sum();
            y[at] = (right[row] * self.scale[row] - inner) / lower(row, at);
        }
        let mut solution = vec![0.0; self.size];
        for at in (0..self.rank).rev() {
            let row = self.order[at];
            let inner: f64 = (at + 1..self.rank)
                .map(|k| lower(self.order[k], at) * solution[self.order[k]])
                .sum();
            solution[row] = (y[at] - inner) / lower(row, at);
        }
        for (value, scale) in solution.iter_mut().zip(&self.scale) {
            *value *= scale;
        }
        solution
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_singular_system_is_solved_on_its_basis() {
        // Columns: all, A, B with all = A + B.
        let matrix = [5.0, 2.0, 3.0, 2.0, 2.0, 0.0, 3.0, 0.0, 3.0];
        let factor = Factor::new(&matrix, 3);
        assert_eq!(factor.rank(), 2);
        let x = factor.solve(&[16.0, 4.0, 12.0]);
        for row in 0..3 {
            let fitted: f64 = (0..3).map(|k| matrix[row * 3 + k] * x[k]).sum();
            assert!((fitted - [16.0, 4.0, 12.0][row]).abs() < 1e-12);
        }
    }
}
