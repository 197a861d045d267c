//! Linear systems with a general matrix.
#![expect(clippy::indexing_slicing, reason = "matrices of known size")]

/// The solution X of AX = B by Gauss–Jordan elimination with partial pivoting.
///
/// * `a`: regular matrix of `size` × `size` elements, row-major
/// * `b`: matrix with `size` rows, row-major; its number of columns follows from its length
///
/// NaN or infinite if `a` is singular.
///
/// # Example
///
/// ```
/// use minyi::estimation::linear_algebra::elimination::solve;
///
/// let x = solve(vec![2.0, 1.0, 1.0, 3.0], vec![4.0, 7.0], 2);
/// assert!((x[0] - 1.0).abs() < 1e-15 && (x[1] - 2.0).abs() < 1e-15);
/// ```
///
/// # Source
///
/// Golub & Van Loan 2013, *Matrix Computations*, 4th ed., §3.4.
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
