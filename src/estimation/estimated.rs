//! Several estimates with their covariance, and what follows from it: contrasts, relative change.
//!
//! Estimates of one sample are correlated: items are asked of the same people, groups share
//! sampling units. Differences and ratios of estimates need their covariance, so it is always
//! computed with them.
#![expect(
    clippy::indexing_slicing,
    reason = "estimates are numbered below their count"
)]

/// Several estimates θ with their covariance.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimated {
    /// The estimates.
    pub values: Vec<f64>,
    /// Their covariance matrix V, row-major.
    pub covariance: Vec<f64>,
    /// Rows behind the last of them.
    pub n: f64,
    /// Degrees of freedom of the domain.
    pub df: f64,
}

impl Estimated {
    /// The standard error √V_aa of the estimate with index `at`.
    #[must_use]
    pub fn std_error(&self, at: usize) -> f64 {
        self.covariance[at * self.values.len() + at].sqrt()
    }

    /// The contrast c′θ and its standard error √(c′Vc).
    ///
    /// * `coefficients`: c, one per estimate
    ///
    /// # Source
    ///
    /// Lumley 2010, *Complex Surveys*; R's `svycontrast`.
    #[must_use]
    pub fn contrast(&self, coefficients: &[f64]) -> (f64, f64) {
        let size = self.values.len();
        let terms = coefficients.iter().zip(&self.values);
        let value = terms.map(|(c, value)| c * value).sum();
        let mut variance = 0.0;
        for row in 0..size {
            for column in 0..size {
                variance +=
                    coefficients[row] * coefficients[column] * self.covariance[row * size + column];
            }
        }
        (value, variance.max(0.0).sqrt())
    }

    /// The relative change θ₂/θ₁ − 1 of the first two estimates and its standard error by the delta
    /// method.
    ///
    /// # Formula
    ///
    /// ```text
    /// v = (V₂₂ − 2rV₁₂ + r²V₁₁)/θ₁²          r = θ₂/θ₁
    /// ```
    ///
    /// # Example
    ///
    /// ```
    /// use minyi::estimation::estimated::Estimated;
    ///
    /// let estimated = Estimated {
    ///     values: vec![0.8, 0.84],
    ///     covariance: vec![1e-4, 0.0, 0.0, 1e-4],
    ///     n: 500.0,
    ///     df: 50.0,
    /// };
    /// let (change, std_error) = estimated.relative_change();
    /// assert!((change - 0.05).abs() < 1e-12);
    /// assert!((std_error - (1e-4 * (1.0 + 1.05 * 1.05) / 0.64_f64).sqrt()).abs() < 1e-12);
    /// ```
    ///
    /// # Source
    ///
    /// Särndal, Swensson & Wretman 1992, §5.6.
    #[must_use]
    pub fn relative_change(&self) -> (f64, f64) {
        let size = self.values.len();
        let ratio = self.values[1] / self.values[0];
        let (v11, v12, v22) = (
            self.covariance[0],
            self.covariance[1],
            self.covariance[size + 1],
        );
        let variance =
            (v22 - 2.0 * ratio * v12 + ratio * ratio * v11) / (self.values[0] * self.values[0]);
        (ratio - 1.0, variance.max(0.0).sqrt())
    }
}
