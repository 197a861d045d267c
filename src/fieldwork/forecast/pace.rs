//! Interviews that are still to come.

use crate::estimation::count::count;
use crate::fieldwork::count::number;

/// How many interviews come in a day, and for how long they still do.
#[derive(Debug, Clone, PartialEq)]
pub struct Pace {
    /// Interviews of each of the last finished working days, such as seven.
    pub days: Vec<u64>,
    /// Working days left, today included as far as it is left, ≥ 0.
    pub left: f64,
}

impl Pace {
    /// Interviews a working day; 0 without a finished day.
    #[must_use]
    pub fn a_day(&self) -> f64 {
        let total: f64 = self.days.iter().map(|n| number(*n)).sum();
        total / count(self.days.len()).max(1.0)
    }

    /// The interviews that come until close, at the normal quantile `z`.
    ///
    /// # Formula
    ///
    /// ```text
    /// mean x̄L          variance φx̄L(1 + L/D)          φ = max(1, s²/x̄)
    /// ```
    ///
    /// with D days, mean x̄ and variance s² of their counts, L days left: quasi-Poisson counts whose mean
    /// is itself known from D days only. Because s² is too, the variance is that of t with D − 1 degrees of
    /// freedom, (D−1)/(D−3) times as large (3 times below 5 days). The distribution is a gamma (Wilson &
    /// Hilferty's quantile).
    pub(super) fn to_come(&self, z: f64) -> f64 {
        let days = count(self.days.len());
        let mean = self.a_day();
        let total = mean * self.left;
        if total <= 0.0 {
            return 0.0;
        }
        let squares: f64 = self
            .days
            .iter()
            .map(|n| {
                let gap = number(*n) - mean;
                gap * gap
            })
            .sum();
        let spread = match days > 1.0 {
            true => squares / (days - 1.0),
            false => mean,
        };
        let dispersion = (spread / mean).max(1.0);
        let unknown = if days >= 5.0 {
            (days - 1.0) / (days - 3.0)
        } else {
            3.0
        };
        let variance = dispersion * total * (1.0 + self.left / days) * unknown;
        let shape = total * total / variance;
        let root = 1.0 - 1.0 / (9.0 * shape) + z / (3.0 * shape.sqrt());
        total * root.max(0.0) * root.max(0.0) * root.max(0.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_pace_is_poisson_and_an_uneven_one_is_wider() {
        let steady = Pace {
            days: vec![50; 7],
            left: 14.0,
        };
        assert_eq!(steady.a_day(), 50.0);
        let width = |pace: &Pace| pace.to_come(1.96) - pace.to_come(-1.96);
        // 700 ± 1.96 √(700 · (1 + 2) · 6/4).
        assert!((width(&steady) - 2.0 * 1.96 * 3150_f64.sqrt()).abs() < 3.0);
        let uneven = Pace {
            days: vec![100, 20, 50, 10, 90, 50, 30],
            left: 14.0,
        };
        assert!(width(&uneven) > 3.0 * width(&steady));
        let stopped = Pace {
            days: vec![0; 7],
            left: 14.0,
        };
        assert_eq!(stopped.to_come(2.0), 0.0);
    }
}
