//! Eigenvalues of a small matrix that is similar to a symmetric one.
//!
//! The matrix of generalised design effects is a product of two symmetric matrices. It is not
//! symmetric itself, but its eigenvalues are real.
#![expect(clippy::indexing_slicing, reason = "square matrix of known size")]

/// Iterations after which the eigenvalues are taken as they are.
const MAX_ITERATIONS: u32 = 5000;

/// Relative change of every eigenvalue below which the iteration ends.
const TOLERANCE: f64 = 1e-15;

/// The eigenvalues of a matrix by QR iteration without shifts.
///
/// # Formula
///
/// ```text
/// A = QR,   A ← RQ          until the diagonal does not change
/// ```
///
/// * `matrix`: `size` × `size` elements, row-major, with real eigenvalues above zero
///
/// In descending order, as a rule.
///
/// # Example
///
/// ```
/// use minyi::estimation::linear_algebra::eigenvalues::eigenvalues;
///
/// let found = eigenvalues(&[2.0, 1.0, 1.0, 2.0], 2);
/// assert!((found[0] - 3.0).abs() < 1e-12 && (found[1] - 1.0).abs() < 1e-12);
/// ```
///
/// # Source
///
/// Golub & Van Loan 2013, *Matrix Computations*, 4th ed., §7.3.
#[must_use]
pub fn eigenvalues(matrix: &[f64], size: usize) -> Vec<f64> {
    let mut a = matrix.to_vec();
    for _ in 0..MAX_ITERATIONS {
        let (q, r) = qr(&a, size);
        let mut next = vec![0.0; size * size];
        for row in 0..size {
            for column in 0..size {
                next[row * size + column] = (row..size)
                    .map(|k| r[row * size + k] * q[k * size + column])
                    .sum();
            }
        }
        let change = (0..size)
            .map(|at| at * size + at)
            .map(|at| (next[at] - a[at]).abs() / next[at].abs().max(1e-300))
            .fold(0.0, f64::max);
        a = next;
        if change < TOLERANCE {
            break;
        }
    }
    (0..size).map(|at| a[at * size + at]).collect()
}

/// An orthogonal Q and an upper triangular R with A = QR, by the modified Gram–Schmidt method.
fn qr(a: &[f64], size: usize) -> (Vec<f64>, Vec<f64>) {
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
    (q, r)
}
