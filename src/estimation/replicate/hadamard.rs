//! Hadamard matrices, for balanced half samples.
//!
//! A Hadamard matrix of order R has entries of ±1 and orthogonal columns. In replicate r, the sign
//! in row r and column h selects one of the two PSUs of stratum h. The R half samples are then
//! balanced: they give the same variance as all 2^H half samples (McCarthy 1969, Rev. Int. Stat.
//! Inst. 37).

/// A matrix of signs; `true` is +1.
pub(super) type Signs = Vec<Vec<bool>>;

/// A Hadamard matrix of the smallest order, at least `size`, that Paley's construction or doubling
/// gives. Its columns are orthogonal and the first is constant (Wolter 2007, *Introduction to
/// Variance Estimation*, 2nd ed., app. A).
pub(super) fn hadamard(size: usize) -> Signs {
    let mut order = size.max(2).next_multiple_of(2);
    loop {
        if let Some(matrix) = hadamard_of_order(order) {
            return matrix;
        }
        order += 2;
    }
}

/// A Hadamard matrix of this very order, by Paley's construction or by doubling; `None` if neither
/// gives one.
fn hadamard_of_order(order: usize) -> Option<Signs> {
    if order == 1 {
        return Some(vec![vec![true]]);
    }
    if order == 2 {
        return Some(vec![vec![true, true], vec![true, false]]);
    }
    if !order.is_multiple_of(4) {
        return None;
    }
    let q = order - 1;
    if q % 4 == 3 && is_prime(q) {
        return Some(paley(q));
    }
    Some(doubled(&hadamard_of_order(order / 2)?))
}

/// Whether q > 1 has no divisor.
fn is_prime(q: usize) -> bool {
    (2..q)
        .take_while(|d| d * d <= q)
        .all(|d| !q.is_multiple_of(d))
}

/// Paley's construction of order q + 1 for a prime q = 3 (mod 4): I + S, where S comes from the
/// quadratic residues modulo q. Rows that begin with −1 are negated.
fn paley(q: usize) -> Signs {
    let is_square = |value: usize| (1..q).any(|root| root * root % q == value);
    let sign = |row: usize, column: usize| match (row, column) {
        (0, _) => true,
        (_, 0) => false,
        (row, column) if row == column => true,
        (row, column) => is_square((q + column - row) % q),
    };
    (0..=q)
        .map(|row| {
            let negate = !sign(row, 0);
            (0..=q).map(|column| sign(row, column) != negate).collect()
        })
        .collect()
}

/// The matrix [H H; H −H].
fn doubled(half: &Signs) -> Signs {
    let rows = |negate: bool| {
        half.iter().map(move |row| {
            let right = row.iter().map(|sign| *sign != negate);
            row.iter().copied().chain(right).collect()
        })
    };
    rows(false).chain(rows(true)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hadamard_matrices_are_orthogonal_with_a_constant_first_column() {
        for size in [2, 3, 8, 12, 20, 21, 24, 33, 61] {
            let matrix = hadamard(size);
            assert!(matrix.len() >= size && matrix.iter().all(|row| row[0]));
            for a in 0..matrix.len() {
                for b in 0..a {
                    let product: i32 = (0..matrix.len())
                        .map(|row| {
                            if matrix[row][a] == matrix[row][b] {
                                1
                            } else {
                                -1
                            }
                        })
                        .sum();
                    assert_eq!(product, 0, "order {} columns {a} {b}", matrix.len());
                }
            }
        }
    }
}
