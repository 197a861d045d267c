//! Linear systems with a general matrix.
#![expect(clippy::indexing_slicing, reason = "matrices of known size")]

/// The solution X of AX = B by Gauss–Jordan elimination with partial pivoting (Golub & Van Loan
/// 2013, *Matrix Computations*, 4th ed., §3.4).
///
/// `a` is `size` × `size` and regular, `b` has `size` rows; both row-major. NaN if `a` is singular.
#[must_use]
pub fn solve(mut a: Vec<f64>, mut b: Vec<f64>, size: usize) -> Vec<f64> {
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
