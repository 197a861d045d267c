//! The distribution of weighted values, and its quantiles by R's rules.
#![expect(
    clippy::indexing_slicing,
    reason = "sorted values and cumulative weights of one length"
)]

use crate::estimation::count::count;
use crate::estimation::spec::estimate::QuantileRule;
use crate::estimation::summation::exact;

/// Cumulative shares that differ from p by at most this count as equal to p. With equal weights
/// such ties are common; R leaves them to rounding errors.
const TIE: f64 = 1e-12;

/// The distribution of values with weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Distribution {
    /// Distinct values in ascending order.
    values: Vec<f64>,
    /// Sum of the weights up to and including each of them.
    cumulative: Vec<f64>,
    /// Every observation (value, weight) in ascending order, for the rules that count observations.
    observations: Vec<(f64, f64)>,
}

impl Distribution {
    /// The distribution of `values` with `weights` over the rows of `member`, each with one entry
    /// per row. Rows with weight 0 or a missing value (NaN) are left out.
    ///
    /// Weights of equal values are added by exact sums, so the cumulative shares do not depend on
    /// the order of the rows.
    #[must_use]
    pub fn new(values: &[f64], weights: &[f64], member: &[bool]) -> Self {
        let mut observations: Vec<(f64, f64)> = (0..values.len())
            .filter(|&row| member[row] && weights[row] != 0.0 && !values[row].is_nan())
            .map(|row| (values[row], weights[row]))
            .collect();
        // Stable, as in R: the interpolating rules depend on the order of tied rows.
        observations.sort_by(|a, b| a.0.total_cmp(&b.0));
        let (mut distinct, mut cumulative, mut running) = (Vec::new(), Vec::new(), 0.0);
        for group in observations.chunk_by(|a, b| a.0 == b.0) {
            let weights: Vec<f64> = group.iter().map(|(_, weight)| *weight).collect();
            running += exact(&weights);
            distinct.push(group[0].0);
            cumulative.push(running);
        }
        Self {
            values: distinct,
            cumulative,
            observations,
        }
    }

    /// Whether there is no observation.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The p-quantile, 0 ≤ p ≤ 1, by a rule of [`QuantileRule`]; NaN without observations.
    ///
    /// # Example
    ///
    /// ```
    /// use minyi::estimation::quantile::Distribution;
    /// use minyi::estimation::spec::QuantileRule;
    ///
    /// let values = Distribution::new(&[1.0, 2.0, 3.0, 4.0], &[1.0; 4], &[true; 4]);
    /// assert_eq!(values.quantile(0.5, QuantileRule::Math), 2.0);
    /// assert_eq!(values.quantile(0.5, QuantileRule::School), 2.5);
    /// ```
    #[must_use]
    pub fn quantile(&self, p: f64, rule: QuantileRule) -> f64 {
        if self.is_empty() || p.is_nan() {
            return f64::NAN;
        }
        match rule {
            QuantileRule::Math | QuantileRule::Hf1 => self.values[self.reaching(p).0],
            QuantileRule::School | QuantileRule::Hf2 => {
                let (at, tie) = self.reaching(p);
                let next = if tie { self.next(at) } else { at };
                0.5 * (self.values[at] + self.values[next])
            }
            _ if self.observations.len() == 1 => self.values[0],
            QuantileRule::Hf3 => self.nearest_even(p),
            QuantileRule::Shahvaish => self.shah_vaish(p),
            _ => self.interpolated(p, rule),
        }
    }

    /// Sum of the weights.
    fn total(&self) -> f64 {
        self.cumulative.last().copied().unwrap_or(0.0)
    }

    /// The next distinct value, or the last.
    fn next(&self, at: usize) -> usize {
        (at + 1).min(self.values.len() - 1)
    }

    /// The first value whose cumulative share reaches p, and whether it equals p.
    fn reaching(&self, p: f64) -> (usize, bool) {
        let total = self.total();
        let below = |cumulative: &f64| *cumulative < (p - TIE) * total;
        let at = self
            .cumulative
            .partition_point(below)
            .min(self.values.len() - 1);
        (at, (self.cumulative[at] - p * total).abs() <= TIE * total)
    }

    /// Type 3 of Hyndman & Fan (1996, Am. Stat. 50) on the distinct values.
    fn nearest_even(&self, p: f64) -> f64 {
        let total = self.total();
        let reached = |cumulative: &f64| *cumulative <= (p + TIE) * total;
        let low = self.cumulative.partition_point(reached).saturating_sub(1);
        let tie = (self.cumulative[low] - p * total).abs() <= TIE * total;
        if tie && low % 2 == 1 {
            self.values[low]
        } else {
            self.values[self.next(low)]
        }
    }

    /// The sum of the weights up to and including each observation.
    fn running_weights(&self) -> Vec<f64> {
        let mut running = 0.0;
        let weights = self.observations.iter().map(|(_, weight)| {
            running += weight;
            running
        });
        weights.collect()
    }

    /// Shah & Vaish (2006, Proc. ASA Survey Research Methods): the highest value whose position is
    /// at most p. As in R, the last term has the weight and not the weight over its mean.
    fn shah_vaish(&self, p: f64) -> f64 {
        let n = count(self.observations.len());
        let running = self.running_weights();
        let total = running[running.len() - 1];
        let mut points: Vec<(f64, f64)> = self
            .observations
            .iter()
            .zip(&running)
            .map(|((value, weight), up_to)| {
                let position = (up_to * n / total + 0.5 - weight / 2.0) / (n + 1.0);
                (position, *value)
            })
            .collect();
        points.sort_by(|a, b| a.0.total_cmp(&b.0));
        let at = points.partition_point(|(position, _)| *position <= p);
        points[at.saturating_sub(1)].1
    }

    /// Types 4 to 9 of Hyndman & Fan (1996, Am. Stat. 50), carried to weights as in `survey` 4.1:
    /// linear interpolation between the positions of the observations.
    fn interpolated(&self, p: f64, rule: QuantileRule) -> f64 {
        let running = self.running_weights();
        let n = running.len();
        let (total, before_last) = (running[n - 1], running[n - 2]);
        let last = self.observations[n - 1].1;
        let position = |at: usize| {
            let (weight, up_to) = (self.observations[at].1, running[at]);
            match rule {
                QuantileRule::Hf5 => (up_to - weight / 2.0) / total,
                QuantileRule::Hf6 => up_to / (total + last),
                QuantileRule::Hf7 => (up_to - weight) / before_last,
                QuantileRule::Hf8 => (up_to - weight / 3.0) / (total + last / 3.0),
                QuantileRule::Hf9 => (up_to - weight * 3.0 / 8.0) / (total + last / 4.0),
                _ => up_to / total,
            }
        };
        let points: Vec<(f64, f64)> = (0..n)
            .map(|at| (position(at), self.observations[at].0))
            .collect();
        let at = points.partition_point(|(position, _)| *position < p);
        if at == 0 || at == n {
            return points[at.min(n - 1)].1;
        }
        let ((below, low), (above, high)) = (points[at - 1], points[at]);
        low + (high - low) * ((p - below) / (above - below))
    }
}
