//! Whether two modes answer differently.

use crate::estimation::distribution::t_upper;

/// Two modes and the difference of their estimates.
#[derive(Debug, Clone, PartialEq)]
pub struct ModePair {
    /// The one mode.
    pub mode: String,
    /// The other.
    pub other: String,
    /// Mode − other.
    pub gap: f64,
    /// Its standard error.
    pub std_error: f64,
    /// Degrees of freedom, > 0.
    pub df: f64,
}

impl ModePair {
    /// The pair of two independent estimates (estimate, standard error, df), with Satterthwaite's df.
    ///
    /// # Formula
    ///
    /// ```text
    /// se² = se₁² + se₂²          df = se⁴/(se₁⁴/df₁ + se₂⁴/df₂)
    /// ```
    ///
    /// # Source
    ///
    /// Satterthwaite 1946, Biometrics Bulletin 2.
    #[must_use]
    pub fn of(mode: (&str, f64, f64, f64), other: (&str, f64, f64, f64)) -> Self {
        let (a, b) = (mode.2 * mode.2, other.2 * other.2);
        Self {
            mode: mode.0.to_owned(),
            other: other.0.to_owned(),
            gap: mode.1 - other.1,
            std_error: (a + b).sqrt(),
            df: (a + b) * (a + b) / (a * a / mode.3 + b * b / other.3),
        }
    }

    /// The two-sided P of t = gap/se.
    #[must_use]
    pub fn p_value(&self) -> f64 {
        2.0 * t_upper((self.gap / self.std_error).abs(), self.df)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_difference_has_both_errors() {
        let pair = ModePair::of(("online", 0.80, 0.03, 50.0), ("onsite", 0.90, 0.04, 50.0));
        assert!((pair.gap + 0.1).abs() < 1e-12 && (pair.std_error - 0.05).abs() < 1e-12);
        assert!((pair.df - 50.0 * 625.0 / 337.0).abs() < 1e-9);
        assert!((pair.p_value() - 0.0485).abs() < 2e-3, "{}", pair.p_value());
    }
}
