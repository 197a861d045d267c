//! Mahalanobis D²: how unusual a person's answers are, given how items vary together.
#![expect(
    clippy::indexing_slicing,
    reason = "a square matrix of the size of the list of items"
)]

use crate::estimation::count::count;
use crate::estimation::distribution::chi_square_upper;
use crate::estimation::linear_algebra::cholesky::Factor;

use super::moments::Moments;

/// What D² is measured against: the means of the items, and the inverse of their covariances.
#[derive(Debug, Clone)]
pub struct Mahalanobis {
    mean: Vec<f64>,
    inverse: Vec<f64>,
    rank: usize,
}

/// A person's D².
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Distance {
    /// D² ≥ 0.
    pub squared: f64,
    /// The number of answers that it is made of: the degrees of freedom.
    pub df: usize,
}

impl Distance {
    /// P(χ²_df > D²): small for unusual answers. NaN without an answer.
    ///
    /// The usual limit is 0.01. Answers on a scale are not normal, so that this is a way to order
    /// people, not a probability of error.
    #[must_use]
    pub fn p(self) -> f64 {
        chi_square_upper(self.squared, count(self.df))
    }
}

impl Mahalanobis {
    /// The reference that `moments` give.
    ///
    /// Items that are a sum of others have no part in it: centred answers lie in the space of the
    /// covariances, and there every generalised inverse gives the same D².
    #[must_use]
    pub fn new(moments: &Moments) -> Self {
        let size = moments.mean.len();
        let factor = Factor::new(&moments.covariance, size);
        let mut inverse = vec![0.0; size * size];
        for column in 0..size {
            let mut unit = vec![0.0; size];
            unit[column] = 1.0;
            for (row, value) in factor.solve(&unit).into_iter().enumerate() {
                inverse[row * size + column] = value;
            }
        }
        Self {
            mean: moments.mean.clone(),
            inverse,
            rank: factor.rank(),
        }
    }

    /// D² of a person's answers.
    ///
    /// # Formula
    ///
    /// ```text
    /// D² = (x − μ)′ Σ⁻¹ (x − μ)
    /// ```
    ///
    /// with missing answers left out of x, μ and Σ. The inverse of that smaller Σ comes from A = Σ⁻¹
    /// of all items: A_oo − A_om A_mm⁻¹ A_mo (o: answered, m: missing).
    ///
    /// * `answers`: one for each item; NaN for a missing one
    ///
    /// # Source
    ///
    /// Mahalanobis 1936; Curran 2016, J. Exp. Soc. Psychol. 66, 4–19. The root is `careless-py`
    /// 1.1.0 `mahad`, which has no value for a person with a missing answer.
    #[must_use]
    pub fn distance(&self, answers: &[f64]) -> Distance {
        let size = self.mean.len();
        let mut missing = Vec::new();
        let mut centred = Vec::with_capacity(size);
        for (at, (x, mean)) in answers.iter().zip(&self.mean).enumerate() {
            let deviation = x - mean;
            if deviation.is_nan() {
                missing.push(at);
            }
            centred.push(if deviation.is_nan() { 0.0 } else { deviation });
        }
        let row = |at: usize| &self.inverse[at * size..(at + 1) * size];
        let product = |at: usize| dot(row(at), &centred);
        let mut squared: f64 = (0..size).map(|at| centred[at] * product(at)).sum();
        if !missing.is_empty() {
            let right: Vec<f64> = missing.iter().map(|&at| product(at)).collect();
            let block: Vec<f64> = missing
                .iter()
                .flat_map(|&i| missing.iter().map(move |&j| (i, j)))
                .map(|(i, j)| row(i)[j])
                .collect();
            squared -= dot(&Factor::new(&block, missing.len()).solve(&right), &right);
        }
        Distance {
            squared: squared.max(0.0),
            df: (size - missing.len()).min(self.rank),
        }
    }
}

/// Four sums side by side, which is faster than one; the order is fixed.
fn dot(a: &[f64], b: &[f64]) -> f64 {
    let mut sums = [0.0; 4];
    let (a, b) = (a.chunks(4), b.chunks(4));
    for (a, b) in a.zip(b) {
        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(b)) {
            *sum += a * b;
        }
    }
    (sums[0] + sums[1]) + (sums[2] + sums[3])
}
